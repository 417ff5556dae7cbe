"""The weights of a network that runs here, lent to `engine.parameters` as they lie in memory.

A matrix stays as it is stored, in tiles, mapped from its file in bf16 or on a GPU: products are
those of the pass itself, and never more of it is made fp32 than one product takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.engine.device import CPU
from explorer.engine.kept import Kept
from explorer.engine.model import Transformer
from explorer.engine.network.blocks import Weights, matrix
from explorer.engine.network.decoder import Decoder
from explorer.engine.network.description import Description
from explorer.engine.network.loading import stored_name
from explorer.engine.network.matrix import Matrix
from explorer.engine.network.reading import CONFIG, describe
from explorer.engine.network.turning import frequencies, sinusoids
from explorer.engine.parameters import Parameters

Array = NDArray[np.float32]


class Lent:
    """The weights of a network by their names; see `engine.parameters.Weights`."""

    def __init__(
        self,
        description: Description,
        weights: Weights,
        check: Callable[[], None] | None = None,
        device: torch.device = CPU,
    ) -> None:
        """`check` is asked before a mapped file is read whether it is still there."""
        self._description, self._weights = description, weights
        self._check, self._device = check, device

    @torch.inference_mode()
    def product(self, name: str, x: Array) -> Array:
        """x W^T of rows x (T, in) and a matrix W (out, in): (T, out)."""
        rows = torch.tensor(x, device=self._device)
        found: Array = self._matrix(name).product(rows).cpu().numpy()
        return found

    @torch.inference_mode()
    def rows(self, name: str, ids: Sequence[int]) -> Array:
        """These rows of a matrix (n, in)."""
        if name == "positions.weight" and self._description.positions == "sinusoidal":
            return np.stack([sinusoids(self._description.width, at, 1)[0].numpy() for at in ids])
        wanted = torch.tensor(ids, device=self._device)
        found: Array = self._matrix(name).rows(wanted).cpu().numpy()
        return found

    def vector(self, name: str) -> Array | None:
        """A bias, the weight of a norm, or the angles of a layer; None where there is none."""
        layer, _, kind = name.partition(".")
        if kind == "rotary":
            rotary = self._description.rotaries[int(layer)]
            return None if rotary is None else frequencies(rotary).numpy()
        found = self._weights.get(name)
        if found is None:
            return None
        assert isinstance(found, Tensor)
        array: Array = found.detach().cpu().numpy()
        if self._check is not None:
            # Of fp32 it is a view of the file, which may be cut later.
            self._check()
            array = array.copy()
        array.setflags(write=False)
        return array

    def _matrix(self, name: str) -> Matrix:
        if self._check is not None:
            self._check()
        return matrix(self._weights, name)


def parameters_of(model: Transformer | Decoder) -> Parameters:
    """The trained numbers of a network, lent by it."""
    if isinstance(model, Decoder):
        lent = Lent(model.config, model.weights, model.check, model.device)
        in_memory = model.device == CPU and model.check is None
        return Parameters(model.config, lent if in_memory else Kept(lent))
    d = describe(msgspec.to_builtins(model.config), Path(CONFIG))
    # Views of one matrix each: a product with the values alone need not read all three.
    apart = replace(d, qkv="separate")
    return Parameters(apart, Lent(apart, _by_name(d, model)))


def _by_name(d: Description, model: Transformer) -> Mapping[str, Tensor]:
    """The weights of the network that trains, which lie as (out, in), under the common names."""
    named = dict(model.named_parameters())
    weights = {
        name: named[stored_name(d, name).removeprefix("transformer.")].detach()
        for name in d.shapes()
    }
    for name in [name for name in weights if ".qkv." in name]:
        for one, part in zip("qkv", weights.pop(name).chunk(3), strict=True):
            weights[name.replace("qkv", one)] = part
    return weights
