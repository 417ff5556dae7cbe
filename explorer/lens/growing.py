"""Matrices of a text that grow by rows at each step, in memory that is kept. Knows no screen.

Shapes: T tokens, C >= T the tokens that there is room for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.engine.trace import Step, shared_steps

Matrix = NDArray[np.float32]
_MORE, _LEAST = 1.25, 64


class Growing:
    """One or several square matrices (..., C, C), of which a row and a column belong to each step.

    What is not written is `empty`. Rows once written stay: a text that goes on otherwise gets
    memory of its own, so that earlier views keep their numbers.
    """

    def __init__(self, lead: tuple[int, ...], empty: float) -> None:
        self._lead, self._empty = lead, empty
        self._steps: tuple[Step, ...] = ()
        self._memory = np.empty((*lead, 0, 0), np.float32)

    def view(self, steps: tuple[Step, ...], write: Callable[[Matrix, int], Any]) -> Matrix:
        """The matrices (..., T, T) of a text, read-only; `write(row, position)` fills new rows.

        row is (..., position + 1), the keys up to the query at `position`.
        """
        shared, size = shared_steps(self._steps, steps), len(steps)
        if shared < size:
            self._make_room(shared, size)
            for position in range(shared, size):
                write(self._memory[..., position, : position + 1], position)
            self._steps = steps
        found = self._memory[..., :size, :size]
        found.setflags(write=False)
        return found

    def _make_room(self, shared: int, size: int) -> None:
        room = self._memory.shape[-1]
        if size <= room and shared == len(self._steps):
            return
        room = max(round(size * _MORE), _LEAST) if size > room else room
        memory = np.full((*self._lead, room, room), self._empty, np.float32)
        memory[..., :shared, :shared] = self._memory[..., :shared, :shared]
        self._memory = memory
