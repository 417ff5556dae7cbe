"""Hopfield network (1982): neurons of +1 and -1, symmetric weights, an energy. Knows no model.

    h_i = sum_j W_ij s_j + b_i,    E(s) = -(1/2) s^T W s - b^T s,    W_ij = W_ji,  W_ii = 0

Letters: N neurons, P patterns. A state may also hold 0 for a neuron that has been erased and not
been updated yet; patterns never do. Energies are dimensionless. E(-s) = E(s) for every s exactly
if b = 0, so without a bias the inverse of every memory is a memory too.

Tie rule: a field of 0 keeps the neuron as it is; what rounding makes of 0 counts as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Spins = NDArray[np.int8]

ROUNDING = 1e-13  # relative; fields are sums of N products, and N is a few thousand at most
SYMMETRY = 1e-9  # relative; what the storage rules leave of W - W^T is far below


@dataclass(frozen=True, eq=False)
class Network:
    """Weights (N, N), symmetric with a zero diagonal, and bias (N,); checked and read-only."""

    weights: FloatArray
    bias: FloatArray

    @property
    def size(self) -> int:
        """The number of neurons N."""
        return len(self.bias)

    @cached_property
    def tie(self) -> float:
        """Fields up to this size count as 0."""
        largest = np.abs(self.weights).sum(axis=1) + np.abs(self.bias)  # (N,)
        return ROUNDING * float(largest.max(initial=1.0))


@dataclass(frozen=True, eq=False)
class Configuration:
    """A state with what follows from it: spins (N,), fields (N,) and energy.

    The dynamics carry fields and energy along, one flip for O(N).
    """

    spins: Spins
    fields: FloatArray
    energy: float


def network(weights: ArrayLike, bias: ArrayLike | None = None) -> Network:
    """Check the weights (N, N) and bias (N,) (None: no bias); the diagonal is set to 0.

    Raises ValueError for other shapes, values that are not finite, or weights that differ from
    their transpose: without symmetry there is no energy that falls.
    """
    w = np.array(weights, dtype=np.float64)
    if w.ndim != 2 or w.shape[0] != w.shape[1] or len(w) == 0 or not np.isfinite(w).all():
        raise ValueError(f"weights must be finite, with shape (N, N), not {w.shape}")
    if np.abs(w - w.T).max() > SYMMETRY * max(1.0, float(np.abs(w).max())):
        raise ValueError("weights must be symmetric; without symmetry there is no energy")
    np.fill_diagonal(w, 0.0)
    b = np.zeros(len(w)) if bias is None else np.array(bias, dtype=np.float64)
    if b.shape != (len(w),) or not np.isfinite(b).all():
        raise ValueError(f"the bias must hold {len(w)} finite numbers")
    w.setflags(write=False)
    b.setflags(write=False)
    return Network(w, b)


def checked_patterns(values: ArrayLike) -> Spins:
    """Patterns (P, N) of +1 and -1 as a read-only copy.

    Raises ValueError for no pattern, other shapes or other values (NaN among them).
    """
    given = np.asarray(values)
    if given.ndim != 2 or given.size == 0:
        raise ValueError("there is no pattern; draw or type at least one and store it")
    if not np.isin(given, (-1, 1)).all():
        raise ValueError("a pattern may hold only +1 and -1")
    return _sealed_spins(given)


def checked_spins(values: ArrayLike, size: int) -> Spins:
    """A state (N,) of +1, -1 and 0 (erased) as a read-only copy; raises ValueError for others."""
    given = np.asarray(values)
    if given.shape != (size,):
        raise ValueError(f"the state must hold {size} neurons, not {given.shape}")
    if not np.isin(given, (-1, 0, 1)).all():
        raise ValueError("a state may hold only +1, -1 and 0 for what was erased")
    return _sealed_spins(given)


def fields(net: Network, spins: ArrayLike) -> FloatArray:
    """h = W s + b of states (..., N): (..., N)."""
    s = np.asarray(spins, dtype=np.float64)
    found: FloatArray = s @ net.weights + net.bias
    return found


def energy(net: Network, spins: ArrayLike) -> FloatArray:
    """E(s) = -(1/2) s^T W s - b^T s of states (..., N), real values allowed: (...)."""
    s = np.asarray(spins, dtype=np.float64)
    found: FloatArray = np.asarray(-0.5 * (s * (s @ net.weights)).sum(axis=-1) - s @ net.bias)
    return found


def overlaps(spins: ArrayLike, patterns: ArrayLike) -> FloatArray:
    """m_mu = (1/N) xi_mu . s of states (..., N) with patterns (P, N): (..., P), within [-1, 1]."""
    s, xi = np.asarray(spins, dtype=np.float64), np.asarray(patterns, dtype=np.float64)
    found: FloatArray = s @ xi.T / xi.shape[-1]
    return found


def stable(net: Network, spins: ArrayLike) -> NDArray[np.bool_]:
    """Whether no single update changes the state (..., N) at T = 0: (...)."""
    s = np.asarray(spins, dtype=np.float64)
    h = fields(net, s)
    content = (np.abs(h) <= net.tie) | (s * h > 0.0)  # (..., N)
    return np.asarray(content.all(axis=-1))


def configuration(net: Network, spins: ArrayLike) -> Configuration:
    """The state (N,) with its fields and energy; raises ValueError as `checked_spins` does."""
    s = checked_spins(spins, net.size)
    h = fields(net, s)
    h.setflags(write=False)
    value = -0.5 * float(s @ (h + net.bias))  # b enters E once, and h . s holds W and b once
    return Configuration(s, h, value)


def _sealed_spins(values: ArrayLike) -> Spins:
    copy = np.array(values, dtype=np.int8)
    copy.setflags(write=False)
    return copy
