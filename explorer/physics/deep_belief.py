"""Stacked restricted machines, trained layer by layer (Hinton, Osindero, Teh 2006).

    p(v) = sum_h p_1(v | h) p_2(h),   h being the hidden units of machine 1 and visible of machine 2
    log p(v) >= sum_h q(h | v) (log p_1(v | h) + log p_2(h)) + H(q),   q = p_1(h | v)

A second machine with W_2 = W_1^T and the biases exchanged has p_2(h) = p_1(h), so the stack has
exactly the likelihood of the first machine, and learning the aggregated posterior of the data with
the second raises the bound. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.bars_and_stripes import binary_states
from explorer.physics.restricted_learning import Course, Stand, learn
from explorer.physics.restricted_machine import (
    Restricted,
    checked_data,
    free_energy,
    fresh,
    gradient,
    hidden_chances,
    log_partition,
    machine,
    visible_chances,
)

FloatArray = NDArray[np.float64]

LARGEST_LAYER = 16  # hidden units of the first machine whose states are summed
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Pretraining:
    """Where layer-by-layer learning stands: machines that are done, and the one that learns."""

    finished: tuple[Restricted, ...]
    learning: Stand
    layer: int
    layers: int

    @property
    def machines(self) -> tuple[Restricted, ...]:
        """All machines so far, the one that learns on top."""
        return (*self.finished, self.learning.machine)


def pretrained(
    patterns: ArrayLike, hidden: tuple[int, ...], course: Course, every: int = 10
) -> Iterator[Pretraining]:
    """Learn a machine on the patterns (n, V), then one on its hidden chances, and so on.

    Yields after every `every` updates. Raises ValueError for no layer, or bad patterns.
    """
    if not hidden:
        raise ValueError("a stack needs at least one layer of hidden units")
    below = np.asarray(patterns, dtype=np.float64)
    finished: tuple[Restricted, ...] = ()
    for layer, units in enumerate(hidden):
        data = checked_data(below, below.shape[-1])
        start = fresh(data.shape[1], units, course.seed + layer)
        stand: Stand | None = None
        for stand in learn(start, data, course, every):
            yield Pretraining(finished, stand, layer, len(hidden))
        if stand is not None:
            finished = (*finished, stand.machine)
        below = hidden_chances(finished[-1], data)


def mirrored(first: Restricted) -> Restricted:
    """The second machine that changes nothing: W^T, biases exchanged."""
    return first.flipped


def stack_log_likelihood(first: Restricted, second: Restricted, v: ArrayLike) -> FloatArray:
    """log p(v) of visible states (B, V) under the stack of two, exact: (B,), in nats.

    Raises ValueError where the layer between has more than 16 units.
    """
    h, prior = _prior(first, second)
    logs = _log_given(first, np.asarray(v, dtype=np.float64), h) + prior  # (B, 2^H)
    peak = logs.max(axis=1)
    value: FloatArray = peak + np.log(np.exp(logs - peak[:, None]).sum(axis=1))
    return value


def stack_bound(first: Restricted, second: Restricted, v: ArrayLike) -> FloatArray:
    """The variational lower bound of log p(v) with q(h | v) of the first machine: (B,)."""
    h, prior = _prior(first, second)
    x = np.asarray(v, dtype=np.float64)
    log_q = _log_coins(hidden_chances(first, x), h)  # (B, 2^H)
    q = np.exp(log_q)
    value: FloatArray = (q * (_log_given(first, x, h) + prior - log_q)).sum(axis=1)
    return value


def aggregated(first: Restricted, patterns: ArrayLike) -> FloatArray:
    """The law of the hidden states when the visible units run over the patterns: (2^H,)."""
    h = _layer(first)
    data = checked_data(patterns, len(first.visible))
    law: FloatArray = np.exp(_log_coins(hidden_chances(first, data), h)).mean(axis=0)
    return law


def raised(
    first: Restricted,
    second: Restricted,
    patterns: ArrayLike,
    rate: float = 0.5,
    steps: int = 1000,
    momentum: float = 0.5,
) -> Iterator[Restricted]:
    """Second machines that learn the aggregated posterior exactly: the bound rises."""
    law, states = aggregated(first, patterns), _layer(first)
    parts = [np.array(part) for part in (second.weights, second.visible, second.hidden)]
    speeds = [np.zeros_like(part) for part in parts]
    here = second
    for step in range(steps):
        falling = rate * (1.0 - step / steps)
        for part, speed, slope in zip(parts, speeds, gradient(here, states, law), strict=True):
            speed *= momentum
            speed += falling * slope
            part += speed
        here = machine(parts[0], parts[1], parts[2])
        yield here


def _layer(first: Restricted) -> FloatArray:
    units = len(first.hidden)
    if units > LARGEST_LAYER:
        raise ValueError(f"a stack is summed over at most {LARGEST_LAYER} hidden units: {units}")
    return binary_states(units)


def _prior(first: Restricted, second: Restricted) -> tuple[FloatArray, FloatArray]:
    """All states (2^H, H) of the layer between, and log p_2 of each (2^H,)."""
    h = _layer(first)
    if len(second.visible) != len(first.hidden):
        raise ValueError("the second machine must see the hidden units of the first")
    return h, -free_energy(second, h) - log_partition(second)


def _log_given(first: Restricted, v: FloatArray, h: FloatArray) -> FloatArray:
    """log p_1(v | h): (B, 2^H)."""
    down = visible_chances(first, h)  # (2^H, V)
    return _log_coins(down, v).T


def _log_coins(chances: FloatArray, states: FloatArray) -> FloatArray:
    """log probability of states (S, U) of independent units with chances (R, U): (R, S)."""
    on, off = np.log(np.maximum(chances, _TINY)), np.log(np.maximum(1.0 - chances, _TINY))
    logs: FloatArray = on @ states.T + off @ (1.0 - states).T
    return logs
