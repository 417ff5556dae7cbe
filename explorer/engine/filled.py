"""The formula of one entry with its numbers, and the rule that fills it in. Knows no network.

value = scale * sum_i left_i * right_i + offset        most rules
value = gain * cap * tanh(that sum / cap)              where a network caps it softly
value = some other expression, written out in `text`   norms, softmax, activation function
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Index = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Filled:
    """The formula of one entry in numbers; `value` is what they give.

    left, right (n,) are the factors of the products that are summed (right is None for a plain
    sum); names (n,) says what each product stands for, or is empty where its number says it all,
    with `axis` as the name of that number, counted from `start`. cap and gain are those of a sum
    that is capped. text is the expression where it is not such a sum.
    """

    value: float
    left: Doubles | None = None
    right: Doubles | None = None
    names: tuple[str, ...] = ()
    axis: str = ""
    scale: float = 1.0
    offset: float | None = None
    text: str = ""
    start: int = 0
    cap: float | None = None
    gain: float = 1.0

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
    start: int = 0,
    cap: float | None = None,
    gain: float = 1.0,
) -> Filled:
    """scale * sum(left * right) + offset, capped if there is a cap, as a Filled with its value."""
    products = left if right is None else left * right
    value = scale * float(products.sum()) + (offset or 0.0)
    if cap is not None:
        value = gain * cap * math.tanh(value / cap)
    return Filled(value, left, right, names, axis, scale, offset, start=start, cap=cap, gain=gain)


def number(value: float) -> str:
    """A number for a formula: four digits, negative ones in brackets of their own."""
    text = f"{abs(value):.4g}"
    return f"(−{text})" if value < 0 and float(text) != 0 else text
