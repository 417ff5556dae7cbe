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
    the record of `tokens` tokens with keys and values; free is the memory of the device that is
    free now. On a GPU text are its keys and values alone; the record lies in the memory of the
    processor then, of which beside_free bytes are free. step_numbers weights are multiplied for
    each token that is read, step_bytes as stored.
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
    device: str = "cpu"
    record: int = 0
    beside_free: int = 0

    def needed(self, storage: Storage) -> int:
        """Bytes that an open model of this storage will use."""
        return self.text + (self.copied if storage == "fp32" else self.stored)

    def fits(self, storage: Storage) -> bool:
        """Whether it leaves enough of the free memory to everybody else."""
        there = self.needed(storage) <= MOST * self.free
        return there and self.record <= MOST * self.beside_free

    def question(self) -> str:
        """What to ask before opening copies the weights to fp32 all the same; empty if it fits."""
        if self.fits("fp32"):
            return ""
        need, free = self.needed("fp32"), self.free
        of, harm = "memory as fp32", "would slow down the whole machine"
        if self.record > MOST * self.beside_free:
            need, free, of = self.record, self.beside_free, "memory beside the GPU"
        elif self.device != "cpu":
            of = f"the memory of the device {self.device} as fp32"
            harm = "would leave too little for long texts and other programs"
        kept = "" if self.stored >= self.copied else self._kept()
        return (
            f"{self.name} needs {gigabytes(need)} of {of}; {gigabytes(free)} are free, "
            f"and more than {MOST:.0%} of that {harm}.{kept}"
        )

    def _kept(self) -> str:
        need = gigabytes(self.needed("as-stored"))
        mapped = ", mapped from the disk" if self.device == "cpu" else ""
        return (
            f" Kept as stored ({', '.join(self.types)}{mapped}) it takes {need}, "
            "with the same numbers; each step is then slower."
        )


def gigabytes(count: int) -> str:
    """A number of bytes in the unit that fits: 12 KB, 34 MB, 5.6 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= size:
            value = count / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
    return f"{count} bytes"
