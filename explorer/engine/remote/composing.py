"""Steps put together from the rows that a server sends, and held to the facts of its model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from explorer.engine.facts import ModelFacts
from explorer.engine.partial import Array, Heads, Partial, Place, Rows, lacking, partial
from explorer.engine.remote.packing import PackingError
from explorer.engine.trace import Step, Trace

# Bytes of one answer, about: what is more comes in several, so that none is waited for too long.
_BLOCK = 48 << 20


def blocks(
    first: int, last: int, rows: Rows, facts: ModelFacts, logits: bool, most: int = _BLOCK
) -> Iterator[tuple[int, int]]:
    """Stretches [start, end) of the positions from `first` to `last` of at most `most` bytes."""
    every = facts.layers * facts.heads

    def heads(wanted: Heads | None) -> int:
        return every if wanted is None else len(wanted)

    fixed = heads(rows.states) * 2 * facts.head_width + (facts.vocabulary if logits else 0)
    fixed += (facts.layers + 1) * facts.width if rows.hidden else 0
    start, held = first, 0
    for position in range(first, last):
        size = 4 * (fixed + heads(rows.attention) * (position + 1))
        if held and held + size > most:
            yield start, position
            start, held = position, 0
        held += size
    if start < last:
        yield start, last


def first_lacking(trace: Trace, rows: Rows) -> int | None:
    """The first position at which some of these rows are not here."""
    return next((at for at, step in enumerate(trace.steps) if _lacks(step, rows)), None)


def _lacks(step: Step, rows: Rows) -> bool:
    hidden = partial(step.hidden)
    return (
        lacking(step.attention, rows.attention)
        or lacking(step.queries, rows.states)
        or (rows.hidden and hidden is not None)
    )


def check_ids(sent: tuple[Step, ...], ids: tuple[int, ...]) -> None:
    """Raise PackingError unless these are the steps of these tokens."""
    if tuple(step.token for step in sent) != ids:
        raise PackingError("the server answered about another text")


def composed(sent: Step, at: int, rows: Rows, facts: ModelFacts, logits: bool = True) -> Step:
    """A step of ours from what was sent of it; raises PackingError where that does not fit."""
    layers, heads, deep, wide = facts.layers, facts.heads, facts.head_width, facts.width
    if logits and (sent.logits.shape != (facts.vocabulary,) or np.isnan(sent.logits).any()):
        raise PackingError("the server sent logits that are none")
    shared = None
    if rows.states is not None:
        shared = tuple((layer, facts.group(head)) for layer, head in rows.states)
    streams: tuple[Place, ...] | None = None if rows.hidden else ()
    return Step(
        sent.token,
        sent.logits,
        _array(sent.attention, rows.attention, (layers, heads, at + 1)),
        _array(sent.hidden, streams, (layers + 1, wide)),
        _array(sent.queries, rows.states, (layers, heads, deep)),
        _array(sent.keys, shared, (layers, facts.groups, deep)),
        rest=sent.rest,
    )


def _array(sent: Array, places: Sequence[Place] | None, shape: tuple[int, ...]) -> Array:
    """What was sent as an array of the whole shape."""
    wanted = shape if places is None else (len(places), shape[-1]) if places else (0,)
    if sent.shape != wanted:
        raise PackingError(f"the server sent {sent.shape} numbers where {wanted} belong")
    if places is None:
        return sent
    return cast(Array, Partial(shape, dict(zip(places, sent, strict=True))))


def richer(old: Step, new: Step) -> Step:
    """A step with the rows of another one of the same token as well."""
    return replace(
        old,
        attention=_merged(old.attention, new.attention),
        hidden=_merged(old.hidden, new.hidden),
        queries=_merged(old.queries, new.queries),
        keys=_merged(old.keys, new.keys),
    )


def _merged(old: Array, new: Array) -> Array:
    mine, theirs = partial(old), partial(new)
    if mine is None or theirs is None:
        return old if mine is None else new
    return cast(Array, mine.with_rows(theirs.rows))
