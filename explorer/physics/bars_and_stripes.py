"""Bars and stripes: n x n pictures whose columns, or whose rows, are all ink or all paper.

The standard data set for machines whose likelihood can be computed exactly (MacKay 2003, 43.3):
2^(n+1) - 2 different pictures, so no model has a mean log-likelihood above -log of that.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def bars_and_stripes(side: int) -> FloatArray:
    """All pictures of a side x side grid as rows of 0 and 1: (2^(side+1) - 2, side^2).

    Raises ValueError for a side outside 1 to 10.
    """
    if not 1 <= side <= 10:
        raise ValueError(f"bars and stripes are made for sides of 1 to 10 cells, not {side}")
    lines = binary_states(side)  # (2^side, side)
    bars = np.repeat(lines[:, None, :], side, axis=1).reshape(-1, side * side)
    stripes = np.repeat(lines[:, :, None], side, axis=2).reshape(-1, side * side)
    if side == 1:
        return bars
    return np.concatenate([bars, stripes[1:-1]])  # all paper and all ink are both


def binary_states(units: int) -> FloatArray:
    """All states of `units` units of 0 and 1 in binary order: (2^units, units)."""
    bits = np.arange(2**units)[:, None] >> np.arange(units - 1, -1, -1) & 1
    states: FloatArray = bits.astype(np.float64)
    return states


def likelihood_bound(patterns: int) -> float:
    """The largest mean log-likelihood of a uniform set of different patterns: -log n, in nats."""
    return -math.log(patterns)
