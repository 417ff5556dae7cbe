"""The temperatures at which the same dice begin to choose another token. Knows no text.

With the random number u of a position held fixed, the chosen token is a step function of the
temperature. Its steps are looked for on a logarithmic grid and narrowed by bisection. One
temperature costs one exponential for a block of tokens of nearly the same energy, whose weights are
added up by their moments; the tokens inside a block are looked at only where the answer lies.

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

_BLOCK = 128
# Terms of the series of a block, and the share of all weight that leaving out the others may cost.
_TERMS, _EXACT = 8, 1e-10
_PARTS, _HALVINGS = 8, 4
_AT_ONCE = 64  # temperatures whose sums of blocks stay in the cache
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
        size = min(sampling.top_k or len(falling), len(falling), np.isfinite(falling).sum())
        self._energies = falling[0] - falling[:size]  # (V,) rising from 0
        blocks = math.ceil(size / _BLOCK)
        padded = np.full(blocks * _BLOCK, np.inf)
        padded[:size] = self._energies
        self._blocks = padded.reshape(blocks, _BLOCK)
        self._middles, self._moments, narrow = _expanded(self._blocks)
        self._wide = np.flatnonzero(~narrow)

    def ranks(self, temperatures: Floats) -> Ranks:
        """The rank (G,) chosen at each temperature, 0 being the most probable token."""
        parts = range(0, len(temperatures), _AT_ONCE)
        found = [self._ranks(temperatures[at : at + _AT_ONCE]) for at in parts]
        return np.concatenate([np.zeros(0, dtype=np.intp), *found])

    def _ranks(self, temperatures: Floats) -> Ranks:
        warmth = 1 / temperatures
        sums = self._sums(warmth)  # (G, B)
        ends = sums.cumsum(1)
        size = len(self._energies)
        count = np.full(len(temperatures), size)
        if self._sampling.top_p < 1:
            mass = self._sampling.top_p * ends[:, -1] - _SLACK
            count = np.minimum(count, 1 + self._below(warmth, sums, ends, mass, strictly=True))
        if self._sampling.min_p > 0:
            limits = -math.log(self._sampling.min_p) * temperatures + _SLACK
            count = np.minimum(count, np.searchsorted(self._energies, limits, side="right"))
        count = np.maximum(count, 1)
        whole = ends[:, -1] if count.min() == size else self._mass(warmth, sums, ends, count)
        below = self._below(warmth, sums, ends, self._number * whole)
        ranks: Ranks = np.minimum(below, count - 1)
        return ranks

    def _sums(self, warmth: Floats) -> Floats:
        """The weight (G, B) of every block at each 1 / T."""
        powers = warmth[:, None] ** np.arange(_TERMS)
        sums: Floats = np.exp(-warmth[:, None] * self._middles) * (powers @ self._moments)
        if len(self._wide):
            sums[:, self._wide] = np.exp(-warmth[:, None, None] * self._blocks[self._wide]).sum(2)
        return sums

    def _below(
        self, warmth: Floats, sums: Floats, ends: Floats, mass: Floats, strictly: bool = False
    ) -> Ranks:
        """How many tokens (G,) have a cumulative weight up to `mass`, strictly below if asked."""
        less = np.less if strictly else np.less_equal
        block = np.minimum(less(ends, mass[:, None]).sum(1), ends.shape[1] - 1)
        inside = self._inside(warmth, sums, ends, block)
        found: Ranks = block * _BLOCK + less(inside, mass[:, None]).sum(1)
        return found

    def _mass(self, warmth: Floats, sums: Floats, ends: Floats, count: NDArray[np.intp]) -> Floats:
        """The weight (G,) of the first `count` tokens."""
        block, last = np.divmod(count - 1, _BLOCK)
        mass: Floats = self._inside(warmth, sums, ends, block)[np.arange(len(count)), last]
        return mass

    def _inside(self, warmth: Floats, sums: Floats, ends: Floats, block: Ranks) -> Floats:
        """The cumulative weight (G, _BLOCK) at each token of one block per temperature."""
        rows = np.arange(len(block))
        before = ends[rows, block] - sums[rows, block]
        weights = np.exp(-warmth[:, None] * self._blocks[block])
        return weights.cumsum(1) + before[:, None]


def _expanded(blocks: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Middles (B,) and moments (_TERMS, B) of blocks of energies, and which may be summed by them.

    With m the mean of the n energies of a block, and d_i = e_i - m,

        sum_i exp(-e_i / T) = exp(-m / T) sum_k (-1/T)^k / k! sum_i d_i^k,

    of which _TERMS terms are kept. With |d_i| <= r and x = 1/T, what is left out is at most
    n (r x)^K / K! exp(-(m - r) x), K = _TERMS; over all x that is largest at x = K / (m - r), or
    at the end 1 / LOWEST. Energies are measured from the lowest, so all weights sum to 1 or more.
    """
    here = np.isfinite(blocks)
    middles = np.where(here, blocks, 0.0).sum(1) / here.sum(1)
    apart = np.where(here, blocks - middles[:, None], 0.0)
    moments = np.empty((_TERMS, len(blocks)))
    power = here.astype(np.float64)
    for k in range(_TERMS):
        moments[k] = power.sum(1)
        power *= apart / -(k + 1)
    reach = np.abs(apart).max(1)
    gap = np.maximum(middles - reach, 0.0)
    worst = np.minimum(_TERMS / np.maximum(gap, 1e-9), 1 / LOWEST)
    error = moments[0] * (reach * worst) ** _TERMS / math.factorial(_TERMS) * np.exp(-gap * worst)
    return middles, moments, error < _EXACT / len(blocks)
