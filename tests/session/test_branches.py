"""The tree as segments, and the moves that walk and tend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.engine.edits import heads_off
from explorer.engine.trace import Trace
from explorer.session import branches, moves
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Node, Timeline

Read = Callable[..., Trace]


def tree(*parents: int | None) -> Timeline:
    timeline = Timeline()
    for parent in parents:
        timeline = timeline.grown(Node(Trace(), parent))
    return timeline


def rows(timeline: Timeline) -> list[tuple[tuple[int, ...], int, int | None]]:
    return [(row.nodes, row.lane, row.above) for row in branches.segments(timeline)]


def take(s: Snapshot, read: Read, token: int | None = None) -> Snapshot:
    draw = moves.next_draw(s) if token is None else moves.forced_draw(s, token)
    if (here := moves.known(s, draw)) is not None:
        return here
    trace = read(s.timeline.node.trace, [draw.token], s.edits)
    return moves.advance(s, s.timeline.cursor, trace, draw)


def forked(opening: Snapshot, read: Read) -> Snapshot:
    """A prompt 0 with the branches 1 - 2 - 3 and 4 - 5, and 2 - 6; the cursor on 6."""
    s = opening
    for token in (2, 3, 4):
        s = take(s, read, token)
    s = moves.to_start(s)
    for token in (5, 2):
        s = take(s, read, token)
    return take(moves.seek(s, 2), read, 5)


def test_runs_without_a_fork_are_one_segment_and_the_oldest_branch_keeps_its_lane() -> None:
    #  0 - 1 - 2 - 3
    #       \ 4   \ 5 - 6
    timeline = tree(None, 0, 1, 2, 1, 2, 5)
    assert rows(timeline) == [
        ((0, 1), 0, None),
        ((4,), 1, 0),
        ((2,), 0, 0),
        ((5, 6), 1, 2),
        ((3,), 0, 2),
    ]


def test_a_named_node_begins_a_segment_of_its_own() -> None:
    assert rows(tree(None, 0, 1, 2).named(2, "x")) == [((0, 1), 0, None), ((2, 3), 0, 0)]


def test_what_is_pruned_has_no_row() -> None:
    assert rows(tree(None, 0, 1, 0, 3).cut(3)) == [((0, 1, 2), 0, None)]


@given(st.lists(st.integers(0, 60), max_size=60))
def test_every_node_stands_in_one_row_below_its_parent(numbers: list[int]) -> None:
    timeline = tree(None, *(number % (i + 1) for i, number in enumerate(numbers)))
    found = branches.segments(timeline)
    assert sorted(node for row in found for node in row.nodes) == list(range(len(timeline.nodes)))
    for index, row in enumerate(found):
        parent = timeline.nodes[row.head].parent
        if row.above is None:
            assert parent is None
        else:
            assert row.above < index
            assert found[row.above].end == parent
        for before, node in zip(row.nodes, row.nodes[1:], strict=False):
            assert timeline.nodes[node].parent == before


def test_the_walk_goes_to_forks_across_and_to_rows_down(opening: Snapshot, read: Read) -> None:
    s = forked(opening, read)
    assert branches.walk(s, -1, 0).timeline.cursor == 2
    assert branches.walk(branches.walk(s, -1, 0), -1, 0).timeline.cursor == 0
    start = moves.to_start(s)
    assert branches.walk(start, -1, 0) is start
    onward = branches.walk(start, 1, 0)
    assert onward.timeline.cursor == 2
    assert branches.walk(onward, 1, 0).timeline.cursor == 6
    order = [row.end for row in branches.segments(s.timeline)]
    s = moves.seek(s, order[0])
    walked = [s.timeline.cursor]
    for _ in order[1:]:
        s = branches.walk(s, 0, 1)
        walked.append(s.timeline.cursor)
    assert walked == order
    assert branches.walk(s, 0, 1) is s
    assert branches.walk(s, 0, -1).timeline.cursor == order[-2]
    assert branches.walk(Snapshot(), 0, 1).timeline.cursor == -1


def test_from_within_a_segment_the_walk_goes_to_its_end_first(
    opening: Snapshot, read: Read
) -> None:
    s = moves.seek(forked(opening, read), 4)
    assert branches.walk(s, 1, 0).timeline.cursor == 5


def test_a_name_is_cleaned_and_kept_in_the_tree(opening: Snapshot, read: Read) -> None:
    s = forked(opening, read)
    named = branches.rename(s, 4, "  the   other\nend ")
    assert named.timeline.names[4] == "the other end"
    assert len(branches.rename(s, 4, "x" * 500).timeline.names[4]) == branches.LONGEST_NAME
    assert branches.rename(named, 4, "the other end") is named
    assert not branches.rename(named, 4, " ").timeline.names
    assert branches.rename(s, 99, "x") is s


def test_pruning_says_how_to_come_back_and_moves_the_cursor_out(
    opening: Snapshot, read: Read
) -> None:
    s = forked(opening, read)
    cut = branches.prune(s, 1)
    assert cut.timeline.cursor == 0
    assert "undo" in cut.notice
    assert branches.prune(cut, 1) is cut
    assert branches.head_of(s, 5) == 4
    kept = branches.prune(cut, 0)
    assert kept.timeline is cut.timeline
    assert "only prompt" in kept.notice


def test_a_step_into_a_pruned_branch_starts_a_new_one(opening: Snapshot, read: Read) -> None:
    s = moves.heat(opening, 1.0)
    drawn = take(s, read)
    cut = branches.prune(drawn, 1)
    assert moves.known(cut, moves.next_draw(cut)) is None
    again = take(cut, read)
    assert again.timeline.cursor == 2
    assert again.timeline.children(0) == (2,)


CHANGES: dict[str, Callable[[Snapshot], Snapshot]] = {
    "temperature": lambda s: moves.heat(s, 4.0),
    "seed": lambda s: moves.sample_with(s, replace(s.sampling, seed=s.sampling.seed + 3)),
    "top-k": lambda s: moves.sample_with(s, replace(s.sampling, top_k=1)),
    "edit": lambda s: moves.edit(s, heads_off((0, 0))),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("steps_back", [1, 2, 4])
def test_whatever_is_changed_after_going_back_nothing_is_overwritten(
    opening: Snapshot, read: Read, change: str, steps_back: int
) -> None:
    s = opening
    for _ in range(4):
        s = s if moves.why_stopped(s) else take(s, read)
    before = s.timeline
    for _ in range(steps_back):
        s = moves.back(s)
    here = s.timeline.cursor
    s = take(CHANGES[change](s), read)
    assert s.timeline.nodes[: len(before.nodes)] == before.nodes
    assert s.timeline.node.draw.sampling == s.sampling
    assert s.timeline.node.trace.edits == s.edits
    assert len(s.timeline.children(here)) == 2
    assert moves.seek(s, before.cursor).timeline.node is before.node
