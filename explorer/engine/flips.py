"""The temperatures at which the same dice begin to choose another token. Knows no text.

With the random number u of a position held fixed, the chosen token is a step function of the
temperature. Its steps are looked for on a logarithmic grid and narrowed by bisection. One
temperature costs V exponentials in float32 and sums over blocks of them; the tokens inside a block
are added up only where the answer lies.

Shapes: G temperatures, V vocabulary, B blocks of _BLOCK tokens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.sampling import HIGHEST, LOWEST, Sampling, penalised
from explorer.physics.falling import falling

_BLOCK = 64
_PARTS, _HALVINGS = 8, 4
_SLACK = 1e-12

Floats = NDArray[np.float64]
Ranks = NDArray[np.intp]


@dataclass(frozen=True)
class Flip:
    """A temperature at which the same dice begin to choose another token."""

    temperature: float
    below: int
    above: int


def flips(
    logits: NDArray[np.float32],
    sampling: Sampling,
    history: Sequence[int],
    number: float,
    grid: int = 49,
) -> tuple[Flip, ...]:
    """Where between LOWEST and HIGHEST the choice changes, to 1e-3 of the temperature, rising.

    The grid is refined where neighbours differ, to steps of 1.2 %; of several flips within one such
    step only the lowest is given, and two that cancel between neighbours are not seen.
    """
    plain = logits.astype(np.float64)
    z = penalised(plain, sampling.repetition_penalty, history)
    order = falling(logits if z is plain else z)
    ladder = _Ladder(z[order], sampling, number)
    edges = np.geomspace(LOWEST, HIGHEST, grid)
    ranks = ladder.ranks(edges)
    low, high, below, above = _changed(edges[None], ranks[None])
    ratio = (high / low)[:, None] ** np.linspace(0, 1, _PARTS + 1)
    fine = low[:, None] * ratio  # (changes, _PARTS + 1)
    inner = ladder.ranks(fine[:, 1:-1].ravel()).reshape(len(low), _PARTS - 1)
    low, high, below, above = _changed(fine, np.column_stack([below, inner, above]))
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        found = ladder.ranks(middle)
        same = found == below
        low, high = np.where(same, middle, low), np.where(same, high, middle)
        above = np.where(same, above, found)
    return tuple(
        Flip(float(temperature), int(order[before]), int(order[after]))
        for temperature, before, after in zip(np.sqrt(low * high), below, above, strict=True)
    )


def _changed(edges: Floats, ranks: Ranks) -> tuple[Floats, Floats, Ranks, Ranks]:
    """The neighbours in rows of temperatures between which the rank is another one."""
    row, column = np.nonzero(ranks[:, 1:] != ranks[:, :-1])
    return (
        edges[row, column],
        edges[row, column + 1],
        ranks[row, column],
        ranks[row, column + 1],
    )


class _Ladder:
    """Finds the rank that the dice choose, at many temperatures, from logits sorted once."""

    def __init__(self, falling: Floats, sampling: Sampling, number: float) -> None:
        self._sampling, self._number = sampling, number
        size = min(sampling.top_k or len(falling), len(falling))
        self._energies = falling[0] - falling[:size]  # (V,) rising from 0
        blocks = math.ceil(size / _BLOCK)
        padded = np.full(blocks * _BLOCK, -np.inf, dtype=np.float32)
        padded[:size] = -self._energies
        self._logits = padded.reshape(blocks, _BLOCK)

    def ranks(self, temperatures: Floats) -> Ranks:
        """The rank (G,) chosen at each temperature, 0 being the most probable token."""
        if len(temperatures) == 0:
            return np.zeros(0, dtype=np.intp)
        warmth = temperatures.astype(np.float32)[:, None, None]
        p = np.exp(self._logits / warmth)  # (G, B, _BLOCK)
        sums = p.sum(2).astype(np.float64)
        ends = sums.cumsum(1)  # (G, B)
        count = np.full(len(temperatures), len(self._energies))
        if self._sampling.top_p < 1:
            mass = self._sampling.top_p * ends[:, -1] - _SLACK
            count = np.minimum(count, 1 + self._below(p, sums, ends, mass, strictly=True))
        if self._sampling.min_p > 0:
            limits = -math.log(self._sampling.min_p) * temperatures + _SLACK
            count = np.minimum(count, np.searchsorted(self._energies, limits, side="right"))
        count = np.maximum(count, 1)
        target = self._number * self._mass(p, sums, ends, count)
        ranks: Ranks = np.minimum(self._below(p, sums, ends, target), count - 1)
        return ranks

    def _below(
        self,
        p: NDArray[np.float32],
        sums: Floats,
        ends: Floats,
        mass: Floats,
        strictly: bool = False,
    ) -> Ranks:
        """How many tokens (G,) have a cumulative weight up to `mass`, strictly below if asked."""
        less = np.less if strictly else np.less_equal
        block = np.minimum(less(ends, mass[:, None]).sum(1), ends.shape[1] - 1)
        inside = self._inside(p, sums, ends, block)
        found: Ranks = block * _BLOCK + less(inside, mass[:, None]).sum(1)
        return found

    def _mass(
        self, p: NDArray[np.float32], sums: Floats, ends: Floats, count: NDArray[np.intp]
    ) -> Floats:
        """The weight (G,) of the first `count` tokens."""
        block, last = np.divmod(count - 1, _BLOCK)
        mass: Floats = self._inside(p, sums, ends, block)[np.arange(len(count)), last]
        return mass

    def _inside(self, p: NDArray[np.float32], sums: Floats, ends: Floats, block: Ranks) -> Floats:
        """The cumulative weight (G, _BLOCK) at each token of one block per temperature."""
        rows = np.arange(len(block))
        before = ends[rows, block] - sums[rows, block]
        return p[rows, block].cumsum(1, dtype=np.float64) + before[:, None]
