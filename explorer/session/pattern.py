"""Regular expressions that are searched in bounded time, whatever a person types.

A pattern becomes a list of instructions, and all ways through them are followed side by side, one
character at a time (Thompson 1968; Pike's machine in Cox 2009, "Regular expression matching: the
virtual machine approach"). No way is tried twice at one place, so a search takes at most

    characters x instructions

steps, where Python's own engine, which goes back and tries again, can take exponentially many. The
price: no references back to a group and no look-around. Everything else means what it means in
Python's `re`, but `$` is the very end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

_KINDS: dict[str, Callable[[str], bool]] = {
    "d": str.isdecimal,
    "w": lambda char: char.isalnum() or char == "_",
    "s": str.isspace,
}


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
        alive: list[int] = []
        for index in range(len(text) + 1):
            reached = self._spread([*alive, 0], text, index, whole)
            if len(self.program) in reached and index > since:
                return True
            if index < len(text):
                alive = [at + 1 for at in reached if self._takes(at, text[index])]
        return False

    def _takes(self, at: int, char: str) -> bool:
        step = self.program[at] if at < len(self.program) else None
        return isinstance(step, One) and step.takes(char)

    def _spread(self, starts: list[int], text: str, index: int, whole: bool) -> set[int]:
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
            elif isinstance(step, Place) and _stands(step.mark, text, index, whole):
                ahead.append(at + 1)
        return seen


def lower(text: str) -> str:
    """Small letters, as many as there were letters."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _stands(mark: str, text: str, index: int, whole: bool) -> bool:
    if mark == "^":
        return index == 0 and whole
    if mark == "$":
        return index == len(text)
    word = _KINDS["w"]
    before = index > 0 and word(text[index - 1])
    after = index < len(text) and word(text[index])
    return (before != after) is (mark == "b")
