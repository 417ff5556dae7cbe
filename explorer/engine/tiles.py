"""A matrix cut into tiles of columns, each of which one row of numbers reads through once.

Reading one token multiplies one row with every matrix of the network, and the time is that of
fetching the matrices from memory. As (out, in) or (in, out) the product hops through them; a tile
of up to 384 columns is fetched from its beginning to its end, as a bag of its rows (`engine.bags`).
Measured on one core of Zen 5 with the matrices of GPT-2 small: 13 ms, where the bare reading of so
much memory takes 12, tiles of 16 columns and torch's batched product 16, and its plain products 19
(in, out) and 27 (out, in). Several rows meet the tiles by the batched product, as fast as the plain
one. Knows no network.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.engine import bags
from explorer.engine.pages import Pages

# Widths of a tile that were measured as equally fast, in steps of one line of the cache.
_NARROWEST, _WANTED, _WIDEST, _STEP = 128, 256, 384, 16


@dataclass(frozen=True, eq=False)
class Tiles:
    """fp32 of a matrix (out, in) as (N, in, W); columns beyond `out` in the last tile are 0."""

    tiles: Tensor
    out: int

    @staticmethod
    def empty(out: int, width: int, pages: Pages) -> Tiles:
        """Room for a matrix (out, in), to be filled by `put` or `put_columns`."""
        columns = _columns(out)
        tiles = pages.empty(-(-out // columns), width, columns)
        tiles[-1] = 0
        return Tiles(tiles, out)

    def put(self, first: int, rows: Tensor) -> None:
        """Write rows (R, in) of the matrix from row `first` on."""
        columns, end = self.tiles.shape[2], first + len(rows)
        while first < end:
            at, inside = divmod(first, columns)
            count = min(columns - inside, end - first)
            self.tiles[at, :, inside : inside + count] = rows[:count].t()
            first, rows = first + count, rows[count:]

    def put_columns(self, first: int, columns: Tensor) -> None:
        """Write columns (R, out) of the matrix from column `first` on."""
        parts = columns.split(self.tiles.shape[2], 1)
        for tile, part in zip(self.tiles, parts, strict=True):
            tile[first : first + len(columns), : part.shape[1]] = part

    def product(self, x: Tensor) -> Tensor:
        """x W^T for x (T, in): (T, out)."""
        count, width, columns = self.tiles.shape
        if len(x) == 1 and bags.FAST:
            weights = x.expand(count, width).reshape(-1)
            table = self.tiles.view(-1, columns)
            found = bags.sums(table, *bags.in_turn(count, width), weights).view(1, -1)
        else:
            rows = x.expand(count, *x.shape)  # the same rows for every tile
            found = torch.bmm(rows, self.tiles).transpose(0, 1).flatten(1)  # (T, N W)
        return found[:, : self.out]

    def rows(self, ids: Tensor) -> Tensor:
        """The rows of these numbers (T, in)."""
        columns = self.tiles.shape[2]
        return self.tiles[ids // columns, :, ids % columns]


def _columns(out: int) -> int:
    """The width of the tiles that leaves the fewest columns unused and gives four cores work."""
    if out < _NARROWEST:
        return -(-out // _STEP) * _STEP
    wanted = min(_WANTED, max(_NARROWEST, out // 4))
    widths = range(_NARROWEST, _WIDEST + 1, _STEP)
    return min(widths, key=lambda width: (-out % width, abs(width - wanted)))
