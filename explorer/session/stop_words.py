"""Why the condition of a stop holds, in words with the numbers of the moment. Knows no screen."""

from __future__ import annotations

from explorer.session.stop_meaning import holds, regime_at
from explorer.session.stop_tree import (
    Both,
    Changes,
    Compare,
    Condition,
    Either,
    Kind,
    Name,
    Operand,
    Words,
    kind_of,
    show,
)
from explorer.session.stop_values import Moment, broken_parts, span, whole

_CALLED = {
    "entropy": "entropy of the next token",
    "top1": "highest probability of the next token",
}


def explain(part: Condition, m: Moment) -> str:
    """Why a condition that holds does so, with the numbers of the moment."""
    if isinstance(part, Both):
        return f"{explain(part.left, m)} and {explain(part.right, m)}"
    if isinstance(part, Either):
        return explain(part.left if holds(part.left, m) else part.right, m)
    if isinstance(part, Changes):
        head = _head(part.what)
        return f"{head} went from {regime_at(part.what, m, 1)} to {regime_at(part.what, m, 0)}"
    if isinstance(part, Compare):
        return _explain_comparison(part, m)
    if isinstance(part, Name) and part.name == "nan":
        return f"NaN or an infinity in {', '.join(broken_parts(m.step))}"
    if isinstance(part, Name):
        n, k = whole(part, 0), whole(part, 1)
        what = "the last token stands" if n == 1 else f"the last {n} tokens stand"
        return f"{what} there {k} times in a row"
    return show(part)


def _explain_comparison(part: Compare, m: Moment) -> str:
    name, other = (
        (part.left, part.right) if isinstance(part.left, Name) else (part.right, part.left)
    )
    assert isinstance(name, Name)
    if part.sign == "~":
        return f"the text matches {show(other)}"
    if name.name == "token":
        label = m.model.labels[m.step.token]
        if part.sign == "=":
            return f"the token is “{label}”"
        return f"the token “{label}” is not {show(other)}"
    if name.name == "regime":
        return f"{_head(name)} is in the regime {regime_at(name, m)}"
    ends = {">": ("low", "high"), "<": ("high", "low")}.get(part.sign[0], ("both", "both"))
    left, right = _side(part.left, ends[0], m), _side(part.right, ends[1], m)
    return f"{left} {part.sign} {right}"


def _side(side: Operand, end: str, m: Moment) -> str:
    """A side of a comparison with its number; of a span the end that makes it certain."""
    if not isinstance(side, Name):
        return show(side)
    found, kind = span(side, m), kind_of(side)
    if found.known:
        return f"{_called(side, m)} {_figure(found.low, kind)}"
    low, high = (_figure(one, kind) for one in found)
    told = {"low": f"at least {low}", "high": f"at most {high}"}.get(end, f"{low} to {high}")
    return f"{_called(side, m)} {told}"


def _called(name: Name, m: Moment) -> str:
    if name.name == "attention":
        where = name.arguments[2]
        place = f"“{where.text}”" if isinstance(where, Words) else f"position {where.value:g}"
        return f"{_head(name)} puts on {place}"
    if name.name == "odds":
        return f"the probability of {show(name.arguments[0])}"
    return _CALLED.get(name.name, name.name)


def _figure(number: float, kind: Kind) -> str:
    if kind is Kind.NATS:
        return f"{number:.2f} nats"
    return f"{100 * number:.3g} %" if kind is Kind.SHARE else f"{number:g}"


def _head(name: Name) -> str:
    return f"head {whole(name, 0)}.{whole(name, 1)}"
