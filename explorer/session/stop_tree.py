"""The condition of a stop as a tree, and the tree as text. Knows no model.

`show(e)` is the text that reads back as the same tree. Where a part stood in the text that was
typed (`at`, a column from 0) is not a part of its meaning.

Every part has a kind: a truth, words, a text, or a number of a dimension (nats, share, count);
only like can be compared with like.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from math import log
from typing import NamedTuple, TypeAlias


class Kind(Enum):
    """What a part of a condition is."""

    TRUTH = "true or false"
    WORDS = "words"
    TEXT = "the text"
    NATS = "an information in nats or bits"
    SHARE = "a share from 0 to 1, or in %"
    COUNT = "a whole number"
    PLAIN = "a plain number"


class Term(NamedTuple):
    """One name of the language: what it is, what it takes in ( ), what it means.

    takes lists the arguments: count, words, or place (a position or the words of a token).
    """

    kind: Kind
    takes: tuple[str, ...]
    help: str


TERMS: dict[str, Term] = {
    "entropy": Term(Kind.NATS, (), "entropy of the next token, T = 1"),
    "top1": Term(Kind.SHARE, (), "probability of the most probable next token, T = 1"),
    "rank": Term(Kind.COUNT, (), "rank of the token that was chosen, 1 the most probable"),
    "surprise": Term(Kind.NATS, (), "surprise -ln p of the token that was chosen, T = 1"),
    "probability": Term(Kind.SHARE, (), "probability of the token that was chosen, T = 1"),
    "position": Term(Kind.COUNT, (), "position of the token read last, from 0"),
    "token": Term(Kind.WORDS, (), "the token read last"),
    "text": Term(Kind.TEXT, (), "the text so far, to be searched with ~"),
    "nan": Term(Kind.TRUTH, (), "NaN or an infinity anywhere in the record of this step"),
    "loop": Term(Kind.TRUTH, ("count", "count"), "the last n tokens stand there k times in a row"),
    "attention": Term(
        Kind.SHARE, ("count", "count", "place"), "what a head puts on a position or a token"
    ),
    "regime": Term(Kind.WORDS, ("count", "count"), "a head's regime: single, subset or average"),
    "odds": Term(Kind.SHARE, ("words",), "probability of any token as the next one, T = 1"),
}
UNITS: dict[str, tuple[Kind, float]] = {
    "nats": (Kind.NATS, 1.0),
    "bits": (Kind.NATS, log(2.0)),
    "%": (Kind.SHARE, 0.01),
}
ORDER = ("<", "<=", ">", ">=", "=", "!=")


@dataclass(frozen=True)
class Number:
    """A number with the unit that was typed behind it, if any."""

    value: float
    unit: str = ""
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Words:
    """Characters between quotes."""

    text: str
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Name:
    """A quantity of the moment, such as entropy, or a call such as loop(3, 2)."""

    name: str
    arguments: tuple[Number | Words, ...] = ()
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Compare:
    """left sign right, with a sign of ORDER or ~ (the text matches the pattern)."""

    left: Operand
    sign: str
    right: Operand
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Changes:
    """The words are other ones than one token before."""

    what: Name
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Not:
    """Where the inner condition does not hold."""

    inner: Condition
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Both:
    """left and right."""

    left: Condition
    right: Condition
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Either:
    """left or right."""

    left: Condition
    right: Condition
    at: int = field(default=0, compare=False, repr=False)


Operand: TypeAlias = Number | Words | Name
Condition: TypeAlias = Name | Compare | Changes | Not | Both | Either
Part: TypeAlias = Operand | Condition


def kind_of(part: Part) -> Kind:
    """What a part is."""
    if isinstance(part, Number):
        return UNITS[part.unit][0] if part.unit else Kind.PLAIN
    if isinstance(part, Words):
        return Kind.WORDS
    return TERMS[part.name].kind if isinstance(part, Name) else Kind.TRUTH


def amount(number: Number) -> float:
    """The number in nats, as a share of 1, or as it is."""
    return number.value * UNITS[number.unit][1] if number.unit else number.value


def names_in(part: Part) -> tuple[Name, ...]:
    """Every quantity and call of a condition, from left to right."""
    if isinstance(part, Name):
        return (part,)
    if isinstance(part, Changes):
        return (part.what,)
    if isinstance(part, Not):
        return names_in(part.inner)
    if isinstance(part, (Compare, Both, Either)):
        return (*names_in(part.left), *names_in(part.right))
    return ()


def show(part: Part) -> str:
    """The part in the language of stops, with no more brackets than it needs."""
    if isinstance(part, Number):
        short = f"{part.value:.12g}"
        digits = short if float(short) == part.value else repr(part.value)
        return digits + (f" {part.unit}" if part.unit else "")
    if isinstance(part, Words):
        return quoted(part.text)
    if isinstance(part, Name):
        inside = ", ".join(map(show, part.arguments))
        return f"{part.name}({inside})" if part.arguments else part.name
    if isinstance(part, Compare):
        return f"{show(part.left)} {part.sign} {show(part.right)}"
    if isinstance(part, Changes):
        return f"{show(part.what)} changes"
    if isinstance(part, Not):
        return f"not {_bracketed(part.inner, (Both, Either))}"
    if isinstance(part, Both):
        left, right = _bracketed(part.left, (Either,)), _bracketed(part.right, (Both, Either))
        return f"{left} and {right}"
    return f"{show(part.left)} or {_bracketed(part.right, (Either,))}"


def quoted(text: str) -> str:
    """Words between quotes; a quote inside is doubled, a backslash means itself."""
    return '"' + text.replace('"', '""') + '"'


def _bracketed(part: Part, looser: tuple[type, ...]) -> str:
    return f"({show(part)})" if isinstance(part, looser) else show(part)
