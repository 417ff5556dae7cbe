"""Memory for matrices that are fetched whole for every token: in large pages where there are any.

In pages of 4 KB the processor looks up an address every 4 KB, in a virtual machine twice; in pages
of 2 MB the products with all matrices of GPT-2 small take a quarter less time (measured: 23.5 ms
and 16.9 ms on one core). Linux gives large pages to those who ask (madvise(2), MADV_HUGEPAGE); on
other systems, and where none are free, this is plain memory. Knows no network.
"""

from __future__ import annotations

import math
import mmap

import torch
from torch import Tensor

_PAGE = 2 << 20
# Untouched memory is not taken from the machine, so that a large piece costs what is used of it.
_PIECE = 64 << 20
_LINE = 64
_ASKED = hasattr(mmap, "MADV_HUGEPAGE") and hasattr(mmap, "MAP_ANONYMOUS")


class Pages:
    """Hands out memory for fp32 tensors; each piece lives as long as a tensor inside it."""

    def __init__(self) -> None:
        self._piece = torch.empty(0)

    def empty(self, *shape: int) -> Tensor:
        """An fp32 tensor of this shape, its numbers unset, that begins at a line of the cache."""
        count = math.prod(shape)
        taken = -(-4 * count // _LINE) * _LINE // 4
        if taken > len(self._piece):
            piece = _large_pages(max(_PIECE, 4 * taken)) if _ASKED else None
            if piece is None:
                return torch.empty(shape)
            self._piece = piece
        found, self._piece = self._piece[:count], self._piece[taken:]
        return found.view(shape)


def _large_pages(size: int) -> Tensor | None:
    """At least `size` bytes from the beginning of a large page on; None where there are none."""
    try:
        mapped = mmap.mmap(-1, size + _PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        mapped.madvise(mmap.MADV_HUGEPAGE)
    except OSError:
        return None
    whole = torch.frombuffer(mapped, dtype=torch.float32)
    return whole[-whole.data_ptr() % _PAGE // 4 :]
