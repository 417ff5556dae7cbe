"""How a general Boltzmann machine learns: two phases, and their difference is the gradient.

    dJ_ij = <s_i s_j>_clamped - <s_i s_j>_free,   db_i = <s_i>_clamped - <s_i>_free   (T = 1)

In the clamped phase the visible units are held at the patterns and the hidden ones follow their
law; in the free phase all do. Both are summed exactly, or sampled (Gibbs). The step from update t
draws from Philox(key = seed, counter = t), so learning can be taken up again anywhere.
Ackley, Hinton, Sejnowski 1985. Knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.boltzmann_gibbs import gibbs_sweep
from explorer.physics.boltzmann_machine import (
    Boltzmann,
    apart,
    boltzmann_machine,
    pairs,
    probabilities,
    shares,
)

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Phases:
    """What the learning rule compares: <s s^T> (n, n) and <s> (n,) clamped and free.

    The diagonal of <s s^T> is <s>.
    """

    clamped_pairs: FloatArray
    clamped_means: FloatArray
    free_pairs: FloatArray
    free_means: FloatArray

    @property
    def slope(self) -> tuple[FloatArray, FloatArray]:
        """Clamped minus free: the gradient for J (n, n), its diagonal 0, and for b (n,)."""
        climb = self.clamped_pairs - self.free_pairs
        np.fill_diagonal(climb, 0.0)
        return climb, self.clamped_means - self.free_means


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
    """After `step` updates: the machine, its phases (which the next update follows),
    KL(data || machine) in nats, and the velocities of J (n, n) and of b (n,)."""

    machine: Boltzmann
    phases: Phases
    divergence: float
    step: int
    speed: tuple[FloatArray, FloatArray]


def exact_phases(m: Boltzmann, law: FloatArray) -> Phases:
    """Both phases by summing over all 2^n states, for a law (2^visible,) of the patterns."""
    return _exact(m, law, probabilities(m))


def sampled_phases(
    m: Boltzmann, patterns: FloatArray, samples: int, sweeps: int, dice: np.random.Generator
) -> Phases:
    """Both phases by Gibbs sampling: chains clamped to random patterns, free ones from coins."""
    coins = dice.integers(0, 2, (2 * samples, m.units)).astype(np.float64)
    clamped, free = coins[:samples], coins[samples:]
    clamped[:, : m.visible] = patterns[dice.integers(0, len(patterns), samples)]
    for _ in range(sweeps):
        gibbs_sweep(m, clamped, dice, range(m.visible, m.units))
        gibbs_sweep(m, free, dice, range(m.units))
    found = [chains.T @ chains / samples for chains in (clamped, free)]
    return Phases(found[0], clamped.mean(axis=0), found[1], free.mean(axis=0))


def begun(start: Boltzmann, patterns: ArrayLike, lesson: Lesson) -> Taught:
    """Before the first update; raises ValueError as `shares` does."""
    data = np.asarray(patterns, dtype=np.float64)
    still = np.zeros_like(start.couplings), np.zeros_like(start.bias)
    return _stand(start, still, data, shares(data, start.visible), lesson, 0)


def measured(taught: Taught, patterns: ArrayLike, lesson: Lesson) -> Taught:
    """The same machine and step with its phases measured as another lesson says."""
    data = np.asarray(patterns, dtype=np.float64)
    law = shares(data, taught.machine.visible)
    return _stand(taught.machine, taught.speed, data, law, lesson, taught.step)


def teach(
    start: Boltzmann | Taught, patterns: ArrayLike, lesson: Lesson, every: int = 1
) -> Iterator[Taught]:
    """Learning up to the steps of the lesson; yields after every `every` updates.

    Raises ValueError as `shares` does, or when the parameters leave the finite numbers.
    """
    data = np.asarray(patterns, dtype=np.float64)
    now = begun(start, data, lesson) if isinstance(start, Boltzmann) else start
    law = shares(data, now.machine.visible)
    while now.step < lesson.steps:
        climb = now.phases.slope
        speed = (
            lesson.momentum * now.speed[0] + lesson.rate * climb[0],
            lesson.momentum * now.speed[1] + lesson.rate * climb[1],
        )
        m = now.machine
        m = boltzmann_machine(m.couplings + speed[0], m.bias + speed[1], m.visible)
        now = _stand(m, speed, data, law, lesson, now.step + 1)
        if now.step % every == 0 or now.step == lesson.steps:
            yield now


def _stand(
    m: Boltzmann,
    speed: tuple[FloatArray, FloatArray],
    data: FloatArray,
    law: FloatArray,
    lesson: Lesson,
    step: int,
) -> Taught:
    free = probabilities(m)
    if lesson.phases == "exact":
        seen = _exact(m, law, free)
    else:
        dice = np.random.Generator(np.random.Philox(key=lesson.seed, counter=[0, 0, 0, step]))
        seen = sampled_phases(m, data, lesson.samples, lesson.sweeps, dice)
    shown = free.reshape(2**m.visible, -1).sum(axis=1)
    return Taught(m, seen, apart(law, shown), step, speed)


def _exact(m: Boltzmann, law: FloatArray, free: FloatArray) -> Phases:
    table = free.reshape(2**m.visible, -1)  # (2^visible, 2^hidden)
    rest = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)
    clamped = pairs((law[:, None] * rest).ravel())
    open_ = pairs(free)
    return Phases(clamped, np.diag(clamped).copy(), open_, np.diag(open_).copy())
