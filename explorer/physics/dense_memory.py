"""Modern Hopfield network: one update of the state is one step of attention. Knows no model.

Ramsauer et al. 2020 (arXiv 2008.02217), equations 2 and 3, for N stored patterns x_i in R^d, the
rows of X, a state xi and an inverse temperature b:

    E(xi) = -(1/b) log sum_i exp(b x_i.xi + c_i) + xi.xi / 2 + (log N) / b + M^2 / 2
    f(xi) = X^T p,   p = softmax(b X xi + c),   grad E = xi - f(xi),   M = max |x_i|

c is an additive bias for each key, in the units of an attention score; -inf masks the key, which
then counts neither in N nor in M. Convexity of the first term gives the descent
E(xi) - E(f) >= |xi - f|^2 / 2. Energies are dimensionless and always float64; without bias they
lie in [0, 2 M^2] for |xi| <= M. They depend on N, M and b, so only differences compare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

ONE_CORE = 262_144  # multiplications that OpenBLAS does without waking its threads
FEW = 10_000  # multiplications for which calling BLAS does not pay


@dataclass(frozen=True)
class Memory:
    """What is stored: patterns (N, d), beta > 0, bias (N,); checked, float64, read-only."""

    patterns: FloatArray
    beta: float
    bias: FloatArray

    @property
    def constant(self) -> float:
        """The part of the energy that is the same for every state: (log N) / b + M^2 / 2."""
        stored = self.patterns[self.bias > -np.inf]
        longest = float((stored**2).sum(axis=1).max())
        return math.log(len(stored)) / self.beta + 0.5 * longest


@dataclass(frozen=True)
class Retrieval:
    """One update: attention weights p (..., N) and the new state f (..., d)."""

    weights: FloatArray
    state: FloatArray


@dataclass(frozen=True)
class Descent:
    """Repeated updates: states (S+1, d) from the start on, energies (S+1,), weights (S+1, N).

    Row t+1 of `states` is row t of `weights` applied to the patterns. The first step is what an
    attention layer does; the rest is what it would do if it were iterated.
    """

    states: FloatArray
    energies: FloatArray
    weights: FloatArray
    converged: bool


def sealed(values: ArrayLike) -> FloatArray:
    """A read-only float64 copy."""
    copy: FloatArray = np.array(values, dtype=np.float64)
    copy.setflags(write=False)
    return copy


def overlaps(states: ArrayLike, patterns: ArrayLike) -> FloatArray:
    """Scalar products of states (..., d) with patterns (N, d): (..., N)."""
    left, right = np.asarray(states, dtype=np.float64), np.asarray(patterns, dtype=np.float64)
    if left.ndim != 2 or left.size * len(right) < FEW:
        return np.asarray(np.einsum("...d,nd->...n", left, right))
    return product(left, right.T)


def product(left: FloatArray, right: FloatArray) -> FloatArray:
    """The matrix product (H, N) x (N, W) -> (H, W), in parts that BLAS computes on one core."""
    # a threaded BLAS loses 10 ms waiting while another job holds one of two cores
    # nearly square parts: narrow ones would be products with a vector, which memory holds up
    deep = max(len(right), 1)
    lines = max(1, min(len(left), math.isqrt(ONE_CORE // deep)))
    wide = max(1, ONE_CORE // (deep * lines))
    found = np.empty((len(left), right.shape[1]))
    for at in range(0, len(left), lines):
        for to in range(0, right.shape[1], wide):
            part = found[at : at + lines, to : to + wide]
            np.matmul(left[at : at + lines], right[:, to : to + wide], out=part)
    return found


def memory(patterns: ArrayLike, beta: float, bias: ArrayLike | None = None) -> Memory:
    """Check what is to be stored: patterns (N, d), beta > 0, bias (N,) finite or -inf.

    Raises ValueError for wrong shapes, values that are not finite, beta <= 0, or no unmasked key.
    """
    stored = np.asarray(patterns, dtype=np.float64)
    if stored.ndim != 2 or 0 in stored.shape or not np.isfinite(stored).all():
        raise ValueError(f"patterns must be finite, with shape (N, d), not {stored.shape}")
    if not 0.0 < beta < math.inf:
        raise ValueError(f"beta must be positive and finite, not {beta}")
    shift = np.zeros(len(stored)) if bias is None else np.asarray(bias, dtype=np.float64)
    if shift.shape != stored.shape[:1] or not np.all(shift < np.inf):
        raise ValueError(f"bias must hold {len(stored)} values, finite or -inf")
    if not np.any(shift > -np.inf):
        raise ValueError("at least one key must stay unmasked")
    return Memory(sealed(stored), float(beta), sealed(shift))


def energy(
    patterns: ArrayLike, state: ArrayLike, beta: float, bias: ArrayLike | None = None
) -> FloatArray:
    """E(xi) of the module docstring: patterns (N, d), state (..., d) -> (...).

    Raises ValueError as `memory` does, and for a state that does not fit.
    """
    return energies(memory(patterns, beta, bias), state)


def energies(store: Memory, state: ArrayLike) -> FloatArray:
    """E(xi) of states (..., d) over a store that has been checked: (...)."""
    xi = _fitting(store, state)
    scores = overlaps(xi, store.patterns)  # (..., N)
    scores *= store.beta
    scores += store.bias
    peak = scores.max(axis=-1, keepdims=True)  # (..., 1)
    scores -= peak
    log_sum = peak[..., 0] + np.log(np.exp(scores, out=scores).sum(axis=-1))
    value: FloatArray = np.asarray(
        0.5 * (xi * xi).sum(axis=-1) - log_sum / store.beta + store.constant
    )
    return value


def retrieve(
    patterns: ArrayLike, state: ArrayLike, beta: float, bias: ArrayLike | None = None
) -> Retrieval:
    """One update: weights p = softmax(b X xi + c) and f = X^T p, for any states (..., d).

    grad E = state - f. Raises ValueError as `energy` does.
    """
    return updated(memory(patterns, beta, bias), state)


def updated(store: Memory, state: ArrayLike) -> Retrieval:
    """One update, as `retrieve` does it, over a store that has been checked."""
    weights, mixed = _update(store, _fitting(store, state))
    return Retrieval(sealed(weights), sealed(mixed))


def descend(
    patterns: ArrayLike,
    state: ArrayLike,
    beta: float,
    bias: ArrayLike | None = None,
    tolerance: float = 1e-9,
    max_steps: int = 200,
) -> Descent:
    """Updates from `state` (d,) until one moves less than `tolerance` or `max_steps` are done.

    `converged` says which. Raises ValueError as `energy` does, for a batch of states, or for
    max_steps < 1.
    """
    store = memory(patterns, beta, bias)
    start = _fitting(store, state)
    if start.ndim != 1 or max_steps < 1:
        raise ValueError(f"need one state (d,) and max_steps >= 1, not {start.shape}, {max_steps}")
    states, weights, converged = [start], [], False
    for _ in range(max_steps):
        row, state = _update(store, states[-1])
        weights.append(row)
        states.append(state)
        moved = state - states[-2]
        converged = math.sqrt(float(moved @ moved)) < tolerance
        if converged:
            break
    weights.append(_update(store, states[-1])[0])
    path = sealed(states)
    return Descent(path, sealed(energies(store, path)), sealed(weights), converged)


def _update(store: Memory, xi: FloatArray) -> tuple[FloatArray, FloatArray]:
    # a score is a negative energy over T, so attention weights are Boltzmann weights at T = 1
    weights = overlaps(xi, store.patterns)  # (..., N)
    weights *= store.beta
    weights += store.bias
    weights -= weights.max(axis=-1, keepdims=True)
    np.exp(weights, out=weights)
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights, np.asarray(np.einsum("...n,nd->...d", weights, store.patterns))


def _fitting(store: Memory, state: ArrayLike) -> FloatArray:
    xi = np.asarray(state, dtype=np.float64)
    width = store.patterns.shape[1]
    if xi.ndim == 0 or xi.shape[-1] != width or not np.isfinite(xi).all():
        raise ValueError(f"state must be finite, with {width} values on its last axis")
    return xi
