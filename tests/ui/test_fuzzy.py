"""Finding names by a few letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.fuzzy import plain, search

NAMES = ["Save the session", "Save the session as …", "Step", "Show panel: Dice", "Préset: chat",
         "Head scores", "Layout: debug"]  # fmt: skip


def best(query: str) -> str:
    return NAMES[search(query, NAMES)[0].index]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("save", "Save the session"),
        ("saas", "Save the session as …"),
        ("dice", "Show panel: Dice"),
        ("spd", "Show panel: Dice"),
        ("preset", "Préset: chat"),
        ("STEP", "Step"),
        ("scores", "Head scores"),
        ("dbg", "Layout: debug"),
        ("save the", "Save the session"),
    ],
)
def test_the_best_match_comes_first(query, name) -> None:
    assert best(query) == name


def test_a_beginning_is_better_than_words_pieces_and_scattered_letters() -> None:
    names = ["x a-b-c-d", "xabcd", "alpha beta c dog", "abcdef"]
    assert [names[found.index] for found in search("abcd", names)] == [
        "abcdef", "x a-b-c-d", "alpha beta c dog", "xabcd",
    ]  # fmt: skip


def test_no_letters_find_everything_in_its_order() -> None:
    assert [found.index for found in search("  ", NAMES)] == list(range(len(NAMES)))


def test_what_is_not_there_is_not_found() -> None:
    assert search("qqq", NAMES) == []


@given(st.text(max_size=6), st.lists(st.text(max_size=20), max_size=8))
def test_marks_spell_what_was_typed_and_nothing_is_found_twice(query, names) -> None:
    letters = plain(query).replace(" ", "")
    found = search(query, names)
    assert len({one.index for one in found}) == len(found)
    for one in found:
        name = plain(names[one.index])
        assert "".join(name[at] for at in one.marks) == letters
        assert list(one.marks) == sorted(set(one.marks))


@given(st.text(min_size=1, max_size=20), st.data())
def test_letters_of_a_name_in_their_order_always_find_it(name, data) -> None:
    places = data.draw(st.sets(st.integers(0, len(name) - 1), min_size=1))
    query = "".join(name[at] for at in sorted(places))
    assert [found.index for found in search(query, [name])] == [0]


@given(st.text(max_size=30))
def test_plain_letters_stay_in_their_places(text) -> None:
    assert len(plain(text)) == len(text)
