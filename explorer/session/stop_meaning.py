"""Whether the condition of a stop holds where we stand. Knows no screen.

A comparison with an undefined number does not hold. Where an engine does not name every token, a
number may be known as a span only (`stop_values`); a condition holds where it is certain, and
whether it is certain is found by Kleene's three truths: yes, no, and open.
"""

from __future__ import annotations

import codecs

import numpy as np

from explorer.engine.facts import ModelFacts
from explorer.physics.information import smallest_support
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
    Operand,
    Words,
    kind_of,
    names_in,
)
from explorer.session.stop_values import (
    Moment,
    Span,
    broken_parts,
    span,
    tokens_named,
    whole,
    words_of,
)

WINDOW = 300
FEWEST_KEYS = 8


def holds(part: Condition, m: Moment) -> bool:
    """Whether a condition certainly holds at a moment; never raises."""
    return truth(part, m) is True


def truth(part: Condition, m: Moment) -> bool | None:
    """Whether a condition holds at a moment; None where tokens are missing and it may or may not.

    Kleene 1952, Introduction to Metamathematics, section 64, the strong tables.
    """
    if isinstance(part, Not):
        inner = truth(part.inner, m)
        return None if inner is None else not inner
    if isinstance(part, (Both, Either)):
        deciding, left = isinstance(part, Either), truth(part.left, m)
        if left is deciding:
            return deciding
        right = truth(part.right, m)
        return right if left is not None or right is deciding else None
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


def regime(weights: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> str:
    """How many of S keys a row (S,) of attention uses, by k, the fewest that hold 90 %.

    single: k = 1, subset, average: k > S / 2 (the three regimes of Ramsauer et al. 2020, section
    3); empty below FEWEST_KEYS keys, where nearly every row would be an average.
    """
    if len(weights) < FEWEST_KEYS or not np.isfinite(weights).all():
        return ""
    k = int(smallest_support(weights))
    return "single" if k == 1 else "average" if k > len(weights) / 2 else "subset"


def regime_at(part: Name, m: Moment, back: int = 0) -> str:
    """The regime of a head for the token read last, or `back` tokens before it; empty if none."""
    if len(m.trace) <= back:
        return ""
    row = m.trace.steps[-1 - back].attention
    layer, head = whole(part, 0), whole(part, 1)
    return regime(row[layer, head]) if layer < row.shape[0] and head < row.shape[1] else ""


def _compared(part: Compare, m: Moment) -> bool | None:
    left, right = part.left, part.right
    if part.sign == "~":
        return _found(compile_pattern(words_of(right)), m)
    if Kind.WORDS not in (kind_of(left), kind_of(right)):
        return _ordered(part.sign, span(left, m), span(right, m))
    name, words = (left, right) if isinstance(left, Name) else (right, left)
    assert isinstance(name, Name)
    if name.name == "regime":
        now = regime_at(name, m)
        return bool(now) and (now == words_of(words)) is (part.sign == "=")
    return (m.step.token in tokens_named(m.model, words_of(words))) is (part.sign == "=")


def _ordered(sign: str, a: Span, b: Span) -> bool | None:
    """Whether one number is above, below or like another, each within its span."""
    if a.undefined or b.undefined:
        return False
    if sign in ("=", "!="):
        apart = a.high < b.low or a.low > b.high
        same = a.known and a == b
        return None if not (apart or same) else same == (sign == "=")
    if sign in (">", ">="):
        a, b, sign = b, a, sign.replace(">", "<")
    surely, never = (
        (a.high < b.low, a.low >= b.high) if sign == "<" else (a.high <= b.low, a.low > b.high)
    )
    return True if surely else False if never else None


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
