"""The parts of a decoder: products, norms, and one layer's weights put together by name.

Shapes: T tokens; matrices (out, in).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.engine.network.description import Description

# Numbers of a stored matrix that are made fp32 at a time: they stay in the cache of the core.
_UNPACKED = 1 << 19


@dataclass(frozen=True, eq=False)
class Linear:
    """x W^T + b with W (out, in) in any float type and b (out,) in fp32 or absent."""

    weight: Tensor
    bias: Tensor | None = None

    def __call__(self, x: Tensor) -> Tensor:
        """(T, in) -> (T, out), both fp32."""
        if self.weight.dtype == torch.float32:
            if self.bias is None:
                return x @ self.weight.t()
            return torch.addmm(self.bias, x, self.weight.t())
        out = x.new_empty(len(x), len(self.weight))
        rows = max(1, _UNPACKED // self.weight.shape[1])
        for first in range(0, len(self.weight), rows):
            part = self.weight[first : first + rows].float()
            torch.mm(x, part.t(), out=out[:, first : first + rows])
        return out if self.bias is None else out.add_(self.bias)


@dataclass(frozen=True, eq=False)
class Norm:
    """Layer norm or, without a mean and a bias, RMS norm over the last axis; weight in fp32."""

    weight: Tensor
    bias: Tensor | None
    epsilon: float
    rms: bool

    def __call__(self, x: Tensor) -> Tensor:
        """The normed x, of the same shape."""
        if self.rms:
            return F.rms_norm(x, self.weight.shape, self.weight, self.epsilon)
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.epsilon)


@dataclass(frozen=True, eq=False)
class Block:
    """One layer's weights; a norm that the family does not have is None."""

    norm_1: Norm | None
    post_1: Norm | None
    norm_2: Norm | None
    post_2: Norm | None
    qkv: tuple[Linear, ...]
    q_norm: Norm | None
    k_norm: Norm | None
    out: Linear
    gate: tuple[Linear, ...]
    up: tuple[Linear, ...]
    down: Linear


def build_norm(d: Description, weights: Mapping[str, Tensor], name: str) -> Norm:
    """The norm of a name; its weight with what the family adds to it."""
    weight = weights[f"{name}.weight"]
    if d.norm_offset:
        weight = weight + d.norm_offset
    return Norm(weight, weights.get(f"{name}.bias"), d.epsilon, d.norm == "rms")


def build_block(d: Description, weights: Mapping[str, Tensor], layer: int) -> Block:
    """The weights of one layer; what is not among them is absent."""

    def norm(name: str) -> Norm | None:
        full = f"{layer}.{name}"
        return build_norm(d, weights, full) if f"{full}.weight" in weights else None

    def linears(*names: str) -> tuple[Linear, ...]:
        full = [f"{layer}.{name}" for name in names]
        return tuple(
            Linear(weights[f"{name}.weight"], weights.get(f"{name}.bias"))
            for name in full
            if f"{name}.weight" in weights
        )

    return Block(
        norm_1=norm("norm_1"),
        post_1=norm("post_1"),
        norm_2=norm("norm_2"),
        post_2=norm("post_2"),
        qkv=linears("q", "k", "v", "qkv"),
        q_norm=norm("q_norm"),
        k_norm=norm("k_norm"),
        out=linears("out")[0],
        gate=linears("gate"),
        up=linears("up", "gate_up"),
        down=linears("down")[0],
    )
