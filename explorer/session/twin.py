"""Twin runs: a second text B beside ours (A), with the same dice. Pure moves.

B is a branch of the same tree. With settings of its own it grows whenever it is shorter than A, one
draw at each position with the dice of that position, and keeps the edits under which it was read;
without, it is a branch that exists already. Both are compared at the same length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.engine import sampling as stages
from explorer.engine.sampling import Draw, Sampling
from explorer.engine.trace import Trace
from explorer.session.timeline import Node

if TYPE_CHECKING:
    from explorer.session.snapshot import Snapshot


@dataclass(frozen=True)
class Twin:
    """other is the last node of B, None while there is no twin; sampling are B's own settings."""

    other: int | None = None
    sampling: Sampling | None = None


def toggle(s: Snapshot) -> Snapshot:
    """Start a twin here that keeps the present settings, or end the twin run."""
    if not s.timeline:
        return s
    if is_on(s):
        return replace(s, twin=Twin())
    return replace(s, twin=Twin(s.timeline.cursor, s.sampling))


def is_on(s: Snapshot) -> bool:
    """Whether there is a twin, and the tree still has it."""
    return s.twin.other is not None and s.twin.other < len(s.timeline.nodes)


def compare_with(s: Snapshot, node: int) -> Snapshot:
    """Compare with a branch that exists; nothing grows."""
    if not 0 <= node < len(s.timeline.nodes) or s.twin == Twin(node):
        return s
    return replace(s, twin=Twin(node))


def sample_with(s: Snapshot, sampling: Sampling) -> Snapshot:
    """Give B other settings, from the length at which we stand on."""
    here = aligned(s)
    if sampling == s.twin.sampling:
        return s
    return replace(s, twin=Twin(s.timeline.cursor if here is None else here, sampling))


def aligned(s: Snapshot) -> int | None:
    """The node of B that is as long as A, or its last one where B is shorter."""
    if not is_on(s) or not s.timeline:
        return None
    size = len(s.timeline.node.trace)
    line = s.timeline.line(s.twin.other)
    start = len(s.timeline.nodes[line[0]].trace)
    return line[max(0, min(size - start, len(line) - 1))]


def wanted(s: Snapshot) -> Draw | None:
    """The draw that B needs to become as long as A; None when it needs none or is finished."""
    here, own = aligned(s), s.twin.sampling
    if here is None or own is None or s.model is None or s.locked:
        return None
    node = s.timeline.nodes[here]
    size = len(node.trace)
    finished = node.draw is not None and s.model.ends(node.trace.steps[-1].token)
    if size >= len(s.timeline.node.trace) or finished:
        return None
    last = node.trace.steps[-1]
    return stages.draw(last.logits, own, node.trace.ids, size, last.rest)


def known(s: Snapshot, draw: Draw) -> Snapshot | None:
    """B one token further where that has been drawn before; None when it has to be read."""
    here = aligned(s)
    if here is None:
        return None
    edits = s.timeline.nodes[here].trace.edits
    for child in s.timeline.children(here):
        node = s.timeline.nodes[child]
        if node.trace.edits == edits and node.draw is not None and node.draw.token == draw.token:
            if node.draw == draw:
                return replace(s, twin=replace(s.twin, other=child))
            return advance(s, here, node.trace, draw)
    return None


def advance(s: Snapshot, parent: int, trace: Trace, draw: Draw) -> Snapshot:
    """B one token further: `trace` is its text with the drawn token read. A stays where it is."""
    timeline = s.timeline.beside(Node(trace, parent, draw))
    return replace(s, timeline=timeline, twin=replace(s.twin, other=len(timeline.nodes) - 1))
