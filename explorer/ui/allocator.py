"""What the C library does with memory that the pictures have used. Knows no picture."""

from __future__ import annotations

import ctypes
import sys

# By malloc.h: blocks up to the first size are not asked from the system one by one, and what is
# free at the end of the heap is only given back beyond the second.
_TRIM, _MMAP = -1, -3
_BLOCK, _KEPT = 32 * 2**20, 64 * 2**20


def keep_blocks() -> None:
    """Let the C library keep freed blocks of up to 32 MB for the next picture.

    glibc hands them back to the system and gets them again page by page: measured half of the time
    of a temperature change with a vocabulary of 150,000, whose arrays have 1.2 MB each.
    """
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        if hasattr(library, "mallopt"):
            library.mallopt(_MMAP, _BLOCK)
            library.mallopt(_TRIM, _KEPT)
