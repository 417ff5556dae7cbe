"""Reads a regular expression into the program that `pattern` runs. Knows no text to search."""

from __future__ import annotations

from functools import lru_cache

from explorer.session.pattern import (
    Fork,
    One,
    Pattern,
    PatternError,
    Place,
    Program,
    lower,
)

LONGEST, LARGEST, DEEPEST = 200, 500, 20
_MOST = 100
_BLANKS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


@lru_cache(maxsize=128)
def compile_pattern(source: str) -> Pattern:
    """A pattern ready to be searched; raises PatternError with a sentence and a column."""
    if len(source) > LONGEST:
        raise PatternError(
            f"The pattern has {len(source)} characters; {LONGEST} are allowed.", LONGEST
        )
    fold = source.startswith("(?i)")
    reader = _Reader(lower(source) if fold else source, 4 if fold else 0, source)
    program = reader.choices()
    if reader.at < len(source):
        raise PatternError("This ) closes nothing; write \\) for the character.", reader.at)
    return Pattern(source, program, fold)


class _Reader:
    """Reads a pattern from left to right; every method returns a program for what it read."""

    def __init__(self, text: str, at: int, source: str) -> None:
        self._text, self.at, self._source = text, at, source
        self._depth = 0

    def choices(self) -> Program:
        """One or more sequences with | between them."""
        program = self._sequence()
        while self._next("|"):
            other = self._sequence()
            over = Fork(len(other) + 1, len(other) + 1)
            program = (Fork(1, len(program) + 2), *program, over, *other)
        return self._small(program)

    def _sequence(self) -> Program:
        program: Program = ()
        while self.at < len(self._text) and self._text[self.at] not in "|)":
            program = self._small(program + self._repeated())
        return program

    def _repeated(self) -> Program:
        start = self.at
        if self._text[start] in "*+?":
            raise PatternError(
                f"There is nothing before {self._text[start]} to repeat; write "
                f"\\{self._text[start]} for the character.",
                start,
            )
        atom = self._atom()
        bounds = self._bounds()
        if bounds is None:
            return atom
        self._next("?")  # lazy or not: whether there is a match does not depend on it
        if self.at < len(self._text) and (self._text[self.at] in "*+" or self._peek_bounds()):
            raise PatternError("What is repeated already needs a group, as in (?:a+)*.", self.at)
        low, high = bounds
        if max(low, high or 0) * len(atom) > LARGEST:
            raise PatternError("The pattern is too large when its repeats are written out.", start)
        if high is None:
            loop = (Fork(1, len(atom) + 2), *atom, Fork(-len(atom) - 1, -len(atom) - 1))
            return atom * low + loop
        program: Program = ()
        for _ in range(high - low):
            inner = atom + program
            program = (Fork(1, len(inner) + 1), *inner)
        return self._small(atom * low + program)

    def _bounds(self) -> tuple[int, int | None] | None:
        """How often at least and at most (None: for ever) what stands before is repeated."""
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._next(sign):
                return bounds
        start = self.at
        if not self._peek_bounds():
            return None
        end = self._text.index("}", start)
        low, comma, high = self._text[start + 1 : end].partition(",")
        self.at = end + 1
        least = int(low or 0)
        most = (int(high) if high else None) if comma else least
        if max(least, most or 0) > _MOST or (most is not None and most < least):
            raise PatternError(f"Repeats go from 0 to {_MOST}, the smaller number first.", start)
        return least, most

    def _peek_bounds(self) -> bool:
        """Whether {m}, {m,}, {,n} or {m,n} stands here; any other { is a character."""
        if not self._text.startswith("{", self.at):
            return False
        end = self._text.find("}", self.at)
        low, comma, high = self._text[self.at + 1 : max(end, self.at)].partition(",")
        digits = all(not part or (part.isascii() and part.isdecimal()) for part in (low, high))
        return end > 0 and digits and bool(low or (comma and high)) and len(low + high) < 9

    def _atom(self) -> Program:
        start, char = self.at, self._text[self.at]
        self.at += 1
        if char == "(":
            return self._group(start)
        if char == "[":
            return (self._set(start),)
        if char == "\\":
            return (self._escape(start),)
        if char in "^$":
            return (Place(char),)
        return (One((("\n", "\n"),), negated=True) if char == "." else One(((char, char),)),)

    def _group(self, start: int) -> Program:
        if self._next("?") and not self._next(":"):
            raise PatternError(
                "Only plain groups ( ) and (?: ) can be searched in bounded time, "
                "and (?i) at the beginning.",
                start,
            )
        self._depth += 1
        if self._depth > DEEPEST:
            raise PatternError(f"Groups can stand in each other {DEEPEST} deep.", start)
        program = self.choices()
        self._depth -= 1
        if not self._next(")"):
            raise PatternError("This ( is never closed; write \\( for the character.", start)
        return program

    def _set(self, start: int) -> One:
        negated = self._next("^")
        ranges: list[tuple[str, str]] = []
        kinds = ""
        first = True
        while first or not self._text.startswith("]", self.at):
            first = False
            low = self._member(start)
            if isinstance(low, One):
                ranges += low.ranges
                kinds += low.kinds
                continue
            high: str | One = low
            if self._text.startswith("-", self.at) and self._text[self.at + 1 : self.at + 2] != "]":
                self.at += 1
                high = self._member(start)
            if isinstance(high, One) or high < low:
                raise PatternError("A range goes from a lower character to a higher one.", start)
            ranges.append((low, high))
        self.at += 1
        return One(tuple(ranges), kinds, negated)

    def _member(self, start: int) -> str | One:
        if self.at >= len(self._text):
            raise PatternError("This [ is never closed; write \\[ for the character.", start)
        char = self._text[self.at]
        self.at += 1
        if char != "\\":
            return char
        step = self._escape(self.at - 1, inside=True)
        assert isinstance(step, One)
        return step if step.kinds else step.ranges[0][0]

    def _escape(self, start: int, inside: bool = False) -> One | Place:
        if self.at >= len(self._text):
            raise PatternError("A \\ stands at the end; write \\\\ for the character.", start)
        char = self._source[self.at]  # \D is not \d, also where letters are folded
        self.at += 1
        if char in "dwsDWS":
            return One(kinds=char)
        if char in "bB" and not inside:
            return Place(char)
        char = _BLANKS.get(char, char)
        if char.isascii() and char.isalnum():
            what = "A reference back to a group" if char.isdecimal() else f"\\{char}"
            raise PatternError(f"{what} cannot be searched in bounded time here.", start)
        return One(((char, char),))

    def _next(self, sign: str) -> bool:
        found = self._text.startswith(sign, self.at)
        self.at += found
        return found

    def _small(self, program: Program) -> Program:
        if len(program) > LARGEST:
            raise PatternError("The pattern is too large when its repeats are written out.", 0)
        return program
