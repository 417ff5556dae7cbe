"""How much a distribution leaves open, in nats (k_B = 1). Knows no model and no text.

Shannon 1948: surprise -log p, entropy H = -sum p log p; Kullback and Leibler 1951 for the
divergence. Probabilities lie on the last axis, V of them; impossible outcomes (p = 0) are allowed
everywhere and add nothing to a mean.
"""

from __future__ import annotations

import math
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

SUM_TOLERANCE = 1e-4  # a float32 softmax over a large vocabulary misses 1 by about 1e-6
MASS_SLACK = 1e-12  # ten weights of .1 reach .9 only up to rounding


def surprise(probability: ArrayLike) -> FloatArray:
    """-log p in nats, elementwise; infinite for p = 0.

    Raises ValueError for a probability outside [0, 1] or NaN.
    """
    p = np.asarray(probability, dtype=np.float64)
    if not np.all((p >= 0.0) & (p <= 1.0 + SUM_TOLERANCE)):
        raise ValueError("a probability must lie between 0 and 1")
    with np.errstate(divide="ignore"):
        nats: FloatArray = np.asarray(-np.log(np.minimum(p, 1.0)) + 0.0)  # + 0.0 turns -0 into 0
    return nats


def entropy(probabilities: ArrayLike) -> FloatArray:
    """H = -sum p log p over the last axis: (..., V) -> (...), in nats, between 0 and log V.

    Raises ValueError if a row is not a distribution.
    """
    p = _distribution(probabilities)
    nats: FloatArray = np.asarray(-(p * _log_or_zero(p)).sum(axis=-1) + 0.0)
    return nats


def effective_choices(probabilities: ArrayLike) -> FloatArray:
    """exp(H): the number of equally likely choices with this entropy: (..., V) -> (...).

    Dimensionless, between 1 and V. Raises ValueError if a row is not a distribution.
    """
    choices: FloatArray = np.asarray(np.exp(entropy(probabilities)))
    return choices


def perplexity(surprises: ArrayLike) -> float:
    """exp of the mean surprise (nats) of the tokens that came, any shape; dimensionless.

    Infinite if one of them had been impossible. Raises ValueError for no values or NaN.
    """
    nats = np.asarray(surprises, dtype=np.float64)
    if nats.size == 0 or bool(np.isnan(nats).any()):
        raise ValueError("perplexity needs at least one surprise, and none may be NaN")
    with np.errstate(over="ignore"):
        return float(np.exp(nats.mean()))


def kl_divergence(truth: ArrayLike, model: ArrayLike) -> FloatArray:
    """KL(truth || model) = sum p log(p / q) over the last axis, in nats, never negative.

    Shapes (..., V) broadcast. Infinite where the model forbids what the truth allows.
    Raises ValueError if a row is not a distribution.
    """
    p, q = np.broadcast_arrays(_distribution(truth), _distribution(model))
    forbidden = ((p > 0.0) & (q == 0.0)).any(axis=-1)
    terms = p * (_log_or_zero(p) - _log_or_zero(q))
    nats: FloatArray = np.asarray(np.where(forbidden, np.inf, np.maximum(terms.sum(axis=-1), 0.0)))
    return nats


def smallest_support(probabilities: ArrayLike, mass: float = 0.9) -> NDArray[np.int64]:
    """Smallest number of outcomes that together hold `mass`: (..., V) -> (...).

    With mass 0.9 this is the k of Ramsauer et al. 2020, section 4 (how many keys a head uses).
    Raises ValueError if a row is not a distribution or `mass` is not in (0, 1].
    """
    if not 0.0 < mass <= 1.0:
        raise ValueError(f"mass must be in (0, 1], not {mass}")
    p = _distribution(probabilities)
    reached = np.cumsum(-np.sort(-p, axis=-1), axis=-1)
    short = np.count_nonzero(reached < mass - MASS_SLACK, axis=-1)
    # a float32 row may add up to a little less than the mass asked for
    counts: NDArray[np.int64] = np.minimum(np.asarray(short, dtype=np.int64) + 1, p.shape[-1])
    return np.asarray(counts)


@overload
def nats_to_bits(nats: float) -> float: ...
@overload
def nats_to_bits(nats: FloatArray) -> FloatArray: ...
def nats_to_bits(nats: float | FloatArray) -> float | FloatArray:
    """The same amount of information in bits: nats / log 2."""
    return nats / math.log(2.0)


def _distribution(values: ArrayLike) -> FloatArray:
    p = np.asarray(values, dtype=np.float64)
    if p.ndim == 0 or p.shape[-1] == 0:
        raise ValueError("a distribution needs at least one outcome on its last axis")
    if not np.all(p >= 0.0) or not np.all(np.abs(p.sum(axis=-1) - 1.0) <= SUM_TOLERANCE):
        raise ValueError("a distribution needs probabilities >= 0 that sum to 1")
    return p


def _log_or_zero(p: FloatArray) -> FloatArray:
    """log p, with 0 where p = 0, so that 0 log 0 counts as its limit 0."""
    logs: FloatArray = np.log(p, where=p > 0.0, out=np.zeros_like(p))
    return logs
