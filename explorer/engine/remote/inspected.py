"""A pass that a server has taken apart: its numbers here, its formulas asked for one by one.

Neither the weights nor the rows of earlier tokens leave the server. What it answers is held to the
shapes that its facts promise.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.engine.activation import Activation
from explorer.engine.attribution import Attribution
from explorer.engine.facts import ModelFacts
from explorer.engine.filled import Filled, Index
from explorer.engine.kept import MissingError, is_only_here
from explorer.engine.passage import Stage, layer_of, passage
from explorer.engine.remote.packing import PackingError
from explorer.engine.remote.questions import Attribute, Fill, Lens, Question, TakeApart
from explorer.engine.trace import Step, Trace

Array = NDArray[np.float32]
Answers = Callable[[Question], Iterator[Any]]


class Inspected:
    """The pass at one position of a text on a server; see `engine.apart.Apart`."""

    def __init__(self, ask: Answers, facts: ModelFacts, trace: Trace, position: int) -> None:
        self.step: Step = trace.steps[position]
        self.position = position
        self._ask, self._facts = ask, facts
        self._text = (trace.ids, trace.edits, position)
        self._stages = passage(facts.anatomy)
        self._names = self._stages.names(facts.layers)
        self._known: dict[str, Activation] = {}
        self._kept: dict[Hashable, Any] = {}

    def __getitem__(self, name: str) -> Activation:
        """An activation by its name; raises KeyError."""
        if name not in self._known and name in self._names:
            self._once("apart", lambda: list(self.take_apart()))
        return self._known[name]

    def values(self, name: str) -> Array:
        """The array of an activation; raises KeyError."""
        return self[name].values

    def take_apart(self) -> Iterator[None]:
        """Have every activation sent, a block with each `next()`; raises ValueError."""
        for some in self._ask(TakeApart(*self._text)):
            for name, array in some.items():
                self._known[name] = self._activation(name, array)
            yield
        if self._known.keys() != set(self._names):
            raise PackingError("the server sent another pass than that of its model")

    def attribute(self, token: int, versus: int | None = None) -> Attribution:
        """What each part adds to a logit, or to its lead over another one; raises ValueError."""
        question = Attribute(*self._text, token, versus)
        found: Attribution = self._once(("attribute", token, versus), lambda: self._one(question))
        return self._checked_parts(found)

    def lens(self, final_norm: bool = True) -> Array:
        """The logits (L + 1, V) that every layer's stream would give; raises ValueError."""
        question = Lens(*self._text, final_norm)
        found: Array = self._once(
            ("lens", final_norm), lambda: np.concatenate(list(self._ask(question)))
        )
        if found.shape != (self._facts.layers + 1, self._facts.vocabulary):
            raise PackingError("the server sent another lens than that of its model")
        return found

    def fill(self, name: str, index: Index) -> Filled:
        """The formula of one entry; raises ValueError."""
        question = Fill(*self._text, name, index)
        found: Filled = self._once((name, index), lambda: self._one(question))
        return self._checked_sum(found)

    def _activation(self, name: str, array: Array) -> Activation:
        if name not in self._names:
            raise PackingError("the server sent another pass than that of its model")
        stage = self._stages.stage(name)
        start = 0
        if "s" in stage.axes:
            start = self._facts.first_key(layer_of(name) or 0, self.position)
        if array.shape != self._shape(stage, start) or not np.isfinite(array).all():
            raise PackingError(f"the server sent a {name} that cannot be")
        return Activation(name, stage, array, _Asked(self, name), start)

    def _shape(self, stage: Stage, start: int) -> tuple[int, ...]:
        f = self._facts
        sizes = {
            "c": f.width, "h": f.heads, "g": f.groups, "d": f.head_width, "f": f.inner,
            "s": self.position + 1 - start, "t": f.vocabulary,
        }  # fmt: skip
        return tuple(sizes[axis] for axis in stage.axes)

    def _checked_parts(self, found: Attribution) -> Attribution:
        layers, heads = range(self._facts.layers), range(self._facts.heads)
        if found.amounts.shape != (len(found.parts),) or any(
            (one.layer is not None and one.layer not in layers)
            or (one.head is not None and one.head not in heads)
            for one in found.parts
        ):
            raise PackingError("the server sent parts that its model does not have")
        return replace(found, amounts=found.amounts.astype(np.float64))

    def _checked_sum(self, found: Filled) -> Filled:
        if found.left is None:
            return found
        left = found.left.astype(np.float64)
        right = None if found.right is None else found.right.astype(np.float64)
        last = found.start + len(left)
        if (
            left.ndim != 1
            or (right is not None and right.shape != left.shape)
            or (found.names and len(found.names) != len(left))
            or (found.axis == "s" and not 0 <= found.start <= last <= self.position + 1)
        ):
            raise PackingError("the server sent a formula that cannot be")
        return replace(found, left=left, right=right)

    def _one(self, question: Question) -> Any:
        return next(self._ask(question))

    def _once(self, wanted: Hashable, ask: Callable[[], Any]) -> Any:
        """What is asked for only once; MissingError `only_here` before."""
        if wanted not in self._kept:
            if is_only_here():
                raise MissingError((id(self), wanted), lambda: self._once(wanted, ask))
            self._kept[wanted] = ask()
        return self._kept[wanted]


@dataclass(frozen=True, eq=False)
class _Asked:
    """The rule of an activation that the server knows."""

    whole: Inspected
    name: str

    def fill(self, index: Index) -> Filled:
        """The numbers of one entry."""
        return self.whole.fill(self.name, index)
