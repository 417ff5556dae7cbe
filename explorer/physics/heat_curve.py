"""State functions of a Boltzmann distribution at many temperatures, by few exponentials.

    w_i(T) = exp(-(E_i - E_0) / T),   w_i(T / 2) = w_i(T)^2,   E_0 the lowest energy

Temperatures that halve again and again need one exponential and then only squares: eight of them
for an octave give all that a curve needs. Rounding doubles with each halving: seven octaves leave
thirteen digits. Knows no model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
PER_OCTAVE = 8


@dataclass(frozen=True, eq=False)
class HeatCurve:
    """Temperatures (K,), rising, and there F, U, S and C (K,), as `boltzmann.thermodynamics`."""

    temperatures: FloatArray
    free_energy: FloatArray
    mean_energy: FloatArray
    entropy: FloatArray
    heat_capacity: FloatArray


def heat_curve(
    energies: ArrayLike, coldest: float, hottest: float, per_octave: int = PER_OCTAVE
) -> HeatCurve:
    """The state functions of energies (V,) from `hottest` down to `coldest` or the last step above.

    Infinite energies have no weight. Raises ValueError unless 0 < coldest <= hottest < inf, for a
    NaN or -inf energy, and for none that is finite.
    """
    energy = np.asarray(energies, dtype=np.float64)
    if not 0 < coldest <= hottest < math.inf:
        raise ValueError(f"temperatures must rise from above 0: {coldest} to {hottest}")
    if energy.ndim != 1 or np.isnan(energy).any() or (energy == -math.inf).any():
        raise ValueError("energies must have one axis and hold no NaN and no -inf")
    energy = energy[np.isfinite(energy)]
    if not len(energy):
        raise ValueError("at least one energy must be finite")
    lowest = float(energy.min())
    excess = energy - lowest  # (V,), >= 0
    powers = np.stack([np.ones_like(excess), excess, excess * excess], axis=1)  # (V, 3)
    rungs = math.floor(per_octave * math.log2(hottest / coldest) + 1e-9) + 1
    heats = hottest * 2.0 ** (-np.arange(rungs) / per_octave)  # (K,), falling
    sums = np.empty((rungs, 3))  # of the weights, times the excess and its square
    for first in range(min(per_octave, rungs)):
        weights = np.exp(-excess / heats[first])  # (V,)
        for rung in range(first, rungs, per_octave):
            sums[rung] = weights @ powers
            np.square(weights, out=weights)
    return _curve(heats[::-1], sums[::-1], lowest)


def _curve(heats: FloatArray, sums: FloatArray, lowest: float) -> HeatCurve:
    z = sums[:, 0]  # >= 1, since the lowest energy has the weight 1
    mean, square = sums[:, 1] / z, sums[:, 2] / z
    log_z = np.log(z)
    return HeatCurve(
        temperatures=heats,
        free_energy=lowest - heats * log_z,
        mean_energy=lowest + mean,
        entropy=mean / heats + log_z,
        heat_capacity=np.maximum(square - mean * mean, 0.0) / heats**2,
    )
