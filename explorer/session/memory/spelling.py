"""A pattern on a grid as a word for each row, to be written into a script and read again.

A word is the row's cells as # (ink), . (paper) and ? (erased), or, where no cell is erased, the
same as hexadecimal digits: the last column is the lowest bit, a bit that is set is ink.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import ArrayLike

from explorer.physics.hopfield import Spins, checked_spins

_CELLS = {"#": 1, ".": -1, "?": 0}


def spelled(spins: Spins, shape: tuple[int, int]) -> str:
    """The words of a state (rows x columns = shape,) of +1, -1 and 0, from the top."""
    rows, columns = shape
    grid = spins.reshape(rows, columns)
    if not grid.all():
        letters = {value: letter for letter, value in _CELLS.items()}
        return " ".join("".join(letters[int(cell)] for cell in row) for row in grid)
    digits = math.ceil(columns / 4)
    numbers = (int("".join("1" if cell > 0 else "0" for cell in row), 2) for row in grid)
    return " ".join(f"{number:0{digits}x}" for number in numbers)


def spins_of(pattern: str | ArrayLike, shape: tuple[int, int]) -> Spins:
    """The state that words, or numbers +1, -1 and 0 (N,) or (rows, columns), stand for.

    Raises ValueError with a sentence for another number of rows or columns, or other letters.
    """
    rows, columns = shape
    if not isinstance(pattern, str):
        return checked_spins(np.asarray(pattern).reshape(-1), rows * columns)
    words = pattern.split()
    if len(words) != rows:
        raise ValueError(f"the pattern has {len(words)} rows; the grid has {rows}")
    return checked_spins([cell for word in words for cell in _row(word, columns)], rows * columns)


def _row(word: str, columns: int) -> list[int]:
    if set(word) <= set(_CELLS) and len(word) == columns:
        return [_CELLS[letter] for letter in word]
    digits = math.ceil(columns / 4)
    if not re.fullmatch(r"[0-9a-fA-F]+", word) or len(word) != digits or int(word, 16) >> columns:
        raise ValueError(
            f"{word!r} is no row of {columns} cells: write {columns} letters out of #, . and ?, "
            f"or {digits} hexadecimal digits"
        )
    return [1 if bit == "1" else -1 for bit in f"{int(word, 16):0{columns}b}"]
