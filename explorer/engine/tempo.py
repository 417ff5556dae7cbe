"""How fast this machine reads: what it takes to fetch weights, and what each layer costs besides.

The time that one token takes is the first for a large network and the second for a small one.
"""

from __future__ import annotations

import time

import torch

from explorer.engine.device import CPU
from explorer.engine.network.decoder import Decoder
from explorer.engine.network.description import Description
from explorer.engine.network.matrix import Matrix, Plain, Stored
from explorer.engine.network.rotary import Rotary
from explorer.engine.pages import Pages
from explorer.engine.tiles import Tiles
from explorer.engine.weights import FLOATS

_OUT, _IN = 8192, 1024
# A GPU keeps a matrix of that size in its cache, and starting it takes longer than multiplying.
_TIMES_ON_A_GPU = 16
# The first ones also grow the memory that the parts are unpacked into.
_REPEATS = 12
_LAYERS, _WIDTH, _HEADS, _WORDS = 8, 64, 4, 16


@torch.inference_mode()
def seconds_per_byte(dtype: str, device: torch.device = CPU) -> float:
    """The best of a few products of one row with a matrix of 16 or 32 MB, per byte of it.

    On a GPU it is 16 times as large, and plain.
    """
    here = device.type == "cpu"
    out = _OUT if here else _TIMES_ON_A_GPU * _OUT
    weight = torch.ones(out, _IN, dtype=FLOATS[dtype], device=device)
    matrix: Matrix = Stored(weight) if here else Plain(weight)
    if here and dtype == "F32":
        matrix = tiles = Tiles.empty(_OUT, _IN, Pages())
        tiles.put(0, weight)
    row = torch.ones(1, _IN, device=device)
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        found = matrix.product(row)
        if not here:
            # A GPU answers at once and multiplies later; only a number proves that it has.
            found[0, 0].item()
        times.append(time.perf_counter() - began)
    return min(times) / (weight.numel() * weight.element_size())


def seconds_per_layer(device: torch.device = CPU) -> float:
    """What a layer costs however few its weights are: the best pass of a very small network."""
    d = Description(
        family="llama", vocabulary=_WORDS, context=2 * _REPEATS, width=_WIDTH, layers=_LAYERS,
        heads=_HEADS, groups=_HEADS, head_width=_WIDTH // _HEADS, inner=_WIDTH, scale=1.0,
        windows=(None,) * _LAYERS, rotaries=(Rotary(_WIDTH // _HEADS),) * _LAYERS,
    )  # fmt: skip
    numbers = {name: torch.ones(shape, device=device) for name, shape in d.shapes().items()}
    weights = {name: Plain(one) if one.dim() > 1 else one for name, one in numbers.items()}
    network = Decoder(d, weights, device=device)
    memory, times = network.memory(), []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        network.read(torch.tensor([0]), memory).logits[0, 0].item()
        times.append(time.perf_counter() - began)
    return min(times) / _LAYERS
