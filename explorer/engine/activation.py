"""Activation: one named array of a pass, what it is, and how each of its entries comes about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine import formulas
from explorer.engine.filled import Filled, Index, Rule
from explorer.engine.passage import Stage

Array = NDArray[np.float32]
# Arrays with their names, as the addends of a stream.
Addends = tuple[tuple[str, Array], ...]
# Larger than any rounding of a residual stream whose numbers are below 100, smaller than any edit
# worth making; fp32 keeps seven digits, and trained streams reach thousands.
EDITED = 1e-3


@dataclass(frozen=True, eq=False)
class Activation:
    """One named array of the pass: what it is (`stage`), its values, how an entry comes about.

    An axis over keys begins with the key at position `start`: keys before a window are absent.
    """

    name: str
    stage: Stage
    values: Array
    rule: Rule
    start: int = 0

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes, in the order of `stage.axes`."""
        return self.values.shape

    def fill(self, index: Index) -> Filled:
        """The formula of one entry with its numbers; raises IndexError outside the array."""
        if len(index) != self.values.ndim or any(
            not 0 <= at < size for at, size in zip(index, self.shape, strict=True)
        ):
            raise IndexError(f"{self.name} has the shape {self.shape}, it has no entry {index}")
        return self.rule.fill(index)


def explained(parts: Addends, recorded: Array) -> formulas.Sum:
    """The rule of a recorded stream: its parts, and what an edit added where they fall short."""
    rest = recorded - np.sum([part for _, part in parts], axis=0, dtype=np.float32)
    rounding = max(1.0, float(np.abs(recorded).max()) / 100)
    if float(np.abs(rest).max()) > EDITED * rounding:
        parts = (*parts, ("edit", rest))
    return formulas.Sum(tuple(part for _, part in parts), tuple(name for name, _ in parts))


def softened(scores: Array, pattern: Array) -> Rule:
    """The rule of a recorded pattern: the softmax of its scores, if no edit has replaced a row."""
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    edited = float(np.abs(weights - pattern).max()) > EDITED
    return formulas.Given(pattern, "put in by an edit") if edited else formulas.Softmax(scores)
