"""General Boltzmann machine (Ackley, Hinton, Sejnowski 1985), up to 16 units, all sums exact.

    E(s) = -(1/2) s^T J s - b^T s,   s in {0, 1}^n,   P(s_i = 1 | rest) = sigma((J s + b)_i / T)
    dJ_ij = <s_i s_j>_clamped - <s_i s_j>_free,   db_i = <s_i>_clamped - <s_i>_free   (T = 1)

The first `visible` units carry the patterns, the others are hidden. In the clamped phase the
visible units are held at a pattern and the hidden ones follow their law; in the free phase all do.
Both phases can be summed exactly, or sampled (Gibbs, one unit a step). Knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.bars_and_stripes import binary_states
from explorer.physics.restricted_machine import sigma

FloatArray = NDArray[np.float64]

LARGEST = 16


@dataclass(frozen=True, eq=False)
class Boltzmann:
    """Couplings J (n, n), symmetric with a zero diagonal, bias b (n,), number of visible units."""

    couplings: FloatArray
    bias: FloatArray
    visible: int

    @property
    def units(self) -> int:
        """All units n, visible and hidden."""
        return len(self.bias)


@dataclass(frozen=True, eq=False)
class Phases:
    """What the learning rule compares: <s s^T> (n, n) and <s> (n,) clamped and free."""

    clamped_pairs: FloatArray
    clamped_means: FloatArray
    free_pairs: FloatArray
    free_means: FloatArray


@dataclass(frozen=True)
class Lesson:
    """How to learn: both phases exact or sampled, `sweeps` of Gibbs steps for each sample.

    Raises ValueError for what cannot be done.
    """

    phases: Literal["exact", "sampled"] = "exact"
    rate: float = 0.5
    momentum: float = 0.5
    steps: int = 1000
    samples: int = 100
    sweeps: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.phases not in ("exact", "sampled"):
            raise ValueError(f"the phases are exact or sampled, not {self.phases!r}")
        if not (0.0 < self.rate < math.inf and 0.0 <= self.momentum < 1.0):
            raise ValueError("the learning rate must be above 0 and the momentum in [0, 1)")
        if self.steps < 1 or self.samples < 1 or self.sweeps < 1:
            raise ValueError("steps, samples and sweeps are 1 or more")


@dataclass(frozen=True, eq=False)
class Taught:
    """After `step` updates: the machine, the phases of the last one, KL(data || machine)."""

    machine: Boltzmann
    phases: Phases
    divergence: float
    step: int


def boltzmann_machine(couplings: ArrayLike, bias: ArrayLike, visible: int) -> Boltzmann:
    """Check the parameters; the diagonal is set to 0.

    Raises ValueError for wrong shapes, values that are not finite, couplings that are not
    symmetric, more than 16 units, or no visible one.
    """
    j, b = np.array(couplings, dtype=np.float64), np.array(bias, dtype=np.float64)
    if b.ndim != 1 or j.shape != (len(b), len(b)) or not 1 <= len(b) <= LARGEST:
        raise ValueError(f"the machine takes 1 to {LARGEST} units, not couplings {j.shape}")
    if not (np.isfinite(j).all() and np.isfinite(b).all()):
        raise ValueError("the parameters are no longer finite; use a smaller learning rate")
    if not np.allclose(j, j.T, rtol=1e-9, atol=1e-12):
        raise ValueError("couplings must be symmetric; without symmetry there is no energy")
    if not 1 <= visible <= len(b):
        raise ValueError(f"between 1 and all {len(b)} units are visible, not {visible}")
    np.fill_diagonal(j, 0.0)
    j.setflags(write=False)
    b.setflags(write=False)
    return Boltzmann(j, b, visible)


def fresh(visible: int, hidden: int, seed: int = 0, scale: float = 0.1) -> Boltzmann:
    """Small normal couplings and no bias."""
    units = visible + hidden
    dice = np.random.Generator(np.random.Philox(key=seed))
    upper = np.triu(dice.normal(0.0, scale, (max(units, 1), max(units, 1))), 1)
    return boltzmann_machine(upper + upper.T, np.zeros(max(units, 1)), visible)


def energy(m: Boltzmann, states: ArrayLike) -> FloatArray:
    """E(s) of states (..., n) of 0 and 1: (...), in nats."""
    s = np.asarray(states, dtype=np.float64)
    value: FloatArray = np.asarray(-0.5 * ((s @ m.couplings) * s).sum(axis=-1) - s @ m.bias)
    return value


def probabilities(m: Boltzmann, temperature: float = 1.0) -> FloatArray:
    """exp(-E / T) / Z of all states in binary order: (2^n,). Raises ValueError for T <= 0."""
    if not 0.0 < temperature < math.inf:
        raise ValueError(f"the temperature must be above 0, not {temperature}")
    heights = energy(m, binary_states(m.units)) / temperature
    p: FloatArray = np.exp(heights.min() - heights)
    p /= p.sum()
    return p


def visible_probabilities(m: Boltzmann, temperature: float = 1.0) -> FloatArray:
    """The law of the visible units, hidden ones summed out: (2^visible,)."""
    table = probabilities(m, temperature).reshape(2**m.visible, -1)
    return np.asarray(table.sum(axis=1))


def shares(patterns: ArrayLike, visible: int) -> FloatArray:
    """The law of a set of patterns (B, visible) of 0 and 1, repeated ones counted: (2^visible,).

    Raises ValueError for no pattern or other values.
    """
    data = np.asarray(patterns, dtype=np.float64)
    if data.ndim != 2 or len(data) == 0:
        raise ValueError("there is no pattern to learn; draw at least one")
    if data.shape[1] != visible or not np.isin(data, (0.0, 1.0)).all():
        raise ValueError(f"patterns must hold {visible} values of 0 or 1")
    powers = 2 ** np.arange(visible - 1, -1, -1)
    counts = np.bincount((data @ powers).astype(np.int64), minlength=2**visible)
    law: FloatArray = counts / len(data)
    return law


def divergence(m: Boltzmann, law: FloatArray) -> float:
    """KL(data || machine) of a law (2^visible,) of patterns, in nats."""
    p, here = visible_probabilities(m), law > 0.0
    with np.errstate(divide="ignore"):
        return float((law[here] * (np.log(law[here]) - np.log(p[here]))).sum())


def exact_phases(m: Boltzmann, law: FloatArray) -> Phases:
    """Both phases by summing over all 2^n states, for a law (2^visible,) of the patterns."""
    states, free = binary_states(m.units), probabilities(m)
    table = free.reshape(2**m.visible, -1)  # (2^visible, 2^hidden)
    rest = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)
    clamped = (law[:, None] * rest).ravel()
    return Phases(
        (clamped[:, None] * states).T @ states,
        clamped @ states,
        (free[:, None] * states).T @ states,
        free @ states,
    )


def sampled_phases(
    m: Boltzmann, patterns: FloatArray, samples: int, sweeps: int, dice: np.random.Generator
) -> Phases:
    """Both phases by Gibbs sampling: chains clamped to random patterns, free ones from coins."""
    coins = dice.integers(0, 2, (2 * samples, m.units)).astype(np.float64)
    clamped, free = coins[:samples], coins[samples:]
    clamped[:, : m.visible] = patterns[dice.integers(0, len(patterns), samples)]
    for _ in range(sweeps):
        gibbs_sweep(m, clamped, dice, m.visible)
        gibbs_sweep(m, free, dice)
    pairs = [chains.T @ chains / samples for chains in (clamped, free)]
    return Phases(pairs[0], clamped.mean(axis=0), pairs[1], free.mean(axis=0))


def gibbs_sweep(
    m: Boltzmann,
    states: FloatArray,
    dice: np.random.Generator,
    first: int = 0,
    temperature: float = 1.0,
) -> None:
    """Update each unit from `first` on of states (C, n) once, one after the other, in place."""
    for unit in range(first, m.units):
        chance = sigma((states @ m.couplings[unit] + m.bias[unit]) / temperature)
        states[:, unit] = dice.random(len(states)) < chance


def samples(
    m: Boltzmann, chains: int, sweeps: int, temperature: float = 1.0, seed: int = 0
) -> Iterator[FloatArray]:
    """States (C, n) of chains that begin with coins, after each of the sweeps.

    Raises ValueError for T <= 0.
    """
    if not 0.0 < temperature < math.inf:
        raise ValueError(f"the temperature must be above 0, not {temperature}")
    dice = np.random.Generator(np.random.Philox(key=seed))
    states = dice.integers(0, 2, (chains, m.units)).astype(np.float64)
    for _ in range(sweeps):
        gibbs_sweep(m, states, dice, 0, temperature)
        yield states.copy()


def completed(m: Boltzmann, pattern: ArrayLike, known: ArrayLike) -> FloatArray:
    """P(s_i = 1) of every visible unit, those that are `known` (visible,) held at the pattern.

    Exact. Raises ValueError if the known units have no state in common with the patterns' values.
    """
    given, held = np.asarray(pattern, dtype=np.float64), np.asarray(known, dtype=bool)
    if given.shape != (m.visible,) or held.shape != (m.visible,):
        raise ValueError(f"need {m.visible} values and which of them are known")
    states = binary_states(m.visible)
    fits = (states[:, held] == given[held]).all(axis=1)
    p = visible_probabilities(m) * fits
    if not p.sum() > 0.0:
        raise ValueError("known units must be 0 or 1")
    chances: FloatArray = p @ states / p.sum()
    return chances


def teach(
    start: Boltzmann, patterns: ArrayLike, lesson: Lesson, every: int = 1
) -> Iterator[Taught]:
    """Learning, with both phases and the exact divergence after every `every` updates.

    Raises ValueError as `shares` does.
    """
    data = np.asarray(patterns, dtype=np.float64)
    law = shares(data, start.visible)
    j, b = np.array(start.couplings), np.array(start.bias)
    speed_j, speed_b = np.zeros_like(j), np.zeros_like(b)
    m = start
    for step in range(lesson.steps):
        if lesson.phases == "exact":
            seen = exact_phases(m, law)
        else:
            dice = np.random.Generator(np.random.Philox(key=lesson.seed, counter=[0, 0, 0, step]))
            seen = sampled_phases(m, data, lesson.samples, lesson.sweeps, dice)
        speed_j = lesson.momentum * speed_j + lesson.rate * (seen.clamped_pairs - seen.free_pairs)
        speed_b = lesson.momentum * speed_b + lesson.rate * (seen.clamped_means - seen.free_means)
        j += speed_j
        b += speed_b
        m = boltzmann_machine(j, b, start.visible)
        if (step + 1) % every == 0 or step + 1 == lesson.steps:
            yield Taught(m, seen, divergence(m, law), step + 1)
