"""Positions by angles: rotary ones (Su et al. 2021, arXiv 2104.09864), stretched, and sinusoids.

The first `width` numbers of a query or key are taken as width / 2 pairs; at position p pair i is
turned by the angle p f_i with f_i = theta^(-2 i / width). A score q.k then depends on the
distance of the two positions alone. The stretched kinds lower the slow frequencies so that a
longer text stays within the angles seen in training. Knows no network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

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

    def frequencies(self) -> Tensor:
        """The angle per position of each pair (width / 2,), in float32."""
        exponents = torch.arange(0, self.width, 2, dtype=torch.int64).float() / self.width
        plain = 1.0 / self.theta**exponents  # (width / 2,)
        if self.kind == "linear":
            return plain / self.factor
        if self.kind == "llama3":
            return self._llama3(plain)
        if self.kind == "yarn":
            return self._yarn(plain)
        if self.kind == "longrope":
            return 1.0 / (torch.tensor(self.factors) * self.theta**exponents)
        return plain

    def angles(self, start: int, end: int, frequencies: Tensor) -> tuple[Tensor, Tensor]:
        """cos and sin (T, width / 2) of the positions start ... end - 1."""
        turned = torch.arange(start, end, device=frequencies.device).float()[:, None] * frequencies
        return turned.cos() * self.scaling, turned.sin() * self.scaling

    def turn(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """x (H, T, D) with its first `width` numbers turned; cos and sin (T, width / 2)."""
        a, b = x[..., : self.width].chunk(2, -1)
        turned = torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
        return (
            turned if self.width == x.shape[-1] else torch.cat([turned, x[..., self.width :]], -1)
        )

    def _llama3(self, plain: Tensor) -> Tensor:
        """Llama 3.1: long waves are slowed by `factor`, short ones kept, a ramp between."""
        waves = self.original * plain / (2 * math.pi)  # turns within the original context
        ramp = ((waves - self.low) / (self.high - self.low)).clamp(0, 1)
        return (1 - ramp) * plain / self.factor + ramp * plain

    def _yarn(self, plain: Tensor) -> Tensor:
        """YaRN (Peng et al. 2023, arXiv 2309.00071): the ramp runs over the index of the pair."""

        def pair(turns: float) -> float:
            waves = math.log(self.original / (turns * 2 * math.pi))
            return self.width * waves / (2 * math.log(self.theta))

        first, last = pair(self.high), pair(self.low)
        if self.truncate:
            first, last = math.floor(first), math.ceil(last)
        first, last = max(first, 0), min(last, self.width - 1)
        index = torch.arange(self.width // 2, dtype=torch.float32)
        ramp = ((index - first) / max(last - first, 0.001)).clamp(0, 1)
        return ramp * plain / self.factor + (1 - ramp) * plain


def sinusoids(width: int, first: int, count: int) -> Tensor:
    """Sines, then cosines of `count` positions (T, width), of angles from 1 to 1/10,000 a position.

    Vaswani et al. 2017 interleave the two and end one step before 1/10,000; checkpoints that have
    no table of positions follow tensor2tensor, as here.
    """
    half = width // 2
    step = math.log(10_000) / (half - 1)
    frequencies = torch.exp(torch.arange(half, dtype=torch.int64).float() * -step)
    angles = torch.arange(first, first + count).float()[:, None] * frequencies  # (T, width / 2)
    return torch.cat([angles.sin(), angles.cos()], 1)
