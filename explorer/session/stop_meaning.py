"""Whether the condition of a stop holds where we stand. Knows no screen.

All probabilities are the model's own (T = 1, nothing removed), so that whether a stop holds depends
on what was read and never on the settings of the draw. entropy, top1 and odds are about the token
that comes next; rank, surprise and probability about the one that was chosen last, and undefined at
the end of a prompt, which nobody chose. A comparison with an undefined number does not hold.
"""

from __future__ import annotations

import codecs
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from explorer.engine.facts import ModelFacts
from explorer.engine.partial import here
from explorer.engine.trace import Step, Trace
from explorer.physics.boltzmann import token_energies
from explorer.physics.information import entropy, smallest_support
from explorer.session.pattern import Pattern
from explorer.session.pattern_reader import compile_pattern
from explorer.session.stop_tree import (
    Both,
    Changes,
    Compare,
    Condition,
    Either,
    Kind,
    Name,
    Not,
    Number,
    Operand,
    Words,
    amount,
    kind_of,
    names_in,
)

WINDOW = 300
FEWEST_KEYS = 8
_SIGNS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
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


def holds(part: Condition, m: Moment) -> bool:
    """Whether a condition holds at a moment; never raises."""
    if isinstance(part, Not):
        return not holds(part.inner, m)
    if isinstance(part, Both):
        return holds(part.left, m) and holds(part.right, m)
    if isinstance(part, Either):
        return holds(part.left, m) or holds(part.right, m)
    if isinstance(part, Changes):
        before, now = (regime_at(part.what, m, back) for back in (1, 0))
        return bool(before) and bool(now) and before != now
    if isinstance(part, Name):
        return _loops(part, m) if part.name == "loop" else bool(broken_parts(m.step))
    return _compared(part, m)


def problem(part: Condition, model: ModelFacts | None) -> str:
    """Why a condition can never hold with this model, in one sentence; empty if it can."""
    for name in names_in(part) if model is not None else ():
        assert model is not None
        if name.name in ("attention", "regime"):
            if model.can.attention:
                return model.can.attention
            layer, head = whole(name, 0), whole(name, 1)
            if layer >= model.layers or head >= model.heads:
                return (
                    f"There is no head {layer}.{head}: the model has layers 0 to "
                    f"{model.layers - 1} and heads 0 to {model.heads - 1}."
                )
    words: list[Operand] = [
        name.arguments[-1] for name in names_in(part) if name.name in ("odds", "attention")
    ]
    words += _named_tokens(part)
    for word in words:
        if isinstance(word, Words) and model is not None and not tokens_named(model, word.text):
            return f"The model has no token “{word.text}”; labels look like “·cat”."
    return ""


def tokens_named(model: ModelFacts, text: str) -> frozenset[int]:
    """The tokens meant by words: by label ("·cat"), by their text (" cat"), or without spaces."""
    return _vocabulary(Same(model)).get(text, frozenset())


def broken_parts(step: Step) -> tuple[str, ...]:
    """The arrays of a step's record that hold a NaN or an infinity.

    The logits of tokens that the engine did not name are -inf, and nothing is broken.
    """
    return tuple(part for part in _PARTS if not _sound(step, part))


def _sound(step: Step, part: str) -> bool:
    array = here(getattr(step, part))
    if part == "logits" and step.rest:
        return bool((array < np.inf).all())
    return bool(np.isfinite(array).all())


