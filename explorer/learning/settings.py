"""How a network is trained: numbers and their ranges. Knows no tensors, so it loads at once."""

from __future__ import annotations

import msgspec


class TrainSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to train; stored with every saved state, so that a resumed run continues the same one.

    `batch` counts the windows of one optimizer step over all processes. The rate climbs for
    `warmup` steps and ends at rate * final_rate. Raises ValueError for a number out of range.
    """

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
        most = 1_000_000_000
        _check("steps", self.steps, 1, most)
        _check("batch", self.batch, 1, 65_536)
        _check("rate", self.rate, 1e-9, 1)
        _check("final_rate", self.final_rate, 0, 1)
        _check("warmup", self.warmup, 0, most)
        _check("decay", self.decay, 0, 1)
        _check("clip", self.clip, 1e-9, 1e9)
        for beta in self.betas:
            _check("betas", beta, 0, 1 - 1e-9)
        _check("finish_share", self.finish_share, 0, 1)
        _check("evaluate_every", self.evaluate_every, 1, most)
        _check("seed", self.seed, 0, 2**63 - 1)
        if self.precision not in ("auto", "bf16", "fp32"):
            raise ValueError(f"precision must be auto, bf16 or fp32, not {self.precision!r}")


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} is {value}, it must lie between {least} and {most}")
