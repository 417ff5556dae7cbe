"""What is asked about the draw, as plain data for the snapshot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Roll:
    """Many draws at one node of the tree; every series has random numbers of its own."""

    node: int
    series: int


@dataclass(frozen=True)
class Asked:
    """The rolls that are shown, and the token that history and “why not” are about."""

    roll: Roll | None = None
    token: int | None = None
