"""Where the attention rows of a long text are kept: in memory, or in a file that is mapped.

The rows of all heads grow with the square of the text: 300 MB for 1,024 tokens of GPT-2's small
size, 6 MB for the shipped model. Those of a large network are written to a file that has no name
any more (it is gone when the last row is) and are mapped back, number for number: the system then
holds in memory what is looked at and may drop the rest. Knows no network.
"""

from __future__ import annotations

import mmap
import tempfile
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# Networks whose rows for a full context take less than this keep them in memory.
MOST_IN_MEMORY = 64 << 20
_PIECE = 32 << 20


class Sizes(Protocol):
    """What must be known of a network; every configuration has it."""

    @property
    def layers(self) -> int: ...
    @property
    def heads(self) -> int: ...
    @property
    def context(self) -> int: ...


def in_a_file(sizes: Sizes) -> bool:
    """Whether the rows of a network are kept in a file: its full context would take too much."""
    return 2 * sizes.layers * sizes.heads * sizes.context**2 > MOST_IN_MEMORY


class Rows:
    """Keeps arrays out of memory, in pieces of a file; without room on the disk, in memory."""

    def __init__(self, piece: int = _PIECE) -> None:
        self._size = piece
        self._piece: mmap.mmap | None = None
        self._used = 0
        self._full = False

    def keep(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same numbers, from now on in a file; the array itself when there is no room."""
        mapped = self._room(array.nbytes)
        if mapped is None:
            return array
        kept = np.frombuffer(mapped, np.float32, array.size, self._used).reshape(array.shape)
        kept[...] = array
        self._used += array.nbytes
        return kept

    def _room(self, size: int) -> mmap.mmap | None:
        """A piece with this many bytes left; None when the disk gives none."""
        if self._full or not size:
            return None
        if self._piece is None or self._used + size > len(self._piece):
            if self._piece is not None:
                _let_go(self._piece)
            self._piece, self._used = _mapped_file(max(self._size, size)), 0
            self._full = self._piece is None
        return self._piece


def _mapped_file(size: int) -> mmap.mmap | None:
    try:
        with tempfile.TemporaryFile() as file:
            # Written, not only sized: a page that finds the disk full would end the process.
            for _ in range(-(-size >> 20)):
                file.write(bytes(1 << 20))
            file.flush()
            return mmap.mmap(file.fileno(), size)
    except OSError:
        return None


def _let_go(piece: mmap.mmap) -> None:
    """Let the system drop its pages from this process; they come back when they are read."""
    if hasattr(mmap, "MADV_DONTNEED"):
        piece.madvise(mmap.MADV_DONTNEED)
