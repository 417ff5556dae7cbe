"""Direct logit attribution: what each part of the network adds to a logit. numpy only.

The final residual stream is a sum, r = embed + pos_embed + sum over layers of (heads + b_O + MLP),
with the part z_h W_O,h of head h. Once the scale s = sqrt(var r + eps) of the final norm is frozen
at its true value, each part c adds linearly to the logit of token t:

    ((c - mean c) / s * g) . W_U[:, t],      and b_f . W_U[:, t] remains for the bias of the norm

so that the sum over the parts is the logit. This is the direct effect only: what a part changes in
later blocks is counted there. Shapes: L layers, H heads, C width, n parts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.engine.formulas import Sum
from explorer.engine.inspect import Inspection
from explorer.engine.parameters import Parameters

Doubles = NDArray[np.float64]
Kind = Literal["embed", "pos_embed", "head", "attn_bias", "mlp", "edit", "ln_bias"]


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


def decompose(inspection: Inspection) -> Parts:
    """The addends of the final residual stream at the inspected position."""
    whole = inspection.parameters
    heads = whole.config.n_head
    found: list[tuple[Part, Doubles]] = [
        (Part("embed"), _doubles(inspection.values("embed"))),
        (Part("pos_embed"), _doubles(inspection.values("pos_embed"))),
    ]
    found += _edited(inspection, 0, "resid_pre")
    for layer, block in enumerate(whole.blocks):
        z = _doubles(inspection.values(f"blocks.{layer}.z"))  # (H, D)
        out = _doubles(block.out.weight).reshape(-1, heads, z.shape[1])  # (C, H, D)
        mixed = np.einsum("hd,chd->hc", z, out)  # (H, C)
        found += [(Part("head", layer, head), mixed[head]) for head in range(heads)]
        found.append((Part("attn_bias", layer), _doubles(block.out.bias)))
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
    direction, offset = _direction(inspection.parameters, parts.final, token)
    true = float(inspection.step.logits[token])
    if versus is not None:
        other, rest = _direction(inspection.parameters, parts.final, versus)
        direction, offset = direction - other, offset - rest
        true -= float(inspection.step.logits[versus])
    amounts = np.append(parts.vectors @ direction, offset)
    return Attribution(token, versus, (*parts.parts, Part("ln_bias")), amounts, true)


def _direction(whole: Parameters, final: Doubles, token: int) -> tuple[Doubles, float]:
    """The vector (C,) whose product with a part is what it adds, and what the norm's bias adds."""
    if not 0 <= token < len(whole.tokens):
        raise IndexError(f"token id {token} is not in the vocabulary of {len(whole.tokens)}")
    column = _doubles(whole.tokens[token])  # (C,)
    scaled = _doubles(whole.ln_f.weight) * column
    # (c - mean c) . u = c . (u - mean u): the centring moves from the part to the direction.
    spread = math.sqrt(float(final.var()) + whole.config.layer_norm_epsilon)
    return (scaled - scaled.mean()) / spread, float(_doubles(whole.ln_f.bias) @ column)


def _edited(inspection: Inspection, layer: int, name: str) -> list[tuple[Part, Doubles]]:
    """What an edit added to the stream after the embedding or a block, if anything."""
    rule = inspection[f"blocks.{layer}.{name}"].rule
    if not isinstance(rule, Sum) or "edit" not in rule.names:
        return []
    edit = _doubles(rule.parts[rule.names.index("edit")])
    return [(Part("edit", None if name == "resid_pre" else layer), edit)]


def _doubles(array: NDArray[np.float32]) -> Doubles:
    return array.astype(np.float64)
