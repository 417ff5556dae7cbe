"""What is said while a model folder is being opened, and before. Knows no torch.

`Progress` counts the bytes that have been read and checked; `Storage` says how weights lie in
memory: copied to fp32, or mapped from the disk as they are stored there; `Wanted` says where the
network shall run, see `engine.device`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The share of the free memory above which the person is asked.
MOST = 0.7
Storage = Literal["fp32", "as-stored"]
STORAGES: tuple[Storage, ...] = ("fp32", "as-stored")
Wanted = Literal["auto", "cpu", "cuda", "mps"]
DEVICES: tuple[Wanted, ...] = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Progress:
    """How many of the bytes to be read have been read."""

    done: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.done / self.total if self.total else 1.0


@dataclass(frozen=True)
class Estimate:
    """What opening a folder will take, from its configuration and the headers of its weights.

    stored are the bytes of the weights on the disk, copied those of their copy in fp32; text is
    the record of `tokens` tokens with keys and values; free is the memory that is free now.
    step_numbers weights are multiplied for each token that is read, step_bytes as stored.
    """

    name: str
    family: str
    parameters: int
    types: tuple[str, ...]
    files: int
    stored: int
    copied: int
    text: int
    tokens: int
    step_bytes: int
    step_numbers: int
    free: int
    notes: tuple[str, ...] = ()

    def needed(self, storage: Storage) -> int:
        """Bytes that an open model of this storage will use."""
        return self.text + (self.copied if storage == "fp32" else self.stored)

    def fits(self, storage: Storage) -> bool:
        """Whether it leaves enough of the free memory to everybody else."""
        return self.needed(storage) <= MOST * self.free

    def question(self) -> str:
        """What to ask before opening copies the weights to fp32 all the same; empty if it fits."""
        if self.fits("fp32"):
            return ""
        need, free = self.needed("fp32"), self.free
        kept = "" if self.stored >= self.copied else self._kept()
        return (
            f"{self.name} needs {gigabytes(need)} of memory as fp32; {gigabytes(free)} are free, "
            f"and more than {MOST:.0%} of that would slow down the whole machine.{kept}"
        )

    def _kept(self) -> str:
        need = gigabytes(self.needed("as-stored"))
        return (
            f" Kept as stored ({', '.join(self.types)}, mapped from the disk) it takes {need}, "
            "with the same numbers; each step is then slower."
        )


def gigabytes(count: int) -> str:
    """A number of bytes in the unit that fits: 12 KB, 34 MB, 5.6 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= size:
            value = count / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return f"{count} bytes"
