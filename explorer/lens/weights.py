"""The weight matrix of a Hopfield network as a picture. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.session.memory.snapshot import Memory


@dataclass(frozen=True, eq=False)
class WeightPicture:
    """levels (N, N) uint8: 128 is 0, 255 is +largest, 1 is -largest; the diagonal is 0 itself."""

    levels: NDArray[np.uint8]
    largest: float


def weight_picture(s: Memory) -> WeightPicture:
    """The weights between all neurons, on a scale that is symmetric around 0."""
    weights = s.network.weights
    largest = float(np.abs(weights).max())
    scaled = weights / largest if largest else weights
    return WeightPicture(np.rint(128 + 127 * scaled).astype(np.uint8), largest)


def describe_weights(s: Memory) -> str:
    """The whole matrix in a sentence."""
    if not s.pictures:
        return "Nothing is stored: every weight is 0."
    return f"Largest weight ±{weight_picture(s).largest:.3g}."


def describe_weight(s: Memory, i: int, j: int) -> str:
    """One weight in words; for Hebb's rule with the product that makes it."""
    if i == j:
        return f"w({i}, {i}) = 0: a neuron has no weight to itself."
    text = f"w({i}, {j}) = {s.network.weights[i, j]:+.4f}"
    if s.rule == "hebb" and s.pictures:
        agree = int((s.patterns[:, i] * s.patterns[:, j] > 0).sum())
        text += (
            f"\n= (1/N) Σ ξ_i ξ_j = ({agree} − {len(s.pictures) - agree}) / {s.size}: "
            f"{agree} patterns have both cells alike, {len(s.pictures) - agree} do not"
        )
    return text
