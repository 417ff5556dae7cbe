"""Sums of rows with weights: the product of one row of numbers with a matrix, read through once.

x W is the sum of the rows of W weighted by x. torch adds such bags of rows up for embeddings, in
vectors and with the next rows asked for ahead, and comes closer to the speed of memory than its
products of one row do (figures in `engine.tiles` and `engine.model`). Knows no network.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

# Elsewhere torch adds a bag up row by row, and its products are the faster way.
FAST = "fbgemm" in torch.backends.quantized.supported_engines


def sums(table: Tensor, numbers: Tensor, begins: Tensor, weights: Tensor) -> Tensor:
    """(B, W): for each of B bags the weighted sum of its rows of an fp32 table (R, W).

    numbers, weights (M,) are the rows of all bags, one bag after another, and what each counts;
    begins (B,) says where each bag begins.
    """
    return torch.embedding_bag(table, numbers, begins, mode=0, per_sample_weights=weights)[0]


@lru_cache(maxsize=64)
def in_turn(bags: int, rows: int) -> tuple[Tensor, Tensor]:
    """numbers and begins of bags that take all rows of a table in turn, `rows` each."""
    numbers = torch.arange(bags * rows, dtype=torch.int32)
    return numbers, numbers[::rows].contiguous()


# A step asks for the same ones in every layer.
@lru_cache(maxsize=2)
def first_rows(groups: int, shared: int, stride: int, rows: int) -> tuple[Tensor, Tensor]:
    """numbers and begins where the table has groups of `stride` rows and the first `rows` count.

    Each group is the bag of `shared` neighbours.
    """
    group = torch.arange(groups).repeat_interleave(shared)[:, None] * stride
    numbers = (group + torch.arange(rows)).to(torch.int32).view(-1)
    return numbers, torch.arange(0, len(numbers), rows, dtype=torch.int32)
