"""Where recall can end: memories, inverses, mixtures, others; and how wide their basins are.

Up to 16 neurons all 2^N states are looked at; beyond, recall runs from random starts, so that what
is found is found with the weight of its basin. Searches are generators: they yield what they have
found so far, in slices of some milliseconds. Knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Network, Spins, checked_patterns, energy, fields, stable
from explorer.physics.hopfield_noise import flipped
from explorer.physics.hopfield_relax import relaxed

FloatArray = NDArray[np.float64]
Sort = Literal["pattern", "inverse", "mixture", "other"]

ENUMERATED = 16  # neurons up to which all states are looked at
ALIKE = 0.95  # overlap from which a state counts as a pattern or mixture, a few neurons wrong
_CHUNK = 4096
_SLICE = 8e6  # weights read in a slice, some ten milliseconds


@dataclass(frozen=True, eq=False)
class Minimum:
    """A fixed point: spins (N,), its energy, what sort it is, which patterns it is made of.

    `parts` are (number of the pattern, sign); visits counts the starts that ended here (0 where
    all states were looked at). strict: every neuron has a field against its flip, none is free.
    """

    spins: Spins
    energy: float
    sort: Sort
    parts: tuple[tuple[int, int], ...]
    strict: bool
    visits: int = 0


@dataclass(frozen=True, eq=False)
class Found:
    """The fixed points seen so far, lowest energy first; exact: none is missing at the end.

    done of total states or starts have been looked at.
    """

    minima: tuple[Minimum, ...]
    done: int
    total: int
    exact: bool

    def share(self, sort: Sort) -> tuple[float, float]:
        """Share of the starts that ended in this sort, and its standard error (see `share_of`)."""
        hits = sum(one.visits for one in self.minima if one.sort == sort)
        return share_of(hits, self.done)


@dataclass(frozen=True, eq=False)
class Basin:
    """How often recall comes back: flipped shares (D,), trials, recalled share and error (D,)."""

    flipped: FloatArray
    trials: int
    recalled: FloatArray
    error: FloatArray


def share_of(hits: int, trials: int) -> tuple[float, float]:
    """hits / trials and its standard error; (h + 1) / (n + 2) inside keeps it above 0."""
    if trials == 0:
        return math.nan, math.nan
    smooth = (hits + 1.0) / (trials + 2.0)
    return hits / trials, math.sqrt(smooth * (1.0 - smooth) / trials)


def search(net: Network, patterns: ArrayLike, starts: int = 1000, seed: int = 0) -> Iterator[Found]:
    """Fixed points of the network that stores the patterns (P, N), better and better."""
    xi = checked_patterns(patterns)
    if net.size <= ENUMERATED:
        yield from _enumerated(net, xi)
        return
    dice = np.random.Generator(np.random.Philox(key=seed))
    known: dict[bytes, Minimum] = {}
    batch = max(1, int(_SLICE / net.size**2))
    for done in range(0, starts, batch):
        count = min(batch, starts - done)
        begins = (2 * dice.integers(0, 2, (count, net.size)) - 1).astype(np.int8)
        for end in relaxed(net, begins, dice):
            key = end.tobytes()
            one = known[key] if key in known else minimum_of(net, xi, end)
            known[key] = replace(one, visits=one.visits + 1)
        yield Found(_ranked(known), done + count, starts, exact=False)


def all_states(size: int) -> Spins:
    """Every state of N <= 16 neurons, in binary order, -1 for 0: (2^N, N)."""
    if not 1 <= size <= ENUMERATED:
        raise ValueError(f"all states are listed for 1 to {ENUMERATED} neurons, not {size}")
    bits = np.arange(2**size)[:, None] >> np.arange(size - 1, -1, -1) & 1
    return (2 * bits - 1).astype(np.int8)


def energies_by_distance(net: Network, pattern: ArrayLike) -> tuple[NDArray[np.int64], FloatArray]:
    """Hamming distance to a pattern (N,) and energy of every state, N <= 16: (2^N,) each."""
    states = all_states(net.size)
    away = np.count_nonzero(states != np.asarray(pattern), axis=1)
    return away, energy(net, states)


def classify(spins: ArrayLike, patterns: ArrayLike) -> tuple[Sort, tuple[tuple[int, int], ...]]:
    """What a state (N,) is: one of the patterns (P, N), an inverse, an odd mixture, or another.

    A mixture is the majority of 3 or 5 patterns with signs, the ones of the largest overlaps.
    """
    s, xi = np.asarray(spins, dtype=np.float64), np.asarray(patterns, dtype=np.float64)
    m = xi @ s / len(s)
    order = np.argsort(-np.abs(m), kind="stable")
    signs = np.where(m < 0.0, -1, 1)
    for count in (1, 3, 5):
        if count > len(xi):
            break
        chosen = order[:count]
        mixed = np.sign(signs[chosen] @ xi[chosen])
        if mixed @ s >= ALIKE * len(s):
            parts = tuple((int(one), int(signs[one])) for one in chosen)
            alone: Sort = "pattern" if parts[0][1] > 0 else "inverse"
            return (alone if count == 1 else "mixture"), parts
    return "other", ()


def minimum_of(net: Network, patterns: ArrayLike, spins: Spins, visits: int = 0) -> Minimum:
    """What a fixed point (N,) is in a network that stores the patterns (P, N)."""
    end = np.array(spins)
    end.setflags(write=False)
    sort, parts = classify(end, patterns)
    strict = bool((end * fields(net, end) > net.tie).all())
    return Minimum(end, float(energy(net, end)), sort, parts, strict, visits)


def basin(
    net: Network,
    pattern: ArrayLike,
    shares: Sequence[float],
    trials: int = 200,
    seed: int = 0,
) -> Iterator[Basin]:
    """How often a pattern (N,) comes back exactly after a share of it was flipped (Monte Carlo).

    Yields after every slice of trials; the error bars are binomial standard errors.
    """
    goal = checked_patterns(np.atleast_2d(np.asarray(pattern)))[0]
    dice = np.random.Generator(np.random.Philox(key=seed))
    hits = np.zeros(len(shares), np.int64)
    batch = max(1, int(_SLICE / (net.size**2 * max(len(shares), 1))))
    for done in range(0, trials, batch):
        count = min(batch, trials - done)
        for at, share in enumerate(shares):
            starts = np.stack([flipped(goal, share, seed, done + one) for one in range(count)])
            hits[at] += np.count_nonzero((relaxed(net, starts, dice) == goal).all(axis=1))
        pairs = np.array([share_of(int(one), done + count) for one in hits]).reshape(-1, 2)
        yield Basin(np.asarray(shares, np.float64), done + count, pairs[:, 0], pairs[:, 1])


def _enumerated(net: Network, xi: Spins) -> Iterator[Found]:
    states, known = all_states(net.size), dict[bytes, Minimum]()
    for start in range(0, len(states), _CHUNK):
        part = states[start : start + _CHUNK]
        for row in np.flatnonzero(stable(net, part)):
            known[part[row].tobytes()] = minimum_of(net, xi, part[row])
        done = min(start + _CHUNK, len(states))
        yield Found(_ranked(known), done, len(states), exact=True)


def _ranked(known: dict[bytes, Minimum]) -> tuple[Minimum, ...]:
    return tuple(sorted(known.values(), key=lambda one: (round(one.energy, 9), -one.visits)))
