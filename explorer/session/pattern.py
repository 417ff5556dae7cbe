"""Regular expressions that are searched in bounded time, whatever a person types.

A pattern becomes a list of instructions, and all ways through them are followed side by side, one
character at a time (Thompson 1968; Pike's machine in Cox 2009, "Regular expression matching: the
virtual machine approach"). No way is tried twice at one place, so a search takes at most

    characters x instructions

steps (fewer, since what was found at one place is kept for the next like it), where Python's own
engine, which goes back and tries again, can take exponentially many. The price: no references back
to a group and no look-around. Everything else means what it means in Python's `re`, but `$` is the
very end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias, TypeVar

_KINDS: dict[str, Callable[[str], bool]] = {
    "d": str.isdecimal,
    "w": lambda char: char.isalnum() or char == "_",
    "s": str.isspace,
}


_KEPT = 2000
Key = TypeVar("Key")


class PatternError(ValueError):
    """What is wrong with a pattern, in one sentence; `column` counts its characters from 0."""

    def __init__(self, sentence: str, column: int) -> None:
        super().__init__(sentence)
        self.column = column


@dataclass(frozen=True)
class One:
    """One character: in one of the ranges or of one of the kinds (d, w, s; D, W, S are not)."""

    ranges: tuple[tuple[str, str], ...] = ()
    kinds: str = ""
    negated: bool = False

    def takes(self, char: str) -> bool:
        """Whether the character belongs."""
        found = any(low <= char <= high for low, high in self.ranges) or any(
            _KINDS[kind.lower()](char) is kind.islower() for kind in self.kinds
        )
        return found is not self.negated


class Place(NamedTuple):
    """Where we must stand: ^ and $ the ends of the text, b at the edge of a word, B not."""

    mark: str


class Around(NamedTuple):
    """What stands around a place of the text: its beginning, its end, the edge of a word."""

    start: bool
    end: bool
    edge: bool

    def holds(self, mark: str) -> bool:
        """Whether a mark stands here."""
        if mark in "^$":
            return self.start if mark == "^" else self.end
        return self.edge is (mark == "b")


_NOWHERE = Around(False, False, False)


class Fork(NamedTuple):
    """Go on here and there as well, both counted from the present instruction."""

    here: int
    there: int


Instruction: TypeAlias = One | Place | Fork
Program: TypeAlias = tuple[Instruction, ...]


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern; reaching the end of the program is a match."""

    source: str
    program: Program
    fold: bool = False

    def ends_behind(self, text: str, since: int = -1, whole: bool = True) -> bool:
        """Whether some match ends behind `since`: it has more than `since` characters before it.

        whole: the text begins where it seems to begin, so that ^ may match there.
        """
        text = lower(text) if self.fold else text
        alive: frozenset[int] = frozenset()
        for index in range(len(text) + 1):
            around = _around(text, index, whole) if self._looks_around else _NOWHERE
            reached = self._reached(alive, around)
            if index > since and len(self.program) in reached:
                return True
            if index < len(text):
                alive = self._taken(reached, text[index])
        return False

    def _reached(self, alive: frozenset[int], around: Around) -> frozenset[int]:
        """The instructions that are reached from these and from the first one."""
        key = alive, around
        found = self._spreads.get(key)
        if found is None:
            _limit(self._spreads)
            found = self._spreads[key] = frozenset(self._spread([*alive, 0], around))
        return found

    def _taken(self, reached: frozenset[int], char: str) -> frozenset[int]:
        """The instructions behind those that take a character."""
        key = reached, char
        found = self._takes.get(key)
        if found is None:
            _limit(self._takes)
            steps = [(at, self.program[at]) for at in reached if at < len(self.program)]
            found = self._takes[key] = frozenset(
                at + 1 for at, step in steps if isinstance(step, One) and step.takes(char)
            )
        return found

    def _spread(self, starts: list[int], around: Around) -> set[int]:
        """The instructions that are reached from `starts` without taking a character."""
        seen: set[int] = set()
        ahead = starts
        while ahead:
            at = ahead.pop()
            if at in seen:
                continue
            seen.add(at)
            step = self.program[at] if at < len(self.program) else None
            if isinstance(step, Fork):
                ahead += (at + step.here, at + step.there)
            elif isinstance(step, Place) and around.holds(step.mark):
                ahead.append(at + 1)
        return seen

    @cached_property
    def _looks_around(self) -> bool:
        return any(isinstance(step, Place) for step in self.program)

    @cached_property
    def _spreads(self) -> dict[tuple[frozenset[int], Around], frozenset[int]]:
        """What `_spread` found before: most places of a text are alike."""
        return {}

    @cached_property
    def _takes(self) -> dict[tuple[frozenset[int], str], frozenset[int]]:
        return {}


def _limit(memo: dict[Key, frozenset[int]]) -> None:
    if len(memo) >= _KEPT:
        memo.clear()


def _around(text: str, index: int, whole: bool) -> Around:
    word = _KINDS["w"]
    before = index > 0 and word(text[index - 1])
    after = index < len(text) and word(text[index])
    return Around(index == 0 and whole, index == len(text), before != after)


def lower(text: str) -> str:
    """Small letters, as many as there were letters."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)
