"""What every workspace shows beside its subject: whether it plays, and what is said about it.

The moves here are those of any workspace, pure functions from its snapshot to its snapshot. A move
that changes nothing returns the same snapshot. Knows no text, no memory, no Qt, no torch.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, replace
from typing import Any, ClassVar, Protocol, TypeVar

FASTEST, SLOWEST = 60.0, 0.25


@dataclass(frozen=True)
class Play:
    """Whether a workspace steps by itself, and how fast (steps per second).

    to_stop: it runs to the next stop, as fast as it can.
    """

    running: bool = False
    rate: float = 4.0
    to_stop: bool = False


class Status(Protocol):
    """The fields that the snapshots of all workspaces have in common; they are dataclasses.

    notice is the last sentence for the status line, error the last failure; busy says what the
    worker is doing.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def play(self) -> Play: ...
    @property
    def notice(self) -> str: ...
    @property
    def error(self) -> str: ...
    @property
    def busy(self) -> str: ...


S = TypeVar("S", bound=Status)


def play(s: S, running: bool) -> S:
    """Start or stop stepping by itself."""
    now = replace(s.play, running=running, to_stop=False)
    return s if now == s.play else replace(s, play=now)


def play_at(s: S, rate: float, fastest: float = FASTEST) -> S:
    """Change the rate of play, in steps per second; beyond its bounds it stays at them."""
    rate = max(SLOWEST, min(rate, fastest))
    return s if rate == s.play.rate else replace(s, play=replace(s.play, rate=rate))


def notice(s: S, text: str) -> S:
    """A sentence for the status line."""
    return s if text == s.notice else replace(s, notice=text)


def fail(s: S, text: str) -> S:
    """A failure, said in one sentence; play stops, everything else stays."""
    if (text, "", False) == (s.error, s.busy, s.play.running):
        return s
    return replace(play(s, False), error=text, busy="")


def working(s: S, text: str) -> S:
    """What the worker is doing, empty when it rests."""
    return s if text == s.busy else replace(s, busy=text)
