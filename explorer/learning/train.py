"""Trains the network: a generator, one optimizer step for each `next()`. Knows no screen.

AdamW (Loshchilov and Hutter 2019), linear warm-up, cosine decay, gradient clipping, and bf16
autocast where the machine has it. Under `torchrun` every process takes its rows of the same
counted batch and the gradients are averaged (DDP), so that the number of processes changes the
speed and not the curve.
"""

from __future__ import annotations

import ctypes
import math
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.engine.model import Transformer
from explorer.learning.data import HeldOut, Mix

_LOSS_ROWS = 512


class TrainSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to train; stored with every checkpoint, so that a resumed run continues the same one."""

    steps: int = 1000
    batch: int = 16
    rate: float = 1.5e-3
    final_rate: float = 0.02
    warmup: int = 100
    decay: float = 0.1
    clip: float = 1.0
    betas: tuple[float, float] = (0.9, 0.95)
    finish_share: float = 0.0
    evaluate_every: int = 250
    precision: str = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "evaluate_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if not 0 < self.rate < 1 or not math.isfinite(self.rate):
            raise ValueError(f"the learning rate must lie between 0 and 1, not {self.rate}")
        if not 0 <= self.finish_share <= 1:
            raise ValueError(f"finish share must lie between 0 and 1, not {self.finish_share}")
        if self.precision not in ("auto", "bf16", "fp32"):
            raise ValueError(f"precision must be auto, bf16 or fp32, not {self.precision!r}")


@dataclass(frozen=True)
class Group:
    """The processes that train together: this one's rank, their number, and its device."""

    rank: int
    size: int
    device: torch.device


@dataclass(frozen=True)
class Progress:
    """One finished optimizer step; loss in nats per token, rate in tokens per second.

    `held_out` is bits per byte by name of the held-out text, only at evaluations.
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    tokens: int
    tokens_per_second: float
    held_out: dict[str, float] | None

    @property
    def seconds_left(self) -> float:
        """Time to the last step at the present rate."""
        left = (self.steps - self.step) * self.tokens / max(self.step, 1)
        return left / max(self.tokens_per_second, 1e-9)


class Training:
    """Everything that a run changes: weights, optimizer moments, step and curve."""

    def __init__(self, model: Transformer, settings: TrainSettings, group: Group) -> None:
        self.model = model.to(group.device)
        self.settings = settings
        self.group = group
        decayed = [weight for weight in model.parameters() if weight.dim() == 2]
        plain = [weight for weight in model.parameters() if weight.dim() != 2]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": settings.decay}, {"params": plain}],
            lr=settings.rate,
            betas=settings.betas,
            weight_decay=0.0,
            fused=True,
        )
        self.step = 0
        self.curve: list[tuple[int, float, dict[str, float]]] = []


def join_group() -> Group:
    """The process group that torchrun describes in the environment, or a group of one."""
    cuda = torch.cuda.is_available()
    size = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    if size > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if cuda else "gloo")
    return Group(dist.get_rank() if size > 1 else 0, size, device)


def leave_group() -> None:
    """Leave the process group, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()


def learning_rate(settings: TrainSettings, step: int) -> float:
    """Linear warm-up, then a cosine down to rate * final_rate at the last step."""
    if step < settings.warmup:
        return settings.rate * (step + 1) / settings.warmup
    span = max(settings.steps - settings.warmup, 1)
    cosine = 0.5 * (1 + math.cos(math.pi * min((step - settings.warmup) / span, 1.0)))
    return settings.rate * (settings.final_rate + (1 - settings.final_rate) * cosine)


