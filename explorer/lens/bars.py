"""The most probable next tokens as rows of bars: raw and final probability side by side.

raw is the model's own distribution (T = 1, whole vocabulary); final is what the dice use. The rows
and the rest of the vocabulary add up to 1 in both columns. Where the engine does not name every
token, the probability of those that it left out is one grey row of its own, the missing mass.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from explorer.engine.facts import ModelFacts
from explorer.engine.sampling import REMOVERS, UNNAMED
from explorer.lens.candidates import Chances, chances, exact, figure, followed
from explorer.lens.rest import Rest, rest
from explorer.lens.rolls import ROLLS, Rolls, rolls
from explorer.session.snapshot import Snapshot

_SCALES = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class Bar:
    """One row: a token, or (token None) the rest of the vocabulary.

    missing: the row stands for the tokens that the engine did not name; the dice never choose them.

    rank counts from 1; remover names the stage that removed the token, empty if it was kept;
    chosen: the dice fall on it now; followed: it comes next on the line walked before;
    rolled: how often it came in ROLLS rolls, None while nobody rolled.
    """

    token: int | None
    rank: int
    label: str
    raw: float
    final: float
    remover: str
    chosen: bool = False
    followed: bool = False
    tip: str = ""
    rolled: int | None = None
    missing: bool = False


@dataclass(frozen=True)
class Bars:
    """All rows from top to bottom, and the probability at which a bar is full.

    note says how exact the numbers are where tokens are missing, empty where none is.
    """

    rows: tuple[Bar, ...]
    scale: float
    summary: str
    rolls: Rolls | None = None
    note: str = ""


EMPTY = Bars((), 1.0, "Nothing has been read yet.")


def bars(s: Snapshot) -> Bars:
    """The rows for the token after the cursor; no rows while nothing has been read.

    A token that the dice choose, or that comes next on this line, has a row of its own even when
    its rank lies beyond the number of bars.
    """
    c = chances(s)
    if c is None or s.model is None:
        return EMPTY
    return _bars(c, s.model, s.look.bars, followed(s), rolls(s))


@lru_cache(maxsize=4)
def _bars(
    c: Chances, model: ModelFacts, count: int, later: int | None, found: Rolls | None
) -> Bars:
    labels = model.labels
    unnamed = rest(c)
    named = len(c.distribution.order) if unnamed is None else unnamed.named
    shown = min(count, named)
    ranks = list(range(shown))
    marked = {c.chosen} if later is None else {c.chosen, later}
    ranks += sorted(rank for token in marked if (rank := int(c.ranks[token])) >= shown)
    rows = [_row(c, labels, rank, later, found) for rank in ranks]
    top = max(max(row.raw, row.final) for row in rows)
    scale = next(full for full in _SCALES if top <= full or full == 1.0)
    if len(ranks) < named:
        rows.append(_rest(c, ranks, found))
    said = _summary(c, labels, rows) + (f" {found.sentence}." if found else "")
    if unnamed is None:
        return Bars(tuple(rows), scale, said, found)
    rows.append(_missing(unnamed, None if found is None else 0))
    return Bars(tuple(rows), scale, f"{said} {unnamed.sentence}", found, unnamed.sentence)


def _row(
    c: Chances, labels: tuple[str, ...], rank: int, later: int | None, found: Rolls | None
) -> Bar:
    d = c.distribution
    token = int(d.order[rank])
    raw, final = float(d.raw[token]), float(d.final[token])
    remover = REMOVERS[int(d.removed[token])]
    after = (
        f"Removed by {remover}, so the dice cannot choose it."
        if remover
        else f"Final {exact(final)} = p^(1/T) / sum after all stages."
    )
    tip = (
        f"“{labels[token]}”, token {token}, rank {rank + 1}: "
        f"raw {exact(raw)} = exp(z) / sum exp(z) at T = 1. {after} Click to force it."
    )
    count = None if found is None else int(found.counts[token])
    return Bar(
        token,
        rank + 1,
        labels[token],
        raw,
        final,
        remover,
        token == c.chosen,
        token == later,
        tip + _rolled(count, final),
        count,
    )


def _rest(c: Chances, ranks: list[int], found: Rolls | None) -> Bar:
    d = c.distribution
    left = d.removed != UNNAMED
    left[d.order[ranks]] = False
    raw, final = float(d.raw[left].sum()), float(d.final[left].sum())
    tokens, kept = int(left.sum()), int(np.count_nonzero(d.removed[left] == 0))
    tip = (
        f"All other {tokens:,} tokens together: raw {exact(raw)}, final {exact(final)}; "
        f"{kept:,} of them are still candidates. With the rows above they add up to 100 %."
    )
    count = None if found is None else int(found.counts[left].sum())
    name, remover = f"{tokens:,} others", "" if kept else "removed"
    return Bar(None, 0, name, raw, final, remover, tip=tip + _rolled(count, final), rolled=count)


def _missing(unnamed: Rest, rolled: int | None) -> Bar:
    """The grey row of the missing mass."""
    tip = (
        f"The engine did not name {unnamed.tokens:,} tokens. Together they have the probability "
        f"{exact(unnamed.raw)}, which is what is missing to 100 %. {unnamed.sentence}"
    )
    return Bar(None, 0, "rest", unnamed.raw, 0.0, "not named", tip=tip, rolled=rolled, missing=True)


def _rolled(count: int | None, final: float) -> str:
    """What a tool tip says about the rolls."""
    if count is None:
        return ""
    return f" In {ROLLS:,} rolls it came {count} times; {ROLLS * final:.4g} were to be expected."


def _summary(c: Chances, labels: tuple[str, ...], rows: list[Bar]) -> str:
    first = rows[0]
    left = "1 candidate is left" if c.kept == 1 else f"{c.kept:,} candidates are left"
    return (
        f"Most probable: {first.label} with {figure(first.final)} "
        f"({figure(first.raw)} raw). The dice choose {labels[c.chosen]}. "
        f"{left}."
    )
