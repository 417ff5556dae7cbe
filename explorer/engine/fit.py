"""Whether edits fit a network, said in sentences. Knows sizes, no tensors."""

from __future__ import annotations

import math
from dataclasses import dataclass

from explorer.engine.edits import EVERY, OF_A_HEAD, PATCHED, Edits, Off, Patch, Sharpening

SHARPEST = 1000.0


@dataclass(frozen=True)
class Sizes:
    """The sizes that edits are checked against; inner 0 means that it is not known here."""

    layers: int
    heads: int
    width: int
    head_width: int
    inner: int
    context: int
    vocabulary: int


def check(edits: Edits, sizes: Sizes) -> None:
    """Raises ValueError with a sentence when an edit does not fit the network."""
    for off in edits.off:
        _check_off(off, sizes)
    for one in edits.steering:
        if not 0 <= one.layer <= sizes.layers:
            raise ValueError(
                f"steering enters at layer {one.layer}, it must lie between 0 and {sizes.layers}"
            )
        _check_position(one.position, sizes)
        _check_values(one.vector, sizes.width, "a steering vector")
        if not math.isfinite(one.strength):
            raise ValueError(f"the strength of steering is {one.strength}, it must be finite")
    for patch in edits.patches:
        _check_patch(patch, sizes)
    for sharp in edits.sharpening:
        _check_sharpening(sharp, sizes)
    if len(edits.reference) > sizes.context:
        raise ValueError(
            f"the reference text has {len(edits.reference)} tokens, "
            f"the context holds {sizes.context}"
        )
    for token in edits.reference:
        if not 0 <= token < sizes.vocabulary:
            raise ValueError(
                f"the reference text has token {token}, which is not in the vocabulary"
            )


def _check_off(off: Off, s: Sizes) -> None:
    if off.part == "head":
        if not (0 <= off.layer < s.layers and 0 <= off.index < s.heads):
            raise ValueError(
                f"there is no head {off.layer}.{off.index} in {s.layers} x {s.heads} heads"
            )
    elif not 0 <= off.layer < s.layers:
        raise ValueError(f"there is no layer {off.layer}, the network has {s.layers}")
    elif off.part == "neuron" and (off.index < 0 or 0 < s.inner <= off.index):
        raise ValueError(f"there is no neuron {off.index}, each MLP has {s.inner}")


def _check_sharpening(one: Sharpening, s: Sizes) -> None:
    every = (one.layer, one.head) == (EVERY, EVERY)
    if not every and not (0 <= one.layer < s.layers and 0 <= one.head < s.heads):
        raise ValueError(f"there is no head {one.layer}.{one.head} in {s.layers} x {s.heads} heads")
    if not 1 / SHARPEST <= one.factor <= SHARPEST:
        raise ValueError(
            f"the sharpness of a head is multiplied by {one.factor:g}; the factor must lie between "
            f"{1 / SHARPEST:g} and {SHARPEST:g}"
        )


def _check_patch(patch: Patch, s: Sizes) -> None:
    if patch.name not in PATCHED:
        raise ValueError(f"{patch.name!r} cannot be patched; choose {', '.join(PATCHED)}")
    if not 0 <= patch.layer < s.layers:
        raise ValueError(f"there is no layer {patch.layer}, the network has {s.layers}")
    _check_position(patch.position, s)
    if patch.name in OF_A_HEAD and not 0 <= patch.head < s.heads:
        raise ValueError(
            f"there is no head {patch.layer}.{patch.head} in {s.layers} x {s.heads} heads"
        )
    inner = s.inner or len(patch.values)
    width = {"z": s.head_width, "pattern": patch.position + 1, "mlp_post": inner}
    _check_values(patch.values, width.get(patch.name, s.width), f"a patch of {patch.name}")


def _check_position(position: int, s: Sizes) -> None:
    if not 0 <= position < s.context:
        raise ValueError(f"position {position} is outside the context of {s.context}")


def _check_values(values: tuple[float, ...], width: int, what: str) -> None:
    if len(values) != width:
        raise ValueError(f"{what} has {len(values)} numbers, it needs {width}")
    if not all(map(math.isfinite, values)):
        raise ValueError(f"{what} holds a number that is not finite")
