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
    hidden_chances,
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
    """Where learning stands after `step` updates: the machine, velocities, chains (C, V) of pcd.

    above (C, H) are the chances of the hidden units over the chains, of the weights that the chains
    last ran under: the next step begins with them, as one update changes them little.
    """

    machine: Restricted
    velocity: Gradient
    chains: FloatArray
    above: FloatArray
    step: int = 0


def begun(start: Restricted, course: Course) -> Stand:
    """The stand before the first update; chains begin with coins."""
    dice = np.random.Generator(np.random.Philox(key=[course.seed, 1]))
    count = course.chains if course.method == "pcd" else 0
    chains = dice.integers(0, 2, (count, len(start.visible))).astype(np.float64)
    still = tuple(np.zeros_like(part) for part in (start.weights, start.visible, start.hidden))
    above = hidden_chances(start, chains)
    return Stand(start, (still[0], still[1], still[2]), chains, above)


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
    """The parameters while they change in place.

    They stand in one matrix M (V + 1, H + 1) with W, a as its last column and b as its last row;
    states carry a unit that is always 1. So every phase is one product, biases included.
    """

    def __init__(self, stand: Stand, data: FloatArray, course: Course) -> None:
        self.step = stand.step
        self._data, self._course = _with_one(data), course
        self._m = _joined((stand.machine.weights, stand.machine.visible, stand.machine.hidden))
        self._speed = _joined(stand.velocity)
        self._chains, self._above = _with_one(stand.chains), _with_one(stand.above)
        self._bits = np.random.Philox(key=course.seed)
        self._dice = np.random.Generator(self._bits)
        self._blank = self._bits.state
        self._epoch, self._order = -1, np.arange(len(data))

    def stand(self) -> Stand:
        """A frozen copy."""
        w, a, b = _parted(self._m)
        chains, above = self._chains[:, :-1].copy(), self._above[:, :-1].copy()
        return Stand(machine(w, a, b), _parted(self._speed), chains, above, self.step)

    def update(self) -> None:
        """One step: data term minus model term, momentum, weight decay."""
        c = self._course
        batch = self._batch()
        rate = c.rate * (1.0 - self.step / c.steps) if c.falling else c.rate
        slope = self._exact(batch) if c.method == "exact" else self._contrast(batch)
        slope[-1, -1] = 0.0
        slope *= rate
        if c.momentum:
            self._speed *= c.momentum
            self._speed += slope
            slope = self._speed
        self._m += slope
        if c.decay:
            self._m[:-1, :-1] *= 1.0 - rate * c.decay
        self.step += 1

    def _exact(self, batch: FloatArray) -> FloatArray:
        return _joined(gradient(Restricted(*_parted(self._m)), batch[:, :-1]))

    def _contrast(self, batch: FloatArray) -> FloatArray:
        """The slope by sampling: positive phase on the batch, negative on the chains."""
        # setting the counter is what a new generator would do, at a tenth of its time
        self._blank["state"]["counter"][3] = self.step
        self._bits.state = self._blank
        up = self._up(batch)  # (B, H + 1)
        persistent = self._course.method == "pcd"
        v = self._down(self._coins(self._above if persistent else up))  # (C or B, V + 1)
        for _ in range(self._course.k - 1):
            v = self._down(self._coins(self._up(v)))
        low = self._up(v)  # means, not samples: less noise (Hinton 2010, section 3)
        if persistent:
            self._chains, self._above = v, low
        found = batch.T @ up
        found /= len(batch)
        model = v.T @ low
        model /= len(v)
        found -= model
        return found

    def _up(self, v: FloatArray) -> FloatArray:
        h = sigma(v @ self._m)
        h[:, -1] = 1.0
        return h

    def _down(self, h: FloatArray) -> FloatArray:
        v = self._coins(sigma(h @ self._m.T))
        v[:, -1] = 1.0
        return v

    def _coins(self, chances: FloatArray) -> FloatArray:
        """1 with the chances given, else 0; the unit that is always 1 stays 1."""
        thrown = self._dice.random(chances.shape, dtype=np.float32) < chances
        return thrown.astype(np.float64)

    def _batch(self) -> FloatArray:
        """The patterns of this step: a shuffled pass through the data after the other."""
        size, count = self._course.batch, len(self._data)
        if size == 0 or size >= count:
            return self._data
        epoch, part = divmod(self.step, -(-count // size))
        if epoch != self._epoch:
            shuffle = np.random.Generator(np.random.Philox(key=[self._course.seed, 2 + epoch]))
            self._epoch, self._order = epoch, shuffle.permutation(count)
        return self._data[self._order[part * size : (part + 1) * size]]


def _joined(parts: Gradient) -> FloatArray:
    """W (V, H), a (V,), b (H,) as one matrix (V + 1, H + 1), 0 in its corner."""
    w, a, b = parts
    whole = np.zeros((len(a) + 1, len(b) + 1))
    whole[:-1, :-1], whole[:-1, -1], whole[-1, :-1] = w, a, b
    return whole


def _parted(whole: FloatArray) -> Gradient:
    return whole[:-1, :-1].copy(), whole[:-1, -1].copy(), whole[-1, :-1].copy()


def _with_one(states: FloatArray) -> FloatArray:
    return np.concatenate([states, np.ones((len(states), 1))], axis=1)


def resumed(stand: Stand, course: Course) -> Stand:
    """The stand for another course: its steps are counted from 0, chains fit its number."""
    if course.method == "pcd" and len(stand.chains) != course.chains:
        return replace(begun(stand.machine, course), velocity=stand.velocity)
    return replace(stand, step=0)
