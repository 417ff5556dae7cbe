"""Softmax as the Boltzmann distribution p_i = exp(-E_i / T) / Z, E_i = -logit_i. Knows no model.

Energies and entropies are in nats, the temperature is dimensionless, k_B = 1. An infinite energy
is a forbidden outcome: it keeps probability 0 at every temperature. The last axis holds the V
outcomes. Temperature 0 means greedy: the lowest energy, ties to the lowest index.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_STEPS = 60  # halving alone needs about 20 steps for a grid cell; Newton needs 3
STEP_TOLERANCE = 1e-7  # relative; Newton squares the error, so the step after this one is rounding


@dataclass(frozen=True)
class Thermodynamics:
    """State functions of one distribution at one temperature, F = U - T S (nats, k_B = 1)."""

    free_energy: float
    mean_energy: float
    entropy: float
    heat_capacity: float


class Flip(NamedTuple):
    """A temperature at which the token drawn with one fixed random number changes."""

    temperature: float
    token_below: int
    token_above: int


def boltzmann(energies: ArrayLike, temperature: float) -> FloatArray:
    """Probabilities exp(-E / T) / Z over the last axis: (..., V) -> (..., V), float64.

    T = 0 gives all to the lowest energy (lowest index of ties), T = inf is uniform over the finite
    energies. Raises ValueError for a negative or NaN temperature, a NaN or -inf energy, or a row
    without a finite energy.
    """
    weights = _weights(energies, temperature)
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights


def token_energies(logits: ArrayLike) -> FloatArray:
    """E_i = -log p_i at T = 1, in nats: (..., V) -> (..., V); fixes the zero so that F(1) = 0.

    A logit of -inf (a removed token) becomes an infinite energy. Raises ValueError for a NaN or
    +inf logit or a row without a finite one.
    """
    z = np.asarray(logits, dtype=np.float64)
    peak = z.max(axis=-1, keepdims=True)
    if not np.isfinite(peak).all():
        raise ValueError("logits must hold a finite value in every row, and no NaN or +inf")
    fallen = peak - z  # (..., V), >= 0
    energies: FloatArray = fallen + np.log(np.exp(-fallen).sum(axis=-1, keepdims=True))
    return energies


def thermodynamics(energies: ArrayLike, temperature: float) -> Thermodynamics:
    """State functions of the energies (V,), usually E_i = -log p_i, at 0 <= T < inf.

    F = -T log Z, U = <E>, S = -sum p log p, C = Var(E) / T^2 = dU/dT, and dS/dT = C / T.
    T = 0 follows the greedy rule: F = U = lowest energy, S = C = 0. Raises ValueError as
    `boltzmann` does, and for an infinite temperature.
    """
    if math.isinf(temperature):
        raise ValueError("the free energy needs a finite temperature")
    energy = np.asarray(energies, dtype=np.float64)
    if energy.ndim != 1:
        raise ValueError(f"energies must have one axis, not shape {energy.shape}")
    p = _weights(energy, temperature)
    lowest = float(energy.min())
    if temperature == 0.0:
        return Thermodynamics(lowest, lowest, 0.0, 0.0)
    possible = p > 0.0  # the others have weight 0 and maybe infinite energy: 0 * inf is NaN
    if not possible.all():
        p, energy = p[possible], energy[possible]
    z = float(p.sum())
    p /= z
    excess = energy - lowest
    mean = float(p @ excess)
    excess -= mean
    excess /= temperature  # dividing before squaring keeps tiny temperatures from 0 / 0
    np.square(excess, out=excess)
    return Thermodynamics(
        free_energy=lowest - temperature * math.log(z),
        mean_energy=lowest + mean,
        # S = (U - F) / T; both terms are positive, so nothing cancels
        entropy=math.log(z) + mean / temperature,
        heat_capacity=float(p @ excess),
    )


def candidate_order(energies: ArrayLike) -> IntArray:
    """Token ids (V,) by descending probability, that is ascending energy, ties to the lowest id."""
    order: IntArray = np.argsort(np.asarray(energies, dtype=np.float64), axis=-1, kind="stable")
    return order


def choice_at(energies: ArrayLike, order: ArrayLike, u: float, temperature: float) -> int:
    """The token whose share of the cumulative sum, taken along `order`, holds `u` (inverse CDF).

    energies (V,), order a permutation of 0..V-1, 0 <= u < 1. Raises ValueError for anything else
    and as `boltzmann` does.
    """
    energy, ranked = _ranked(energies, order, u)
    weights = _weights(energy[ranked], temperature)  # (V,)
    cumulative = np.cumsum(weights)
    rank = int(np.searchsorted(cumulative, u * cumulative[-1], side="right"))
    # rounding of u * sum may reach the end; the last possible token is meant
    return int(ranked[min(rank, int(np.flatnonzero(weights)[-1]))])


def flips(
    energies: ArrayLike,
    order: ArrayLike,
    u: float,
    low: float = 0.05,
    high: float = 5.0,
    grid: int = 64,
) -> tuple[Flip, ...]:
    """The temperatures in [low, high] at which `choice_at` changes for a fixed u, ascending.

    energies (V,); `order` must run by ascending energy. Heating then only moves weight down the
    order, so the chosen rank never falls and each border is crossed at most once. All changes are
    listed if they are at most `grid`; otherwise the first one in each cell of a logarithmic grid.
    Raises ValueError for another order, u outside [0, 1), a bad range, or energies that `boltzmann`
    refuses. For u within 1e-6 of 1 the rounding of the cumulative sum limits the accuracy.
    """
    if not (0.0 < low < high < math.inf and grid >= 2):
        raise ValueError(f"need 0 < low < high < inf and grid >= 2, not {low}, {high}, {grid}")
    energy, ranked = _ranked(energies, order, u)
    boltzmann(energy, 1.0)  # refuses what has no distribution
    ranked = ranked[np.isfinite(energy[ranked])]
    ladder = energy[ranked] - energy[ranked[0]]  # (K,) energies above the best token
    if np.any(np.diff(ladder) < 0.0):
        raise ValueError("order must run by ascending energy")
    temperatures = np.geomspace(low, high, grid)  # (G,)
    sums = _cumulative(ladder, temperatures)  # (G, K)
    chosen = [int(np.searchsorted(row, u * row[-1], side="right")) for row in sums]
    # rounding must not break what holds exactly: ranks stay inside and never fall
    ranks = np.maximum.accumulate(np.minimum(chosen, ladder.size - 1))  # (G,)
    borders = np.arange(ranks[0], ranks[-1])
    cells = np.searchsorted(ranks, borders, side="right") - 1
    if borders.size > grid:
        cells, first = np.unique(cells, return_index=True)
        borders = borders[first]
    beta = 1.0 / temperatures
    starts = _straight(beta, sums, u, borders, cells)
    moments = np.stack([np.ones_like(ladder), ladder])  # (2, K)
    roots = map(partial(_crossing, moments, u), borders, beta[cells + 1], beta[cells], starts)
    changes = zip(roots, ranked[borders], ranked[borders + 1], strict=True)
    return tuple(Flip(1.0 / b, int(below), int(above)) for b, below, above in changes)


def _weights(energies: ArrayLike, temperature: float) -> FloatArray:
    """exp(-(E - E_min) / T): (..., V), not yet normalised, so the largest is 1."""
    if not temperature >= 0.0:
        raise ValueError(f"temperature must be 0 or more, not {temperature}")
    energy = np.asarray(energies, dtype=np.float64)  # (..., V)
    lowest = energy.min(axis=-1, keepdims=True)  # (..., 1); NaN if any is NaN
    if not np.isfinite(lowest).all():
        raise ValueError("energies must hold a finite value in every row, and no NaN or -inf")
    if temperature == 0.0:
        greedy = np.zeros_like(energy)
        np.put_along_axis(greedy, energy.argmin(axis=-1, keepdims=True), 1.0, axis=-1)
        return greedy
    if math.isinf(temperature):
        return np.isfinite(energy).astype(np.float64)
    with np.errstate(over="ignore"):  # a gap / T beyond the float range is a weight of 0
        weights: FloatArray = np.exp((lowest - energy) / temperature)
    return weights


def _ranked(energies: ArrayLike, order: ArrayLike, u: float) -> tuple[FloatArray, IntArray]:
    if not 0.0 <= u < 1.0:
        raise ValueError(f"u must be in [0, 1), not {u}")
    energy = np.asarray(energies, dtype=np.float64)
    ranked = np.asarray(order, dtype=np.int64)
    if energy.ndim != 1 or ranked.shape != energy.shape or energy.size == 0:
        raise ValueError("energies and order must have one axis and the same length, at least 1")
    if ranked.min() < 0 or np.any(np.bincount(ranked, minlength=energy.size) != 1):
        raise ValueError("order must be a permutation of the vocabulary")
    return energy, ranked


def _cumulative(ladder: FloatArray, temperatures: FloatArray) -> FloatArray:
    # the same arithmetic as in `_weights`, so that both agree even where u meets a border exactly
    sums = np.empty((temperatures.size, ladder.size))  # (G, K)
    for row, temperature in enumerate(temperatures):  # row by row stays in the cache: twice as fast
        np.cumsum(np.exp(ladder / -temperature), out=sums[row])
    return sums


def _crossing(
    moments: FloatArray, u: float, border: int, hot: float, cold: float, beta: float
) -> float:
    """The inverse temperature in [hot, cold] where the ranks 0..border hold exactly the mass u.

    In b = 1 / T the log odds of those ranks, log(W_top / W_rest), are a difference of two log
    partition functions: slope U_rest - U_top > 0 and nearly straight. So Newton is quick, and
    halving the bracket takes over where a step would leave it. moments (2, K): ones, energies.
    """
    for _ in range(MAX_STEPS):
        weights = np.exp(moments[1] * -beta)  # (K,)
        top, top_energy = (moments[:, : border + 1] @ weights[: border + 1]).tolist()
        rest, rest_energy = (moments[:, border + 1 :] @ weights[border + 1 :]).tolist()
        odds = math.log(top / rest) - math.log(u / (1.0 - u))
        hot, cold = (hot, beta) if odds > 0.0 else (beta, cold)
        slope = rest_energy / rest - top_energy / top
        newton = beta - odds / slope if slope > 0.0 else math.nan
        last, beta = beta, newton if hot <= newton <= cold else 0.5 * (hot + cold)
        if abs(beta - last) <= STEP_TOLERANCE * beta:
            break
    return beta


def _straight(
    beta: FloatArray, sums: FloatArray, u: float, borders: IntArray, cells: IntArray
) -> FloatArray:
    """Where the log odds of u lie if they run straight from the cold to the hot end of a cell.

    beta (G,), sums (G, K) of weights, borders and cells (M,) -> inverse temperatures (M,).
    """
    ends = np.stack([cells, cells + 1])  # (2, M), cold and hot
    top, whole = sums[ends, borders], sums[ends, -1]
    with np.errstate(divide="ignore", invalid="ignore"):  # the rest may be lost in rounding
        cold, hot = np.log(top / (whole - top))
        share = (math.log(u / (1.0 - u)) - hot) / (cold - hot) if borders.size else hot
    share = np.where((share >= 0.0) & (share <= 1.0), share, 0.5)
    start: FloatArray = beta[cells + 1] + share * (beta[cells] - beta[cells + 1])
    return start
