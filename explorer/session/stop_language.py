"""The small language in which the condition of a stop is typed. Nothing that is typed is executed.

    entropy > 4 and not (top1 < 30 % or rank >= 10)
    token = "·cat" or text ~ "once upon (a|the) \\w+$"
    loop(3, 2), attention(2, 1, "·cat") > 0.5, regime(2, 1) changes, regime(2, 1) = "single", nan

A tokenizer and a precedence parser (Pratt 1973): `or` binds loosest, then `and`, `not`, comparisons
and `changes`. Every refusal is one sentence with the column that it is about.
"""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import NamedTuple

from explorer.session.pattern import PatternError
from explorer.session.pattern_reader import compile_pattern
from explorer.session.stop_tree import (
    ORDER,
    TERMS,
    UNITS,
    Both,
    Changes,
    Compare,
    Condition,
    Either,
    Kind,
    Name,
    Not,
    Number,
    Part,
    Words,
    kind_of,
)

LONGEST = 500
DEEPEST = 40
REGIMES = ("single", "subset", "average")
_LEXEMES = re.compile(
    r"""(?P<blank>\s+)
      | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<words>"(?:[^"]|"")*")
      | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
      | (?P<sign><=|>=|!=|==|[<>=~≤≥≠(),%-])""",
    re.VERBOSE,
)
_SAME = {"≤": "<=", "≥": ">=", "≠": "!=", "==": "="}
_BINDING = {"or": 1, "and": 2, "changes": 4, "~": 4} | dict.fromkeys(ORDER, 4)
_NOT = 3
_JOINTS = ("and", "or", "not", "changes")
_NUMBERS = (Kind.NATS, Kind.SHARE, Kind.COUNT)


class StopError(ValueError):
    """What is wrong with a condition, in one sentence; `column` counts characters from 0."""

    def __init__(self, sentence: str, column: int) -> None:
        super().__init__(sentence)
        self.column = column


class Lexeme(NamedTuple):
    """A piece of the text: its sort (number, words, name, sign, end), itself, its column."""

    sort: str
    text: str
    at: int


@lru_cache(maxsize=512)
def parse(text: str) -> Condition:
    """The condition that a text means; raises StopError with a sentence and a column."""
    if len(text) > LONGEST:
        raise StopError(f"The condition has more than {LONGEST} characters.", LONGEST)
    parser = _Parser(lexemes(text))
    part = parser.expression(0)
    rest = parser.now
    if rest.sort != "end":
        raise StopError(f"{_quote(rest)} cannot follow here; join conditions by and, or.", rest.at)
    return _condition(part)


def lexemes(text: str) -> list[Lexeme]:
    """The pieces of a text, an end mark last; raises StopError for what is none."""
    found: list[Lexeme] = []
    at = 0
    while at < len(text):
        match = _LEXEMES.match(text, at)
        if match is None:
            if text[at] == '"':
                raise StopError('This " is never closed.', at)
            raise StopError(f"“{text[at]}” means nothing here.", at)
        sort = str(match.lastgroup)
        if sort != "blank":
            found.append(Lexeme(sort, _SAME.get(match[0], match[0]), at))
        at = match.end()
    return [*found, Lexeme("end", "", len(text))]


