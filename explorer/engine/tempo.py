"""How fast this machine fetches weights: the time that one token takes is mostly that."""

from __future__ import annotations

import time

import torch

from explorer.engine.network.matrix import Matrix, Stored
from explorer.engine.pages import Pages
from explorer.engine.tiles import Tiles
from explorer.engine.weights import FLOATS

_OUT, _IN = 8192, 1024
# The first ones also grow the memory that the parts are unpacked into.
_REPEATS = 12


@torch.inference_mode()
def seconds_per_byte(dtype: str) -> float:
    """The best of a few products of one row with a matrix of 16 or 32 MB, per byte of it."""
    weight = torch.ones(_OUT, _IN, dtype=FLOATS[dtype])
    matrix: Matrix = Stored(weight)
    if dtype == "F32":
        matrix = tiles = Tiles.empty(_OUT, _IN, Pages())
        tiles.put(0, weight)
    row = torch.ones(1, _IN)
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        matrix.product(row)
        times.append(time.perf_counter() - began)
    return min(times) / (weight.numel() * weight.element_size())
