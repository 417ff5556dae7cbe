"""The pattern search agrees with Python's on what both know, and is fast where Python's is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.session.pattern import PatternError
from explorer.session.pattern_reader import LARGEST, compile_pattern

atoms = st.sampled_from(["a", "b", "A", "1", " ", ".", r"\d", r"\W", r"\s", "[ab]", "[^a]",
                         "[a-c1]", r"[\d ]", r"\.", "(a|b)", "(?:ab|)", "é"])  # fmt: skip
repeats = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "*?", "{0}"])
plain = st.recursive(
    st.tuples(atoms, repeats).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.tuples(inner.map("({})".format), repeats).map("".join),
    ),
    max_leaves=6,
)
marked = st.tuples(
    st.sampled_from(["", "^", r"\b", r"\B"]), plain, st.sampled_from(["", "$", r"\b"])
).map(lambda parts: f"{parts[0]}(?:{parts[1]}){parts[2]}")
texts = st.text("abA1. é_", min_size=1, max_size=8)


@settings(max_examples=400, deadline=None)
@given(marked, texts, st.booleans())
def test_a_match_is_found_exactly_where_python_finds_one(source, text, fold) -> None:
    source = f"(?i){source}" if fold else source
    assert compile_pattern(source).ends_behind(text) is (re.search(source, text) is not None)


@settings(max_examples=300, deadline=None)
@given(plain, texts, st.integers(-1, 8))
def test_it_says_whether_some_match_ends_behind_a_place(source, text, since) -> None:
    twin = re.compile(source)
    ends = range(max(since + 1, 0), len(text) + 1)
    wanted = any(twin.fullmatch(text, at, end) for end in ends for at in range(end + 1))
    assert compile_pattern(source).ends_behind(text, since) is wanted


@pytest.mark.parametrize("source", ["(a+)+b", "(a|a)*b", "a*a*a*a*a*a*b", "(.*)*x", "((a?){50})b"])
def test_patterns_that_never_end_elsewhere_end_here(source, monkeypatch) -> None:
    pattern = compile_pattern(source)
    steps = []
    spread = type(pattern)._spread

    def count(self, *arguments):
        found = spread(self, *arguments)
        steps.append(len(found))
        return found

    monkeypatch.setattr(type(pattern), "_spread", count)
    assert not pattern.ends_behind("a" * 300)
    assert 0 < len(steps) <= 301
    assert max(steps) <= len(pattern.program) + 1 <= LARGEST + 1


def test_a_text_cut_at_its_front_has_no_beginning() -> None:
    assert compile_pattern("^b").ends_behind("b")
    assert not compile_pattern("^b").ends_behind("b", whole=False)


@pytest.mark.parametrize(
    ("source", "column", "word"),
    [
        ("a(b", 1, "never closed"),
        ("ab)", 2, "closes nothing"),
        ("a[bc", 1, "never closed"),
        ("+a", 0, "nothing before +"),
        ("a**", 2, "needs a group"),
        ("a{2}{3}", 4, "needs a group"),
        (r"(a)\1", 3, "reference back"),
        ("(?=a)", 0, "plain groups"),
        ("(?P<x>a)", 0, "plain groups"),
        ("ab\\", 2, "at the end"),
        ("[z-a]", 0, "lower character"),
        ("a{3,2}", 1, "smaller number first"),
        ("a{101}", 1, "0 to 100"),
        ("((a{50}){50}){50}", 1, "too large"),
        (r"\q", 0, r"\q"),
        ("(" * 200, 20, "20 deep"),
        ("x" * 201, 200, "201 characters"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_its_column(source, column, word) -> None:
    with pytest.raises(PatternError, match=re.escape(word)) as refusal:
        compile_pattern(source)
    assert refusal.value.column == column
