"""Recall of many starts without a record of the steps: as fast as flips allow. Knows no model.

Asynchronous updates at T = 0, every sweep in a new random order, until a sweep would change
nothing. Letters: B starts, N neurons.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.physics.hopfield import Network, Spins

FloatArray = NDArray[np.float64]

SWEEPS = 10_000  # energy falls with every flip, so this is out of reach but for rounding


def relaxed(net: Network, starts: Spins, dice: np.random.Generator) -> Spins:
    """The fixed points that recall reaches from the starts (B, N): (B, N)."""
    rows = np.asarray(starts, dtype=np.float64)
    h = rows @ net.weights + net.bias  # (B, N)
    ends = np.empty(rows.shape, np.int8)
    for row, (spins, felt) in enumerate(zip(rows.copy(), h, strict=True)):
        relax(net.weights, net.tie, spins, felt, dice)
        ends[row] = spins
    return ends


def relax(
    weights: FloatArray, tie: float, spins: FloatArray, felt: FloatArray, dice: np.random.Generator
) -> int:
    """Bring one state (N,) and its fields (N,) to a fixed point, in place; returns the flips."""
    flips = 0
    for _ in range(SWEEPS):
        if not ((np.abs(felt) > tie) & (spins * felt <= 0.0)).any():
            break
        for neuron in dice.permutation(len(spins)).tolist():
            field, old = felt.item(neuron), spins.item(neuron)
            if old * field <= 0.0 and abs(field) > tie:
                new = 1.0 if field > 0.0 else -1.0
                spins[neuron] = new
                felt += (new - old) * weights[neuron]
                flips += 1
    return flips
