"""One forward pass taken apart: every named activation at one position. numpy; runs no network.

A causal model never changes what it computed for a position, so everything between two recorded
residual streams can be computed again from the trace: block l of position t needs hidden[l] of t
for itself and hidden[l] of the earlier positions for their values. What the Step recorded (queries,
keys, pattern, streams, logits) is taken from it; the rest starts from there in every block, so that
rounding does not add up. The formulas compute each entry anew and so check both.

Names are those of TransformerLens without "hook_". Edits are honoured: heads that are
switched off mix nothing, and whatever else an edit changed in the recorded run is the addend "edit"
of the residual stream that it changed, the recorded stream minus the computed one.

Shapes: L layers, H heads, S keys, D head width, C width, F width inside an MLP, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.engine import formulas
from explorer.engine.formulas import Filled, Index, Rule
from explorer.engine.parameters import Affine, BlockParameters, Parameters
from explorer.engine.passage import Stage, stage
from explorer.engine.trace import Step, Trace

Array = NDArray[np.float32]
# Larger than any rounding of a residual stream, smaller than any edit worth making.
EDITED = 1e-3
ZERO_HEAD = ("head", "zero")


@dataclass(frozen=True, eq=False)
class Activation:
    """One named array of the pass: what it is (`stage`), its values, how an entry comes about."""

    name: str
    stage: Stage
    values: Array
    rule: Rule

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes, in the order of `stage.axes`."""
        return self.values.shape

    def fill(self, index: Index) -> Filled:
        """The formula of one entry with its numbers; raises IndexError outside the array."""
        if len(index) != self.values.ndim or any(
            not 0 <= at < size for at, size in zip(index, self.shape, strict=True)
        ):
            raise IndexError(f"{self.name} has the shape {self.shape}, it has no entry {index}")
        return self.rule.fill(index)


@dataclass(frozen=True, eq=False)
class Inspection:
    """The pass at one position of a trace, in the order of computation.

    step is the recorded step that it belongs to; parameters are those of the network.
    """

    step: Step
    position: int
    parameters: Parameters
    activations: tuple[Activation, ...]

    @cached_property
    def _by_name(self) -> dict[str, Activation]:
        return {one.name: one for one in self.activations}

    def __getitem__(self, name: str) -> Activation:
        """An activation by its name; raises KeyError."""
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def values(self, name: str) -> Array:
        """The array of an activation; raises KeyError."""
        return self._by_name[name].values


def inspect(parameters: Parameters, trace: Trace, position: int) -> Inspection:
    """Every named activation of the pass that read the token at `position` of a trace.

    Raises ValueError for a position that has not been read.
    """
    if not 0 <= position < len(trace):
        raise ValueError(f"position {position} has not been read; the text has {len(trace)} tokens")
    steps = trace.steps[: position + 1]
    step = steps[position]
    embed, place = parameters.tokens[step.token], parameters.positions[position]
    found = [
        activation("embed", embed, formulas.Lookup(embed, f"W_E[{step.token}, {{}}]")),
        activation("pos_embed", place, formulas.Lookup(place, f"W_P[{position}, {{}}]")),
    ]
    # Other edits, a mean among them, show as what they added to the stream.
    off = {(one.layer, one.index) for one in trace.edits.off if (one.part, one.how) == ZERO_HEAD}
    before: tuple[tuple[str, Array], ...] = (("embed", embed), ("pos_embed", place))
    for layer, block in enumerate(parameters.blocks):
        reading = Reading(steps, layer, block, parameters)
        found += reading.enter(before)
        sharp = [trace.edits.sharpness(layer, head) for head in range(parameters.config.n_head)]
        found += reading.attend(off, np.array(sharp))
        found += reading.think()
        before = ((f"blocks.{layer}.resid_post", step.hidden[layer + 1]),)
    found += _leave(step, parameters)
    return Inspection(step, position, parameters, tuple(found))


def activation(name: str, values: Array, rule: Rule) -> Activation:
    """An activation with the description of its stage."""
    return Activation(name, stage(name), values.view(), rule)


