"""Direct logit attribution: what each part of the network adds to a logit. numpy only.

The final residual stream is a sum, r = embed + pos_embed + sum over layers of (heads + b_O + MLP),
with the part z_h W_O,h of head h. Once the scale s = sqrt(var r + eps) of the final norm is frozen
at its true value, each part c adds linearly to the logit of token t:

    ((c - mean c) / s * g) . W_U[:, t],      and b_f . W_U[:, t] remains for the bias of the norm

so that the sum over the parts is the logit. RMS norms have no mean and no bias, s = sqrt(mean r^2 +
eps). Where a block has a norm behind its attention, a head's part goes through that one first, with
its scale frozen as well; an MLP's part is what comes out of its norm. A cap of the logits is a part
of its own: what it takes from the sum or gives to it.

This is the direct effect only: what a part changes in later blocks is counted there. Shapes: L
layers, H heads, D head width, C width, n parts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.engine.formulas import Sum
from explorer.engine.parameters import Affine, Parameters

if TYPE_CHECKING:
    from explorer.engine.inspect import Inspection

Doubles = NDArray[np.float64]
Kind = Literal["embed", "pos_embed", "head", "attn_bias", "mlp", "edit", "ln_bias", "logit_cap"]


@dataclass(frozen=True)
class Part:
    """One addend of the final residual stream; layer and head where it has them."""

    kind: Kind
    layer: int | None = None
    head: int | None = None


@dataclass(frozen=True, eq=False)
class Parts:
    """The final residual stream as its addends: vectors (n, C) that sum to `final` (C,)."""

    parts: tuple[Part, ...]
    vectors: Doubles
    final: Doubles


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each part adds, amounts (n,) in logits; token against `versus` where that is given.

    true is the logit, or the difference of the two, that the network computed; total is the sum.
    """

    token: int
    versus: int | None
    parts: tuple[Part, ...]
    amounts: Doubles
    true: float

    @property
    def total(self) -> float:
        """The sum over all parts."""
        return float(self.amounts.sum())


_NAMED = {"embed": Part("embed"), "pos_embed": Part("pos_embed")}


def decompose(inspection: Inspection) -> Parts:
    """The addends of the final residual stream at the inspected position."""
    head = [one.name for one in inspection.stages.head]
    found = [(_NAMED[name], _doubles(inspection.values(name))) for name in head]
    found += _edited(inspection, 0, "resid_pre")
    for layer in range(inspection.layers):
        found += _attention(inspection, layer)
        found.append((Part("mlp", layer), _doubles(inspection.values(f"blocks.{layer}.mlp_out"))))
        found += _edited(inspection, layer, "resid_post")
    parts, vectors = zip(*found, strict=True)
    return Parts(parts, np.stack(vectors), _doubles(inspection.step.hidden[-1]))


def attribute(
    inspection: Inspection, token: int, versus: int | None = None, parts: Parts | None = None
) -> Attribution:
    """What each part adds to the logit of `token`, or to its lead over `versus`.

    parts may be given when it is known already. Raises IndexError for a token outside the
    vocabulary.
    """
    parts = decompose(inspection) if parts is None else parts
    names, amounts = _amounts(inspection, parts, token)
    true = float(inspection.step.logits[token])
    if versus is not None:
        amounts = amounts - _amounts(inspection, parts, versus)[1]
        true -= float(inspection.step.logits[versus])
    return Attribution(token, versus, names, amounts, true)


def _amounts(inspection: Inspection, parts: Parts, token: int) -> tuple[tuple[Part, ...], Doubles]:
    """The parts of one logit, those of the norm's bias and of a cap included, and what they add."""
    whole = inspection.parameters
    d, final = whole.description, whole.norm("norm")
    assert final is not None
    if not 0 <= token < d.vocabulary:
        raise IndexError(f"token id {token} is not in the vocabulary of {d.vocabulary}")
    column = _doubles(whole.unembedding((token,))[0])  # (C,)
    direction = _frozen(whole, final, parts.final, column)
    names, amounts = parts.parts, parts.vectors @ direction
    if final.bias is not None:
        names = (*names, Part("ln_bias"))
        amounts = np.append(amounts, _doubles(final.bias) @ column)
    if d.logit_cap is not None:
        total = float(amounts.sum())
        names = (*names, Part("logit_cap"))
        amounts = np.append(amounts, d.logit_cap * math.tanh(total / d.logit_cap) - total)
    return names, amounts


def _frozen(whole: Parameters, gain: Affine, stream: Doubles, direction: Doubles) -> Doubles:
    """The vector (C,) whose product with a part is that of `direction` with the part normed.

    The scale of the norm is that of `stream`. (c - mean c) . u = c . (u - mean u): the centring
    moves from the part to the direction.
    """
    scaled: Doubles = _doubles(gain.weight) * direction
    d = whole.description
    if d.norm == "rms":
        scaled /= math.sqrt(float((stream**2).mean()) + d.epsilon)
        return scaled
    scaled -= scaled.mean()
    scaled /= math.sqrt(float(stream.var()) + d.epsilon)
    return scaled


def _attention(inspection: Inspection, layer: int) -> list[tuple[Part, Doubles]]:
    """What each head of a block adds to the stream, and what is left for a bias."""
    whole = inspection.parameters
    z = inspection.values(f"blocks.{layer}.z")  # (H, D)
    heads, width = z.shape
    alone = np.zeros((heads, heads, width), np.float32)
    alone[np.arange(heads), np.arange(heads)] = z
    out = whole.projection(layer, "out")
    added = _doubles(out(alone.reshape(heads, -1), bias=False))  # (H, C)
    bias = None if out.bias is None else _doubles(out.bias)
    gain = whole.norm(f"{layer}.post_1")
    if gain is not None:
        stream = _doubles(inspection.values(f"blocks.{layer}.attn_proj"))
        added = _through(whole, gain, stream, added)
        bias = None if bias is None else _through(whole, gain, stream, bias[None])[0]
        if gain.bias is not None:
            bias = _doubles(gain.bias) + (0.0 if bias is None else bias)
    found = [(Part("head", layer, head), added[head]) for head in range(heads)]
    return found if bias is None else [*found, (Part("attn_bias", layer), bias)]


def _through(whole: Parameters, gain: Affine, stream: Doubles, parts: Doubles) -> Doubles:
    """Parts (n, C) of a stream behind a norm whose scale is that of the stream; no bias."""
    d = whole.description
    if d.norm == "layer":
        stream = stream - stream.mean()
        parts = parts - parts.mean(-1, keepdims=True)
    scale = math.sqrt(float((stream**2).mean()) + d.epsilon)
    found: Doubles = parts / scale * _doubles(gain.weight)
    return found


def _edited(inspection: Inspection, layer: int, name: str) -> list[tuple[Part, Doubles]]:
    """What an edit added to the stream after the embedding or a block, if anything."""
    rule = inspection[f"blocks.{layer}.{name}"].rule
    if not isinstance(rule, Sum) or "edit" not in rule.names:
        return []
    edit = _doubles(rule.parts[rule.names.index("edit")])
    return [(Part("edit", None if name == "resid_pre" else layer), edit)]


def _doubles(array: NDArray[np.float32]) -> Doubles:
    return array.astype(np.float64)
