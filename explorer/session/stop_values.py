"""The quantities of the language of stops at a moment, as numbers. Knows no screen.

All probabilities are the model's own (T = 1, nothing removed), so that whether a stop holds depends
on what was read and never on the settings of the draw. entropy, top1 and odds are about the token
that comes next; rank, surprise and probability about the one that was chosen last, and undefined at
the end of a prompt, which nobody chose.

An engine that does not name every token leaves some of them open: each quantity is then the span
of the numbers that it can have, and the two ends of the span are one number where it is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from explorer.engine.facts import ModelFacts
from explorer.engine.partial import here
from explorer.engine.trace import Step, Trace
from explorer.physics.boltzmann import token_energies
from explorer.physics.information import entropy
from explorer.physics.rest import most_of_one, rest_entropy
from explorer.session.stop_tree import Name, Number, Operand, Words, amount

_PARTS = ("logits", "attention", "hidden", "queries", "keys")


@dataclass(frozen=True, eq=False)
class Same:
    """A model as a key: the same object or another one, whose vocabulary need not be compared."""

    model: ModelFacts

    def __hash__(self) -> int:
        return id(self.model)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.model is self.model


@dataclass(frozen=True, eq=False)
class Moment:
    """A text that has been read, whether its last token was chosen (or is a prompt's), a model."""

    trace: Trace
    chosen: bool
    model: ModelFacts

    @property
    def step(self) -> Step:
        """What reading the last token computed."""
        return self.trace.steps[-1]


class Span(NamedTuple):
    """Between which numbers a quantity lies; both are NaN where it is undefined."""

    low: float
    high: float

    @property
    def undefined(self) -> bool:
        """Whether there is no such number."""
        return math.isnan(self.low) or math.isnan(self.high)

    @property
    def known(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high


UNDEFINED = Span(math.nan, math.nan)


class Outlook(NamedTuple):
    """What a step says of the next token: log Z of its logits, the entropy, the top probability.

    rest is the probability of the `unnamed` tokens, none of which is above `most`; ordered: none is
    above any that is named.
    """

    log_partition: float
    entropy: Span
    top: Span
    rest: float
    unnamed: int
    most: float
    ordered: bool


def span(part: Operand, m: Moment) -> Span:
    """The value of a number or a quantity: nats, a share of 1, or a count."""
    if isinstance(part, Number):
        return _exactly(amount(part))
    assert isinstance(part, Name)
    if part.name == "attention":
        return _exactly(_attention(part, m))
    if part.name == "odds":
        return _odds(part, m)
    if part.name == "position":
        return _exactly(float(len(m.trace) - 1))
    if part.name in ("entropy", "top1"):
        found = _outlook(m.step)
        if found is None:
            return UNDEFINED
        return found.entropy if part.name == "entropy" else found.top
    if not m.chosen:
        return UNDEFINED
    if part.name == "rank":
        return _rank(m.trace.steps[-2], m.step.token)
    nats = _surprise(m.trace.steps[-2], m.step.token)
    return nats if part.name == "surprise" else Span(math.exp(-nats.high), math.exp(-nats.low))


def broken_parts(step: Step) -> tuple[str, ...]:
    """The arrays of a step's record that hold a NaN or an infinity.

    The logits of tokens that the engine did not name are -inf, and nothing is broken.
    """
    return tuple(part for part in _PARTS if not _sound(step, part))


def tokens_named(model: ModelFacts, text: str) -> frozenset[int]:
    """The tokens meant by words: by label ("·cat"), by their text (" cat"), or without spaces."""
    return _vocabulary(Same(model)).get(text, frozenset())


def whole(name: Name, index: int) -> int:
    """An argument of a call that is a whole number."""
    argument = name.arguments[index]
    assert isinstance(argument, Number)
    return int(argument.value)


def words_of(part: Operand) -> str:
    """The characters between quotes."""
    assert isinstance(part, Words)
    return part.text


def _exactly(number: float) -> Span:
    return Span(number, number)


def _sound(step: Step, part: str) -> bool:
    array = here(getattr(step, part))
    if part == "logits" and step.rest:
        return bool((array < np.inf).all())
    return bool(np.isfinite(array).all())


@lru_cache(maxsize=2048)
def _outlook(step: Step) -> Outlook | None:
    """The outlook of a step; None where it is broken or nothing is known."""
    if not _sound(step, "logits") or step.rest >= 1:
        return None
    energies = token_energies(step.logits)
    best = int(energies.argmin())
    log_partition = float(step.logits[best]) + float(energies[best]) - math.log1p(-step.rest)
    p = np.exp(-energies) * (1 - step.rest)
    nats, top = float(entropy(np.append(p, step.rest))), float(p[best])
    if not step.rest:
        return Outlook(log_partition, _exactly(nats), _exactly(top), 0.0, 0, 0.0, True)
    rest, unnamed = step.rest, max(1, int(np.isneginf(step.logits).sum()))
    lowest = float(p[np.isfinite(step.logits)].min())
    most = most_of_one(rest, unnamed, lowest)
    least, largest = rest_entropy(rest, unnamed)
    entropies, tops = Span(nats, nats + largest - least), Span(top, max(top, most))
    return Outlook(log_partition, entropies, tops, rest, unnamed, most, most <= lowest)


def _surprise(before: Step, token: int) -> Span:
    found, logit = _outlook(before), float(before.logits[token])
    if found is None:
        return UNDEFINED
    if before.rest and logit == -math.inf:
        return Span(-math.log(found.most), math.inf)
    return _exactly(max(0.0, found.log_partition - logit))


def _rank(before: Step, token: int) -> Span:
    """Its place, 1 the most probable and ties to the lowest id; unnamed tokens share the others."""
    logits, mine = before.logits, before.logits[token]
    place = 1.0 + np.count_nonzero(logits > mine) + np.count_nonzero(logits[:token] == mine)
    if not before.rest:
        return _exactly(place)
    found = _outlook(before)
    if found is None:
        return UNDEFINED
    if mine == -math.inf:
        first = len(logits) - found.unnamed + 1 if found.ordered else 1
        return Span(float(first), float(len(logits)))
    return Span(place, place if found.ordered else place + found.unnamed)


def _odds(part: Name, m: Moment) -> Span:
    found = _outlook(m.step)
    if found is None:
        return UNDEFINED
    wanted = sorted(tokens_named(m.model, words_of(part.arguments[0])))
    logits = m.step.logits[wanted]
    with np.errstate(over="ignore", invalid="ignore"):
        low = float(np.exp(logits - found.log_partition).sum())
    missing = np.count_nonzero(np.isneginf(logits)) if found.rest else 0
    return Span(low, low + min(found.rest, missing * found.most))


def _attention(part: Name, m: Moment) -> float:
    layer, head, where = whole(part, 0), whole(part, 1), part.arguments[2]
    row = m.step.attention
    if layer >= row.shape[0] or head >= row.shape[1]:
        return math.nan
    weights = row[layer, head]  # (S,)
    if isinstance(where, Words):
        wanted = tokens_named(m.model, where.text)
        return float(sum(weights[at] for at, token in enumerate(m.trace.ids) if token in wanted))
    at = int(where.value)
    return float(weights[at]) if -len(weights) <= at < len(weights) else math.nan


@lru_cache(maxsize=4)
def _vocabulary(same: Same) -> dict[str, frozenset[int]]:
    model = same.model
    found: dict[str, set[int]] = {}
    for token, (label, piece) in enumerate(zip(model.labels, model.pieces, strict=True)):
        text = piece.decode("utf-8", "replace")
        for name in {label, text, text.strip() or text}:
            found.setdefault(name, set()).add(token)
    return {name: frozenset(tokens) for name, tokens in found.items()}
