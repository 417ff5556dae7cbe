"""The arithmetic of a network in numpy: norms, activation functions, positions. Runs no network.

Every function takes and gives fp32 and computes in float64 in between, so that what it gives is
the number that the pass rounds to.

Shapes: C width, D head width.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from explorer.engine.parameters import Affine

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]


def norm(x: Array, layer: Affine, eps: float, rms: bool) -> Array:
    """Layer norm or RMS norm over the last axis of x (..., C)."""
    wide = x.astype(np.float64)
    if not rms:
        wide -= wide.mean(-1, keepdims=True)
    wide /= np.sqrt((wide**2).mean(-1, keepdims=True) + eps)
    wide *= layer.weight
    if layer.bias is not None:
        wide += layer.bias
    found: Array = wide.astype(np.float32)
    return found


def activate(x: Array, kind: str) -> Array:
    """The activation function of the MLP, entry by entry."""
    wide = x.astype(np.float64)
    if kind == "gelu":
        tail = [math.erf(one / math.sqrt(2)) for one in wide.reshape(-1).tolist()]
        found = 0.5 * wide * (1 + np.array(tail).reshape(wide.shape))
    elif kind == "gelu_tanh":
        found = 0.5 * wide * (1 + np.tanh(math.sqrt(2 / math.pi) * (wide + 0.044715 * wide**3)))
    elif kind == "silu":
        # x (1 + tanh(x / 2)) / 2 = x / (1 + exp(-x)), which would overflow.
        found = 0.5 * wide * (1 + np.tanh(0.5 * wide))
    else:
        found = np.maximum(wide, 0.0)
    rounded: Array = found.astype(np.float32)
    return rounded


def capped(x: Array, cap: float | None) -> Array:
    """cap tanh(x / cap); x itself without a cap."""
    if cap is None:
        return x
    return (cap * np.tanh(x.astype(np.float64) / cap)).astype(np.float32)
