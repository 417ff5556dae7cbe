"""What an attention head does as a memory: recall one token, mix some, or average. Knows no model.

Ramsauer et al. 2020, section 4 and A.5.1: k is the smallest number of tokens that hold 90 % of the
attention. With N tokens, by the median of k over texts:

    I  k > N / 2 averages over very many    II   N / 8 < k <= N / 2  large metastable state
    III  N / 32 < k <= N / 8  medium one    IV   k <= N / 32         small one, or a single memory

In a causal model row i has N = i + 1 tokens. The classes need N >= 64 to be told apart (with fewer
than 32 class IV cannot be); for shorter rows k and k / N stand for themselves.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.information import smallest_support

Class = Literal["I", "II", "III", "IV"]

MASS = 0.9
NAMED = 64  # tokens from which a class may be named
BOUNDARIES: tuple[tuple[Class, float], ...] = (("IV", 1 / 32), ("III", 1 / 8), ("II", 1 / 2))
MEANING: dict[Class, str] = {
    "I": "averages over very many tokens",
    "II": "mixes many tokens (large metastable state)",
    "III": "mixes some tokens (medium metastable state)",
    "IV": "recalls one or a few tokens",
}


def carriers(weights: ArrayLike) -> NDArray[np.int64]:
    """k of attention rows (..., N): the tokens that hold 90 %, counted with a slack of 1e-12."""
    return smallest_support(weights, MASS)


def class_of(k: float, tokens: int) -> Class | None:
    """The class of a row with k of N tokens; None where N < 64 and none may be named.

    Raises ValueError for k outside 1 .. N.
    """
    if not 1 <= k <= tokens:
        raise ValueError(f"k must lie between 1 and the {tokens} tokens, not {k}")
    if tokens < NAMED:
        return None
    for name, share in BOUNDARIES:
        if k <= share * tokens:
            return name
    return "I"
