"""Answers questions with a reader: the other end of every engine that runs elsewhere.

Knows neither pipes nor HTTP. Texts are found again by their tokens, so that a question names them
by ids and nothing else; what is not known of them is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from explorer.engine.edits import Edits
from explorer.engine.interface import Reader
from explorer.engine.parameters import Parameters
from explorer.engine.partial import ALL_ROWS, Heads, Rows
from explorer.engine.remote.inside import Inside
from explorer.engine.remote.questions import (
    Activations,
    Attribute,
    Describe,
    Encode,
    Fetch,
    Fill,
    Forget,
    Lens,
    Product,
    Prove,
    Question,
    Read,
    RowsOf,
    Sweep,
    TakeApart,
    Vector,
)
from explorer.engine.remote.shelf import Shelf
from explorer.engine.trace import Array, Step, Trace

_NONE = np.zeros((0,), np.float32)


class Service:
    """One reader for many questions.

    light: only the ids of texts are kept, since the asker keeps the steps. whole are the trained
    numbers, None where they are not handed out; forget drops keys and values.
    """

    def __init__(
        self,
        reader: Reader,
        light: bool = False,
        whole: Parameters | None = None,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self.reader = reader
        self._light, self._whole, self._forget = light, whole, forget
        self._shelf = Shelf()
        self._inside = Inside(reader, self._text)

    def answers(self, question: Question) -> Iterator[object]:
        """The answer, of `questions.ANSWERS`, or several in slices; raises ValueError."""
        reader = self.reader
        if isinstance(question, Encode):
            yield reader.encode(question.text)
        elif isinstance(question, Read):
            yield self._read(question)
        elif isinstance(question, Fetch):
            yield self._fetch(question)
        elif isinstance(question, Activations):
            yield reader.activations(question.ids, question.names, question.edits)
        elif isinstance(question, Sweep):
            q = question
            yield from reader.sweep(q.ids, q.token, q.edits, q.how, q.mlps)
        elif isinstance(question, Prove):
            text = self._text(question.ids, question.edits)
            yield from reader.prove(text, question.position, question.token)
        elif isinstance(question, TakeApart | Fill | Attribute | Lens):
            yield from self._inside.answers(question)
        elif isinstance(question, Forget):
            self._forget()
            yield None
        elif self._whole is not None:
            yield _of_weights(self._whole, question)
        else:
            raise ValueError(f"{type(question).__name__} is not answered here")

    def _read(self, q: Read) -> tuple[Step, ...]:
        if not 0 <= q.known <= len(q.ids):
            raise ValueError(f"{q.known} tokens of a text of {len(q.ids)} cannot be known")
        # Numbers of the text that the asker has and ours are the same: both are of this network.
        known = self._shelf.find(q.ids, q.edits)
        start = Trace(known.steps[: q.known], q.edits) if self._light else known
        if self._light and len(start) < q.known:
            start = Trace(tuple(_bare(token) for token in q.ids[: q.known]), q.edits)
        trace = self.reader.read(start, q.ids[len(start) :], q.edits)
        if self._light:
            self._shelf.keep(Trace(tuple(_bare(token) for token in trace.ids), q.edits))
        else:
            self._shelf.keep(trace)
        return self._sent(trace.steps[q.known :], q.rows)

    def _fetch(self, q: Fetch) -> tuple[Step, ...]:
        if not 0 <= q.first <= q.last <= len(q.ids):
            raise ValueError(
                f"a text of {len(q.ids)} tokens has no positions {q.first} to {q.last}"
            )
        steps = self._text(q.ids, q.edits).steps[q.first : q.last]
        return self._sent(steps, q.rows, logits=False)

    def _text(self, ids: tuple[int, ...], edits: Edits) -> Trace:
        """A text with all its numbers, read if need be."""
        self._read(Read(ids, 0, edits, Rows()))
        return self._shelf.find(ids, edits)

    def _sent(self, steps: tuple[Step, ...], rows: Rows, logits: bool = True) -> tuple[Step, ...]:
        facts = self.reader.facts
        for layer, head in (*(rows.attention or ()), *(rows.states or ())):
            if not (0 <= layer < facts.layers and 0 <= head < facts.heads):
                raise ValueError(f"there is no head {layer}.{head}")
        missing = (
            (facts.can.attention, rows.attention != ()),
            (facts.can.queries, rows.states != ()),
            (facts.can.hidden, rows.hidden),
        )
        if why := next((said for said, asked in missing if asked and said), ""):
            raise ValueError(why)
        if rows == ALL_ROWS and logits:
            return steps
        keyed = None
        if rows.states is not None:
            keyed = tuple((layer, facts.group(head)) for layer, head in rows.states)
        return tuple(
            Step(
                step.token,
                step.logits if logits else _NONE,
                _picked(step.attention, rows.attention),
                step.hidden if rows.hidden else _NONE,
                _picked(step.queries, rows.states),
                _picked(step.keys, keyed),
                rest=step.rest,
            )
            for step in steps
        )


def _of_weights(whole: Parameters, question: Question) -> object:
    weights = whole.weights
    if isinstance(question, Describe):
        return whole.description
    if isinstance(question, Product):
        return weights.product(question.name, question.x)
    if isinstance(question, RowsOf):
        return weights.rows(question.name, question.ids)
    assert isinstance(question, Vector)
    return weights.vector(question.name)


def _picked(array: Array, heads: Heads | None) -> Array:
    if heads is None:
        return array
    return np.stack([array[at] for at in heads]) if heads else _NONE


def _bare(token: int) -> Step:
    return Step(token, _NONE, _NONE, _NONE, _NONE, _NONE)
