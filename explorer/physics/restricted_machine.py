"""Restricted Boltzmann machine (Smolensky 1986) with units of 0 and 1. Knows no model and no text.

    E(v, h) = -a.v - b.h - v^T W h,        F(v) = -a.v - sum_j softplus(b_j + v.W_j)
    p(v) = exp(-F(v)) / Z
    p(h_j = 1 | v) = sigma(b_j + v.W_j),   p(v_i = 1 | h) = sigma(a_i + W_i.h)
    d log p / dW = <v sigma^T>_data - <v sigma^T>_model,  likewise a and b

Letters: V visible and H hidden units, B states at once. Energies and log-likelihoods in nats. At
temperature T all parameters are divided by T. The exact functions sum over the smaller side, up
to 2^20 states; `restricted_likelihood` estimates beyond.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.bars_and_stripes import binary_states

FloatArray = NDArray[np.float64]

LARGEST_SUM = 20  # units of the smaller side whose states are summed
_CHUNK = 14  # 2^14 states at once stay in the cache
_LARGEST_TABLE = 19  # and 2^19 numbers over both sides


@dataclass(frozen=True, eq=False)
class Restricted:
    """Weights W (V, H), visible bias a (V,), hidden bias b (H,); read-only."""

    weights: FloatArray
    visible: FloatArray
    hidden: FloatArray

    @property
    def flipped(self) -> Restricted:
        """The same machine with visible and hidden exchanged: p(v, h) is the same."""
        return machine(self.weights.T, self.hidden, self.visible)

    def at(self, temperature: float) -> Restricted:
        """The machine at temperature T > 0: all parameters divided by it."""
        if not 0.0 < temperature < math.inf:
            raise ValueError(f"the temperature must be above 0, not {temperature}")
        t = temperature
        return machine(self.weights / t, self.visible / t, self.hidden / t)


def machine(weights: ArrayLike, visible: ArrayLike, hidden: ArrayLike) -> Restricted:
    """Check the parameters; raises ValueError for wrong shapes or values that are not finite."""
    w, a, b = (np.array(values, dtype=np.float64) for values in (weights, visible, hidden))
    if w.ndim != 2 or w.size == 0 or a.shape != w.shape[:1] or b.shape != w.shape[1:]:
        raise ValueError(f"shapes (V, H), (V,), (H,) do not fit: {w.shape}, {a.shape}, {b.shape}")
    if not all(np.isfinite(values).all() for values in (w, a, b)):
        raise ValueError("the parameters are no longer finite; use a smaller learning rate")
    for values in (w, a, b):
        values.setflags(write=False)
    return Restricted(w, a, b)


def fresh(visible: int, hidden: int, seed: int = 0, scale: float = 0.01) -> Restricted:
    """Small normal weights and no biases; raises ValueError for fewer than one unit a side."""
    if visible < 1 or hidden < 1:
        raise ValueError(f"need at least one unit on each side, not {visible} and {hidden}")
    dice = np.random.Generator(np.random.Philox(key=seed))
    return machine(dice.normal(0.0, scale, (visible, hidden)), np.zeros(visible), np.zeros(hidden))


def checked_data(values: ArrayLike, units: int) -> FloatArray:
    """Patterns (B, units) of values in [0, 1]; raises ValueError for others or none."""
    data = np.asarray(values, dtype=np.float64)
    if data.ndim != 2 or len(data) == 0:
        raise ValueError("there is no pattern to learn; draw or choose at least one")
    if data.shape[1] != units:
        raise ValueError(f"the machine has {units} visible units, the patterns {data.shape[1]}")
    if not ((data >= 0.0) & (data <= 1.0)).all():
        raise ValueError("patterns must lie between 0 and 1")
    return data


def sigma(x: FloatArray) -> FloatArray:
    """1 / (1 + exp(-x)), in place, without overflow."""
    x *= 0.5
    np.tanh(x, out=x)
    x += 1.0
    x *= 0.5
    return x


def softplus(x: FloatArray) -> FloatArray:
    """log(1 + exp(x))."""
    value: FloatArray = np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
    return value


def hidden_chances(m: Restricted, v: ArrayLike) -> FloatArray:
    """p(h_j = 1 | v) of visible states (..., V): (..., H)."""
    return sigma(np.asarray(v, dtype=np.float64) @ m.weights + m.hidden)


def visible_chances(m: Restricted, h: ArrayLike) -> FloatArray:
    """p(v_i = 1 | h) of hidden states (..., H): (..., V)."""
    return sigma(np.asarray(h, dtype=np.float64) @ m.weights.T + m.visible)


def reconstructed(m: Restricted, v: ArrayLike) -> FloatArray:
    """Mean visible after one pass up and down by means: (..., V) -> (..., V)."""
    return visible_chances(m, hidden_chances(m, v))


def energy(m: Restricted, v: ArrayLike, h: ArrayLike) -> FloatArray:
    """E(v, h) of states (..., V) and (..., H): (...)."""
    x, y = np.asarray(v, dtype=np.float64), np.asarray(h, dtype=np.float64)
    value: FloatArray = -(x @ m.visible) - y @ m.hidden - ((x @ m.weights) * y).sum(axis=-1)
    return value


def free_energy(m: Restricted, v: ArrayLike) -> FloatArray:
    """F(v) of visible states (..., V): (...), in nats; lower is more probable."""
    x = np.asarray(v, dtype=np.float64)
    value: FloatArray = -(x @ m.visible) - softplus(x @ m.weights + m.hidden).sum(axis=-1)
    return value


def can_sum(m: Restricted) -> bool:
    """Whether log Z can be computed exactly."""
    return bool(min(m.weights.shape) <= LARGEST_SUM)


def log_partition(m: Restricted) -> float:
    """log Z by summing over all states of the smaller side.

    Raises ValueError where that has more than 20 units.
    """
    return log_sum_exp(np.array(list(log_partition_parts(m))))


def log_partition_parts(m: Restricted) -> Iterator[float]:
    """Logarithms of parts of Z, each soon summed, that together are all of it.

    Raises ValueError where the smaller side has more than 20 units.
    """
    small = m if m.weights.shape[0] <= m.weights.shape[1] else m.flipped
    units = small.weights.shape[0]
    if units > LARGEST_SUM:
        raise ValueError(f"log Z is summed for at most {LARGEST_SUM} units a side, not {units}")
    head = max(units - chunk_units(m), 0)
    tails = binary_states(units - head)
    for front in binary_states(head):
        states = np.concatenate([np.broadcast_to(front, (len(tails), head)), tails], axis=1)
        yield log_sum_exp(-free_energy(small, states))


def chunk_units(m: Restricted) -> int:
    """Units of the smaller side whose states are summed at once, some ten milliseconds."""
    larger: int = max(m.weights.shape)
    return max(min(_CHUNK, _LARGEST_TABLE - (larger - 1).bit_length()), 6)


def log_likelihood(m: Restricted, v: ArrayLike, log_z: float) -> FloatArray:
    """log p(v) of visible states (..., V), in nats, with a given log Z: (...)."""
    value: FloatArray = -free_energy(m, v) - log_z
    return value


def divergence(m: Restricted, patterns: ArrayLike, log_z: float) -> float:
    """KL(data || model) for a uniform set of different patterns (n, V): -log n - mean log p."""
    data = np.asarray(patterns, dtype=np.float64)
    return -math.log(len(data)) - float(log_likelihood(m, data, log_z).mean())


def gradient(
    m: Restricted, data: FloatArray, shares: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Exact gradient of the mean log-likelihood of data (B, V): for W (V, H), a (V,), b (H,).

    shares (B,) weigh the patterns (None: all alike). Sums over the smaller side.
    """
    weigh = np.full(len(data), 1.0 / len(data)) if shares is None else shares
    up = hidden_chances(m, data)
    w, a, b = (weigh[:, None] * data).T @ up, weigh @ data, weigh @ up
    wm, am, bm = model_means(m)
    return w - wm, a - am, b - bm


def model_means(m: Restricted) -> tuple[FloatArray, FloatArray, FloatArray]:
    """<v h^T> (V, H), <v> (V,) and <h> (H,) under the model, by summing over the smaller side."""
    if m.weights.shape[0] > m.weights.shape[1]:
        w, b, a = model_means(m.flipped)
        return w.T, a, b
    if m.weights.shape[0] > LARGEST_SUM:
        raise ValueError(f"exact learning needs a side of at most {LARGEST_SUM} units")
    v = binary_states(m.weights.shape[0])
    logs = -free_energy(m, v)
    p = np.exp(logs - log_sum_exp(logs))  # (2^V,)
    up = hidden_chances(m, v)
    return (p[:, None] * v).T @ up, p @ v, p @ up


def log_sum_exp(values: FloatArray) -> float:
    """log sum exp of all values, without overflow."""
    peak = float(values.max())
    return peak + math.log(float(np.exp(values - peak).sum()))
