"""Keys and values of the tokens read so far, in buffers that grow. Knows no weights.

Shapes: L layers, G key groups, N room, D head width.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from explorer.engine.device import CPU, wide
from explorer.engine.pages import Pages

_FIRST_ROOM = 64


class Sizes(Protocol):
    """What a memory must know of its network; every configuration has it."""

    @property
    def layers(self) -> int: ...
    @property
    def groups(self) -> int: ...
    @property
    def head_width(self) -> int: ...
    @property
    def context(self) -> int: ...


class Memory:
    """Buffers that grow with the text: a context of 131,072 tokens is seldom filled.

    keys (L, G, N, D) as heads compare them; values (L, G, N, D) in fp32; the first `length` of the
    N places are in use. Keys are in float64: a trained head has scores so large that rounding
    them in float32 would move its attention by more than 1e-6 from the memory that it is.
    """

    def __init__(self, sizes: Sizes, device: torch.device = CPU) -> None:
        self._context = sizes.context
        room = min(_FIRST_ROOM, self._context)
        shape = (sizes.layers, sizes.groups, room, sizes.head_width)
        self.keys, self.values = _buffers(shape, device)
        self.length = 0

    def make_room(self, tokens: int) -> None:
        """Let the buffers hold at least this many tokens; raises nothing below the context."""
        layers, groups, have, width = self.keys.shape
        if tokens <= have:
            return
        # By half as much again, so that a text of N tokens is copied only a few times.
        room = min(max(tokens, have + have // 2), self._context)
        keys, values = _buffers((layers, groups, room, width), self.keys.device)
        keys[:, :, : self.length] = self.keys[:, :, : self.length]
        values[:, :, : self.length] = self.values[:, :, : self.length]
        self.keys, self.values = keys, values

    def copy(self, length: int) -> Memory:
        """A second memory with the first `length` tokens of this one, to branch from."""
        layers, groups, _, width = self.keys.shape
        other = object.__new__(Memory)
        other._context = self._context
        other.keys, other.values = _buffers((layers, groups, length, width), self.keys.device)
        other.keys[:] = self.keys[:, :, :length]
        other.values[:] = self.values[:, :, :length]
        other.length = length
        return other


def _buffers(shape: tuple[int, int, int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Room for keys and for values."""
    if device.type != "cpu":
        keys = torch.empty(shape, dtype=wide(device), device=device)
        return keys, torch.empty(shape, device=device)
    *most, width = shape
    return Pages().empty(*most, 2 * width).view(torch.float64), Pages().empty(*shape)
