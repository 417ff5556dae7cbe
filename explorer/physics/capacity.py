"""How many random patterns a Hopfield network recalls, by each storage rule. Knows no model.

A sweep grows one network from load to load, so that no pattern is stored twice: Hebb's and
Storkey's rule are incremental, and the projection grows with an orthonormal basis of the span of
its patterns. Everything is a generator in slices of some ten milliseconds at N = 2,000.

Lines of the literature, as loads a = P / N: 0.138 (Amit, Gutfreund, Sompolinsky 1985: first-order
loss for N -> infinity with a few errors), 1 / (2 ln N) and 1 / (4 ln N) (McEliece et al. 1987: most
and all patterns exactly stable), 1 / sqrt(2 ln N) for Storkey's rule, 1 - 1 / N for the projection.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.hopfield import ROUNDING, Spins
from explorer.physics.hopfield_noise import flipped
from explorer.physics.hopfield_relax import relax
from explorer.physics.hopfield_rules import RULES, Rule, storkey_block

FloatArray = NDArray[np.float64]

RECALLED = 0.9  # overlap from which a pattern counts as recalled: beyond the jump at 0.138 N
LARGEST = 2000
_BLOCK = 32  # patterns added in one slice
_EXACT = 1.0 - 1e-9


@dataclass(frozen=True)
class Plan:
    """What to measure: N neurons, a rule, loads a = P / N, networks, starts from each, the share
    of neurons that are flipped before recall, and the seed.

    Raises ValueError for what cannot be measured, in a sentence.
    """

    size: int = 500
    rule: Rule = "hebb"
    loads: tuple[float, ...] = (0.05, 0.10, 0.138, 0.16, 0.20)
    nets: int = 4
    starts: int = 5
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 2 <= self.size <= LARGEST:
            raise ValueError(f"capacity is measured for 2 to {LARGEST} neurons, not {self.size}")
        if self.rule not in RULES:
            raise ValueError(f"the storage rule must be one of {', '.join(RULES)}")
        if not self.loads or not all(0.0 < load <= 1.0 for load in self.loads):
            raise ValueError("give at least one load, each above 0 and at most 1")
        if self.nets < 1 or self.starts < 1 or not 0.0 <= self.noise <= 1.0:
            raise ValueError("need at least one network and start, and noise between 0 and 1")

    @property
    def counts(self) -> tuple[int, ...]:
        """Patterns at each load, ascending."""
        return tuple(sorted({max(1, round(load * self.size)) for load in self.loads}))


@dataclass(frozen=True)
class Point:
    """Recall of P patterns, over `trials`: mean overlap m, shares recalled (m >= 0.9) and exact.

    Errors are standard errors over the trials; with one trial they are NaN.
    """

    patterns: int
    load: float
    trials: int
    overlap: float
    overlap_error: float
    recalled: float
    recalled_error: float
    exact: float
    exact_error: float


@dataclass(frozen=True)
class Sweep:
    """What has been measured so far: points by ascending load; done of total trials."""

    points: tuple[Point, ...]
    done: int
    total: int


def literature(size: int) -> dict[str, float]:
    """The lines of the module's docstring as loads, by name."""
    log = math.log(size)
    return {
        "0.138 N": 0.138,
        "N / (2 ln N)": 1.0 / (2.0 * log),
        "N / (4 ln N)": 1.0 / (4.0 * log),
        "N / sqrt(2 ln N)": 1.0 / math.sqrt(2.0 * log),
        "N - 1": 1.0 - 1.0 / size,
    }


def sweep(plan: Plan) -> Iterator[Sweep]:
    """Measure recall at every load of the plan; yields after every slice of work."""
    results: dict[int, list[float]] = {count: [] for count in plan.counts}
    total = len(plan.counts) * plan.nets * plan.starts
    latest = Sweep((), 0, total)
    for net in range(plan.nets):
        dice = np.random.Generator(np.random.Philox(key=[plan.seed, net]))
        xi = (2 * dice.integers(0, 2, (plan.counts[-1], plan.size)) - 1).astype(np.int8)
        for weights, count in growing(xi, plan.rule, plan.counts):
            if weights is None:
                yield latest
                continue
            trials = _trials(plan, weights, xi[:count], dice)
            for overlap in trials:
                results[count].append(overlap)
                latest = Sweep(_points(plan, results), latest.done + 1, total)
                yield latest


def growing(
    patterns: Spins, rule: Rule, counts: tuple[int, ...]
) -> Iterator[tuple[FloatArray | None, int]]:
    """Weights (N, N) that store the first `count` patterns, for each of the ascending counts.

    (None, patterns stored so far) is yielded between slices. The array is used again for the next
    count. Raises ValueError when the projection meets dependent patterns.
    """
    size = patterns.shape[1]
    weights = np.zeros((size, size))
    basis = np.empty((0, size))
    done = 0
    for count in counts:
        while done < count:
            block = patterns[done : min(done + _BLOCK, count)].astype(np.float64)  # (K, N)
            if rule == "hebb":
                weights += block.T @ (block / size)
            elif rule == "storkey":
                storkey_block(weights, block)
            else:
                fresh = _orthonormal(block, basis)
                basis = np.concatenate([basis, fresh])
                weights += fresh.T @ fresh
            np.fill_diagonal(weights, 0.0)
            done += len(block)
            yield None, done
        yield weights, count


def _trials(
    plan: Plan, weights: FloatArray, xi: Spins, dice: np.random.Generator
) -> Iterator[float]:
    """The overlap that recall ends with, for patterns chosen at random."""
    chosen = dice.permutation(len(xi))[: plan.starts].tolist()
    chosen += dice.integers(0, len(xi), plan.starts - len(chosen)).tolist()
    tie = ROUNDING * max(1.0, len(xi) / plan.size * math.sqrt(plan.size))
    for number in chosen:
        pattern = xi[number]
        begin = flipped(pattern, plan.noise, int(dice.integers(2**32)))
        spins = begin.astype(np.float64)
        relax(weights, tie, spins, weights @ spins, dice)
        yield float(spins @ pattern) / plan.size


def _orthonormal(block: FloatArray, basis: FloatArray) -> FloatArray:
    """Orthonormal rows for what a block (K, N) adds to the span of the basis (R, N)."""
    rest = block - (block @ basis.T) @ basis
    rest -= (rest @ basis.T) @ basis  # twice is enough (Kahan and Parlett)
    q, r = np.linalg.qr(rest.T)
    if np.abs(np.diag(r)).min() < 1e-6 * math.sqrt(block.shape[1]):
        raise ValueError("the projection rule needs independent patterns; use a smaller load")
    fresh: FloatArray = q.T
    return fresh


def _points(plan: Plan, results: dict[int, list[float]]) -> tuple[Point, ...]:
    points = []
    for count, overlaps in results.items():
        if not overlaps:
            continue
        m = np.array(overlaps)
        recalled, exact = (m >= RECALLED).astype(float), (m >= _EXACT).astype(float)
        numbers = [value for row in (m, recalled, exact) for value in _mean(row)]
        points.append(Point(count, count / plan.size, len(m), *numbers))
    return tuple(points)


def _mean(values: FloatArray) -> tuple[float, float]:
    if len(values) < 2:
        return float(values.mean()), math.nan
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
