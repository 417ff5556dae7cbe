"""A session run again: every token, draw and stored number compared with what is computed now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from explorer.engine import sampling as stages
from explorer.engine.trace import Step, Trace
from explorer.session.files.archive import ARRAYS, Stored
from explorer.session.files.manifest import Manifest
from explorer.session.files.records import NodeRecord
from explorer.session.reader import Reader

TOLERANCE = 1e-4


@dataclass(frozen=True)
class Replayed:
    """One node run again: its token, how many numbers were compared, the largest difference.

    deviation says what is other than it was, empty where everything is within the tolerance.
    """

    node: int
    token: int
    numbers: int
    largest: float
    deviation: str = ""


def replay(stored: Stored, reader: Reader, tolerance: float = TOLERANCE) -> Iterator[Replayed]:
    """Run a session again, node by node. Raises ValueError when the network refuses a text.

    Numbers are compared by their absolute difference, logits and hidden states by that or the same
    share of their size, whichever is larger.
    """
    manifest, traces = stored.manifest, list[Trace]()
    for index, node in enumerate(manifest.tree.nodes):
        trace = read_again(manifest, node, traces, reader)
        traces.append(trace)
        deviations, numbers, largest = [], 0, 0.0
        if node.draw is not None and node.parent is not None:
            found, difference = _compare_draw(manifest, node, traces[node.parent], tolerance)
            deviations += found
            numbers, largest = 3, difference
        for step in node.steps if stored.steps is not None else ():
            assert stored.steps is not None
            again = trace.steps[len(trace) - len(node.steps) + node.steps.index(step)]
            found, difference = _compare_step(stored.steps[step], again, tolerance)
            deviations += found
            numbers += sum(getattr(again, name).size for name in ARRAYS)
            largest = max(largest, difference)
        first = deviations[0] if deviations else ""
        yield Replayed(index, trace.steps[-1].token, numbers, largest, first)


def read_again(manifest: Manifest, node: NodeRecord, traces: list[Trace], reader: Reader) -> Trace:
    """The trace of a node computed now; `traces` are those of the nodes before it."""
    tree = manifest.tree
    edits = tree.edits[node.edits]
    onto = Trace((), edits)
    if node.parent is not None and not node.fresh:
        onto = traces[node.parent]
    return reader.read(onto, [tree.tokens[step] for step in node.steps], edits)


def _compare_draw(
    manifest: Manifest, node: NodeRecord, before: Trace, tolerance: float
) -> tuple[list[str], float]:
    """What a draw made now would be other in, and the largest difference of its numbers."""
    assert node.draw is not None
    tree, labels = manifest.tree, manifest.model.labels
    last, token = before.steps[-1], tree.tokens[node.steps[-1]]
    sampling = tree.samplings[node.draw.sampling]
    if node.draw.forced:
        again = stages.force(last.logits, sampling, before.ids, len(before), token, last.rest)
    else:
        again = stages.draw(last.logits, sampling, before.ids, len(before), last.rest)
    if again.token != token:
        return [f"the token {labels[again.token]!r} is drawn, it was {labels[token]!r}"], 1.0
    found, largest = [], 0.0
    for name, meaning in (
        ("raw", "probability"), ("final", "probability after sampling"), ("uniform", "dice")
    ):  # fmt: skip
        was, now = getattr(node.draw, name), getattr(again, name)
        largest = max(largest, abs(now - was))
        if abs(now - was) > tolerance:
            found.append(f"the {meaning} of {labels[token]!r} is {now:.6g}, it was {was:.6g}")
    return found, largest


def _compare_step(was: Step, now: Step, tolerance: float) -> tuple[list[str], float]:
    found, largest = [], 0.0
    for name in ARRAYS:
        old, new = getattr(was, name), getattr(now, name)
        difference = np.abs(new - old)
        largest = max(largest, float(difference.max()))
        beyond = difference > tolerance * np.maximum(1.0, np.abs(old))
        if beyond.any():
            at = tuple(int(part) for part in np.argwhere(beyond)[0])
            place = ", ".join(map(str, at))
            found.append(f"{name}[{place}] is {new[at]:.6g}, it was {old[at]:.6g}")
    return found, largest