class Reading:
    """One block at one position, from its recorded stream to the next."""

    def __init__(
        self, steps: tuple[Step, ...], layer: int, block: BlockParameters, whole: Parameters
    ) -> None:
        self._steps, self._layer, self._block = steps, layer, block
        self._config = whole.config
        self._heads = whole.config.n_head
        self._stream = steps[-1].hidden[layer]  # (C,)
        self.middle = self.told = self._stream

    def enter(self, parts: tuple[tuple[str, Array], ...]) -> list[Activation]:
        """What comes in; an edit that the parts do not explain stands before it."""
        return [self._name("resid_pre", self._stream, _sum(parts, self._stream))]

    def attend(self, off: Set[tuple[int, int]], sharp: NDArray[np.float64]) -> list[Activation]:
        """From the first norm to the stream after the attention; betas are multiplied by sharp."""
        block, shape, last = self._block, (self._heads, -1), self._steps[-1]
        normed = norm(self._stream, block.ln1, self._config.layer_norm_epsilon)  # (C,)
        q, k = last.queries[self._layer], last.keys[self._layer]  # (H, D)
        v = linear(normed, block.value).reshape(shape)  # (H, D)
        keys = np.stack([step.keys[self._layer] for step in self._steps])  # (S, H, D)
        values = self._values(v)  # (S, H, D)
        # As the engine does: sums of scores in float64, since trained scores are large.
        betas = sharp / math.sqrt(q.shape[1])  # (H,)
        scores = np.einsum("hd,shd->hs", q.astype(np.float64), keys) * betas[:, None]
        pattern = last.attention[self._layer]  # (H, S)
        keep = np.array([(self._layer, head) not in off for head in range(self._heads)], np.float32)
        z = np.einsum("hs,shd->hd", pattern, values) * keep[:, None]  # (H, D)
        out = linear(z.reshape(-1), block.out)  # (C,)
        self.middle = self._stream + out  # (C,)
        scored = scores.astype(np.float32)
        return [
            self._name("ln1", normed, self._normed(self._stream, block.ln1)),
            self._name("q", q, _linear(normed, block.query, q.shape)),
            self._name("k", k, _linear(normed, block.key, k.shape)),
            self._name("v", v, _linear(normed, block.value, v.shape)),
            self._name("attn_scores", scored, formulas.Scores(q, keys, betas)),
            self._name("pattern", pattern, _softmax(scored, pattern)),
            self._name("z", z, formulas.Mix(pattern, values, keep)),
            self._name("attn_out", out, _linear(z, block.out, out.shape)),
            self._name(
                "resid_mid", self.middle,
                formulas.Sum((self._stream, out), ("resid_pre", "attn_out")),
            ),
        ]  # fmt: skip

    def think(self) -> list[Activation]:
        """From the second norm to the residual stream after the MLP."""
        block = self._block
        exact = self._config.activation_function == "gelu"
        normed = norm(self.middle, block.ln2, self._config.layer_norm_epsilon)  # (C,)
        wide = linear(normed, block.up)  # (F,)
        bent = gelu(wide, exact)  # (F,)
        self.told = linear(bent, block.down)  # (C,)
        parts = (("resid_mid", self.middle), ("mlp_out", self.told))
        after = self._steps[-1].hidden[self._layer + 1]  # (C,)
        return [
            self._name("ln2", normed, self._normed(self.middle, block.ln2)),
            self._name("mlp_pre", wide, _linear(normed, block.up, wide.shape)),
            self._name("mlp_post", bent, formulas.Gelu(wide, exact)),
            self._name("mlp_out", self.told, _linear(bent, block.down, self.told.shape, "f")),
            self._name("resid_post", after, _sum(parts, after)),
        ]

    def _values(self, own: Array) -> Array:
        """The values (S, H, D) of all positions, from their recorded streams."""
        streams = np.stack([step.hidden[self._layer] for step in self._steps])  # (S, C)
        normed = norm(streams, self._block.ln1, self._config.layer_norm_epsilon)
        return linear(normed, self._block.value).reshape(len(streams), *own.shape)  # (S, H, D)

    def _normed(self, x: Array, layer: Affine) -> formulas.Normed:
        return formulas.Normed(x, layer.weight, layer.bias, self._config.layer_norm_epsilon)

    def _name(self, name: str, values: Array, rule: Rule) -> Activation:
        return activation(f"blocks.{self._layer}.{name}", values, rule)


def _leave(step: Step, parameters: Parameters) -> list[Activation]:
    """The final norm, the column of the unembedding of the most probable token, the logits."""
    stream, eps = step.hidden[-1], parameters.config.layer_norm_epsilon
    normed = norm(stream, parameters.ln_f, eps)  # (C,)
    top = int(step.logits.argmax())
    column = parameters.tokens[top]  # (C,)
    logits = step.logits  # (V,)
    final = formulas.Normed(stream, parameters.ln_f.weight, parameters.ln_f.bias, eps)
    return [
        activation("ln_final", normed, final),
        activation("unembed", column, formulas.Lookup(column, f"W_U[{{}}, {top}]")),
        activation(
            "logits", logits, formulas.Linear(normed, parameters.tokens, None, logits.shape)
        ),
    ]


def _sum(parts: tuple[tuple[str, Array], ...], recorded: Array) -> formulas.Sum:
    """The rule of a recorded stream: its parts, and what an edit added where they fall short."""
    rest = recorded - np.sum([part for _, part in parts], axis=0, dtype=np.float32)
    if float(np.abs(rest).max()) > EDITED:
        parts = (*parts, ("edit", rest))
    return formulas.Sum(tuple(part for _, part in parts), tuple(name for name, _ in parts))


def _softmax(scores: Array, pattern: Array) -> Rule:
    """The rule of a recorded pattern: the softmax of its scores, if no edit has replaced a row."""
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    edited = float(np.abs(weights - pattern).max()) > EDITED
    return formulas.Given(pattern, "put in by an edit") if edited else formulas.Softmax(scores)


def _linear(x: Array, layer: Affine, shape: tuple[int, ...], axis: str = "c") -> formulas.Linear:
    return formulas.Linear(x, layer.weight, layer.bias, shape, axis)


def linear(x: Array, layer: Affine) -> Array:
    """x (..., in) through a layer: (..., out)."""
    found: Array = x @ layer.weight.T + layer.bias
    return found


def norm(x: Array, layer: Affine, eps: float) -> Array:
    """Layer norm over the last axis of x (..., C), statistics in float64."""
    wide = x.astype(np.float64)
    centred = wide - wide.mean(-1, keepdims=True)
    scale = np.sqrt((centred**2).mean(-1, keepdims=True) + eps)
    found: Array = (centred / scale * layer.weight + layer.bias).astype(np.float32)
    return found


def gelu(x: Array, exact: bool) -> Array:
    """The activation function of the MLP, entry by entry (Hendrycks and Gimpel 2016)."""
    wide = x.astype(np.float64)
    if exact:
        inner = np.array([math.erf(one / math.sqrt(2)) for one in wide.reshape(-1)])
        return np.asarray(0.5 * wide * (1 + inner.reshape(wide.shape)), np.float32)
    inner = np.tanh(math.sqrt(2 / math.pi) * (wide + 0.044715 * wide**3))
    return np.asarray(0.5 * wide * (1 + inner), np.float32)
