"""Keys and values of the tokens read so far. Knows no weights.

Shapes: L layers, G key groups, N room, D head width.
"""

from __future__ import annotations

import torch

from explorer.engine.network.description import Description

_FIRST_ROOM = 64


class Memory:
    """Buffers that grow with the text: a context of 131,072 tokens is seldom filled.

    keys (L, G, N, D) after they are turned, in float64 so that scores lose nothing; values
    (L, G, N, D) in fp32; the first `length` of the N places are in use.
    """

    def __init__(self, description: Description) -> None:
        self._context = description.context
        room = min(_FIRST_ROOM, self._context)
        shape = (description.layers, description.groups, room, description.head_width)
        self.keys = torch.zeros(shape, dtype=torch.float64)
        self.values = torch.zeros(shape)
        self.length = 0

    def make_room(self, tokens: int) -> None:
        """Let the buffers hold at least this many tokens; raises nothing below the context."""
        have = self.keys.shape[2]
        if tokens <= have:
            return
        # By half as much again, so that a text of N tokens is copied only a few times.
        room = min(max(tokens, have + have // 2), self._context)
        self.keys, self.values = (
            torch.cat([old, old.new_zeros(*old.shape[:2], room - have, old.shape[3])], 2)
            for old in (self.keys, self.values)
        )

    def copy(self, length: int) -> Memory:
        """A second memory with the first `length` tokens of this one, to branch from."""
        other = object.__new__(Memory)
        other._context = self._context
        other.keys, other.values = (
            self.keys[:, :, :length].clone(),
            self.values[:, :, :length].clone(),
        )
        other.length = length
        return other
