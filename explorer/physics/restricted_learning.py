"""How a restricted Boltzmann machine learns: exactly, by contrastive divergence, or persistently.

    exact  the model term summed over all states of the smaller side
    cd     the model term after k Gibbs steps from the data (Hinton 2002)
    pcd    after k steps of chains that are kept between updates (Tieleman 2008)

One update is w <- w + rate (1 - t / steps) g with momentum; g is the mean over the mini-batch.
Step t draws from Philox(key = seed, counter = t), so a run can be taken up again anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.restricted_machine import (
    Restricted,
    checked_data,
    fresh,
    gradient,
    machine,
    sigma,
)

FloatArray = NDArray[np.float64]
Method = Literal["exact", "cd", "pcd"]
Gradient = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class Course:
    """How to learn. batch 0 is all patterns at once; chains are those of pcd; a rate that falls
    does so linearly to 0 over all steps. decay shrinks the weights by rate * decay a step.

    Raises ValueError for what cannot be done.
    """

    method: Method = "cd"
    k: int = 1
    rate: float = 0.1
    momentum: float = 0.5
    batch: int = 0
    chains: int = 100
    steps: int = 1000
    falling: bool = True
    decay: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in ("exact", "cd", "pcd"):
            raise ValueError(f"the method must be exact, cd or pcd, not {self.method!r}")
        if self.k < 1 or self.steps < 1 or self.chains < 1 or self.batch < 0:
            raise ValueError("k, steps and chains are 1 or more, the batch 0 (all) or more")
        if not 0.0 < self.rate < math.inf:
            raise ValueError(f"the learning rate must be above 0, not {self.rate}")
        if not (0.0 <= self.momentum < 1.0 and 0.0 <= self.decay < math.inf):
            raise ValueError("the momentum must lie in [0, 1) and the decay be 0 or more")


@dataclass(frozen=True, eq=False)
class Stand:
    """Where learning stands after `step` updates: the machine, velocities, chains (C, V) of pcd."""

    machine: Restricted
    velocity: Gradient
    chains: FloatArray
    step: int = 0


def begun(start: Restricted, course: Course) -> Stand:
    """The stand before the first update; chains begin with coins."""
    dice = np.random.Generator(np.random.Philox(key=[course.seed, 1]))
    count = course.chains if course.method == "pcd" else 0
    chains = dice.integers(0, 2, (count, len(start.visible))).astype(np.float64)
    still = tuple(np.zeros_like(part) for part in (start.weights, start.visible, start.hidden))
    return Stand(start, (still[0], still[1], still[2]), chains)


def learn(
    start: Restricted | Stand, patterns: ArrayLike, course: Course, every: int = 1
) -> Iterator[Stand]:
    """Stands after every `every` updates, up to the steps of the course.

    patterns (n, V) in [0, 1]. Raises ValueError for bad patterns, or when the parameters leave the
    finite numbers.
    """
    stand = begun(start, course) if isinstance(start, Restricted) else start
    data = checked_data(patterns, len(stand.machine.visible))
    learner = _Learner(stand, data, course)
    while learner.step < course.steps:
        for _ in range(min(every, course.steps - learner.step)):
            learner.update()
        yield learner.stand()


def trained(patterns: ArrayLike, hidden: int, course: Course, scale: float = 0.01) -> Restricted:
    """A machine that has learned the patterns (n, V) from small random weights."""
    data = np.asarray(patterns, dtype=np.float64)
    start = fresh(data.shape[1], hidden, course.seed, scale)
    *_, end = learn(start, data, course, course.steps)
    return end.machine


class _Learner:
    """The parameters while they change in place: no arrays are made anew for an update."""

    def __init__(self, stand: Stand, data: FloatArray, course: Course) -> None:
        self.step = stand.step
        self._data, self._course = data, course
        m = stand.machine
        self._w, self._a, self._b = (np.array(part) for part in (m.weights, m.visible, m.hidden))
        self._speed = tuple(np.array(part) for part in stand.velocity)
        self._chains = np.array(stand.chains)

    def stand(self) -> Stand:
        """A frozen copy."""
        one, two, three = (part.copy() for part in self._speed)
        frozen = machine(self._w, self._a, self._b)
        return Stand(frozen, (one, two, three), self._chains.copy(), self.step)

    def update(self) -> None:
        """One step: data term minus model term, momentum, weight decay."""
        c = self._course
        dice = np.random.Generator(np.random.Philox(key=c.seed, counter=[0, 0, 0, self.step]))
        batch = self._batch(dice)
        rate = c.rate * (1.0 - self.step / c.steps) if c.falling else c.rate
        if c.method == "exact":
            slopes = gradient(Restricted(self._w, self._a, self._b), batch)
        else:
            slopes = self._contrast(batch, dice)
        for part, speed, slope in zip(
            (self._w, self._a, self._b), self._speed, slopes, strict=True
        ):
            speed *= c.momentum
            slope *= rate
            speed += slope
            part += speed
        if c.decay:
            self._w *= 1.0 - rate * c.decay
        self.step += 1

    def _contrast(self, batch: FloatArray, dice: np.random.Generator) -> Gradient:
        """The slope by sampling: positive phase on the batch, negative on the chains."""
        up = self._up(batch)  # (B, H)
        if self._course.method == "cd":
            v = self._down(_coins(up, dice), dice)  # (B, V)
        else:
            v = self._down(_coins(self._up(self._chains), dice), dice)  # (C, V)
        for _ in range(self._course.k - 1):
            v = self._down(_coins(self._up(v), dice), dice)
        if self._course.method == "pcd":
            self._chains = v
        low = self._up(v)  # means, not samples: less noise (Hinton 2010, section 3)
        slope = batch.T @ up
        slope /= len(batch)
        model = v.T @ low
        model /= len(v)
        slope -= model
        return slope, batch.mean(axis=0) - v.mean(axis=0), up.mean(axis=0) - low.mean(axis=0)

    def _up(self, v: FloatArray) -> FloatArray:
        h = v @ self._w
        h += self._b
        return sigma(h)

    def _down(self, h: FloatArray, dice: np.random.Generator) -> FloatArray:
        v = h @ self._w.T
        v += self._a
        return _coins(sigma(v), dice)

    def _batch(self, dice: np.random.Generator) -> FloatArray:
        """The patterns of this step: a shuffled pass through the data after the other."""
        size, count = self._course.batch, len(self._data)
        if size == 0 or size >= count:
            return self._data
        parts = -(-count // size)
        epoch, part = divmod(self.step, parts)
        shuffle = np.random.Generator(np.random.Philox(key=[self._course.seed, 2 + epoch]))
        return self._data[shuffle.permutation(count)[part * size : (part + 1) * size]]


def _coins(chances: FloatArray, dice: np.random.Generator) -> FloatArray:
    """1 with the chances given, else 0."""
    thrown = dice.random(chances.shape, dtype=np.float32) < chances
    return thrown.astype(np.float64)


def resumed(stand: Stand, course: Course) -> Stand:
    """The stand for another course: its steps are counted from 0, chains fit its number."""
    if course.method == "pcd" and len(stand.chains) != course.chains:
        return replace(begun(stand.machine, course), velocity=stand.velocity)
    return replace(stand, step=0)
