"""Do counts agree with probabilities? Pearson's chi-square test. Knows no model.

    x = sum_i (n_i - e_i)^2 / e_i,    p = Q(k / 2, x / 2),    k = bins - 1

Q is the regularised upper incomplete gamma function, computed by its power series for x < a + 1
and by its continued fraction (Lentz's method) beyond (Press et al., Numerical Recipes, 6.2).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

_TERMS = 100_000
_PRECISION = 1e-15
_TINY = 1e-300


class ChiSquare(NamedTuple):
    """The statistic x, its degrees of freedom k, and the chance p of an x at least as large."""

    statistic: float
    freedom: int
    p_value: float


def chi_square(counts: ArrayLike, probabilities: ArrayLike, least: float = 5.0) -> ChiSquare:
    """Compare counts (V,) with probabilities (V,) that sum to 1.

    Outcomes that are expected less than `least` times are counted together, the rarest first, so
    that the law of x holds. With a single bin left p is 1. A count where the probability is 0
    makes p 0. Raises ValueError for shapes that differ, no counts, or probabilities that are none.
    """
    n, p = np.asarray(counts, dtype=np.float64), np.asarray(probabilities, dtype=np.float64)
    if n.shape != p.shape or n.ndim != 1 or n.sum() <= 0:
        raise ValueError(f"need as many counts as probabilities, not {n.shape} and {p.shape}")
    if not (p >= 0).all() or not math.isclose(p.sum(), 1.0, rel_tol=1e-6):
        raise ValueError("probabilities must be 0 or more and sum to 1")
    if n[p == 0].any():
        return ChiSquare(math.inf, 0, 0.0)
    order = np.argsort(p)  # (V,) the rarest first
    n, e = n[order], p[order] * n.sum()
    group = np.concatenate(([0.0], np.cumsum(e)[:-1])) // least  # (V,) which bin each falls into
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    n, e = np.add.reduceat(n, starts), np.add.reduceat(e, starts)
    if len(e) > 1 and e[0] < least:  # the first bin may have been closed too early
        n, e = np.append(n[0] + n[1], n[2:]), np.append(e[0] + e[1], e[2:])
    statistic = float(((n - e) ** 2 / e).sum())
    freedom = len(e) - 1
    p_value = upper_gamma(freedom / 2, statistic / 2) if freedom else 1.0
    return ChiSquare(statistic, freedom, p_value)


def upper_gamma(a: float, x: float) -> float:
    """Q(a, x) = Gamma(a, x) / Gamma(a) for a > 0 and x >= 0, to about 1e-13."""
    if not (a > 0 and x >= 0):
        raise ValueError(f"need a > 0 and x >= 0, not {a} and {x}")
    if x == 0:
        return 1.0
    if math.isinf(x):
        return 0.0
    weight = math.exp(a * math.log(x) - x - math.lgamma(a))
    return 1 - weight * _series(a, x) if x < a + 1 else weight * _fraction(a, x)


def _series(a: float, x: float) -> float:
    term = total = 1 / a
    for index in range(1, _TERMS):
        term *= x / (a + index)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    value = d
    for index in range(1, _TERMS):
        numerator = -index * (index - a)
        b += 2
        d = numerator * d + b
        d = 1 / (d if abs(d) > _TINY else _TINY)
        c = b + numerator / c
        c = c if abs(c) > _TINY else _TINY
        value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value
