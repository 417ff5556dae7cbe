"""Where a network runs: on the processor, or on the GPU of CUDA or of Apple where torch offers one.

Records are numpy arrays in the memory of the processor whatever the device. On a GPU weights are
plain matrices (`engine.network.placing`); the tiles of the processor would gain nothing there.
"""

from __future__ import annotations

import torch

from explorer.engine.opening import DEVICES, Wanted

CPU = torch.device("cpu")
_GPUS = {"cuda": "GPU that CUDA can use", "mps": "GPU of Apple"}


def choose(wanted: Wanted) -> torch.device:
    """The device that is wanted; `auto` is cuda where torch offers it, else mps, else cpu.

    Raises ValueError with a sentence where torch does not offer what is wanted.
    """
    if wanted not in DEVICES:
        raise ValueError(f"there is no device {wanted!r}; there are {', '.join(DEVICES)}")
    offered = [name for name in _GPUS if _is_offered(name)]
    if wanted == "auto":
        return torch.device(offered[0]) if offered else CPU
    if wanted != "cpu" and wanted not in offered:
        raise ValueError(
            f"the device {wanted} was asked for, but torch finds no {_GPUS[wanted]} here; "
            f"use {' or '.join([*offered, 'cpu'])}, or auto for the fastest there is"
        )
    return torch.device(wanted)


def wide(device: torch.device) -> torch.dtype:
    """The type in which scores are summed: float64, but float32 on Apple's GPU, which has no other.

    There an attention row may differ from the memory that it is by rounding, some 1e-6.
    """
    return torch.float32 if device.type == "mps" else torch.float64


def _is_offered(name: str) -> bool:
    return torch.cuda.is_available() if name == "cuda" else torch.backends.mps.is_available()
