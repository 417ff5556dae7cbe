"""Branches: the tree of a timeline folded into segments, and the moves that walk and tend it.

A segment is a run of nodes without a fork; it ends where several branches begin, where a node with
a name follows, or with the text. The oldest branch of a fork goes on in the lane of its parent; the
others each stand one lane further right, before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Timeline

LONGEST_NAME = 60


@dataclass(frozen=True)
class Segment:
    """Nodes (indices) that follow each other without a fork, from `head` to `end`.

    lane counts from the left; above is the row of the segment from which it goes on, None at a
    prompt.
    """

    nodes: tuple[int, ...]
    lane: int
    above: int | None

    @property
    def head(self) -> int:
        """The first node."""
        return self.nodes[0]

    @property
    def end(self) -> int:
        """The last node, where the next branches begin."""
        return self.nodes[-1]


def segments(timeline: Timeline) -> tuple[Segment, ...]:
    """All segments in the order of their rows, without what was pruned."""
    rows: list[Segment] = []
    ahead: list[tuple[int, int, int | None]] = [(x, 0, None) for x in timeline.roots()[::-1]]
    while ahead:
        node, lane, above = ahead.pop()
        run = [node]
        below = timeline.children(node)
        while len(below) == 1 and below[0] not in timeline.names:
            run.append(below[0])
            below = timeline.children(below[0])
        row = len(rows)
        rows.append(Segment(tuple(run), lane, above))
        ahead += [(child, lane + (child != below[0]), row) for child in below]
    return tuple(rows)


def row_of(rows: tuple[Segment, ...], node: int) -> int | None:
    """The row that holds a node; None for a node that was pruned."""
    return next((row for row, segment in enumerate(rows) if node in segment.nodes), None)


def walk(s: Snapshot, across: int, down: int) -> Snapshot:
    """Along the tree: across -1 to the fork before, 1 to the fork or end after, down by rows."""
    if not s.timeline:
        return s
    rows, here = segments(s.timeline), s.timeline.cursor
    row = row_of(rows, here)
    if row is None:
        return s
    segment = rows[row]
    if down:
        return moves.seek(s, rows[min(max(row + down, 0), len(rows) - 1)].end)
    if across < 0:
        return moves.seek(s, segment.head if segment.above is None else rows[segment.above].end)
    if here != segment.end:
        return moves.seek(s, segment.end)
    line = s.timeline.line()
    after = [other for other in rows if other.above == row]
    after.sort(key=lambda other: other.head not in line)
    return moves.seek(s, after[0].end) if after else s


def head_of(s: Snapshot, node: int) -> int:
    """The node at which the branch of a node begins."""
    rows = segments(s.timeline)
    row = row_of(rows, node)
    return node if row is None else rows[row].head


def rename(s: Snapshot, node: int, name: str) -> Snapshot:
    """Give the branch that begins at a node a name; an empty one takes it away."""
    if not 0 <= node < len(s.timeline.nodes):
        return s
    clean = " ".join(name.split())[:LONGEST_NAME]
    timeline = s.timeline.named(node, clean)
    return s if timeline is s.timeline else replace(s, timeline=timeline)


def prune(s: Snapshot, node: int) -> Snapshot:
    """Cut off a node and all below it; undo brings it back."""
    if not 0 <= node < len(s.timeline.nodes) or node in s.timeline.pruned:
        return s
    try:
        timeline = s.timeline.cut(node)
    except ValueError:
        return moves.notice(s, "This is the only prompt of the tree: it cannot be pruned.")
    look = s.look
    if timeline.cursor != s.timeline.cursor:
        look = replace(look, position=None, hover=None, rivals=None)
    gone = "The branch is pruned; undo (Ctrl+Z) brings it back."
    return replace(s, timeline=timeline, look=look, notice=gone)
