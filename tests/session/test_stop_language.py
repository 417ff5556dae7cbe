"""The language of stops: what is printed reads back the same; what is wrong has its column."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.session.stop_language import LONGEST, StopError, parse
from explorer.session.stop_tree import (
    ORDER,
    Both,
    Changes,
    Compare,
    Either,
    Kind,
    Name,
    Not,
    Number,
    Words,
    amount,
    kind_of,
    show,
)

counts = st.integers(0, 10_000).map(lambda n: Number(float(n)))
some = st.integers(1, 50).map(lambda n: Number(float(n)))
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).map(Words)
places = st.one_of(st.integers(-999, 999).map(lambda n: Number(float(n))), words)
magnitudes = st.floats(0, 1e15, allow_nan=False)
attention = st.tuples(counts, counts, places).map(lambda found: Name("attention", found))
regime = st.tuples(counts, counts).map(lambda found: Name("regime", found))
odds = words.map(lambda word: Name("odds", (word,)))
simple = st.sampled_from(["entropy", "top1", "rank", "surprise", "probability", "position"])
numbers = st.one_of(simple.map(Name), attention, odds)


@st.composite
def number_comparisons(draw) -> Compare:
    quantity = draw(numbers)
    units = {Kind.NATS: ["", "nats", "bits"], Kind.SHARE: ["", "%"], Kind.COUNT: [""]}
    number = Number(draw(magnitudes), draw(st.sampled_from(units[kind_of(quantity)])))
    sides = (quantity, number) if draw(st.booleans()) else (number, quantity)
    return Compare(sides[0], draw(st.sampled_from(ORDER)), sides[1])


equal = st.sampled_from(["=", "!="])
leaves = st.one_of(
    number_comparisons(),
    st.builds(Compare, st.just(Name("token")), equal, words),
    st.builds(Compare, words, equal, st.just(Name("token"))),
    st.builds(Compare, regime, equal, st.sampled_from(["single", "subset", "average"]).map(Words)),
    st.builds(
        Compare,
        st.just(Name("text")),
        st.just("~"),
        st.sampled_from(["a", 'say "hi"', r"\d+\.$", "(?:x|y)*"]).map(Words),
    ),
    st.builds(Changes, regime),
    st.tuples(some, some).map(lambda found: Name("loop", found)),
    st.just(Name("nan")),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner), st.builds(Both, inner, inner), st.builds(Either, inner, inner)
    ),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(conditions.filter(lambda found: len(show(found)) <= LONGEST))
def test_what_is_printed_reads_back_the_same(condition) -> None:
    assert parse(show(condition)) == condition


@settings(max_examples=300, deadline=None)
@given(st.text('entropy>4 and(or)not"~%=,.1loop<', max_size=30))
def test_any_text_is_either_a_condition_or_refused_at_one_of_its_columns(text) -> None:
    try:
        found = parse(text)
    except StopError as error:
        assert 0 <= error.column <= len(text)
        assert str(error).endswith((".", "?", "…", '"…"'))
    else:
        assert parse(show(found)) == found


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("entropy>4", "entropy > 4"),
        ("  top1 ≤ 30%  ", "top1 <= 30 %"),
        ("rank == 1", "rank = 1"),
        ("not (nan)", "not nan"),
        ("nan and nan or nan", "nan and nan or nan"),
        ("nan and (nan or nan)", "nan and (nan or nan)"),
        ("(nan and nan) and nan", "nan and nan and nan"),
        ("not (nan and nan)", "not (nan and nan)"),
        ("not surprise > 5 bits", "not surprise > 5 bits"),
        ('attention(2,1,"·cat")>50%', 'attention(2, 1, "·cat") > 50 %'),
        ("attention(0, 3, -2) > .5", "attention(0, 3, -2) > 0.5"),
        ("(entropy) < surprise", "entropy < surprise"),
    ],
)
def test_a_condition_is_printed_in_one_way(text, same) -> None:
    assert show(parse(text)) == same


def test_not_binds_tighter_than_and_and_and_tighter_than_or() -> None:
    nan = Name("nan")
    assert parse("not nan and nan or nan") == Either(Both(Not(nan), nan), nan)


def test_units_are_converted() -> None:
    assert amount(Number(3, "bits")) == pytest.approx(3 * math.log(2))
    assert amount(Number(30, "%")) == pytest.approx(0.3)
    assert amount(Number(3, "nats")) == amount(Number(3)) == 3


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 0, "missing here"),
        ("entropy >", 9, "missing here"),
        ("entropy > > 4", 10, "needs something before it"),
        ("entrpy > 4", 0, "did you mean entropy?"),
        ("blah > 4", 0, "there are entropy, top1"),
        ("entropy 4", 8, "cannot follow here"),
        ("entropy > 4 top1 < 1", 12, "cannot follow here"),
        ("entropy", 0, "Compare entropy with something"),
        ("4", 0, "not a condition"),
        ("3 < 4", 2, "must be a quantity"),
        ("1 < entropy < 3", 12, "join conditions by and"),
        ("entropy > 50 %", 10, "nats or bits"),
        ("top1 > 3 bits", 7, "share"),
        ("entropy > rank", 10, "whole number"),
        ("(entropy > 4", 0, "never closed"),
        ("entropy > 4)", 11, "cannot follow here"),
        ("entropy(3) > 4", 7, "takes nothing"),
        ("loop(3)", 6, "written loop(n, k)"),
        ("loop(0, 2)", 5, "between 1 and"),
        ("loop(3.5, 2)", 5, "written loop"),
        ("loop 3", 0, "written loop"),
        ("attention(1, 2) > 3", 14, "layer, head, position"),
        ("attention(1, 2, 99999) > 3", 16, "between 0 and 10000"),
        ("entropy changes", 8, "Only a regime"),
        ('token ~ "a"', 6, "Only the text"),
        ('text = "a"', 5, "Only the text"),
        ('text ~ "a(b"', 9, "never closed"),
        ('text ~ """(b"', 10, "never closed"),
        ("token = 4", 8, "between quotes"),
        ('token < "a"', 6, "= or !="),
        ('token = ""', 8, "No token"),
        ('regime(1, 2) = "big"', 15, "single, subset or average"),
        ("token = token", 6, "between quotes"),
        ("nan = 1", 4, "cannot be compared"),
        ('token = "cat', 8, "never closed"),
        ("entropy > 4 $", 12, "means nothing"),
        ("not", 3, "missing here"),
        ("and nan", 0, "needs something before it"),
        ("nan nan", 4, "cannot follow"),
        ("x" * 501, 500, "more than 500"),
        ("(" * 60 + "nan" + ")" * 60, 40, "40 deep"),
        ("entropy > 1e999", 10, "too large"),
    ],
)
def test_what_is_wrong_is_said_with_its_column(text, column, words) -> None:
    with pytest.raises(StopError) as refusal:
        parse(text)
    assert words in str(refusal.value)
    assert refusal.value.column == column
