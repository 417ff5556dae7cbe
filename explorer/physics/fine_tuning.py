"""A small feed-forward network of sigmoid units, tuned by backpropagation. Knows no model.

It begins at a stack of restricted machines (Hinton and Salakhutdinov 2006) or at random, and either
names a class (softmax) or gives its input back (sigmoid). For both, the loss is the cross entropy
and the error at the output is p - target. Letters: B patterns, units of each layer in order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.restricted_machine import Restricted, sigma

FloatArray = NDArray[np.float64]
Output = Literal["softmax", "sigmoid"]

_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Net:
    """Weights (units below, units above) and biases of each layer, and what the last one is."""

    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]
    output: Output


@dataclass(frozen=True)
class Tuning:
    """How to tune: gradient steps with momentum on mini-batches.

    Raises ValueError for what cannot be done.
    """

    rate: float = 0.1
    momentum: float = 0.9
    batch: int = 20
    steps: int = 500
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0.0 < self.rate < math.inf and 0.0 <= self.momentum < 1.0):
            raise ValueError("the learning rate must be above 0 and the momentum in [0, 1)")
        if self.batch < 1 or self.steps < 1:
            raise ValueError("the batch and the steps are 1 or more")


def random_net(sizes: Sequence[int], output: Output, seed: int = 0) -> Net:
    """Uniform weights of variance 2 / (below + above) (Glorot and Bengio 2010), no biases."""
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"a network needs at least two layers of one unit, not {tuple(sizes)}")
    dice = np.random.Generator(np.random.Philox(key=[seed, 5]))
    weights = []
    for below, above in pairwise(sizes):
        reach = math.sqrt(6.0 / (below + above))
        weights.append(dice.uniform(-reach, reach, (below, above)))
    return Net(tuple(weights), tuple(np.zeros(size) for size in sizes[1:]), output)


def classifier(machines: Sequence[Restricted], classes: int, seed: int = 0) -> Net:
    """The stack as a network with a fresh layer of `classes` outputs on top."""
    top = random_net((len(machines[-1].hidden), classes), "softmax", seed)
    return Net(
        (*(m.weights for m in machines), top.weights[0]),
        (*(m.hidden for m in machines), top.biases[0]),
        "softmax",
    )


def autoencoder(machines: Sequence[Restricted]) -> Net:
    """The stack unrolled: up with W, down with W^T, so that input comes out as input."""
    down = list(reversed(machines))
    return Net(
        (*(m.weights for m in machines), *(m.weights.T for m in down)),
        (*(m.hidden for m in machines), *(m.visible for m in down)),
        "sigmoid",
    )


def activations(net: Net, inputs: ArrayLike) -> list[FloatArray]:
    """The input (B, V) and what every layer makes of it; the last are probabilities."""
    found = [np.asarray(inputs, dtype=np.float64)]
    for index, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        x = found[-1] @ w + b
        if net.output == "softmax" and index == len(net.weights) - 1:
            x -= x.max(axis=1, keepdims=True)
            np.exp(x, out=x)
            x /= x.sum(axis=1, keepdims=True)
        else:
            x = sigma(x)
        found.append(x)
    return found


def loss(net: Net, inputs: ArrayLike, targets: ArrayLike) -> float:
    """Mean cross entropy in nats of targets (B, outputs): per pattern."""
    p, y = activations(net, inputs)[-1], np.asarray(targets, dtype=np.float64)
    logs = y * np.log(np.maximum(p, _TINY))
    if net.output == "sigmoid":
        logs += (1.0 - y) * np.log(np.maximum(1.0 - p, _TINY))
    return float(-logs.sum(axis=1).mean())


def slopes(
    net: Net, inputs: ArrayLike, targets: ArrayLike
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Gradient of the loss: of the weights and of the biases of every layer."""
    layers = activations(net, inputs)
    error = (layers[-1] - np.asarray(targets, dtype=np.float64)) / len(layers[0])
    weights, biases = [], []
    for index in range(len(net.weights) - 1, -1, -1):
        below = layers[index]
        weights.append(below.T @ error)
        biases.append(error.sum(axis=0))
        if index:
            error = (error @ net.weights[index].T) * below * (1.0 - below)
    return weights[::-1], biases[::-1]


def tune(
    net: Net, inputs: ArrayLike, targets: ArrayLike, plan: Tuning, every: int = 1
) -> Iterator[Net]:
    """Networks after every `every` steps down the gradient.

    Raises ValueError for no pattern, or when the parameters leave the finite numbers.
    """
    x, y = np.asarray(inputs, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    if len(x) == 0 or len(x) != len(y):
        raise ValueError("need as many targets as inputs, at least one")
    parts = [np.array(part) for part in (*net.weights, *net.biases)]
    speeds = [np.zeros_like(part) for part in parts]
    here, count = net, len(net.weights)
    for step in range(plan.steps):
        dice = np.random.Generator(np.random.Philox(key=plan.seed, counter=[0, 0, 0, step]))
        rows = dice.permutation(len(x))[: plan.batch]
        up, bias = slopes(here, x[rows], y[rows])
        for part, speed, slope in zip(parts, speeds, (*up, *bias), strict=True):
            speed *= plan.momentum
            speed -= plan.rate * slope
            part += speed
        here = Net(tuple(parts[:count]), tuple(parts[count:]), net.output)
        if (step + 1) % every == 0 or step + 1 == plan.steps:
            if not all(np.isfinite(part).all() for part in parts):
                raise ValueError("the parameters are no longer finite; use a smaller rate")
            frozen = [part.copy() for part in parts]
            yield Net(tuple(frozen[:count]), tuple(frozen[count:]), net.output)


def wrong(net: Net, inputs: ArrayLike, labels: ArrayLike) -> float:
    """Share of patterns (B, V) whose most probable class is not the label (B,)."""
    chosen = activations(net, inputs)[-1].argmax(axis=1)
    return float((chosen != np.asarray(labels)).mean())


def one_hot(labels: ArrayLike, classes: int) -> FloatArray:
    """Targets (B, classes) of labels (B,)."""
    rows: FloatArray = np.eye(classes)[np.asarray(labels, dtype=np.int64)]
    return rows
