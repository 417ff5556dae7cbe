"""Positions by angles, computed: how q and k are turned, and the sinusoids that are added.

Shapes: T positions, H heads, D head width.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer.engine.network.rotary import Rotary


def frequencies(rotary: Rotary) -> Tensor:
    """The angle per position of each pair (width / 2,), in float32."""
    exponents = torch.arange(0, rotary.width, 2, dtype=torch.int64).float() / rotary.width
    plain = 1.0 / rotary.theta**exponents  # (width / 2,)
    if rotary.kind == "linear":
        return plain / rotary.factor
    if rotary.kind == "llama3":
        return _llama3(rotary, plain)
    if rotary.kind == "yarn":
        return _yarn(rotary, plain)
    if rotary.kind == "longrope":
        return 1.0 / (torch.tensor(rotary.factors) * rotary.theta**exponents)
    return plain


def angles(rotary: Rotary, start: int, end: int, found: Tensor) -> tuple[Tensor, Tensor]:
    """cos and sin (T, width / 2) of the positions start ... end - 1, from the frequencies."""
    turned = torch.arange(start, end, device=found.device).float()[:, None] * found
    return turned.cos() * rotary.scaling, turned.sin() * rotary.scaling


def turn(rotary: Rotary, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x (H, T, D) with its first `width` numbers turned; cos and sin (T, width / 2)."""
    a, b = x[..., : rotary.width].chunk(2, -1)
    turned = torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
    if rotary.width == x.shape[-1]:
        return turned
    return torch.cat([turned, x[..., rotary.width :]], -1)


def _llama3(rotary: Rotary, plain: Tensor) -> Tensor:
    """Llama 3.1: long waves are slowed by `factor`, short ones kept, a ramp between."""
    waves = rotary.original * plain / (2 * math.pi)  # turns within the original context
    ramp = ((waves - rotary.low) / (rotary.high - rotary.low)).clamp(0, 1)
    return (1 - ramp) * plain / rotary.factor + ramp * plain


def _yarn(rotary: Rotary, plain: Tensor) -> Tensor:
    """YaRN (Peng et al. 2023, arXiv 2309.00071): the ramp runs over the index of the pair."""

    def pair(turns: float) -> float:
        waves = math.log(rotary.original / (turns * 2 * math.pi))
        return rotary.width * waves / (2 * math.log(rotary.theta))

    first, last = pair(rotary.high), pair(rotary.low)
    if rotary.truncate:
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, rotary.width - 1)
    index = torch.arange(rotary.width // 2, dtype=torch.float32)
    ramp = ((index - first) / max(last - first, 0.001)).clamp(0, 1)
    return ramp * plain / rotary.factor + (1 - ramp) * plain


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
