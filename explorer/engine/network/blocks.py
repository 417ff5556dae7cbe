"""The parts of a decoder: products, norms, and one layer's weights put together by name.

Shapes: T tokens; matrices (out, in).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from explorer.engine.network.description import Description
from explorer.engine.network.matrix import Matrix, Stored

# Matrices by their names, and the vectors of norms and biases in fp32.
Weights = Mapping[str, Matrix | Tensor]


@dataclass(frozen=True, eq=False)
class Linear:
    """x W^T + b with W (out, in) and b (out,) in fp32 or absent."""

    matrix: Matrix
    bias: Tensor | None = None

    def __call__(self, x: Tensor) -> Tensor:
        """(T, in) -> (T, out), both fp32."""
        out = self.matrix.product(x)
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


def build_norm(d: Description, weights: Weights, name: str) -> Norm:
    """The norm of a name; its weight with what the family adds to it."""
    weight = vector(weights, f"{name}.weight")
    assert weight is not None
    if d.norm_offset:
        weight = weight + d.norm_offset
    return Norm(weight, vector(weights, f"{name}.bias"), d.epsilon, d.norm == "rms")


def vector(weights: Weights, name: str) -> Tensor | None:
    """A vector by its name, None where there is none."""
    found = weights.get(name)
    assert found is None or isinstance(found, Tensor)
    return found


def matrix(weights: Weights, name: str) -> Matrix:
    """A matrix by its name; a plain tensor is one as well."""
    found = weights[name]
    return Stored(found) if isinstance(found, Tensor) else found


def build_block(d: Description, weights: Weights, layer: int) -> Block:
    """The weights of one layer; what is not among them is absent."""

    def norm(name: str) -> Norm | None:
        full = f"{layer}.{name}"
        return build_norm(d, weights, full) if f"{full}.weight" in weights else None

    def linears(*names: str) -> tuple[Linear, ...]:
        full = [f"{layer}.{name}" for name in names]
        return tuple(
            Linear(matrix(weights, f"{name}.weight"), vector(weights, f"{name}.bias"))
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
