"""Many past draws thrown again with other settings, all at once: which might fall elsewhere?

A draw falls on its token again when u * M lies between the mass before the token and behind it,
along the order of falling probability, with M the mass of all candidates that survive. Those three
masses need no cumulative sums over the whole vocabulary, and without top-k and top-p not even an
order. Draws too close to an edge for another order of summation are counted among those that might
fall elsewhere, so that what is left out has the same outcome as `sampling.draw`, exactly.

Shapes: N draws, V vocabulary, B blocks of _BLOCK tokens, U different tokens of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.engine.sampling import Sampling
from explorer.engine.trace import Step

_BLOCK = 64
_NEAR = 1e-9  # of the whole mass; sums in another order differ by less than 1e-12

Floats = NDArray[np.float64]
Ranks = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class PastDraws:
    """Draws from stored logits along one text.

    steps (N,) hold the logits that each was made from, tokens (N,) what was chosen, positions (N,)
    where, numbers (N,) the dice in [0, 1); ids are the tokens of the whole text, so that the text
    before draw i is ids[:positions[i]].
    """

    steps: tuple[Step, ...]
    tokens: Ranks
    positions: Ranks
    numbers: Floats
    ids: tuple[int, ...]


def doubtful(past: PastDraws, sampling: Sampling) -> NDArray[np.bool_]:
    """(N,) False where the dice surely choose the same token under these settings."""
    found: NDArray[np.bool_]
    if sampling.temperature == 0:
        z = _logits(past, sampling.repetition_penalty)
        found = z.argmax(1) != past.tokens
        return found
    if sampling.repetition_penalty != 1 and sampling.top_k == 0 and sampling.top_p == 1:
        return _unordered(past, sampling)
    return _ordered(past, sampling)


def _unordered(past: PastDraws, sampling: Sampling) -> NDArray[np.bool_]:
    """Masses as sums over all tokens that pass a test: each penalty has another order."""
    z = _logits(past, sampling.repetition_penalty)  # (N, V)
    rows = np.arange(len(z))
    mine = z[rows, past.tokens][:, None]
    above = z > mine
    doubt = (z == mine).sum(1) > 1  # equals are ordered by their ids
    p = _weights(z, z.max(1, keepdims=True), sampling.temperature)
    if sampling.min_p > 0:
        doubt |= _near(p, np.full((len(p), 1), sampling.min_p))  # the highest weight is 1
        p[p < sampling.min_p] = 0
        doubt |= p[rows, past.tokens] == 0
    mass: Floats = p.sum(1)
    before: Floats = np.einsum("nv,nv->n", p, above.astype(np.float64))
    found: NDArray[np.bool_] = doubt | _outside(
        past.numbers, before, before + p[rows, past.tokens], mass
    )
    return found


def _ordered(past: PastDraws, sampling: Sampling) -> NDArray[np.bool_]:
    """Masses as sums over a leading part of the sorted tokens; the order is kept."""
    history = past.ids if sampling.repetition_penalty != 1 else ()
    falling, rank, ties = _sorted(
        past.steps, sampling.repetition_penalty, history,
        tuple(past.tokens.tolist()), tuple(past.positions.tolist()),
    )  # fmt: skip
    size = len(past.steps[0].logits)
    p = _weights(falling.astype(np.float64), falling[:, :1], sampling.temperature)
    p /= p.sum(1, keepdims=True)
    ladder = _Ladder(p)
    count = np.full(len(p), min(sampling.top_k or size, size))
    doubt = ties
    if sampling.top_p < 1:
        goal = sampling.top_p * ladder.mass(count)
        inside = np.clip(1 + ladder.below(goal), 1, count)
        for edge in (inside - 1, inside):
            doubt = doubt | (np.abs(ladder.mass(edge) - goal) < _NEAR)
        count = inside
    if sampling.min_p > 0:
        least = sampling.min_p * p[:, :1]
        doubt = doubt | _near(p, least)
        count = np.minimum(count, np.maximum((p >= least).sum(1), 1))
    last = np.minimum(rank + 1, p.shape[1])
    gone = rank >= count
    return doubt | gone | _outside(
        past.numbers, ladder.mass(rank), ladder.mass(last), ladder.mass(count)
    )  # fmt: skip


class _Ladder:
    """Cumulative weights of rows p (N, B * _BLOCK), summed by blocks and looked up where needed."""

    def __init__(self, p: Floats) -> None:
        self._blocks = p.reshape(len(p), -1, _BLOCK)
        self._ends = self._blocks.sum(2).cumsum(1)  # (N, B)
        self._rows = np.arange(len(p))

    def mass(self, count: Ranks) -> Floats:
        """(N,) weight of the first `count` (N,) tokens."""
        block, inside = np.divmod(count, _BLOCK)
        before = np.where(block > 0, self._ends[self._rows, block - 1], 0.0)
        part = self._blocks[self._rows, np.minimum(block, self._blocks.shape[1] - 1)]
        mass: Floats = before + np.where(np.arange(_BLOCK) < inside[:, None], part, 0.0).sum(1)
        return mass

    def below(self, goal: Floats) -> Ranks:
        """(N,) how many tokens have a cumulative weight below `goal` (N,)."""
        block = np.minimum((self._ends < goal[:, None]).sum(1), self._ends.shape[1] - 1)
        before = np.where(block > 0, self._ends[self._rows, block - 1], 0.0)
        inside = self._blocks[self._rows, block].cumsum(1) + before[:, None]
        found: Ranks = block * _BLOCK + (inside < goal[:, None]).sum(1)
        return found


@lru_cache(maxsize=12)
def _sorted(
    steps: tuple[Step, ...],
    penalty: float,
    ids: tuple[int, ...],
    tokens: tuple[int, ...],
    positions: tuple[int, ...],
) -> tuple[NDArray[np.floating[Any]], Ranks, NDArray[np.bool_]]:
    """Falling logits (N, B * _BLOCK), the rank (N,) of each token, whether it has equals (N,).

    The order does not depend on temperature, top-k, top-p and min-p: it is kept while they move,
    without a penalty in the single precision in which logits are stored.
    """
    number = np.zeros(len(steps))
    past = PastDraws(steps, np.array(tokens), np.array(positions), number, ids)
    z = _logits(past, penalty)
    mine = z[np.arange(len(z)), past.tokens][:, None]
    rank, ties = (z > mine).sum(1), (z == mine).sum(1) > 1
    padded = -(-z.shape[1] // _BLOCK) * _BLOCK
    falling = np.full((len(z), padded), -np.inf, np.float32 if penalty == 1 else np.float64)
    falling[:, : z.shape[1]] = -np.sort(-z, axis=1)
    return falling, rank, ties


def _logits(past: PastDraws, penalty: float) -> Floats:
    """(N, V) logits, those of the tokens that came before each draw made less likely."""
    z = np.stack([step.logits for step in past.steps]).astype(np.float64)
    if penalty == 1.0 or not past.ids:
        return z
    seen, first = np.unique(np.asarray(past.ids), return_index=True)  # (U,) and where first
    old = z[:, seen]
    new = np.where(old > 0, old / penalty, old * penalty)
    z[:, seen] = np.where(first < past.positions[:, None], new, old)
    return z


def _weights(z: Floats, top: NDArray[np.floating[Any]], temperature: float) -> Floats:
    """exp((z - top) / T) of logits (N, V); top (N, 1)."""
    with np.errstate(over="ignore", invalid="ignore"):
        p: Floats = z - top
        p /= temperature
        np.exp(p, out=p)
    return p


def _near(p: Floats, least: Floats) -> NDArray[np.bool_]:
    """(N,) whether any weight of a row (N, V) is too close to `least` (N, 1) to call."""
    low, high = least * (1 - _NEAR), least * (1 + _NEAR)
    near: NDArray[np.bool_] = np.count_nonzero(p >= low, axis=1) != np.count_nonzero(
        p >= high, axis=1
    )
    return near


def _outside(numbers: Floats, before: Floats, behind: Floats, mass: Floats) -> NDArray[np.bool_]:
    """(N,) where u * M is not surely between the masses before and behind the token."""
    goal, near = numbers * mass, _NEAR * mass
    surely: NDArray[np.bool_] = (goal > before + near) & (goal < behind - near)
    # At the lower end of the line nothing lies before the first token.
    surely |= (before == 0) & (goal < behind - near)
    outside: NDArray[np.bool_] = ~surely
    return outside


def chunks(count: int, first: int, size: int) -> Sequence[range]:
    """0 .. count in ranges of at most `size`, the first one of at most `first`."""
    starts = [0, *range(first, count, size)] if count else []
    ends = [*starts[1:], count][: len(starts)]
    return [range(start, end) for start, end in zip(starts, ends, strict=True)]
