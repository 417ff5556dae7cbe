"""Gibbs chains of a restricted Boltzmann machine: fantasies, mixing, and what CD-k leaves out.

For small machines the chain v -> h -> v' is a matrix, so the gradient that CD-k follows in the mean
is known exactly and can be drawn beside the true one. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.bars_and_stripes import binary_states
from explorer.physics.restricted_machine import (
    Restricted,
    checked_data,
    gradient,
    hidden_chances,
    visible_chances,
)

FloatArray = NDArray[np.float64]

LARGEST_CHAIN = 20  # V + H of a machine whose chain is written as a matrix


@dataclass(frozen=True, eq=False)
class Fantasy:
    """Particles after `step` Gibbs steps: states v (C, V), chances p(v | h) they were drawn from,
    hidden states h (C, H) that those came from."""

    visible: FloatArray
    chances: FloatArray
    hidden: FloatArray
    step: int


@dataclass(frozen=True)
class CdBias:
    """The mean gradient of CD-k against the true one, over all parameters."""

    k: int
    cosine: float
    error: float


def fantasies(
    m: Restricted, starts: ArrayLike, steps: int, seed: int = 0, temperature: float = 1.0
) -> Iterator[Fantasy]:
    """Gibbs steps from visible states (C, V) in [0, 1], one at a time.

    Step t throws the dice Philox(key = seed, counter = t). Raises ValueError for T <= 0.
    """
    v = checked_data(starts, len(m.visible))
    hot = m.at(temperature)
    for step in range(steps):
        dice = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, step]))
        up = hidden_chances(hot, v)
        h = (dice.random(up.shape) < up).astype(np.float64)
        down = visible_chances(hot, h)
        v = (dice.random(down.shape) < down).astype(np.float64)
        yield Fantasy(v, down, h, step + 1)


def chain(m: Restricted) -> FloatArray:
    """Chance of v' after v for all visible states in binary order: (2^V, 2^V), rows sum to 1.

    Raises ValueError for V + H > 20.
    """
    count, hidden = m.weights.shape
    if count + hidden > LARGEST_CHAIN:
        raise ValueError(f"the chain is written out for at most {LARGEST_CHAIN} units in all")
    v, h = binary_states(count), binary_states(hidden)
    up = _joint(hidden_chances(m, v), h)  # (2^V, 2^H)
    down = _joint(visible_chances(m, h), v)  # (2^H, 2^V)
    moves: FloatArray = up @ down
    return moves


def second_eigenvalue(m: Restricted) -> float:
    """How slowly the chain forgets: its second largest eigenvalue, 1 being never."""
    values = np.sort(np.abs(np.linalg.eigvals(chain(m))))
    return float(values[-2])


def cd_bias(m: Restricted, patterns: ArrayLike, ks: tuple[int, ...] = (1, 10, 100)) -> list[CdBias]:
    """How far the mean gradient of CD-k is from the true one, for binary patterns (n, V)."""
    data = checked_data(patterns, len(m.visible))
    moves = chain(m)
    v = binary_states(len(m.visible))
    powers = 2.0 ** np.arange(len(m.visible) - 1, -1, -1)
    begin = np.bincount((data @ powers).astype(int), minlength=len(v)) / len(data)
    true = _flat(gradient(m, data))
    found = []
    for k in ks:
        end = begin @ np.linalg.matrix_power(moves, k)
        slope = _flat(_phase(m, v, begin)) - _flat(_phase(m, v, end))
        cosine = float(slope @ true / (np.linalg.norm(slope) * np.linalg.norm(true)))
        error = float(np.linalg.norm(slope - true) / np.linalg.norm(true))
        found.append(CdBias(k, cosine, error))
    return found


def _phase(
    m: Restricted, v: FloatArray, shares: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """<v sigma^T>, <v>, <sigma> under shares (2^V,) of the states."""
    up = hidden_chances(m, v)
    return (shares[:, None] * v).T @ up, shares @ v, shares @ up


def _joint(chances: FloatArray, states: FloatArray) -> FloatArray:
    """Chance of each state (S, U) of independent units with chances (R, U): (R, S)."""
    with np.errstate(divide="ignore"):
        on, off = np.log(chances), np.log1p(-chances)
    on, off = np.maximum(on, -745.0), np.maximum(off, -745.0)  # 0 log 0 must stay 0
    joint: FloatArray = np.exp(on @ states.T + off @ (1.0 - states).T)
    return joint


def _flat(parts: tuple[FloatArray, FloatArray, FloatArray]) -> FloatArray:
    return np.concatenate([part.ravel() for part in parts])