class _Parser:
    """Reads the pieces one after the other."""

    def __init__(self, pieces: list[Lexeme]) -> None:
        self._pieces, self._at, self._depth = pieces, 0, 0

    @property
    def now(self) -> Lexeme:
        """The piece that comes next."""
        return self._pieces[self._at]

    def expression(self, binding: int) -> Part:
        """A part, going on over everything that binds tighter than `binding`."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise StopError(f"Brackets can stand in each other {DEEPEST} deep.", self.now.at)
        left = self._prefix()
        while _BINDING.get(self.now.text if self.now.sort != "words" else "", 0) > binding:
            left = self._infix(left, self._take())
        self._depth -= 1
        return left

    def _prefix(self) -> Part:
        piece = self._take()
        if piece.sort == "number":
            return self._number(piece)
        if piece.sort == "words":
            return Words(piece.text[1:-1].replace('""', '"'), piece.at)
        if piece.text == "not":
            return Not(_condition(self.expression(_NOT)), piece.at)
        if piece.text == "(":
            part = self.expression(0)
            self._expect(")", piece, "This ( is never closed.")
            return part
        if piece.sort == "name" and piece.text not in _JOINTS:
            return self._name(piece)
        if piece.sort == "end":
            raise StopError("A condition is missing here, such as entropy > 4.", piece.at)
        raise StopError(f"{_quote(piece)} needs something before it.", piece.at)

    def _infix(self, left: Part, piece: Lexeme) -> Part:
        if piece.text == "changes":
            if not isinstance(left, Name) or left.name != "regime":
                raise StopError("Only a regime changes, as in regime(2, 1) changes.", piece.at)
            return Changes(left, piece.at)
        right = self.expression(_BINDING[piece.text])
        if piece.text == "and":
            return Both(_condition(left), _condition(right), piece.at)
        if piece.text == "or":
            return Either(_condition(left), _condition(right), piece.at)
        return _comparison(left, piece, right)

    def _number(self, piece: Lexeme, sign: str = "") -> Number:
        value = float(sign + piece.text)
        if abs(value) > 1e300:
            raise StopError("This number is too large.", piece.at)
        if self.now.text in UNITS and self.now.sort != "words":
            return Number(value, self._take().text, piece.at)
        return Number(value, "", piece.at)

    def _name(self, piece: Lexeme) -> Name:
        term = TERMS.get(piece.text)
        if term is None:
            raise StopError(_unknown(piece.text), piece.at)
        if not term.takes:
            if self.now.text == "(":
                raise StopError(f"{piece.text} takes nothing in brackets.", self.now.at)
            return Name(piece.text, (), piece.at)
        usage = f"{piece.text}({', '.join(_USAGE[piece.text])})"
        if self.now.text != "(":
            raise StopError(f"{piece.text} is written {usage}.", piece.at)
        opening = self._take()
        arguments: list[Number | Words] = []
        for index, wanted in enumerate(term.takes):
            if index:
                self._expect(",", opening, f"{piece.text} is written {usage}.")
            arguments.append(self._argument(wanted, piece.text, usage))
        self._expect(")", opening, f"{piece.text} is written {usage}.")
        return Name(piece.text, tuple(arguments), piece.at)

    def _argument(self, wanted: str, name: str, usage: str) -> Number | Words:
        piece = self._take()
        if piece.sort == "words" and wanted != "count":
            return Words(piece.text[1:-1].replace('""', '"'), piece.at)
        sign = "-" if piece.text == "-" and wanted == "place" else ""
        digits = self._take() if sign else piece
        least = 1 if name == "loop" else 0
        if wanted == "words" or digits.sort != "number" or not digits.text.isdecimal():
            raise StopError(f"{name} is written {usage}.", piece.at)
        if not least <= int(digits.text[:9]) <= 10_000:
            raise StopError(f"This number must lie between {least} and 10000.", piece.at)
        return Number(float(sign + digits.text), "", piece.at)

    def _expect(self, sign: str, opening: Lexeme, sentence: str) -> None:
        piece = self.now
        if piece.text != sign or piece.sort != "sign":
            raise StopError(sentence, opening.at if piece.sort == "end" else piece.at)
        self._take()

    def _take(self) -> Lexeme:
        piece = self._pieces[self._at]
        self._at = min(self._at + 1, len(self._pieces) - 1)
        return piece


_USAGE = {
    "loop": ("n", "k"),
    "attention": ("layer", "head", 'position or "token"'),
    "regime": ("layer", "head"),
    "odds": ('"token"',),
}


def _condition(part: Part) -> Condition:
    """A part that is true or false; raises StopError for a bare quantity."""
    if isinstance(part, (Number, Words)):
        raise StopError("This is not a condition; compare a quantity with it.", part.at)
    kind = kind_of(part)
    if kind is not Kind.TRUTH and isinstance(part, Name):
        example = {Kind.WORDS: '= "…"', Kind.TEXT: '~ "…"'}.get(kind, "> …")
        raise StopError(f"Compare {part.name} with something: {part.name} {example}", part.at)
    return part


def _comparison(left: Part, piece: Lexeme, right: Part) -> Compare:
    """left sign right, if they can be compared; raises StopError with a sentence."""
    for part in (left, right):
        if not isinstance(part, (Number, Words, Name)) or kind_of(part) is Kind.TRUTH:
            raise StopError("A condition cannot be compared; join conditions by and, or.", piece.at)
    assert isinstance(left, Number | Words | Name)
    assert isinstance(right, Number | Words | Name)
    if not isinstance(left, Name) and not isinstance(right, Name):
        raise StopError("One side must be a quantity such as entropy.", piece.at)
    kinds = kind_of(left), kind_of(right)
    if Kind.TEXT in kinds or piece.text == "~":
        _check_search(left, piece, right)
    elif Kind.WORDS in kinds:
        _check_words(left, piece, right)
    else:
        named, other = (left, right) if isinstance(left, Name) else (right, left)
        if kind_of(other) not in (kind_of(named), Kind.PLAIN):
            raise StopError(
                f"{named.name} is {kind_of(named).value}, "  # type: ignore[union-attr]
                f"which cannot be compared with {kind_of(other).value}.",
                other.at,
            )
    return Compare(left, piece.text, right, piece.at)


def _check_search(left: Part, piece: Lexeme, right: Part) -> None:
    is_search = isinstance(left, Name) and left.name == "text" and isinstance(right, Words)
    if not is_search or piece.text != "~":
        raise StopError('Only the text is searched, as in text ~ "pattern".', piece.at)
    assert isinstance(right, Words)
    try:
        compile_pattern(right.text)
    except PatternError as error:
        doubled = right.text[: error.column].count('"')
        raise StopError(str(error), right.at + 1 + error.column + doubled) from None


def _check_words(left: Part, piece: Lexeme, right: Part) -> None:
    if piece.text not in ("=", "!="):
        raise StopError("Words are compared with = or !=.", piece.at)
    for part in (left, right):
        if kind_of(part) is not Kind.WORDS:
            raise StopError("Words stand between quotes.", part.at)
    names = [part for part in (left, right) if isinstance(part, Name)]
    words = [part for part in (left, right) if isinstance(part, Words)]
    if len(names) == 2:
        raise StopError('One side must be words between quotes, as in token = "·cat".', piece.at)
    if names[0].name == "regime" and words[0].text not in REGIMES:
        raise StopError("A regime is single, subset or average.", words[0].at)
    if names[0].name == "token" and not words[0].text:
        raise StopError("No token is empty.", words[0].at)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, [*TERMS, *_JOINTS], 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(TERMS)}."
    return f"“{name[:30]}” is unknown; {hint}"


def _quote(piece: Lexeme) -> str:
    return f"“{piece.text[:30]}”"
