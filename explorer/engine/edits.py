"""Edits: what was changed inside the network for an experiment. Frozen; the default is nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edits:
    """Heads (layer, head) whose mixed values are set to zero before the output projection."""

    heads_off: frozenset[tuple[int, int]] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.heads_off)


NO_EDITS = Edits()
