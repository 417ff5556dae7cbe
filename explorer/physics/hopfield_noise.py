"""Ways to spoil a state before recall: flip, erase, cover half. Knows no model and no screen.

States are (N,) of +1 and -1; an erased neuron becomes 0, or +1 or -1 by a coin. Shares are rounded
to whole neurons. The same seed and count spoil the same neurons; another count (how often it was
done before) spoils others.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Spins, checked_spins

Fill = Literal["random", "zero"]
Side = Literal["left", "right", "top", "bottom"]

_SPOILING = 2  # second word of the key, apart from the dice of the dynamics


def flipped(spins: ArrayLike, share: float, seed: int = 0, count: int = 0) -> Spins:
    """The state (N,) with exactly round(share N) neurons, chosen at random, turned over.

    Raises ValueError for a share outside [0, 1], or a bad state.
    """
    s, chosen, _ = _chosen(spins, share, seed, count)
    s[chosen] *= -1
    return _sealed(s)


def erased(
    spins: ArrayLike, share: float, fill: Fill = "random", seed: int = 0, count: int = 0
) -> Spins:
    """The state (N,) with round(share N) neurons forgotten: 0, or a coin each.

    By coins half of them keep their value on average. Raises ValueError as `flipped` does.
    """
    s, chosen, dice = _chosen(spins, share, seed, count)
    s[chosen] = _filling(dice, len(chosen), fill)
    return _sealed(s)


def halved(
    spins: ArrayLike,
    shape: tuple[int, int],
    side: Side = "bottom",
    fill: Fill = "random",
    seed: int = 0,
    count: int = 0,
) -> Spins:
    """The picture (rows, columns) = shape with one half forgotten; a middle line stays.

    Raises ValueError if the shape does not hold the state.
    """
    rows, columns = shape
    s = np.array(checked_spins(spins, rows * columns)).reshape(rows, columns)
    parts = {
        "top": np.s_[: rows // 2, :],
        "bottom": np.s_[rows - rows // 2 :, :],
        "left": np.s_[:, : columns // 2],
        "right": np.s_[:, columns - columns // 2 :],
    }
    if side not in parts:
        raise ValueError(f"the half must be one of {', '.join(parts)}, not {side!r}")
    half = parts[side]
    s[half] = _filling(_generator(seed, count), s[half].size, fill).reshape(s[half].shape)
    return _sealed(s.ravel())


def _chosen(
    spins: ArrayLike, share: float, seed: int, count: int
) -> tuple[Spins, NDArray[np.int64], np.random.Generator]:
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"the share to spoil must lie between 0 and 1, not {share}")
    given = np.asarray(spins)
    s = np.array(checked_spins(given, given.size))
    dice = _generator(seed, count)
    return s, dice.permutation(s.size)[: round(share * s.size)], dice


def _filling(dice: np.random.Generator, size: int, fill: Fill) -> Spins:
    if fill == "zero":
        return np.zeros(size, np.int8)
    return (2 * dice.integers(0, 2, size) - 1).astype(np.int8)


def _generator(seed: int, count: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, _SPOILING], counter=[0, count, 0, 0]))


def _sealed(spins: Spins) -> Spins:
    spins.setflags(write=False)
    return spins