def train(
    training: Training, mix: Mix, finish: Mix | None, held_out: dict[str, HeldOut]
) -> Iterator[Progress]:
    """Train from where `training` stands to the last step, one optimizer step for each `next()`.

    The last `finish_share` of the steps draws from `finish` instead of `mix`.
    Raises FloatingPointError when the loss is no longer finite.
    """
    settings, group = training.settings, training.group
    if settings.batch % group.size:
        raise ValueError(f"a batch of {settings.batch} cannot be shared by {group.size} processes")
    _keep_freed_memory()
    module: nn.Module = training.model.train().requires_grad_(True)
    if group.size > 1:
        module = nn.parallel.DistributedDataParallel(module)
    switch = settings.steps * (1 - settings.finish_share) if finish else settings.steps
    share = settings.batch // group.size
    rows = range(group.rank * share, (group.rank + 1) * share)
    began, first = time.monotonic(), training.step
    while training.step < settings.steps:
        source = finish if finish and training.step >= switch else mix
        batch = torch.from_numpy(source.batch(training.step, rows, settings.batch))
        rate = learning_rate(settings, training.step)
        loss = _optimize(training, module, batch.to(group.device), rate)
        training.step += 1
        scores = None
        if training.step % settings.evaluate_every == 0 or training.step == settings.steps:
            scores = {
                name: bits_per_byte(training.model, text, settings, group.device)
                for name, text in held_out.items()
            }
            training.curve.append((training.step, loss, scores))
        per_step = settings.batch * mix.context
        speed = (training.step - first) * per_step / max(time.monotonic() - began, 1e-9)
        tokens = training.step * per_step
        yield Progress(training.step, settings.steps, loss, rate, tokens, speed, scores)


def _optimize(training: Training, module: nn.Module, batch: Tensor, rate: float) -> float:
    """One step of AdamW; batch (B, T + 1). Returns the loss averaged over all processes."""
    for parameters in training.optimizer.param_groups:
        parameters["lr"] = rate
    with _autocast(training.settings.precision, training.group.device):
        logits = module(batch[:, :-1])  # (B, T, V)
    loss = cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
    loss.backward()
    nn.utils.clip_grad_norm_(training.model.parameters(), training.settings.clip)
    training.optimizer.step()
    training.optimizer.zero_grad()
    mean = loss.detach()
    if training.group.size > 1:
        dist.all_reduce(mean)
        mean /= training.group.size
    value = float(mean)
    if not math.isfinite(value):
        raise FloatingPointError(
            f"the loss is {value} after step {training.step}; try a smaller learning rate"
        )
    return value


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean surprise in nats of targets (N,) under logits (N, V), in slices that fit the cache."""
    pairs = zip(logits.split(_LOSS_ROWS), targets.split(_LOSS_ROWS), strict=True)
    parts = [F.cross_entropy(some.float(), next_, reduction="sum") for some, next_ in pairs]
    return torch.stack(parts).sum() / len(targets)


@torch.inference_mode()
def bits_per_byte(
    model: Transformer, text: HeldOut, settings: TrainSettings, device: torch.device
) -> float:
    """Surprise of held-out text in bits per byte, read in windows of the full context."""
    context = model.config.n_positions
    nats, first = 0.0, 0
    windows = range(0, len(text.ids) - 1, context)
    for first in range(0, len(windows), settings.batch):
        rows = [text.ids[i : i + context + 1] for i in windows[first : first + settings.batch]]
        for group in (rows[:-1], rows[-1:]):  # the last window may be shorter
            if group:
                batch = torch.from_numpy(np.stack(group).astype(np.int64)).to(device)
                with _autocast(settings.precision, device):
                    logits = model(batch[:, :-1])
                targets = batch[:, 1:].flatten()
                nats += float(cross_entropy(logits.flatten(0, 1), targets)) * len(targets)
    return nats / math.log(2) / text.text_bytes


def _autocast(precision: str, device: torch.device) -> torch.autocast:
    wanted = has_bf16(device) if precision == "auto" else precision == "bf16"
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted)


def has_bf16(device: torch.device) -> bool:
    """Whether the machine multiplies bf16 matrices faster than fp32 ones."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    flags = ("avx512_bf16", "amx_bf16")
    return any(torch.backends.cpu.get_cpu_capability() and _cpu_flag(flag) for flag in flags)


def _cpu_flag(flag: str) -> bool:
    try:
        with open("/proc/cpuinfo", encoding="ascii") as file:
            return any(flag in line for line in file if line.startswith("flags"))
    except OSError:
        return False


def _keep_freed_memory() -> None:
    # glibc hands every large block back to the system and zeroes it again at the next step:
    # measured 20 % of a training step. M_MMAP_MAX = 0 and a high M_TRIM_THRESHOLD keep it.
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(-4, 0)
            mallopt(-1, 2**31 - 1)
