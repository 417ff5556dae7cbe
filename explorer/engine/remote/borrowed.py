"""The weights of a network in another process, which makes the products. Knows no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.engine.remote.questions import Product, Question, RowsOf, Vector

Array = NDArray[np.float32]


class Borrowed:
    """Weights by their names, from whoever answers `ask`; see `engine.parameters.Weights`."""

    def __init__(self, ask: Callable[[Question], Any]) -> None:
        self._ask = ask

    def product(self, name: str, x: Array) -> Array:
        """x W^T of rows x (T, in) and a matrix W (out, in): (T, out)."""
        found: Array = self._ask(Product(name, x))
        return found

    def rows(self, name: str, ids: Sequence[int]) -> Array:
        """These rows of a matrix (n, in)."""
        found: Array = self._ask(RowsOf(name, tuple(ids)))
        return found

    def vector(self, name: str) -> Array | None:
        """A bias, the weight of a norm, or the angles of a layer; None where there is none."""
        found: Array | None = self._ask(Vector(name))
        return found
