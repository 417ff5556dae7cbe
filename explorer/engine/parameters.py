"""The trained numbers of a network of any family, for taking a pass apart. Knows no torch.

Nothing is copied: a matrix stays where it lies and as it is stored, in tiles, in a mapped file, on
a GPU or in another process. Whoever has it multiplies with it and hands out single rows, in fp32.

Shapes: C width, D head width, F width inside an MLP, V vocabulary. A weight (out, in) maps x to
x W^T + b. Names are those of `Description.shapes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.engine.network.description import Description

Array = NDArray[np.float32]
Which = Literal["q", "k", "v", "out", "gate", "up", "down"]


class Weights(Protocol):
    """The weights by their names, wherever they are; everything that comes back is fp32.

    Beside the names of `Description.shapes` there are "{layer}.rotary", the angles per position
    (width / 2,) of a layer that turns q and k, and "positions.weight" where positions are computed.
    """

    def product(self, name: str, x: Array) -> Array:
        """x W^T of rows x (T, in) and a matrix W (out, in): (T, out). Raises ValueError."""

    def rows(self, name: str, ids: Sequence[int]) -> Array:
        """These rows of a matrix (n, in). Raises ValueError, or see `engine.kept`."""

    def vector(self, name: str) -> Array | None:
        """A bias or the weight of a norm; None where there is none. Raises ValueError."""


@dataclass(frozen=True, eq=False)
class Affine:
    """A norm: its weight (C,) with what the family adds to it, its bias (C,) if it has one."""

    weight: Array
    bias: Array | None


@dataclass(frozen=True, eq=False)
class Projection:
    """x W^T + b, where W and b are all of a stored matrix or some of its rows."""

    weights: Weights
    name: str
    rows: NDArray[np.int64] | None
    bias: Array | None

    def __call__(self, x: Array, bias: bool = True) -> Array:
        """Rows x (T, in): (T, out)."""
        found: Array = self.weights.product(f"{self.name}.weight", x)
        if self.rows is not None:
            found = found[:, self.rows]
        if bias and self.bias is not None:
            found = found + self.bias
        return found

    def row(self, out: int) -> Array:
        """The weights (in,) of one number that comes out."""
        stored = out if self.rows is None else int(self.rows[out])
        found: Array = self.weights.rows(f"{self.name}.weight", (stored,))[0]
        return found

    def offset(self, out: int) -> float | None:
        """The bias of one number that comes out."""
        return None if self.bias is None else float(self.bias[out])


@dataclass(frozen=True, eq=False)
class Parameters:
    """What a network looks like, and its weights."""

    description: Description
    weights: Weights

    def unembedding(self, tokens: Sequence[int]) -> Array:
        """What some tokens' logits are products with: (n, C)."""
        return self.weights.rows(self._head, tokens)

    def logits(self, x: Array) -> Array:
        """The logits (T, V) of normed streams (T, C), before a cap."""
        return self.weights.product(self._head, x)

    @property
    def _head(self) -> str:
        return "embed.weight" if self.description.tied else "head.weight"

    def norm(self, name: str) -> Affine | None:
        """A norm by its name, "norm" being the final one; None where there is none."""
        weight = self.weights.vector(f"{name}.weight")
        if weight is None:
            return None
        return Affine(
            weight + np.float32(self.description.norm_offset), self.weights.vector(f"{name}.bias")
        )

    def projection(self, layer: int, which: Which) -> Projection:
        """A matrix of a block with its bias, cut out of the one that it is stored in."""
        name, rows = _place(self.description, which)
        full = f"{layer}.{name}"
        bias = self.weights.vector(f"{full}.bias")
        return Projection(
            self.weights, full, rows, bias if bias is None or rows is None else bias[rows]
        )


class Once:
    """Weights whose last product is remembered: several matrices may be stored as one."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._last: tuple[str, Array, Array] | None = None

    def product(self, name: str, x: Array) -> Array:
        """x W^T of rows x (T, in) and a matrix W (out, in): (T, out)."""
        if self._last is None or self._last[0] != name or not np.array_equal(self._last[1], x):
            self._last = name, x, self._weights.product(name, x)
        return self._last[2]

    def rows(self, name: str, ids: Sequence[int]) -> Array:
        """These rows of a matrix (n, in)."""
        return self._weights.rows(name, ids)

    def vector(self, name: str) -> Array | None:
        """A bias or the weight of a norm; None where there is none."""
        return self._weights.vector(name)


def _place(d: Description, which: Which) -> tuple[str, NDArray[np.int64] | None]:
    """The name under which a matrix is stored, and which rows of it are meant; None: all."""
    if which in ("gate", "up") and d.gate_up_fused:
        first = 0 if which == "gate" else d.inner
        return "gate_up", np.arange(first, first + d.inner)
    if which not in ("q", "k", "v") or d.qkv == "separate":
        return which, None
    at = ("q", "k", "v").index(which)
    if d.qkv == "by_head":
        return "qkv", np.arange(3 * d.heads * d.head_width).reshape(d.heads, 3, -1)[:, at].ravel()
    queries, keys = d.heads * d.head_width, d.groups * d.head_width
    first = (0, queries, queries + keys)[at]
    return "qkv", np.arange(first, first + (keys if at else queries))
