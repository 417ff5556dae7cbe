"""The trained numbers of a network as read-only arrays, for taking a pass apart. Knows no torch.

The arrays share the memory of the network: nothing is copied.

Shapes: C width, F width inside an MLP, P positions, V vocabulary. A weight (out, in) maps x to
x W^T + b, as it lies in the network; c_attn holds the rows of W_Q, W_K and W_V one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.config import ModelConfig

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Affine:
    """weight (out, in) and bias (out,) of x W^T + b; gain and bias (C,) of a layer norm."""

    weight: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class BlockParameters:
    """One block: its two norms, the projections to q, k, v and back, the two layers of the MLP."""

    ln1: Affine
    query: Affine
    key: Affine
    value: Affine
    out: Affine
    ln2: Affine
    up: Affine
    down: Affine


@dataclass(frozen=True, eq=False)
class Parameters:
    """The whole network: token table (V, C), position table (P, C), blocks, final norm.

    The unembedding is the token table again: logits = LN_f(x) W_E^T, without a bias.
    """

    config: ModelConfig
    tokens: Array
    positions: Array
    blocks: tuple[BlockParameters, ...]
    ln_f: Affine


def parameters(config: ModelConfig, named: Mapping[str, Array]) -> Parameters:
    """The record of a GPT-2 network from its arrays by their names in the state dictionary.

    Raises KeyError for a name that is missing.
    """
    for array in named.values():
        array.setflags(write=False)

    def affine(name: str) -> Affine:
        return Affine(named[f"{name}.weight"], named[f"{name}.bias"])

    return Parameters(
        config,
        named["wte.weight"],
        named["wpe.weight"],
        tuple(_block(affine, layer) for layer in range(config.n_layer)),
        affine("ln_f"),
    )


def _block(affine: Callable[[str], Affine], layer: int) -> BlockParameters:
    at = f"h.{layer}."
    qkv = affine(at + "attn.c_attn")
    query, key, value = (
        Affine(weight, bias)
        for weight, bias in zip(np.split(qkv.weight, 3), np.split(qkv.bias, 3), strict=True)
    )
    return BlockParameters(
        affine(at + "ln_1"), query, key, value, affine(at + "attn.c_proj"),
        affine(at + "ln_2"), affine(at + "mlp.c_fc"), affine(at + "mlp.c_proj"),
    )  # fmt: skip
