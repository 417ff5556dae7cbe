"""Step and Trace: what was computed for each token. numpy, frozen; knows no network.

In a causal model the attention row and the residual stream of a position never change when later
tokens come, so a step keeps its row, and a matrix is stacked on demand, one head at a time.

Shapes: L layers, H heads, S keys, D head width, C width, V vocabulary, T tokens so far.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.partial import partial

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Step:
    """What reading one token computed, all float32 and read-only.

    logits     (V,) for the token that comes next, before any temperature
    attention  (L, H, S) the row of this query over the S = position + 1 keys so far
    hidden     (L + 1, C) residual stream after the embedding and after each block
    queries    (L, H, D) and keys (L, G, D) of this position as the heads compare them, biases and
               rotary positions included: with them the Hopfield energy of any head can be drawn
               without running the network. G = H unless H / G heads share their keys
    rest       the probability of all tokens that the engine did not name, whose logits are -inf

    An engine that gives nothing from inside a network (`engine.capabilities`) leaves arrays of no
    layers: attention (0, 0, S), hidden (0, 0), queries and keys (0, 0, 0).
    """

    token: int
    logits: Array
    attention: Array
    hidden: Array
    queries: Array
    keys: Array
    rest: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        for array in (self.logits, self.attention, self.hidden, self.queries, self.keys):
            array.setflags(write=False)

    @property
    def nbytes(self) -> int:
        """Memory held by the arrays, in bytes."""
        arrays = (self.logits, self.attention, self.hidden, self.queries, self.keys)
        return sum(array.nbytes for array in arrays)


@dataclass(frozen=True, eq=False)
class Trace:
    """The steps so far, and the edits under which all of them were computed."""

    steps: tuple[Step, ...] = ()
    edits: Edits = NO_EDITS

    def __len__(self) -> int:
        return len(self.steps)

    @cached_property
    def ids(self) -> tuple[int, ...]:
        """The token ids (T,)."""
        return tuple(step.token for step in self.steps)

    @cached_property
    def whole(self) -> bool:
        """Whether every row of every step is here (`engine.partial`), found once."""
        return not any(partial(step.attention) or partial(step.queries) for step in self.steps)

    @property
    def nbytes(self) -> int:
        """Memory held by all steps, in bytes."""
        return sum(step.nbytes for step in self.steps)

    def extend(self, steps: Iterable[Step]) -> Trace:
        """A longer trace that shares every earlier step."""
        further = tuple(steps)
        new = replace(self, steps=(*self.steps, *further))
        # What is known of the earlier steps stays true: nothing is looked for again.
        if "whole" in self.__dict__:
            new.__dict__["whole"] = self.whole and Trace(further).whole
        if "ids" in self.__dict__:
            new.__dict__["ids"] = (*self.ids, *Trace(further).ids)
        return new

    def attention(self, layer: int, head: int) -> Array:
        """The matrix (T, T) of one head; entries after the query are NaN: they do not exist."""
        size = len(self.steps)
        matrix = np.full((size, size), np.nan, dtype=np.float32)
        for row, step in enumerate(self.steps):
            matrix[row, : row + 1] = step.attention[layer, head]
        return matrix

    def keys(self, layer: int, head: int, position: int, first: int = 0) -> Array:
        """The keys (S, D) from `first` to the query at `position`, S = position + 1 - first."""
        steps = self.steps[first : position + 1]
        group = head * steps[0].keys.shape[1] // steps[0].queries.shape[1]
        return np.stack([step.keys[layer, group] for step in steps])


def shared_steps(a: tuple[Step, ...], b: tuple[Step, ...]) -> int:
    """How many leading steps two texts share. Found by halving: shared steps are a prefix."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[middle - 1] is b[middle - 1]:
            low = middle
        else:
            high = middle - 1
    return low
