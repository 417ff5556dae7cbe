"""One forward pass taken apart: every named activation at one position. numpy; runs no network.

A causal model never changes what it computed for a position, so everything between two recorded
residual streams can be computed again from the trace: block l of position t needs hidden[l] of t
for itself and hidden[l] of the earlier positions for their values. What the Step recorded (queries,
keys, pattern, streams, logits) is taken from it; the rest starts from there in every block, so that
rounding does not add up, and a block is taken apart when it is asked for. The formulas compute each
entry anew and so check both.

Names are those of TransformerLens without "hook_", see `engine.activations`. Edits are honoured:
heads that are switched off mix nothing, and whatever else an edit changed in the recorded run is
the addend "edit" of the residual stream that it changed, the recorded stream minus the computed
one.

Shapes: C width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.engine import formulas
from explorer.engine.activation import Activation, Addends
from explorer.engine.attribution import Attribution, Parts, attribute, decompose
from explorer.engine.filled import Rule
from explorer.engine.inspect_block import BlockPass
from explorer.engine.logit_lens import lens_logits
from explorer.engine.numerics import norm
from explorer.engine.parameters import Parameters
from explorer.engine.passage import layer_of, passage
from explorer.engine.trace import Trace

Array = NDArray[np.float32]


class Inspection:
    """The pass at one position of a trace; what has been taken apart once is kept.

    step is the recorded step that it belongs to, parameters are those of the network, stages the
    stages of its passes.
    """

    def __init__(self, parameters: Parameters, trace: Trace, position: int) -> None:
        self.parameters, self.position = parameters, position
        self.step = trace.steps[position]
        self.stages = passage(parameters.description.anatomy)
        self._trace = trace
        self._parts: dict[int | None, dict[str, Activation]] = {}

    @property
    def layers(self) -> int:
        """The number of blocks."""
        return self.parameters.description.layers

    @property
    def names(self) -> tuple[str, ...]:
        """All activations in the order of computation."""
        return self.stages.names(self.layers)

    @property
    def activations(self) -> tuple[Activation, ...]:
        """All of them in that order, every block taken apart."""
        return tuple(self[name] for name in self.names)

    def __getitem__(self, name: str) -> Activation:
        """An activation by its name; raises KeyError."""
        layer = layer_of(name)
        if layer is not None and not 0 <= layer < self.layers:
            raise KeyError(name)
        return self._part(layer)[name]

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def values(self, name: str) -> Array:
        """The array of an activation; raises KeyError."""
        return self[name].values

    @cached_property
    def parts(self) -> Parts:
        """The addends of the final residual stream."""
        return decompose(self)

    def take_apart(self) -> Iterator[None]:
        """Compute everything but the lens, a block with each `next()`, the parts at last."""
        for layer in (None, *range(self.layers)):
            self._part(layer)
            yield
        _ = self.parts

    def attribute(self, token: int, versus: int | None = None) -> Attribution:
        """What each part adds to a logit, or to its lead over another one; raises IndexError."""
        return attribute(self, token, versus, self.parts)

    def lens(self, final_norm: bool = True) -> Array:
        """The logits (L + 1, V) that every layer's stream would give."""
        return lens_logits(self.parameters, self.step.hidden, final_norm)

    def _part(self, layer: int | None) -> dict[str, Activation]:
        """The activations of a block, or (None) those before and behind the blocks."""
        if layer not in self._parts:
            found = self._ends() if layer is None else self._block(layer)
            self._parts[layer] = {one.name: one for one in found}
        return self._parts[layer]

    def _block(self, layer: int) -> tuple[Activation, ...]:
        parts: Addends = ((f"blocks.{layer - 1}.resid_post", self.step.hidden[layer]),)
        if layer == 0:
            head = self._part(None)
            some = (one.name for one in self.stages.head)
            parts = tuple((name, head[name].values) for name in some)
        block = BlockPass(self.parameters, self.stages, self._trace, self.position, layer)
        return block.activations(parts)

    def _ends(self) -> Iterator[Activation]:
        yield from self._enter()
        yield from self._leave()

    def _enter(self) -> Iterator[Activation]:
        """The row of the embedding, and what the position adds to it."""
        d, weights, token = self.parameters.description, self.parameters.weights, self.step.token
        embed = weights.rows("embed.weight", (token,))[0] * np.float32(d.embedding_scale)  # (C,)
        times = "" if d.embedding_scale == 1 else f"{d.embedding_scale:.4g} × "
        yield self._name("embed", embed, formulas.Lookup(embed, f"{times}W_E[{token}, {{}}]"))
        if d.positions != "rotary":
            at = self.position + d.position_offset
            place = weights.rows("positions.weight", (at,))[0]  # (C,)
            learned = d.positions == "learned"
            rule = formulas.Lookup(place, f"W_P[{at}, {{}}]")
            yield self._name("pos_embed", place, rule if learned else formulas.Wave(at, d.width))

    def _leave(self) -> Iterator[Activation]:
        """The final norm, the column of the unembedding of the most probable token, the logits."""
        whole, stream, logits = self.parameters, self.step.hidden[-1], self.step.logits
        d, final = whole.description, whole.norm("norm")
        assert final is not None
        rms = d.norm == "rms"
        normed = norm(stream, final, d.epsilon, rms)  # (C,)
        rule = formulas.Normed(stream, final.weight, final.bias, d.epsilon, rms)
        yield self._name("ln_final", normed, rule)
        top = int(logits.argmax())
        column = whole.unembedding((top,))[0]  # (C,)
        yield self._name("unembed", column, formulas.Lookup(column, f"W_U[{{}}, {top}]"))

        def row(token: int) -> Array:
            found: Array = whole.unembedding((token,))[0]
            return found

        product = formulas.Linear(normed, row, _none, logits.shape, cap=d.logit_cap)
        yield self._name("logits", logits, product)

    def _name(self, name: str, values: Array, rule: Rule) -> Activation:
        return Activation(name, self.stages.stage(name), values.view(), rule)


def inspect(parameters: Parameters, trace: Trace, position: int) -> Inspection:
    """The pass that read the token at `position` of a trace, ready to be taken apart.

    Raises ValueError for a position that has not been read.
    """
    if not 0 <= position < len(trace):
        raise ValueError(f"position {position} has not been read; the text has {len(trace)} tokens")
    return Inspection(parameters, trace, position)


def _none(at: int) -> None:
    return None
