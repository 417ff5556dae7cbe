"""Does layer-by-layer pretraining help? The same network with and without it, over several seeds.

Few labels: all training pictures are seen without label, some with one. Two tasks: name the letter
(share of wrong answers on unseen pictures) and give the picture back (mean square error of the
unrolled stack on unseen pictures). Whichever wins is reported as measured. Knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.deep_belief import pretrained
from explorer.physics.fine_tuning import (
    Net,
    Tuning,
    activations,
    autoencoder,
    classifier,
    one_hot,
    random_net,
    tune,
    wrong,
)
from explorer.physics.hopfield import checked_patterns
from explorer.physics.restricted_learning import Course
from explorer.physics.restricted_machine import Restricted

FloatArray = NDArray[np.float64]
Task = Literal["classification", "reconstruction"]


COURSE = Course("cd", 1, 0.1, batch=20, steps=500, falling=False)


@dataclass(frozen=True)
class Contest:
    """What to compare: layers of hidden units, their learning, pictures and labels a letter.

    Pictures are letters shifted by up to `shift` cells with a share `noise` of the cells flipped.
    """

    hidden: tuple[int, ...] = (60, 30)
    course: Course = field(default_factory=lambda: COURSE)
    tuning: Tuning = field(default_factory=Tuning)
    pictures: int = 40
    labels: int = 2
    shift: int = 1
    noise: float = 0.1
    seeds: int = 5
    every: int = 20


@dataclass(frozen=True, eq=False)
class Curves:
    """Errors on unseen pictures at steps (K,): with and without pretraining (S, K), S seeds done.

    A seed under way is NaN beyond where it is. phase says what runs now.
    """

    task: Task
    steps: NDArray[np.int64]
    with_: FloatArray
    without: FloatArray
    phase: str
    done: int
    total: int

    def bands(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Means and standard errors over the seeds that have come so far: with, without (K,)."""
        return (*_band(self.with_), *_band(self.without))


def variants(
    letters: ArrayLike, shape: tuple[int, int], copies: int, shift: int, noise: float, seed: int
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Pictures of 0 and 1 (P copies, N) and their labels, from letters (P, N) of +1 (ink) and -1.

    Shifts move paper in. Raises ValueError for a shape that does not hold the letters.
    """
    xi = checked_patterns(letters)
    if xi.shape[1] != shape[0] * shape[1]:
        raise ValueError(f"{shape[0]} x {shape[1]} cells do not hold {xi.shape[1]} neurons")
    dice = np.random.Generator(np.random.Philox(key=[seed, 6]))
    padded = np.full((shape[0] + 2 * shift, shape[1] + 2 * shift), -1, np.int8)
    rows, labels = [], np.repeat(np.arange(len(xi)), copies)
    for label in labels:
        padded[shift : shift + shape[0], shift : shift + shape[1]] = xi[label].reshape(shape)
        down, right = dice.integers(0, 2 * shift + 1, 2)
        rows.append(padded[down : down + shape[0], right : right + shape[1]].ravel().copy())
    pictures = np.stack(rows)
    pictures[dice.random(pictures.shape) < noise] *= -1
    order = dice.permutation(len(labels))
    return (pictures[order] + 1) / 2.0, labels[order]


def contest(
    letters: ArrayLike, shape: tuple[int, int], plan: Contest, task: Task = "classification"
) -> Iterator[Curves]:
    """Both curves, seed after seed; yields after every slice of work.

    Raises ValueError for fewer than two letters, or more labels than pictures.
    """
    xi = checked_patterns(letters)
    if len(xi) < 2 or not 1 <= plan.labels <= plan.pictures:
        raise ValueError("need at least two letters, and labels between 1 and the pictures of each")
    ticks = math.ceil(plan.tuning.steps / plan.every)
    steps = np.minimum(np.arange(1, ticks + 1) * plan.every, plan.tuning.steps)
    tables = np.full((2, plan.seeds, ticks), np.nan)
    total, done = plan.seeds * (len(plan.hidden) + 2), 0

    def curves(phase: str) -> Curves:
        return Curves(task, steps, tables[0].copy(), tables[1].copy(), phase, done, total)

    for seed in range(plan.seeds):
        course = replace(plan.course, seed=plan.course.seed + 100 * seed)
        seen = variants(xi, shape, plan.pictures, plan.shift, plan.noise, 2 * seed)
        unseen = variants(xi, shape, plan.pictures, plan.shift, plan.noise, 2 * seed + 1)
        machines: tuple[Restricted, ...] = ()
        for stand in pretrained(seen[0], plan.hidden, course):
            done = seed * (len(plan.hidden) + 2) + stand.layer
            machines = stand.machines
            yield curves(f"layer {stand.layer + 1} of {stand.layers} learns, seed {seed + 1}")
        for side, (phase, start) in enumerate(_starts(machines, len(xi), task, seed)):
            done = seed * (len(plan.hidden) + 2) + len(plan.hidden) + side
            for at, error in enumerate(_errors(start, seen, unseen, plan, task, seed, len(xi))):
                tables[side, seed, at] = error
                yield curves(f"{phase}, seed {seed + 1}")
    done = total
    yield curves("")


def _starts(
    machines: tuple[Restricted, ...], classes: int, task: Task, seed: int
) -> list[tuple[str, Net]]:
    """The same network from the stack and from chance."""
    grown = classifier(machines, classes, seed) if task == "classification" else None
    net = autoencoder(machines) if grown is None else grown
    sizes = [len(net.weights[0]), *(len(bias) for bias in net.biases)]
    return [
        ("tuning with pretraining", net),
        ("tuning without", random_net(sizes, net.output, seed)),
    ]


def _errors(
    net: Net,
    seen: tuple[FloatArray, NDArray[np.int64]],
    unseen: tuple[FloatArray, NDArray[np.int64]],
    plan: Contest,
    task: Task,
    seed: int,
    classes: int,
) -> Iterator[float]:
    """The error on unseen pictures along the tuning."""
    tuning = replace(plan.tuning, seed=plan.tuning.seed + seed)
    inputs, labels = seen
    if task == "classification":
        few = np.concatenate(
            [np.flatnonzero(labels == label)[: plan.labels] for label in range(classes)]
        )
        for here in tune(net, inputs[few], one_hot(labels[few], classes), tuning, plan.every):
            yield wrong(here, *unseen)
    else:
        for here in tune(net, inputs, inputs, tuning, plan.every):
            yield float(((activations(here, unseen[0])[-1] - unseen[0]) ** 2).mean())


def _band(table: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard error over the rows that are not NaN: (K,) each, NaN where none is."""
    known = np.isfinite(table)
    count = known.sum(axis=0)
    filled = np.where(known, table, 0.0)
    mean = np.where(count > 0, filled.sum(axis=0) / np.maximum(count, 1), np.nan)
    spread = np.where(known, (table - mean) ** 2, 0.0).sum(axis=0)
    error = np.sqrt(spread / np.maximum(count - 1, 1) / np.maximum(count, 1))
    return mean, np.where(count > 1, error, np.nan)
