"""The tree of everything generated and its cursor."""

from __future__ import annotations

import pytest

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
