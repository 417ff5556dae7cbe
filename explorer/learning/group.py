"""The processes that train together, and what they tell one another (torch.distributed).

The first process reads the texts and writes the files; the others hear the outcome, also when it
is an error, so that none waits for a process that has given up. Knows no network.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn

_T = TypeVar("_T")
# Tokenising a large corpus keeps the others waiting for longer than the ten minutes of nccl.
_PATIENCE = timedelta(hours=6)


@dataclass(frozen=True)
class Group:
    """The processes that train together: this one's rank, their number, and its device."""

    rank: int
    size: int
    device: torch.device


def join_group() -> Group:
    """The process group that torchrun describes in the environment, or a group of one.

    Raises ValueError when a machine has more processes than GPUs.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    cuda = torch.cuda.is_available()
    if cuda and local >= torch.cuda.device_count():
        raise ValueError(f"process {local} has no GPU, there are {torch.cuda.device_count()}")
    if cuda:
        torch.cuda.set_device(local)
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    if size == 1:
        return Group(0, 1, device)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if cuda else "gloo", timeout=_PATIENCE)
    return Group(dist.get_rank(), size, device)


def leave_group() -> None:
    """Leave the process group, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()


def share(group: Group, make: Callable[[], _T]) -> _T:
    """What `make` returns on the first process, handed to all; the others do not call it.

    Its ValueError or OSError is raised on all of them. Raises ConnectionError when a process is
    gone.
    """
    if group.size == 1:
        return make()
    outcome: list[Any] = [None, None]
    if group.rank == 0:
        try:
            outcome[0] = make()
        except (ValueError, OSError) as error:
            outcome[1] = str(error)
    with peers(group):
        dist.broadcast_object_list(outcome, 0)
    if outcome[1] is not None:
        raise ValueError(outcome[1])
    made: _T = outcome[0]
    return made


def any_of(group: Group, answer: bool) -> bool:
    """Whether one of the processes says yes; all hear the same. Raises ConnectionError."""
    if group.size == 1:
        return answer
    votes = torch.tensor(float(answer), device=group.device)
    with peers(group):
        dist.all_reduce(votes, dist.ReduceOp.MAX)
    return bool(votes > 0)


def mean_of(group: Group, value: torch.Tensor) -> float:
    """The mean of a number over the processes. Raises ConnectionError."""
    mean = value.detach().clone()
    if group.size > 1:
        with peers(group):
            dist.all_reduce(mean)
        mean /= group.size
    return float(mean)


def average_gradients(group: Group, parameters: Iterable[nn.Parameter]) -> None:
    """Replace every gradient by its mean over the processes. Raises ConnectionError.

    One message for all of them. torch's DistributedDataParallel does the same, but in torch 2.13
    it keeps the threads of gloo alive until the interpreter ends, which then aborts now and then.
    """
    if group.size == 1:
        return
    gradients = [weight.grad for weight in parameters if weight.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    with peers(group):
        dist.all_reduce(flat)
    flat /= group.size
    parts = flat.split([gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


@contextmanager
def peers(group: Group) -> Iterator[None]:
    """Turns the error of a lost connection into ConnectionError with a sentence."""
    try:
        yield
    except RuntimeError as error:
        if group.size == 1:
            raise
        raise ConnectionError(
            "another process of this run has ended; the last saved state is kept"
        ) from error
