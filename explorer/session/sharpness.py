"""Sharpness: a head whose scores are multiplied before the softmax, tried out beside the story.

The slider of the sharpness stands at a factor of one head, or of all. Trying it out changes
nothing that was told: `unturned` and `turned` are the edits to read the text under for comparison.
Only when it is kept, by the laboratory, does it become an edit of the line like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.engine.edits import EVERY, Edits, Sharpening
from explorer.session.reader import Reader

if TYPE_CHECKING:
    from explorer.session.snapshot import Snapshot

# What the slider reaches; an edit may go further.
FLATTEST, SHARPEST = 1 / 16, 16.0


@dataclass(frozen=True)
class Sharpness:
    """Where the slider stands: every = for all heads, not only the chosen one.

    tried is the last factor that was tried out, None before the first.
    """

    every: bool = False
    tried: Sharpening | None = None


@dataclass(frozen=True, eq=False)
class Under:
    """A text read under edits: the logits (V,) after it, and one head's rows (T, T), 0 later."""

    ids: tuple[int, ...]
    edits: Edits
    layer: int
    head: int
    logits: NDArray[np.float32]
    rows: NDArray[np.float32]

    def fits(self, ids: tuple[int, ...], edits: Edits, layer: int, head: int) -> bool:
        """Whether it is this text, under these edits, seen in this head."""
        mine = (self.layer, self.head) == (layer, head) and self.edits == edits
        return mine and self.ids == ids


def read_under(reader: Reader, ids: tuple[int, ...], edits: Edits, layer: int, head: int) -> Under:
    """Read a whole text under edits, beside what is remembered of the story."""
    name = f"blocks.{layer}.pattern"
    found = reader.activations(ids, (name, "logits"), edits)
    return Under(ids, edits, layer, head, found["logits"][-1].copy(), found[name][head].copy())


def turn(s: Snapshot, factor: float) -> Snapshot:
    """Try this factor on the head that is looked at, or on all."""
    layer, head = target(s)
    tried = Sharpening(layer, head, min(max(factor, FLATTEST), SHARPEST))
    return _set(s, replace(s.sharpness, tried=tried))


def widen(s: Snapshot, every: bool) -> Snapshot:
    """Turn all heads at once, or the one that is looked at."""
    return _set(s, replace(s.sharpness, every=every))


def target(s: Snapshot) -> tuple[int, int]:
    """The head that the slider acts on as (layer, head), both EVERY for all."""
    if s.sharpness.every:
        return EVERY, EVERY
    if s.model is None or not s.model.layers:
        return s.look.layer, s.look.head
    return s.look.layer % s.model.layers, s.look.head % s.model.heads


def held(s: Snapshot) -> float:
    """The factor that the text at the cursor was read under; 1 without such an edit."""
    edits = s.timeline.node.trace.edits if s.timeline else s.edits
    here = target(s)
    found = (one.factor for one in edits.sharpening if (one.layer, one.head) == here)
    return next(found, 1.0)


def factor(s: Snapshot) -> float:
    """Where the slider stands: what is tried out on this head, else what holds."""
    tried = s.sharpness.tried
    if tried is not None and (tried.layer, tried.head) == target(s):
        return tried.factor
    return held(s)


def unturned(s: Snapshot) -> Edits:
    """The edits of the text at the cursor without a sharpening of this head. Needs a text."""
    return _under(s, 1.0)


def turned(s: Snapshot) -> Edits:
    """The edits of the text at the cursor with the factor of the slider. Needs a text."""
    return _under(s, factor(s))


def _under(s: Snapshot, times: float) -> Edits:
    layer, head = target(s)
    return with_sharpening(s.timeline.node.trace.edits, Sharpening(layer, head, times))


def with_sharpening(edits: Edits, one: Sharpening) -> Edits:
    """With a factor for its head in place of the one it had; 1 takes it back."""
    here = one.layer, one.head
    rest = tuple(other for other in edits.sharpening if (other.layer, other.head) != here)
    return replace(edits, sharpening=(*rest, one))


def _set(s: Snapshot, sharpness: Sharpness) -> Snapshot:
    return s if sharpness == s.sharpness else replace(s, sharpness=sharpness)
