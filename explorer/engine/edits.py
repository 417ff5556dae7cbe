"""Edits: what was changed inside the network for an experiment. Frozen; the default is nothing.

Plain data, equal and hashable by content, so that it can be a key, be undone and be written to a
file. Activations have the names that the field knows from TransformerLens (`activations.py`).
Positions count tokens from 0, the begin token.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Part = Literal["head", "mlp", "block", "neuron"]
How = Literal["zero", "mean"]


@dataclass(frozen=True, order=True)
class Off:
    """One part that is switched off, at every position.

    head    its mixed values z (D,) are replaced before the output projection
    mlp     its output (C,) is replaced, the bias included
    block   the outputs of its attention and of its MLP are replaced
    neuron  one entry of its MLP's activations after the non-linearity is replaced
    `index` numbers the head or the neuron. Zero ablation writes 0; mean ablation writes the mean
    over the positions of the edits' reference text.
    """

    part: Part
    layer: int
    index: int = 0
    how: How = "zero"


@dataclass(frozen=True)
class Steering:
    """strength * vector (C,), added to the residual stream that enters block `layer`.

    layer = L is the stream after the last block. At one position, or at all from it on. Turner et
    al. 2023, activation addition.
    """

    layer: int
    vector: tuple[float, ...]
    strength: float = 1.0
    position: int = 0
    onwards: bool = True
    source: str = ""


@dataclass(frozen=True)
class Patch:
    """One activation at one position, replaced by given values.

    `name` is one of PATCHED. values has the width of the activation: C for the residual stream and
    the outputs, D for z, the MLP's inner width for mlp_post, position + 1 for a row of a pattern;
    head chooses the head of z and pattern. Meng et al. 2022, activation patching.
    """

    name: str
    layer: int
    position: int
    values: tuple[float, ...]
    head: int = 0
    source: str = ""


@dataclass(frozen=True, order=True)
class Sharpening:
    """The scores of a head before the softmax, times `factor`, at every position.

    Its sharpness beta becomes factor * beta, which is its attention temperature 1 / beta divided
    by factor: above 1 the head reads from fewer tokens, below 1 from more. layer and head EVERY
    are all heads of the network. Scores that a network caps are multiplied after the cap.
    """

    layer: int
    head: int
    factor: float


EVERY = -1
Edit: TypeAlias = Off | Steering | Patch | Sharpening
PATCHED = (
    "resid_pre", "attn_out", "resid_mid", "mlp_post", "mlp_out", "resid_post", "z", "pattern",
)  # fmt: skip
OF_A_HEAD = ("z", "pattern")


@dataclass(frozen=True)
class Edits:
    """Everything that is changed; false when nothing is.

    A sharpening by 1 does nothing and is left out; that of all heads and that of one multiply.
    reference holds the ids of the text whose positions the means are taken over: read without
    edits, its first position left out, since the begin token's activations are like no other's.
    """

    off: tuple[Off, ...] = ()
    steering: tuple[Steering, ...] = ()
    patches: tuple[Patch, ...] = ()
    reference: tuple[int, ...] = ()
    sharpening: tuple[Sharpening, ...] = ()

    def __post_init__(self) -> None:
        off = tuple(sorted(set(self.off)))
        object.__setattr__(self, "off", off)
        if len({replace(one, how="zero") for one in off}) < len(off):
            raise ValueError("a part cannot be switched off in two ways at once")
        sharp = tuple(sorted(one for one in set(self.sharpening) if one.factor != 1.0))
        object.__setattr__(self, "sharpening", sharp)
        if len({(one.layer, one.head) for one in sharp}) < len(sharp):
            raise ValueError("a head cannot be sharpened by two factors at once")
        means = any(one.how == "mean" for one in off)
        if means and not self.reference:
            raise ValueError("a mean needs a reference text to be taken over")
        if not means:
            # Without means the reference does not act, and must not tell equal edits apart.
            object.__setattr__(self, "reference", ())

    def __bool__(self) -> bool:
        return bool(self.off or self.steering or self.patches or self.sharpening)

    @property
    def heads_off(self) -> frozenset[tuple[int, int]]:
        """(layer, head) of every head that is switched off by itself."""
        return frozenset((one.layer, one.index) for one in self.off if one.part == "head")

    def sharpness(self, layer: int, head: int) -> float:
        """By how much the sharpness beta of a head is multiplied; 1 where it is the network's."""
        places = ((EVERY, EVERY), (layer, head))
        return math.prod(one.factor for one in self.sharpening if (one.layer, one.head) in places)


NO_EDITS = Edits()


def heads_off(*heads: tuple[int, int]) -> Edits:
    """These heads (layer, head) switched off with zeros, and nothing else."""
    return Edits(tuple(Off("head", layer, head) for layer, head in heads))
