"""What the machine can do for training: fast bf16, enough memory. Knows no text."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from explorer.engine.checkpoint import machine_memory
from explorer.engine.config import ModelConfig
from explorer.learning.settings import TrainSettings


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """The number format of the products: bf16 where wanted, or where `auto` finds it fast."""
    wanted = has_bf16(device) if precision == "auto" else precision == "bf16"
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted)


def has_bf16(device: torch.device) -> bool:
    """Whether the machine multiplies bf16 matrices faster than fp32 ones."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            flags = next((line for line in file if line.startswith("flags")), "")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def check_memory(
    config: ModelConfig, settings: TrainSettings, device: torch.device, processes: int = 1
) -> None:
    """Raises ValueError when not even the least that training needs fits into the machine.

    Per parameter 16 bytes (fp32: weight, gradient, two moments), per token of the batch two bytes
    for each logit and 20 for each number of the residual stream in each layer.
    """
    if device.type == "cuda":
        there = torch.cuda.get_device_properties(device).total_memory
    else:
        there = machine_memory()
    tokens = settings.batch * config.n_positions // processes
    per_token = 2 * config.vocab_size + 20 * config.n_layer * config.n_embd
    needed = 16 * config.parameters + tokens * per_token
    if needed > there:
        raise ValueError(
            f"training {config.parameters / 1e6:,.1f} M parameters with batches of "
            f"{settings.batch} x {config.n_positions} tokens needs {needed / 2**30:,.0f} GB of "
            f"memory or more, this machine has {there / 2**30:,.0f} GB; choose smaller numbers"
        )


@contextmanager
def enough_memory() -> Iterator[None]:
    """Turns the error of a refused allocation, on CPU or GPU, into ValueError with a sentence."""
    try:
        yield
    except RuntimeError as error:
        # The CPU allocator raises a plain RuntimeError.
        if "memory" not in str(error):
            raise
        raise ValueError(
            "the memory does not suffice; choose a smaller batch or network"
        ) from error


def keep_freed_memory() -> None:
    """Let the C library keep freed blocks for the next step."""
    # glibc hands every large block back to the system and zeroes it again at the next step:
    # measured 20 % of a training step. M_MMAP_MAX = 0 and a high M_TRIM_THRESHOLD keep it.
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        if hasattr(library, "mallopt"):
            library.mallopt(-4, 0)
            library.mallopt(-1, 2**31 - 1)
