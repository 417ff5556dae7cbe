"""Where a network runs: on the processor, or on the GPU of CUDA or of Apple where torch offers one.

Records are numpy arrays in the memory of the processor whatever the device. On a GPU weights are
plain matrices (`engine.network.placing`); the tiles of the processor would gain nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch

from explorer.engine.opening import DEVICES, Wanted

CPU = torch.device("cpu")
_GPUS = {"cuda": "GPU that CUDA can use", "mps": "GPU of Apple"}
# What torch says, beside its own class of error, when Apple's GPU or the processor has no room.
_FULL = ("out of memory", "can't allocate memory", "not enough memory")
_NO_ROOM = (
    "the GPU has no memory left for this text; end other programs that use it, or start with "
    "--device cpu"
)
_NO_ROOM_HERE = "no memory is left here for this text; end other programs, or take a shorter text"


def choose(wanted: Wanted) -> torch.device:
    """The device that is wanted; `auto` is cuda where torch offers it, else mps, else cpu.

    Of several GPUs it is the first one, which CUDA_VISIBLE_DEVICES chooses. Raises ValueError with
    a sentence where torch does not offer what is wanted.
    """
    if wanted not in DEVICES:
        raise ValueError(f"there is no device {wanted!r}; there are {', '.join(DEVICES)}")
    offered = [name for name in _GPUS if _is_offered(name)]
    if wanted == "auto":
        return _named(offered[0] if offered else "cpu")
    if wanted != "cpu" and wanted not in offered:
        raise ValueError(
            f"the device {wanted} was asked for, but torch finds no {_GPUS[wanted]} here; "
            f"use {' or '.join([*offered, 'cpu'])}, or auto for the fastest there is"
        )
    return _named(wanted)


def free_bytes(device: torch.device) -> int:
    """Bytes that can be taken on a device now without anything being moved out of its memory.

    A GPU of CUDA tells what is free to all; what torch holds there and does not use comes on top.
    Apple's GPU shares the memory of the processor, and torch advises against more than a part.
    """
    here = int(psutil.virtual_memory().available)
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0] + kept)
    if device.type == "mps":
        advised = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        return max(0, min(here, int(advised)))
    return here


def is_full(error: Exception) -> bool:
    """Whether torch or numpy says with this error that a device has no room."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or any(
        one in str(error) for one in _FULL
    )


@contextmanager
def within_memory() -> Iterator[None]:
    """Turns the error about a full device into a ValueError with a sentence."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_full(error):
            raise
        here = isinstance(error, MemoryError) or "CPU" in str(error)
        raise ValueError(_NO_ROOM_HERE if here else _NO_ROOM) from None


def wide(device: torch.device) -> torch.dtype:
    """The type in which scores are summed: float64, but float32 on Apple's GPU, which has no other.

    There an attention row may differ from the memory that it is by rounding, some 1e-6.
    """
    return torch.float32 if device.type == "mps" else torch.float64


def _named(kind: str) -> torch.device:
    return torch.device(kind, 0) if kind == "cuda" else torch.device(kind)


def _is_offered(name: str) -> bool:
    return torch.cuda.is_available() if name == "cuda" else torch.backends.mps.is_available()
