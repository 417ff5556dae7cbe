"""Rows that came later from another machine: the same texts, with more of their numbers here."""

from __future__ import annotations

from dataclasses import replace

from explorer.engine.trace import Step, Trace
from explorer.session.snapshot import Snapshot


def enrich(s: Snapshot, before: Trace, after: Trace) -> Snapshot:
    """Every text of the tree with the richer steps of `after` for those of `before`.

    Both are the same text. The same snapshot where no text has such a step any more.
    """
    pairs = zip(before.steps, after.steps, strict=True)
    richer: dict[int, Step] = {id(old): new for old, new in pairs if old is not new}
    nodes = []
    for node in s.timeline.nodes:
        steps = tuple(richer.get(id(step), step) for step in node.trace.steps)
        changed = any(a is not b for a, b in zip(steps, node.trace.steps, strict=True))
        trace = Trace(steps, node.trace.edits) if changed else node.trace
        nodes.append(replace(node, trace=trace) if changed else node)
    if all(a is b for a, b in zip(nodes, s.timeline.nodes, strict=True)):
        return s
    return replace(s, timeline=replace(s.timeline, nodes=tuple(nodes)))
