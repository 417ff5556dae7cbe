"""Arrays of which only some rows are here: those of a network that runs on another machine.

A step of a large model has thousands of attention rows, and a screen shows a few. The rows that are
not here are NaN, and never take memory unless somebody asks for all of them at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Heads: TypeAlias = tuple[tuple[int, int], ...]
Place: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Rows:
    """Which rows of steps are wanted; None is all of them.

    attention of these (layer, head); queries and keys of these (layer, head); hidden streams.
    """

    attention: Heads | None = ()
    states: Heads | None = ()
    hidden: bool = False

    def __bool__(self) -> bool:
        return self != Rows()


ALL_ROWS = Rows(None, None, True)


class Partial:
    """Stands for an array of a shape (..., n): `rows` has the rows (n,) that are here, by place."""

    def __init__(self, shape: tuple[int, ...], rows: Mapping[Place, Array]) -> None:
        self.shape = shape
        self.rows = dict(rows)

    def __contains__(self, place: Place) -> bool:
        return place in self.rows

    def __getitem__(self, index: Any) -> Any:
        places = index if isinstance(index, tuple) else (index,)
        axes = len(self.shape) - 1
        lead, rest = places[:axes], places[axes:]
        if len(lead) < axes or not all(isinstance(one, (int, np.integer)) for one in lead):
            return np.asarray(self)[index]
        if any(not -size <= one < size for one, size in zip(lead, self.shape, strict=False)):
            raise IndexError(f"{index} lies outside of {self.shape}")
        place = tuple(int(one) % size for one, size in zip(lead, self.shape, strict=False))
        row = self.rows.get(place)
        if row is None:
            row = np.broadcast_to(np.float32(np.nan), self.shape[-1:])
        return row[rest] if rest else row

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        whole = np.full(self.shape, np.nan, np.float32)
        for place, row in self.rows.items():
            whole[place] = row
        return whole if dtype is None else whole.astype(dtype)

    @property
    def size(self) -> int:
        """The number of entries, those that are not here included."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the rows that are here."""
        return sum(row.nbytes for row in self.rows.values())

    def setflags(self, write: bool) -> None:
        """Its rows cannot be written either way."""

    def with_rows(self, rows: Mapping[Place, Array]) -> Partial:
        """The same with more rows here."""
        return Partial(self.shape, {**self.rows, **rows})


def partial(array: object) -> Partial | None:
    """The array of a step, if only some of its rows may be here; records call it an array."""
    return array if isinstance(array, Partial) else None


def here(array: Array) -> Array:
    """The numbers of an array that are here."""
    found = partial(array)
    if found is None:
        return array
    rows = list(found.rows.values())
    return np.concatenate(rows) if rows else np.zeros(0, np.float32)


def lacking(array: Array, places: Iterable[Place] | None) -> bool:
    """Whether one of these rows (None: any row) is not here."""
    found = partial(array)
    return found is not None and (places is None or any(one not in found for one in places))