def regime(weights: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> str:
    """How many of S keys a row (S,) of attention uses, by k, the fewest that hold 90 %.

    single: k = 1, subset, average: k > S / 2 (the three regimes of Ramsauer et al. 2020, section
    3); empty below FEWEST_KEYS keys, where nearly every row would be an average.
    """
    if len(weights) < FEWEST_KEYS or not np.isfinite(weights).all():
        return ""
    k = int(smallest_support(weights))
    return "single" if k == 1 else "average" if k > len(weights) / 2 else "subset"


@lru_cache(maxsize=2048)
def _outlook(step: Step) -> tuple[float, float, float]:
    """log Z, the entropy of what comes next, and the highest probability; NaN if it is broken.

    Tokens that the engine did not name count as one: the entropy is then the least that it can be.
    """
    if not _sound(step, "logits") or step.rest >= 1:
        return math.nan, math.nan, math.nan
    energies = token_energies(step.logits)
    best = int(energies.argmin())
    log_partition = float(step.logits[best]) + float(energies[best]) - math.log1p(-step.rest)
    p = np.exp(-energies) * (1 - step.rest)
    return log_partition, float(entropy(np.append(p, step.rest))), float(p[best])


def _surprise(m: Moment) -> float:
    if not m.chosen:
        return math.nan
    before = m.trace.steps[-2]
    logit = float(before.logits[m.step.token])
    if before.rest and logit == -math.inf:
        return math.nan
    return max(0.0, _outlook(before)[0] - logit)


def _rank(m: Moment) -> float:
    if not m.chosen:
        return math.nan
    logits, token = m.trace.steps[-2].logits, m.step.token
    here = logits[token]
    return 1.0 + np.count_nonzero(logits > here) + np.count_nonzero(logits[:token] == here)


def value(part: Operand, m: Moment) -> float:
    """The value of a number or a quantity: nats, a share of 1, or a count; NaN if undefined."""
    if isinstance(part, Number):
        return amount(part)
    assert isinstance(part, Name)
    if part.name == "attention":
        return _attention(part, m)
    if part.name == "odds":
        wanted = sorted(tokens_named(m.model, _words(part.arguments[0])))
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.exp(m.step.logits[wanted] - _outlook(m.step)[0]).sum())
    if part.name in ("entropy", "top1"):
        return _outlook(m.step)[1 if part.name == "entropy" else 2]
    if part.name == "position":
        return float(len(m.trace) - 1)
    if part.name == "rank":
        return _rank(m)
    return _surprise(m) if part.name == "surprise" else math.exp(-_surprise(m))


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


def regime_at(part: Name, m: Moment, back: int = 0) -> str:
    """The regime of a head for the token read last, or `back` tokens before it; empty if none."""
    if len(m.trace) <= back:
        return ""
    row = m.trace.steps[-1 - back].attention
    layer, head = whole(part, 0), whole(part, 1)
    return regime(row[layer, head]) if layer < row.shape[0] and head < row.shape[1] else ""


def _compared(part: Compare, m: Moment) -> bool:
    left, right = part.left, part.right
    if part.sign == "~":
        return _found(compile_pattern(_words(right)), m)
    if Kind.WORDS not in (kind_of(left), kind_of(right)):
        a, b = value(left, m), value(right, m)
        return not (math.isnan(a) or math.isnan(b)) and bool(_SIGNS[part.sign](a, b))
    name, words = (left, right) if isinstance(left, Name) else (right, left)
    assert isinstance(name, Name)
    if name.name == "regime":
        now = regime_at(name, m)
        return bool(now) and (now == _words(words)) is (part.sign == "=")
    return (m.step.token in tokens_named(m.model, _words(words))) is (part.sign == "=")


def _found(pattern: Pattern, m: Moment) -> bool:
    """Whether a match in the last WINDOW characters ends inside the token read last."""
    pieces = [m.model.pieces[token] for token in m.trace.ids[-WINDOW - 1 :]]
    if len(m.trace) <= WINDOW and m.trace.ids[0] == m.model.begin_token:
        pieces[0] = b""
    text = b"".join(pieces).decode("utf-8", "replace")
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    since = len(decoder.decode(b"".join(pieces[:-1])))
    cut = max(0, len(text) - WINDOW)
    whole = cut == 0 and len(m.trace) <= WINDOW
    return pattern.ends_behind(text[cut:], since - cut, whole)


def _loops(part: Name, m: Moment) -> bool:
    n, k = whole(part, 0), whole(part, 1)
    ids = m.trace.ids[-n * k :]
    return len(ids) == n * k and ids == ids[:n] * k


def whole(name: Name, index: int) -> int:
    """An argument of a call that is a whole number."""
    argument = name.arguments[index]
    assert isinstance(argument, Number)
    return int(argument.value)


def _words(part: Operand) -> str:
    assert isinstance(part, Words)
    return part.text


def _named_tokens(part: Condition) -> list[Operand]:
    """The words that the token is compared with anywhere in a condition."""
    if isinstance(part, Compare):
        sides = part.left, part.right
        return list(sides) if any(x == Name("token") for x in sides) else []
    if isinstance(part, Not):
        return _named_tokens(part.inner)
    if isinstance(part, (Both, Either)):
        return [*_named_tokens(part.left), *_named_tokens(part.right)]
    return []


@lru_cache(maxsize=4)
def _vocabulary(same: Same) -> dict[str, frozenset[int]]:
    model = same.model
    found: dict[str, set[int]] = {}
    for token, (label, piece) in enumerate(zip(model.labels, model.pieces, strict=True)):
        text = piece.decode("utf-8", "replace")
        for name in {label, text, text.strip() or text}:
            found.setdefault(name, set()).add(token)
    return {name: frozenset(tokens) for name, tokens in found.items()}
