"""A stored matrix (out, in) as the decoder multiplies with it: in tiles, or as it lies in the file.

The tiles of `engine.tiles` are the only copy here, since a checkpoint may fill most of the memory.
A matrix that is kept as stored is made fp32 a part at a time. On a GPU neither helps: there a
matrix is plain, see `engine.network.placing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.engine.tiles import Tiles

# Numbers of a stored matrix that are made fp32 at a time: they stay in the cache of the core.
_UNPACKED = 1 << 19


@dataclass(frozen=True, eq=False)
class Stored:
    """A matrix (out, in) in any float type, whatever way it lies in memory."""

    weight: Tensor

    def product(self, x: Tensor) -> Tensor:
        """x W^T for x (T, in): (T, out), in fp32."""
        weight = self.weight  # (out, in)
        if weight.dtype == torch.float32:
            return x @ weight.t()
        # Cut across the way it lies in memory: a part that is not in one piece costs twice the time
        if weight.is_contiguous():
            parts = weight.split(max(1, _UNPACKED // weight.shape[1]))
            # One room for all parts: the system would have to clear the pages of a new one each.
            room = torch.empty(parts[0].shape)
            return torch.cat([x @ room[: len(part)].copy_(part).t() for part in parts], 1)
        rows = max(1, _UNPACKED // weight.shape[0])
        out = x.new_zeros(len(x), len(weight))
        parts = weight.t().split(rows)
        room = torch.empty(parts[0].shape)
        for columns, part in zip(x.split(rows, 1), parts, strict=True):
            out.addmm_(columns, room[: len(part)].copy_(part))
        return out

    def rows(self, ids: Tensor) -> Tensor:
        """The rows of these numbers (T, in), in fp32."""
        return self.weight[ids].float()


@dataclass(frozen=True, eq=False)
class Plain:
    """A matrix (out, in) of any float type on any device, multiplied by torch's own product."""

    weight: Tensor

    def product(self, x: Tensor) -> Tensor:
        """x W^T for x (T, in): (T, out), in fp32."""
        return F.linear(x, self.weight.float())

    def rows(self, ids: Tensor) -> Tensor:
        """The rows of these numbers (T, in), in fp32."""
        return self.weight[ids].float()


Matrix = Tiles | Stored | Plain
