"""What takes a while to come, kept once it is here: rows of weights above all. Knows no torch.

The weights of a network may lie in a mapped file, on a GPU or in another process. A window must not
wait for them: what it draws `only_here` gets what is here, or `MissingError`, which another thread
mends.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from numpy.typing import NDArray

from explorer.engine.parameters import Weights

Array = NDArray[np.float32]
_MOST_ROWS = 4096
_ONLY_HERE = ContextVar("only_here", default=False)


@contextmanager
def only_here() -> Iterator[None]:
    """Within it, in this thread, rows that are not here raise `MissingError`."""
    before = _ONLY_HERE.set(True)
    try:
        yield
    finally:
        _ONLY_HERE.reset(before)


class MissingError(LookupError):
    """What is `wanted` is not here; `fetch` brings it, and may take as long as it wants."""

    def __init__(self, wanted: Hashable, bring: Callable[[], object]) -> None:
        super().__init__(f"{wanted} is not here yet")
        self.wanted = wanted
        self._bring = bring

    def fetch(self) -> None:
        """Bring it here; raises ValueError with a sentence."""
        self._bring()


def is_only_here() -> bool:
    """Whether this thread is within `only_here`."""
    return _ONLY_HERE.get()


class Kept:
    """Weights by their names, see `engine.parameters.Weights`, whose rows are kept."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._rows: OrderedDict[tuple[str, int], Array] = OrderedDict()
        self._vectors: dict[str, Array | None] = {}

    def product(self, name: str, x: Array) -> Array:
        """x W^T of rows x (T, in) and a matrix W (out, in): (T, out)."""
        return self._weights.product(name, x)

    def rows(self, name: str, ids: Sequence[int]) -> Array:
        """These rows of a matrix (n, in); raises MissingError `only_here`."""
        missing = tuple(one for one in dict.fromkeys(ids) if (name, one) not in self._rows)
        if missing and is_only_here():
            raise MissingError((name, missing), lambda: self.rows(name, missing))
        if missing:
            for one, row in zip(missing, self._weights.rows(name, missing), strict=True):
                self._rows[name, one] = row
        found = np.stack([self._rows[name, one] for one in ids])
        while len(self._rows) > _MOST_ROWS:
            self._rows.popitem(last=False)
        return found

    def vector(self, name: str) -> Array | None:
        """A bias, the weight of a norm, or the angles of a layer; None where there is none."""
        if name not in self._vectors:
            self._vectors[name] = self._weights.vector(name)
        return self._vectors[name]
