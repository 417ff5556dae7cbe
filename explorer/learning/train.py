"""Trains the network: a generator, one optimizer step for each `next()`. Knows no screen.

AdamW (Loshchilov and Hutter 2019), linear warm-up, cosine decay, gradient clipping, and bf16
autocast where the machine has it. Under `torchrun` every process takes its rows of the same
counted batch and the gradients are averaged (distributed data parallel), so that the number of
processes changes the speed and not the curve.

Shapes: B batch, T tokens, V vocabulary.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.engine.model import Transformer
from explorer.learning.data import HeldOut, Mix
from explorer.learning.group import Group, average_gradients, mean_of
from explorer.learning.machine import autocast, enough_memory, keep_freed_memory
from explorer.learning.settings import TrainSettings

_LOSS_ROWS = 512


@dataclass(frozen=True)
class Progress:
    """One finished optimizer step; loss in nats per token, rate in tokens per second.

    `held_out` is bits per byte by name of the held-out text, only at evaluations and only on the
    first process.
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

    def describe(self) -> str:
        """One line: step, loss, rate, time left in hours, minutes and seconds, and any scores."""
        minutes, seconds = divmod(round(self.seconds_left), 60)
        line = (
            f"step {self.step}/{self.steps}  loss {self.loss:.4f}  "
            f"lr {self.learning_rate:.2e}  {self.tokens_per_second:,.0f} tokens/s  "
            f"{minutes // 60}:{minutes % 60:02}:{seconds:02} left"
        )
        if not self.held_out:
            return line
        scores = "  ".join(f"{name} {bits:.4f}" for name, bits in self.held_out.items())
        return f"{line}  bits per byte: {scores}"


class Training:
    """Everything that a run changes: weights, optimizer moments, step and curve.

    The curve holds (step, loss of that step in nats per token, bits per byte by held-out text).
    Raises ValueError when the processes cannot share a batch evenly.
    """

    def __init__(self, model: Transformer, settings: TrainSettings, group: Group) -> None:
        if settings.batch % group.size:
            raise ValueError(
                f"a batch of {settings.batch} cannot be shared evenly by {group.size} processes"
            )
        self.model = model.to(group.device)
        self.settings = settings
        self.group = group
        decayed = [weight for weight in model.parameters() if weight.dim() == 2]
        plain = [weight for weight in model.parameters() if weight.dim() != 2]
        groups: list[dict[str, Any]] = [
            {"params": decayed, "weight_decay": settings.decay},
            {"params": plain},
        ]
        self.optimizer = torch.optim.AdamW(
            groups, lr=settings.rate, betas=settings.betas, weight_decay=0.0, fused=True
        )
        self.step = 0
        self.curve: list[tuple[int, float, dict[str, float]]] = []


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
    Raises FloatingPointError, weights unchanged, when the loss is no longer finite,
    ConnectionError when another process is gone, ValueError when the memory does not suffice.
    """
    settings, group = training.settings, training.group
    keep_freed_memory()
    training.model.train().requires_grad_(True)
    switch = settings.steps * (1 - settings.finish_share) if finish else settings.steps
    share = settings.batch // group.size
    rows = range(group.rank * share, (group.rank + 1) * share)
    began, first, per_step = time.monotonic(), training.step, settings.batch * mix.context
    while training.step < settings.steps:
        source = finish if finish and training.step >= switch else mix
        batch = torch.from_numpy(source.batch(training.step, rows, settings.batch))
        rate = learning_rate(settings, training.step)
        loss = _optimize(training, batch.to(group.device), rate)
        training.step += 1
        scores = _evaluate(training, held_out)
        if scores is not None:
            training.curve.append((training.step, loss, scores))
        speed = (training.step - first) * per_step / max(time.monotonic() - began, 1e-9)
        tokens = training.step * per_step
        yield Progress(training.step, settings.steps, loss, rate, tokens, speed, scores)


def _evaluate(training: Training, held_out: dict[str, HeldOut]) -> dict[str, float] | None:
    settings, step = training.settings, training.step
    due = step % settings.evaluate_every == 0 or step == settings.steps
    if not due or training.group.rank:
        return None
    device = training.group.device
    return {
        name: bits_per_byte(training.model, text, settings, device)
        for name, text in held_out.items()
    }


def _optimize(training: Training, batch: Tensor, rate: float) -> float:
    """One step of AdamW; batch (B, T + 1). Returns the loss averaged over all processes."""
    model, group = training.model, training.group
    for parameters in training.optimizer.param_groups:
        parameters["lr"] = rate
    with enough_memory():
        with autocast(training.settings.precision, group.device):
            logits = model(batch[:, :-1])  # (B, T, V)
        loss = cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        torch.autograd.backward(loss)
    average_gradients(group, model.parameters())
    norm = nn.utils.clip_grad_norm_(model.parameters(), training.settings.clip)
    value = mean_of(group, loss)
    if not (math.isfinite(value) and math.isfinite(float(norm))):
        raise FloatingPointError(
            f"the loss is {value} and its gradient {float(norm)} at step {training.step + 1}; "
            "the last saved state is kept, try a smaller learning rate"
        )
    training.optimizer.step()
    training.optimizer.zero_grad()
    return value


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean surprise in nats of targets (N,) under logits (N, V), in slices that fit the cache."""
    parts = [
        F.cross_entropy(
            logits[first : first + _LOSS_ROWS].float(),
            targets[first : first + _LOSS_ROWS],
            reduction="sum",
        )
        for first in range(0, len(targets), _LOSS_ROWS)
    ]
    return torch.stack(parts).sum() / len(targets)


@torch.inference_mode()
def bits_per_byte(
    model: Transformer, text: HeldOut, settings: TrainSettings, device: torch.device
) -> float:
    """Surprise of held-out text in bits per byte, read in windows of the full context."""
    context = model.config.n_positions
    nats = 0.0
    windows = range(0, len(text.ids) - 1, context)
    for first in range(0, len(windows), settings.batch):
        rows = [text.ids[i : i + context + 1] for i in windows[first : first + settings.batch]]
        for some in (rows[:-1], rows[-1:]):  # the last window may be shorter
            if some:
                batch = torch.from_numpy(np.stack(some).astype(np.int64)).to(device)
                with autocast(settings.precision, device):
                    logits = model(batch[:, :-1])
                targets = batch[:, 1:].flatten()
                nats += float(cross_entropy(logits.flatten(0, 1), targets)) * len(targets)
    return nats / math.log(2) / text.text_bytes
