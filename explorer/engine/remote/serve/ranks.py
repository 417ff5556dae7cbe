"""The processes of one `torchrun` that hold a model together, and how the first leads the others.

Before each pass the first process tells the others what to feed: two numbers and the ids, as
tensors. Every process runs the same pass on its share of the heads; what is drawn is gathered.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

# Between two questions of a person the others wait: that is no failure.
_PATIENCE = timedelta(days=30)
_END = -1


class Ranks:
    """This process among those that torchrun started; alone without it."""

    def __init__(self) -> None:
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = 0
        self.device = torch.device("cpu")
        if self.size > 1:
            cuda = torch.cuda.is_available()
            if cuda:
                local = int(os.environ.get("LOCAL_RANK", "0"))
                torch.cuda.set_device(local)
                self.device = torch.device("cuda", local)
            dist.init_process_group("nccl" if cuda else "gloo", timeout=_PATIENCE)
            self.rank = dist.get_rank()

    @property
    def leads(self) -> bool:
        """Whether this is the process that answers."""
        return self.rank == 0

    def tell(self, known: int, ids: Sequence[int]) -> None:
        """Have the others feed `ids` behind the first `known` tokens as well."""
        if self.size > 1 and self.leads:
            with _together():
                head = torch.tensor([known, len(ids)], device=self.device)
                dist.broadcast(head, 0)
                dist.broadcast(torch.tensor(list(ids), device=self.device), 0)

    def hear(self) -> tuple[int, list[int]] | None:
        """What to feed next, None at the end."""
        with _together():
            head = torch.zeros(2, dtype=torch.int64, device=self.device)
            dist.broadcast(head, 0)
            known, count = head.tolist()
            if known == _END:
                return None
            ids = torch.zeros(count, dtype=torch.int64, device=self.device)
            dist.broadcast(ids, 0)
        return known, ids.tolist()

    def dismiss(self) -> None:
        """Tell the others that there is nothing more to do."""
        if self.size > 1 and self.leads:
            with _together():
                dist.broadcast(torch.tensor([_END, 0], device=self.device), 0)

    def gathered(self, heads: Tensor, whole: int) -> Tensor:
        """The heads (H / n, ...) of all processes as (H, ...); all of them must ask."""
        if self.size == 1 or heads.shape[0] == whole:
            return heads
        parts = [torch.empty_like(heads) for _ in range(self.size)]
        with _together():
            dist.all_gather(parts, heads.contiguous())
        return torch.cat(parts)


@contextmanager
def _together() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise ConnectionError(
            "another process of this run has ended; start torchrun again"
        ) from error
