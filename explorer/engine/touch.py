"""The names of activations, and `Touch`: what is done with each while a pass runs."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

Touch = Callable[[str, Tensor], Tensor]


def block_name(layer: int, name: str) -> str:
    """The full name of an activation of one block."""
    return f"blocks.{layer}.{name}"


def untouched(name: str, value: Tensor) -> Tensor:
    """Change nothing."""
    return value
