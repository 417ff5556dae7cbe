"""Network: what the one that trains and the one for all families have in common."""

from __future__ import annotations

from typing import Protocol

from explorer.engine.config import ModelConfig
from explorer.engine.memory import Memory
from explorer.engine.network.description import Description


class Network(Protocol):
    """A network that `activations.read_named` can read with."""

    @property
    def config(self) -> ModelConfig | Description:
        """Its sizes."""

    def memory(self) -> Memory:
        """An empty memory for one text."""
