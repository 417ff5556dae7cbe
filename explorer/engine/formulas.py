"""How one entry of an activation comes about, with its numbers filled in. numpy; knows no network.

A rule belongs to an array and fills in the formula of any entry of it:

    value = scale * sum_i left_i * right_i + offset        most rules
    value = some other expression, written out in `text`   norms, softmax, activation function

Everything is computed anew in float64 from the arrays that the formula names, so that comparing
`Filled.value` with the entry is a check and not a repetition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]
Index = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Filled:
    """The formula of one entry in numbers; `value` is what they give.

    left, right (n,) are the factors of the products that are summed (right is None for a plain
    sum); names (n,) says what each product stands for, or is empty where its number says it all,
    with `axis` as the name of that number. text is the expression where it is not such a sum.
    """

    value: float
    left: Doubles | None = None
    right: Doubles | None = None
    names: tuple[str, ...] = ()
    axis: str = ""
    scale: float = 1.0
    offset: float | None = None
    text: str = ""

    @property
    def products(self) -> Doubles:
        """(n,) the addends, scale included; empty for another expression."""
        if self.left is None:
            return np.zeros(0)
        found: Doubles = self.scale * (self.left if self.right is None else self.left * self.right)
        return found


class Rule(Protocol):
    """Fills in the formula of the entry at an index of the array that it belongs to."""

    def fill(self, index: Index) -> Filled:
        """The numbers of one entry; raises IndexError outside the array."""


def summed(
    left: Doubles,
    right: Doubles | None = None,
    names: tuple[str, ...] = (),
    axis: str = "",
    scale: float = 1.0,
    offset: float | None = None,
) -> Filled:
    """scale * sum(left * right) + offset as a Filled with its value."""
    products = left if right is None else left * right
    value = scale * float(products.sum()) + (offset or 0.0)
    return Filled(value, left, right, names, axis, scale, offset)


def _doubles(array: Array) -> Doubles:
    return array.astype(np.float64)


@dataclass(frozen=True, eq=False)
class Lookup:
    """A row of a table: nothing is computed. `what` names an entry: "W_E[7, {}]"."""

    row: Array
    what: str

    def fill(self, index: Index) -> Filled:
        return Filled(float(self.row[index]), text=self.what.format(index[0]))


@dataclass(frozen=True, eq=False)
class Given:
    """Values that nothing in the network computed; `why` says where they come from."""

    values: Array
    why: str

    def fill(self, index: Index) -> Filled:
        value = float(self.values[index])
        return Filled(value, text=f"{number(value)}, {self.why}")


@dataclass(frozen=True, eq=False)
class Sum:
    """Entry by entry the sum of arrays of one shape."""

    parts: tuple[Array, ...]
    names: tuple[str, ...]

    def fill(self, index: Index) -> Filled:
        return summed(np.array([part[index] for part in self.parts], float), names=self.names)


@dataclass(frozen=True, eq=False)
class Linear:
    """x W^T + b: weight (out, in), x (in,), the result (out,) seen in some shape."""

    x: Array
    weight: Array
    bias: Array | None
    shape: tuple[int, ...]
    axis: str = "c"

    def fill(self, index: Index) -> Filled:
        row = int(np.ravel_multi_index(index, self.shape)) if len(index) > 1 else index[0]
        offset = None if self.bias is None else float(self.bias[row])
        x, weight = _doubles(self.x.reshape(-1)), _doubles(self.weight[row])
        return summed(x, weight, axis=self.axis, offset=offset)


@dataclass(frozen=True, eq=False)
class Scores:
    """q (H, D) against keys (S, H, D): the dot products (H, S), scaled by the heads' betas (H,)."""

    query: Array
    keys: Array
    betas: Doubles

    def fill(self, index: Index) -> Filled:
        head, key = index
        q, k = _doubles(self.query[head]), _doubles(self.keys[key, head])
        return summed(q, k, axis="d", scale=float(self.betas[head]))


@dataclass(frozen=True, eq=False)
class Mix:
    """The weights (H, S) times the values (S, H, D), per head: (H, D); keep (H,) is 0 or 1."""

    pattern: Array
    values: Array
    keep: Array

    def fill(self, index: Index) -> Filled:
        head, width = index
        if not self.keep[head]:
            return Filled(0.0, text="0, since this head is switched off")
        weights, values = _doubles(self.pattern[head]), _doubles(self.values[:, head, width])
        return summed(weights, values, axis="s")


@dataclass(frozen=True, eq=False)
class Normed:
    """Layer norm: (x - mean) / sqrt(variance + eps) * gain + bias (Ba et al. 2016)."""

    x: Array
    gain: Array
    bias: Array
    eps: float

    def fill(self, index: Index) -> Filled:
        x = _doubles(self.x)
        mean, spread = float(x.mean()), math.sqrt(float(x.var()) + self.eps)
        entry, gain, bias = (float(part[index]) for part in (self.x, self.gain, self.bias))
        value = (entry - mean) / spread * gain + bias
        text = f"({number(entry)} − {number(mean)}) / {number(spread)} × {number(gain)}"
        return Filled(value, text=f"{text} + {number(bias)}")


@dataclass(frozen=True, eq=False)
class Softmax:
    """exp(score) / sum of exp over the keys, per head: scores (H, S)."""

    scores: Array

    def fill(self, index: Index) -> Filled:
        row = _doubles(self.scores[index[0]])
        top = float(row.max())
        weights = np.exp(row - top)
        total, score = float(weights.sum()), float(row[index[1]])
        # Shifting every score by the largest changes no ratio and keeps exp in range.
        text = f"exp({number(score)} − {number(top)}) / {number(total)}"
        return Filled(float(weights[index[1]]) / total, text=text)


@dataclass(frozen=True, eq=False)
class Gelu:
    """x Phi(x), or its approximation by tanh (Hendrycks and Gimpel 2016)."""

    x: Array
    exact: bool

    def fill(self, index: Index) -> Filled:
        x = float(self.x[index])
        if self.exact:
            inner = x / math.sqrt(2)
            value = 0.5 * x * (1 + math.erf(inner))
            text = f"½ × {number(x)} × (1 + erf({number(inner)}))"
        else:
            inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
            value = 0.5 * x * (1 + math.tanh(inner))
            text = f"½ × {number(x)} × (1 + tanh({number(inner)}))"
        return Filled(value, text=text)


def number(value: float) -> str:
    """A number for a formula: four digits, negative ones in brackets of their own."""
    text = f"{abs(value):.4g}"
    return f"(−{text})" if value < 0 and float(text) != 0 else text
