"""Basins of attraction by Monte Carlo: how far a stored pattern may be spoilt and still come back.

For every pattern and every share of flipped neurons, recall (one neuron at a time, T = 0) starts
from so many spoilt copies, each with other neurons flipped; a copy comes back when it ends exactly
in the pattern. The error of a share p of n trials is binomial, sqrt(p (1 - p) / n). A generator: it
goes round all patterns and shares a few trials at a time, so that everything grows together and
may be ended at any time. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Network, Spins, checked_patterns
from explorer.physics.hopfield_noise import flipped
from explorer.physics.hopfield_relax import relaxed
from explorer.physics.hopfield_search import share_of

FloatArray = NDArray[np.float64]

SHARES = tuple(0.05 * step for step in range(11))  # half of the neurons is as far as noise goes
TRIALS = 100
_SLICE = 8e6  # weights read in a slice, some ten milliseconds
_ROUND = 10  # trials of one pattern and share before the next one's turn


@dataclass(frozen=True, eq=False)
class Basins:
    """flipped shares (D,); of `trials` (P, D) copies of each pattern, `hits` (P, D) came back.

    done of total trials have been made.
    """

    flipped: FloatArray
    hits: NDArray[np.int64]
    trials: NDArray[np.int64]
    done: int
    total: int

    def shares(self) -> tuple[FloatArray, FloatArray]:
        """Shares that came back and their standard errors: (P, D) each, NaN without a trial."""
        counts = zip(self.hits.ravel().tolist(), self.trials.ravel().tolist(), strict=True)
        pairs = [share_of(hits, trials) for hits, trials in counts]
        both = np.array(pairs, np.float64).reshape(*self.hits.shape, 2)
        return both[..., 0], both[..., 1]


def basins(
    net: Network,
    patterns: ArrayLike,
    shares: Sequence[float] = SHARES,
    trials: int = TRIALS,
    seed: int = 0,
) -> Iterator[Basins]:
    """How often each of the patterns (P, N) comes back from each share of flipped neurons.

    Raises ValueError for bad patterns, shares outside [0, 1], or no trial.
    """
    xi = checked_patterns(patterns)
    if trials < 1 or not all(0.0 <= share <= 1.0 for share in shares):
        raise ValueError("need at least one trial, and shares between 0 and 1")
    flips = np.asarray(shares, np.float64)
    hits = np.zeros((len(xi), len(flips)), np.int64)
    counts = np.zeros_like(hits)
    batch = max(1, min(_ROUND, int(_SLICE / net.size**2)))
    dice = np.random.Generator(np.random.Philox(key=[seed, 11]))
    for begin in range(0, trials, batch):
        size = min(batch, trials - begin)
        for index, pattern in enumerate(xi):
            for at, share in enumerate(shares):
                starts = _spoilt(pattern, share, seed, begin, size)
                back = (relaxed(net, starts, dice) == pattern).all(axis=1)
                hits[index, at] += np.count_nonzero(back)
                counts[index, at] += size
                done = int(counts.sum())
                yield Basins(flips, hits.copy(), counts.copy(), done, trials * hits.size)


def half_way(flips: FloatArray, back: FloatArray) -> float:
    """The flipped share at which half of the copies come back, between the points (D,) measured.

    NaN where it is not crossed, or where a point before it has not been measured.
    """
    for at in range(1, len(flips)):
        high, low = back[at - 1], back[at]
        if not (np.isfinite(high) and np.isfinite(low)):
            break
        if high >= 0.5 > low:
            part = (high - 0.5) / (high - low)
            return float(flips[at - 1] + part * (flips[at] - flips[at - 1]))
    return float("nan")


def _spoilt(pattern: Spins, share: float, seed: int, first: int, count: int) -> Spins:
    """Copies number first .. first + count - 1: (count, N); each has other neurons flipped."""
    return np.stack([flipped(pattern, share, seed, first + one) for one in range(count)])
