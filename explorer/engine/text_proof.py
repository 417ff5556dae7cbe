"""Proofs of one text that has been read: its numbers add up, and reading it anew gives them again.

The window proves what is on screen with these, `explorer doctor` a text that the model writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.engine.checks import ADDENDS, ATTENTION, ATTRIBUTION, LOGITS, Check, at_most
from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.inspect import Inspection, inspect
from explorer.engine.parameters import Parameters
from explorer.engine.trace import Trace

_ONE_BY_ONE = 6


class Proven(Protocol):
    """What is proved: something that reads a text anew, an `Engine` or one in another process."""

    @property
    def parameters(self) -> Parameters:
        """The trained numbers."""

    def read(self, trace: Trace, ids: Sequence[int], edits: Edits) -> Trace:
        """The trace after reading `ids` behind it."""

    def activations(
        self, ids: Sequence[int], names: Collection[str], edits: Edits
    ) -> dict[str, NDArray[np.float32]]:
        """Named activations over a whole text."""

    def forget(self) -> None:
        """Clear the memo of keys and values."""


def prove_text(engine: Proven, trace: Trace, position: int, token: int) -> Iterator[Check]:
    """Every check of a text under its edits; each `next()` is one of them.

    The residual stream is taken apart at `position`, its attribution is that of `token`.
    """
    yield at_most("attention rows sum to 1", row_sums(trace), ATTENTION)
    attention, logits = anew(engine, trace)
    yield at_most("attention, cached against uncached", attention, ATTENTION)
    yield at_most("logits, cached against uncached", logits, LOGITS)
    yield at_most("nothing switched off against the plain run", nothing_off(engine, trace), LOGITS)
    inspection = inspect(engine.parameters, trace, position)
    yield at_most("residual parts sum to the residual", residual_sum(inspection), ADDENDS)
    yield at_most("attribution sums to the logit", attribution_sum(inspection, token), ATTRIBUTION)


def row_sums(trace: Trace) -> float:
    """The largest distance from 1 of the sum of an attention row, over all heads and tokens."""
    sums = [step.attention.sum(-1, dtype=np.float64) for step in trace.steps]
    return float(np.abs(np.stack(sums) - 1).max())


def differences(one: Trace, other: Trace) -> tuple[float, float]:
    """The largest difference between two traces of the same ids: attention, logits."""
    pairs = list(zip(one.steps, other.steps, strict=True))
    return (
        max(float(np.abs(a.attention - b.attention).max()) for a, b in pairs),
        max(float(np.abs(a.logits - b.logits).max()) for a, b in pairs),
    )


def anew(engine: Proven, trace: Trace) -> tuple[float, float]:
    """The largest difference to the same text read twice more, with nothing remembered of it.

    Once at once, and once with its last tokens read one by one behind the remembered others.
    """
    engine.forget()
    empty, ids, edits = Trace((), trace.edits), trace.ids, trace.edits
    whole = engine.read(empty, ids, edits)
    engine.forget()
    first = max(1, len(ids) - _ONE_BY_ONE)
    grown = engine.read(empty, ids[:first], edits)
    for token in ids[first:]:
        grown = engine.read(grown, [token], edits)
    found = [differences(trace, other) for other in (whole, grown)]
    return max(one[0] for one in found), max(one[1] for one in found)


def nothing_off(engine: Proven, trace: Trace) -> float:
    """The largest difference of logits between the plain run and the pass that edits go through.

    That pass is asked to change nothing; the text is read without edits in both.
    """
    plain = trace if not trace.edits else engine.read(Trace(), trace.ids, NO_EDITS)
    changed = engine.activations(trace.ids, ("logits",), NO_EDITS)["logits"]  # (T, V)
    return float(np.abs(changed - np.stack([step.logits for step in plain.steps])).max())


def residual_sum(inspection: Inspection) -> float:
    """The largest entry by which the final residual stream differs from the sum of its parts."""
    parts = inspection.parts
    return float(np.abs(parts.vectors.sum(0) - parts.final).max())


def attribution_sum(inspection: Inspection, token: int) -> float:
    """By how much the contributions of all parts to a logit miss the logit."""
    found = inspection.attribute(token)
    return abs(found.total - found.true)
