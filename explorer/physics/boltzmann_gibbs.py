"""Gibbs samples of a general Boltzmann machine: one unit after the other, many chains at once.

    P(s_i = 1 | rest) = sigma((J s + b)_i / T)

Units may be held at values: what the others then do is the law given those. Sweep t throws the
dice Philox(key = (seed, 7), counter = t), so chains can be taken up again anywhere. Knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.boltzmann_machine import Boltzmann
from explorer.physics.restricted_machine import sigma

FloatArray = NDArray[np.float64]


def gibbs_sweep(
    m: Boltzmann,
    states: FloatArray,
    dice: np.random.Generator,
    units: Iterable[int],
    temperature: float = 1.0,
) -> None:
    """Update these units of states (C, n) once, one after the other, in place."""
    for unit in units:
        chance = sigma((states @ m.couplings[unit] + m.bias[unit]) / temperature)
        states[:, unit] = dice.random(len(states)) < chance


def coins(
    m: Boltzmann,
    chains: int,
    seed: int = 0,
    pattern: ArrayLike | None = None,
    known: ArrayLike | None = None,
) -> FloatArray:
    """States (C, n) to begin with: coins, visible units that are known at the pattern."""
    dice = np.random.Generator(np.random.Philox(key=[seed, 8]))
    states = dice.integers(0, 2, (chains, m.units)).astype(np.float64)
    if pattern is not None and known is not None:
        held = np.flatnonzero(np.asarray(known, dtype=bool))
        states[:, held] = np.asarray(pattern, dtype=np.float64)[held]
    return states


def swept(
    m: Boltzmann,
    states: FloatArray,
    sweep: int,
    seed: int = 0,
    temperature: float = 1.0,
    known: ArrayLike | None = None,
) -> FloatArray:
    """States (C, n) after the sweep of that number; visible units that are known stay.

    Raises ValueError for T <= 0.
    """
    if not 0.0 < temperature < math.inf:
        raise ValueError(f"the temperature must be above 0, not {temperature}")
    held = np.zeros(m.units, dtype=bool)
    if known is not None:
        held[: m.visible] = known
    dice = np.random.Generator(np.random.Philox(key=[seed, 7], counter=[0, 0, 0, sweep]))
    after = states.copy()
    gibbs_sweep(m, after, dice, np.flatnonzero(~held).tolist(), temperature)
    return after


def samples(
    m: Boltzmann, chains: int, sweeps: int, temperature: float = 1.0, seed: int = 0
) -> Iterator[FloatArray]:
    """States (C, n) of chains that begin with coins, after each of the sweeps.

    Raises ValueError for T <= 0.
    """
    states = coins(m, chains, seed)
    for sweep in range(sweeps):
        states = swept(m, states, sweep, seed, temperature)
        yield states
