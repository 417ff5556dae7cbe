"""The tree of everything generated and its cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.engine.trace import Trace
from explorer.session.timeline import Node, Timeline


def tree(*parents: int | None) -> Timeline:
    """A timeline whose node i has the parent parents[i]; the last one is the cursor."""
    timeline = Timeline()
    for parent in parents:
        timeline = timeline.grown(Node(Trace(), parent))
    return timeline


def test_an_empty_timeline_is_false_and_has_no_node() -> None:
    assert not Timeline()
    assert Timeline().line() == ()
    with pytest.raises(IndexError, match="nothing has been read"):
        _ = Timeline().node


def test_a_new_node_becomes_cursor_and_tip() -> None:
    timeline = tree(None, 0, 1)
    assert (timeline.cursor, timeline.tip) == (2, 2)
    assert timeline.line() == (0, 1, 2)


def test_going_back_keeps_the_tip() -> None:
    timeline = tree(None, 0, 1).at(0)
    assert (timeline.cursor, timeline.tip) == (0, 2)
    assert timeline.line() == (0, 1, 2)
    assert timeline.line(timeline.cursor) == (0,)


def test_going_nowhere_is_the_same_timeline() -> None:
    timeline = tree(None, 0)
    assert timeline.at(1) is timeline


@pytest.mark.parametrize("index", [-1, 3, 99])
def test_a_node_that_does_not_exist_is_refused_in_words(index: int) -> None:
    with pytest.raises(IndexError, match="the tree has 3"):
        tree(None, 0, 1).at(index)


def test_another_branch_is_entered_down_to_its_newest_end() -> None:
    #  0 - 1 - 2        4 and 5 continue the branch 3
    #    \ 3 - 4 - 5
    timeline = tree(None, 0, 1, 0, 3, 4).at(2)
    assert timeline.line() == (0, 1, 2)
    other = timeline.at(3)
    assert (other.cursor, other.tip) == (3, 5)
    assert other.line() == (0, 3, 4, 5)


def test_children_are_listed_oldest_first() -> None:
    assert tree(None, 0, 0, 1, 0).children(0) == (1, 2, 4)


def test_a_second_prompt_has_its_own_root() -> None:
    timeline = tree(None, 0, None, 2)
    assert timeline.root() == 2
    assert timeline.at(1).root() == 0


def test_growing_shares_every_earlier_node() -> None:
    before = tree(None, 0, 1)
    after = before.at(0).grown(Node(Trace(), 0))
    assert all(mine is other for mine, other in zip(before.nodes, after.nodes, strict=False))
    assert after.line() == (0, 3)


def test_a_name_is_given_changed_and_taken_away() -> None:
    timeline = tree(None, 0, 1)
    named = timeline.named(1, "the floor")
    assert dict(named.names) == {1: "the floor"}
    assert dict(named.grown(Node(Trace(), 2)).names) == {1: "the floor"}
    assert named.named(1, "the floor") is named
    assert dict(named.named(1, "").names) == {}
    assert timeline.named(1, "") is timeline


def test_a_pruned_branch_is_nobodys_child_but_keeps_its_place() -> None:
    timeline = tree(None, 0, 1, 0, 3).at(2)
    cut = timeline.cut(3)
    assert cut.children(0) == (1,)
    assert cut.nodes is timeline.nodes
    assert (cut.cursor, cut.tip) == (2, 2)


def test_pruning_where_we_stand_goes_to_the_parent_and_looks_down_another_branch() -> None:
    timeline = tree(None, 0, 1, 0, 3, 4)
    cut = timeline.cut(3)
    assert (cut.cursor, cut.tip) == (0, 2)
    again = cut.cut(1)
    assert (again.cursor, again.tip) == (0, 0)


def test_pruning_ahead_on_our_line_moves_only_the_tip() -> None:
    cut = tree(None, 0, 1, 2).at(1).cut(2)
    assert (cut.cursor, cut.tip) == (1, 1)


def test_the_only_prompt_cannot_be_pruned_but_one_of_two_can() -> None:
    with pytest.raises(ValueError, match="only prompt"):
        tree(None, 0).cut(0)
    cut = tree(None, 0, None).cut(2)
    assert (cut.cursor, cut.tip, cut.roots()) == (1, 1, (0,))


PARENTS = st.lists(st.integers(0, 50), max_size=40)


@given(PARENTS)
def test_children_known_by_growing_are_those_found_by_looking(numbers: list[int]) -> None:
    parents = [None, *(number % (i + 1) for i, number in enumerate(numbers))]
    grown = tree(*parents)
    fresh = Timeline(grown.nodes, grown.cursor, grown.tip)
    for index in range(len(parents)):
        found = tuple(i for i, parent in enumerate(parents) if parent == index)
        assert grown.children(index) == fresh.children(index) == found
        assert grown.at(index).children(index) == found


@given(PARENTS, st.sets(st.integers(1, 40), max_size=5))
def test_after_pruning_the_line_we_are_on_holds_nothing_pruned(
    numbers: list[int], cuts: set[int]
) -> None:
    timeline = tree(None, *(number % (i + 1) for i, number in enumerate(numbers)))
    for index in sorted(cuts):
        if index < len(timeline.nodes):
            timeline = timeline.cut(index)
    assert not timeline.pruned & set(timeline.line())
    assert timeline.cursor in timeline.line()
    assert timeline.children(timeline.tip) == ()
