"""Many Hopfield states at their own temperatures, Glauber's rule without a record of the steps.

A sweep updates every neuron once in an order that all states share; each state has its own dice
and its own temperature, so one network gives a whole line of a phase diagram. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Network

FloatArray = NDArray[np.float64]


def heated(
    net: Network, starts: ArrayLike, temperatures: ArrayLike, sweeps: int, dice: np.random.Generator
) -> Iterator[FloatArray]:
    """The states (B, N) after every sweep, from the starts (B, N) at temperatures (B,).

    The yielded array is overwritten by the next sweep. Raises ValueError for T < 0 or NaN.
    """
    heat = np.asarray(temperatures, dtype=np.float64)
    if not ((heat >= 0.0) & (heat < np.inf)).all():
        raise ValueError("every temperature must be a number from 0 up")
    spins = np.array(np.asarray(starts, dtype=np.float64).T)  # (N, B)
    for _ in range(sweeps):
        u = dice.random(spins.shape)
        with np.errstate(divide="ignore"):
            thresholds = 0.5 * heat * np.log(u / (1.0 - u))  # (N, B): up where h exceeds it
        for neuron in dice.permutation(len(spins)).tolist():
            h = net.weights[neuron] @ spins + net.bias[neuron] - thresholds[neuron]
            spins[neuron] = np.where(np.abs(h) <= net.tie, spins[neuron], np.sign(h))
        yield spins.T
