"""How one entry of an activation comes about, with its numbers filled in. numpy; knows no network.

A rule belongs to an array and fills in the formula of any entry of it. Rows of weights are fetched
when an entry is asked for. Everything is computed anew in float64 from the arrays that the formula
names, so that comparing `Filled.value` with the entry is a check and not a repetition.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.filled import Doubles, Filled, Index, number, summed

Array = NDArray[np.float32]


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
    """x W^T + b: x (in,), the result (out,) seen in some shape.

    row(out) fetches the weights (in,) of one number that comes out, offset(out) its bias.
    """

    x: Array
    row: Callable[[int], Array]
    offset: Callable[[int], float | None]
    shape: tuple[int, ...]
    axis: str = "c"
    cap: float | None = None

    def fill(self, index: Index) -> Filled:
        at = int(np.ravel_multi_index(index, self.shape))
        x, weights = _doubles(self.x.reshape(-1)), _doubles(self.row(at))
        return summed(x, weights, axis=self.axis, offset=self.offset(at), cap=self.cap)


@dataclass(frozen=True, eq=False)
class Scores:
    """q (H, D) against keys: the dot products (H, S) times beta, capped, times the gains (H,).

    key(head, s) is the key (D,) that a head compares at column s, whose position is start + s.
    """

    query: Array
    key: Callable[[int, int], Array]
    beta: float
    gains: Doubles
    start: int = 0
    cap: float | None = None

    def fill(self, index: Index) -> Filled:
        head, at = index
        q, k, gain = _doubles(self.query[head]), _doubles(self.key(head, at)), self.gains[head]
        if self.cap is None:
            return summed(q, k, axis="d", scale=self.beta * float(gain))
        return summed(q, k, axis="d", scale=self.beta, cap=self.cap, gain=float(gain))


@dataclass(frozen=True, eq=False)
class Mix:
    """The weights (H, S) times the values, per head: (H, D); keep (H,) is 0 or 1.

    values(head, d) are the entries (S,) of the values that a head mixes.
    """

    pattern: Array
    values: Callable[[int, int], Doubles]
    keep: Array
    start: int = 0

    def fill(self, index: Index) -> Filled:
        head, width = index
        if not self.keep[head]:
            return Filled(0.0, text="0, since this head is switched off")
        weights = _doubles(self.pattern[head])
        return summed(weights, self.values(head, width), axis="s", start=self.start)


@dataclass(frozen=True, eq=False)
class Turned:
    """q or k (H, D) turned by its position: pairs of the first numbers, the rest stays.

    cos and sin (width / 2,) of each pair (i, i + width / 2).
    """

    x: Array
    cos: Array
    sin: Array

    def fill(self, index: Index) -> Filled:
        head, at = index
        half = len(self.cos)
        if at >= 2 * half:
            entry = float(self.x[index])
            return Filled(entry, text=f"{number(entry)}, which is not turned")
        pair, second = at % half, at >= half
        other = pair if second else at + half
        left = _doubles(self.x[head, [at, other]])
        sign = 1.0 if second else -1.0
        right = np.array([self.cos[pair], sign * self.sin[pair]], float)
        return summed(left, right, names=(f"d = {at}, cos", f"d = {other}, sin"))


@dataclass(frozen=True, eq=False)
class Wave:
    """Sines, then cosines of one position (C,), whose angles fall from 1 to 1/10,000 a position."""

    position: int
    width: int

    def fill(self, index: Index) -> Filled:
        half = self.width // 2
        name, at = ("sin", index[0]) if index[0] < half else ("cos", index[0] - half)
        frequency = math.exp(-at * math.log(10_000) / (half - 1))
        value = (math.sin if name == "sin" else math.cos)(self.position * frequency)
        return Filled(value, text=f"{name}({self.position} × {number(frequency)})")


@dataclass(frozen=True, eq=False)
class Normed:
    """Layer norm: (x - mean) / sqrt(variance + eps) * gain + bias (Ba et al. 2016).

    rms: x / sqrt(mean x^2 + eps) * gain (Zhang and Sennrich 2019). x is normed as a whole, or
    along its last axis `by_row`; gain and bias have its shape.
    """

    x: Array
    gain: Array
    bias: Array | None
    eps: float
    rms: bool
    by_row: bool = False

    def fill(self, index: Index) -> Filled:
        x = _doubles(self.x[index[:-1]] if self.by_row else self.x)
        mean = 0.0 if self.rms else float(x.mean())
        spread = math.sqrt(float(((x - mean) ** 2).mean()) + self.eps)
        entry, gain = float(self.x[index]), float(self.gain[index])
        value = (entry - mean) / spread * gain
        text = number(entry) if self.rms else f"({number(entry)} − {number(mean)})"
        text = f"{text} / {number(spread)} × {number(gain)}"
        if self.bias is not None:
            value += float(self.bias[index])
            text = f"{text} + {number(float(self.bias[index]))}"
        return Filled(value, text=text)


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
class Activated:
    """An activation function of x, times `gated` where the MLP has a gate (Shazeer 2020).

    gelu is x Phi(x), gelu_tanh its approximation (Hendrycks and Gimpel 2016), silu x sigmoid(x).
    """

    x: Array
    kind: str
    gated: Array | None = None

    def fill(self, index: Index) -> Filled:
        x = float(self.x[index])
        value, text = _activated(x, self.kind)
        if self.gated is not None:
            other = float(self.gated[index])
            value, text = value * other, f"{text} × {number(other)}"
        return Filled(value, text=text)


def _activated(x: float, kind: str) -> tuple[float, str]:
    """The value of an activation function and how it is written."""
    shown = number(x)
    if kind == "gelu":
        inner = x / math.sqrt(2)
        value = 0.5 * x * (1 + math.erf(inner))
        return value, f"½ × {shown} × (1 + erf({number(inner)}))"
    if kind == "gelu_tanh":
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
        value = 0.5 * x * (1 + math.tanh(inner))
        return value, f"½ × {shown} × (1 + tanh({number(inner)}))"
    if kind == "silu":
        return 0.5 * x * (1 + math.tanh(0.5 * x)), f"{shown} / (1 + exp(−{shown}))"
    return max(x, 0.0), f"max(0, {shown})"
