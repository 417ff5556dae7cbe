"""Positions by angles: rotary ones (Su et al. 2021, arXiv 2104.09864), stretched, and sinusoids.

The first `width` numbers of a query or key are taken as width / 2 pairs; at position p pair i is
turned by the angle p f_i with f_i = theta^(-2 i / width). A score q.k then depends on the
distance of the two positions alone. The stretched kinds lower the slow frequencies so that a
longer text stays within the angles seen in training. They are computed in `network.turning`.
Knows no tensors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["default", "linear", "llama3", "yarn", "longrope"]


@dataclass(frozen=True)
class Rotary:
    """How q and k are turned.

    width numbers of each head are turned, the rest stays. The pairs are (i, i + width / 2), as
    every family here stores them; the paper's pairs are neighbours (2 i, 2 i + 1). `original` is
    the context of the training before it was stretched by `factor`; low and high are llama3's
    wave counts or yarn's slow and fast beta; `scaling` multiplies what is turned (yarn's and
    longrope's attention factor).
    """

    width: int
    theta: float = 10_000.0
    kind: Kind = "default"
    factor: float = 1.0
    original: int = 0
    low: float = 1.0
    high: float = 4.0
    scaling: float = 1.0
    truncate: bool = True
    factors: tuple[float, ...] = ()
