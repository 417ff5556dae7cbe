"""A stored matrix (out, in) as the decoder multiplies with it: in tiles, or as it lies in the file.

Tiles are the layout of `engine.matrix`, 16 columns fetched from beginning to end. There one row
meets a copy of the matrix; here the tiles are the only copy, since a checkpoint may fill most of
the memory, and several rows meet them too (measured with 8 and 64 rows: as fast as the plain
product or faster). A matrix that is kept as stored is made fp32 a part at a time: measured on one
core, that takes 1.6 times as long as fetching the tiles, and less than torch's product in fp32.
On a GPU neither helps: there a matrix is plain, see `engine.network.placing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.engine.pages import Pages

COLUMNS = 16
# Numbers of a stored matrix that are made fp32 at a time: they stay in the cache of the core.
_UNPACKED = 1 << 19


@dataclass(frozen=True, eq=False)
class Tiles:
    """fp32 in tiles (N, in, 16) with N = out / 16 rounded up; the rest of the last tile is 0."""

    tiles: Tensor
    out: int

    @staticmethod
    def empty(out: int, width: int, pages: Pages) -> Tiles:
        """Room for a matrix (out, in), to be filled by `put`."""
        count = -(-out // COLUMNS)
        tiles = pages.empty(count, width, COLUMNS)
        tiles[-1] = 0
        return Tiles(tiles, out)

    def put(self, first: int, rows: Tensor) -> None:
        """Write rows (R, in) from row `first` on, a multiple of 16."""
        whole = len(rows) // COLUMNS
        at = first // COLUMNS
        view = rows[: whole * COLUMNS].view(whole, COLUMNS, rows.shape[1])
        self.tiles[at : at + whole] = view.transpose(1, 2)
        rest = rows[whole * COLUMNS :]
        if len(rest):
            self.tiles[at + whole, :, : len(rest)] = rest.t()

    def put_columns(self, first: int, columns: Tensor) -> None:
        """Write columns (R, out) of the matrix from column `first` on."""
        whole = self.out // COLUMNS
        view = columns[:, : whole * COLUMNS].view(len(columns), whole, COLUMNS)
        self.tiles[:whole, first : first + len(columns)] = view.transpose(0, 1)
        rest = self.out - whole * COLUMNS
        if rest:
            self.tiles[whole, first : first + len(columns), :rest] = columns[:, -rest:]

    def product(self, x: Tensor) -> Tensor:
        """x W^T for x (T, in): (T, out)."""
        rows = x.expand(len(self.tiles), *x.shape)  # the same rows for every tile
        found = torch.bmm(rows, self.tiles)  # (N, T, 16)
        return found.transpose(0, 1).flatten(1)[:, : self.out]

    def rows(self, ids: Tensor) -> Tensor:
        """The rows of these numbers (T, in)."""
        return self.tiles[ids // COLUMNS, :, ids % COLUMNS]


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
