"""Edits at work: what each of them does to the named activations of a pass.

Only called when there are edits; a pass without any goes another, faster way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import torch
from torch import Tensor

from explorer.engine.activations import read_named
from explorer.engine.config import ModelConfig
from explorer.engine.edits import EVERY, OF_A_HEAD, Edits, Off, Patch, Sharpening, Steering
from explorer.engine.fit import Sizes
from explorer.engine.network.description import Description
from explorer.engine.network.network import Network
from explorer.engine.touch import Touch, block_name

Means = Mapping[str, Tensor]
Change = Callable[[Tensor], Tensor]


def sizes_of(config: ModelConfig | Description) -> Sizes:
    """What edits of this network are checked against."""
    return Sizes(
        config.layers, config.heads, config.width, config.head_width, config.inner,
        config.context, config.vocabulary,
    )  # fmt: skip


def intervene(edits: Edits, layers: int, means: Means, start: int) -> Touch:
    """A touch that applies the edits to a pass over tokens at positions start, start + 1, ...

    means holds z (H, D), mlp_post (inner,), mlp_out and attn_out (C,) of the layers by their full
    names, as far as the edits ask for means.
    """
    changes: dict[str, list[Change]] = {}
    for name, change in _changes(edits, layers, means, start):
        changes.setdefault(name, []).append(change)

    def touch(name: str, value: Tensor) -> Tensor:
        if name not in changes:
            return value
        value = value.clone()  # what is given may be a view of weights or of what was recorded
        for change in changes[name]:
            value = change(value)
        return value

    return touch


def means_of(edits: Edits, model: Network) -> Means:
    """The means over the reference text that the edits write, by full name; empty without any.

    The text is read without edits; its first position is left out unless it has no other.
    """
    wanted = {
        block_name(off.layer, name)
        for off in edits.off
        if off.how == "mean"
        for name in _TOUCHED[off.part]
    }
    found: dict[str, Tensor] = {}

    def keep(name: str, value: Tensor) -> Tensor:
        if name in wanted:
            rows = value[..., min(1, value.shape[-2] - 1) :, :]
            found[name] = rows.mean(-2)
        return value

    if wanted:
        read_named(model, torch.tensor(edits.reference), model.memory(), keep)
    return found


_TOUCHED = {
    "head": ("z",),
    "mlp": ("mlp_out",),
    "block": ("attn_out", "mlp_out"),
    "neuron": ("mlp_post",),
}


def _changes(edits: Edits, layers: int, means: Means, start: int) -> Iterator[tuple[str, Change]]:
    """Where the edits act and what they do there; patches come last, so that they hold exactly."""
    for off in edits.off:
        for part in _TOUCHED[off.part]:
            name = block_name(off.layer, part)
            yield name, partial(_switch_off, off, means.get(name))
    for one in edits.steering:
        last = one.layer == layers
        name = (
            block_name(one.layer - 1, "resid_post") if last else block_name(one.layer, "resid_pre")
        )
        yield name, partial(_steer, one, start)
    for sharp in edits.sharpening:
        for layer in range(layers) if sharp.layer == EVERY else (sharp.layer,):
            yield block_name(layer, "attn_scores"), partial(_sharpen, sharp)
    for patch in edits.patches:
        yield block_name(patch.layer, patch.name), partial(_replace, patch, start)


def _switch_off(off: Off, mean: Tensor | None, value: Tensor) -> Tensor:
    if off.part == "head":  # (H, T, D)
        value[off.index] = 0.0 if mean is None else mean[off.index]
    elif off.part == "neuron":  # (T, inner)
        value[:, off.index] = 0.0 if mean is None else mean[off.index]
    else:  # (T, C)
        value[:] = 0.0 if mean is None else mean
    return value


def _steer(one: Steering, start: int, value: Tensor) -> Tensor:
    row = one.position - start
    added = one.strength * torch.tensor(one.vector, device=value.device)  # (C,)
    if one.onwards:
        value[max(row, 0) :] += added
    elif 0 <= row < len(value):
        value[row] += added
    return value


def _sharpen(one: Sharpening, value: Tensor) -> Tensor:
    """Scores (H, T, S) in float64; those of later keys stay -inf, since the factor is above 0."""
    if one.head == EVERY:
        value *= one.factor
    else:
        value[one.head] *= one.factor
    return value


def _replace(patch: Patch, start: int, value: Tensor) -> Tensor:
    row = patch.position - start
    if not 0 <= row < value.shape[-2]:
        return value
    values = torch.tensor(patch.values, device=value.device)
    if patch.name in OF_A_HEAD:  # (H, T, D) or (H, T, S)
        value[patch.head, row, : len(values)] = values
    else:
        value[row] = values
    return value
