"""Network: what the one that trains and the one for all families have in common."""

from __future__ import annotations

from typing import Any, Protocol

from explorer.engine.config import ModelConfig
from explorer.engine.network.description import Description


class Memory(Protocol):
    """Keys and values of the tokens read so far."""

    length: int

    def copy(self, length: int) -> Memory:
        """A second memory with the first `length` tokens of this one."""


class Network(Protocol):
    """A network that `activations.read_named` can read with; each has its own kind of memory."""

    @property
    def config(self) -> ModelConfig | Description:
        """Its sizes."""

    def memory(self) -> Any:
        """An empty memory for one text."""
