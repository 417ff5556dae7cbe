"""Storage rules of the Hopfield network: patterns (P, N) of +1 and -1 -> weights. Knows no model.

    Hebb        W = (1/N) sum_mu xi xi^T
    projection  W = (1/N) X^T C^-1 X,  C = X X^T / N   (pseudo-inverse, Personnaz et al. 1985)
    Storkey     W_ij += (xi_i xi_j - xi_i h_ji - h_ij xi_j) / N,  pattern by pattern (Storkey 1997),
                with h_ij = sum over k not in {i, j} of W_ik xi_k from the old W

The diagonal is set to 0 at the end. For Storkey's rule on +-1 patterns the sums without i and j are
h_ij = H_i - W_ij xi_j with H = W xi, so one pattern is a scaling and an update of rank two:

    W_ij <- (1 + 2/N) W_ij + ((xi - H)_i (xi - H)_j - H_i H_j) / N        (i != j)
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Network, Spins, checked_patterns, network

FloatArray = NDArray[np.float64]
Rule = Literal["hebb", "projection", "storkey"]
RULES: tuple[Rule, ...] = get_args(Rule)

BLOCK = 32  # patterns of Storkey's rule that are added with one product
DEPENDENT = 1e-9  # eigenvalues of C below this share of the largest are 0 up to rounding


def stored(patterns: ArrayLike, rule: Rule, bias: ArrayLike | None = None) -> Network:
    """The network that stores the patterns (P, N) by a rule, with a bias (N,) on top.

    Raises ValueError for no pattern, values other than +-1, an unknown rule, a bad bias, and for
    the projection rule when patterns are equal, inverse or otherwise dependent.
    """
    xi = checked_patterns(patterns)
    if rule == "hebb":
        return network(hebb(xi), bias)
    if rule == "projection":
        return network(projection(xi), bias)
    if rule == "storkey":
        return network(storkey(xi), bias)
    raise ValueError(f"the storage rule must be one of {', '.join(RULES)}, not {rule!r}")


def hebb(patterns: Spins) -> FloatArray:
    """W = (1/N) sum xi xi^T with a zero diagonal: (P, N) -> (N, N)."""
    xi = np.asarray(patterns, dtype=np.float64)
    weights: FloatArray = xi.T @ xi / xi.shape[1]
    np.fill_diagonal(weights, 0.0)
    return weights


def projection(patterns: Spins) -> FloatArray:
    """The projector on the span of the patterns, its diagonal set to 0: (P, N) -> (N, N).

    Raises ValueError if the patterns are linearly dependent; `rank` says how many are not.
    """
    xi = np.asarray(patterns, dtype=np.float64)
    count = rank(patterns)
    if count < len(xi):
        raise ValueError(
            f"the projection rule needs independent patterns: of {len(xi)} only {count} are. "
            "Remove a pattern that is equal to, the inverse or a combination of others, "
            "or choose Hebb"
        )
    correlation = xi @ xi.T / xi.shape[1]  # (P, P)
    weights: FloatArray = xi.T @ np.linalg.solve(correlation, xi) / xi.shape[1]
    weights = 0.5 * (weights + weights.T)
    np.fill_diagonal(weights, 0.0)
    return weights


def storkey(patterns: Spins, weights: FloatArray | None = None) -> FloatArray:
    """Storkey's rule, one pattern after the other: (P, N) -> (N, N); the order matters.

    `weights` (N, N) is what earlier patterns left (None: nothing).
    """
    xi = np.asarray(patterns, dtype=np.float64)
    size = xi.shape[1]
    w = np.zeros((size, size)) if weights is None else np.array(weights, dtype=np.float64)
    for start in range(0, len(xi), BLOCK):
        storkey_block(w, xi[start : start + BLOCK])
    return w


def storkey_block(weights: FloatArray, patterns: FloatArray) -> None:
    """Add a few patterns (K, N) to weights (N, N) with a zero diagonal, in place.

    Inside the block W = c (W_0 + U diag(g) U^T) stays in factors, so that all work of order N^2
    is in two matrix products. The diagonal d that grows there is left out of every local field.
    """
    count, size = patterns.shape
    seen = weights @ patterns.T  # (N, K) W_0 xi
    u, g = np.empty((size, 2 * count)), np.empty(2 * count)
    d, c = np.zeros(size), 1.0
    for k, pattern in enumerate(patterns):
        past = u[:, : 2 * k]
        local = c * (seen[:, k] + past @ (g[: 2 * k] * (pattern @ past))) - d * pattern  # (N,) H
        rest = pattern - local
        c *= 1.0 + 2.0 / size
        d = (1.0 + 2.0 / size) * d + (rest * rest - local * local) / size
        u[:, 2 * k], u[:, 2 * k + 1] = rest, local
        g[2 * k], g[2 * k + 1] = 1.0 / (size * c), -1.0 / (size * c)
    weights += (u * g) @ u.T
    weights *= c
    np.fill_diagonal(weights, 0.0)


def rank(patterns: ArrayLike) -> int:
    """How many of the patterns (P, N) are linearly independent."""
    xi = np.asarray(patterns, dtype=np.float64)
    values = np.linalg.eigvalsh(xi @ xi.T / xi.shape[1])  # (P,) ascending
    return int(np.count_nonzero(values > DEPENDENT * values[-1]))


def one_step_error(load: float) -> float:
    """Chance that one update of a stored pattern flips a neuron, Hebb: erfc(sqrt(1 / 2a)) / 2.

    load a = P / N for large N; at finite N use (P - 1) / (N - 1). Raises ValueError for a <= 0.
    """
    if not load > 0.0:
        raise ValueError(f"the load must be positive, not {load}")
    return 0.5 * math.erfc(math.sqrt(0.5 / load))
