"""The list of stops as plain data, so that it can stand in a snapshot and in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stop:
    """A condition as text, whether it is on, and how often it has stopped play or a run."""

    text: str
    on: bool = True
    hits: int = 0


@dataclass(frozen=True)
class Hit:
    """Where something stopped last (a node of the tree) and why, as a sentence."""

    node: int
    sentence: str


@dataclass(frozen=True)
class Stops:
    """All stops in the order in which they were added, and the last hit."""

    items: tuple[Stop, ...] = ()
    hit: Hit | None = None
