"""What is said while a model folder is being opened, and before. Knows no torch.

`Progress` counts the bytes that have been read and checked; `Storage` says how weights lie in
memory: copied to fp32, or mapped from the disk as they are stored there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Storage = Literal["fp32", "as-stored"]
STORAGES: tuple[Storage, ...] = ("fp32", "as-stored")


@dataclass(frozen=True)
class Progress:
    """How many of the bytes to be read have been read."""

    done: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.done / self.total if self.total else 1.0
