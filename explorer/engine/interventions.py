"""Edits at work: what each of them does to the named activations of a pass.

Only called when there are edits; a pass without any goes another, faster way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import torch
from torch import Tensor

from explorer.engine.activations import Touch, block_name, read_named
from explorer.engine.config import ModelConfig
from explorer.engine.edits import OF_A_HEAD, PATCHED, Edits, Off, Patch, Steering
from explorer.engine.model import Memory, Transformer

Means = Mapping[str, Tensor]
Change = Callable[[Tensor], Tensor]


def check(edits: Edits, config: ModelConfig) -> None:
    """Raises ValueError with a sentence when an edit does not fit the network."""
    for off in edits.off:
        _check_off(off, config)
    for one in edits.steering:
        what = f"steering enters at layer {one.layer}"
        if not 0 <= one.layer <= config.n_layer:
            raise ValueError(f"{what}, it must lie between 0 and {config.n_layer}")
        _check_values(one.vector, config.n_embd, "a steering vector")
        if not math.isfinite(one.strength):
            raise ValueError(f"the strength of steering is {one.strength}, it must be finite")
    for patch in edits.patches:
        _check_patch(patch, config)
    for token in edits.reference:
        if not 0 <= token < config.vocab_size:
            raise ValueError(
                f"the reference text has token {token}, which is not in the vocabulary"
            )


def intervene(edits: Edits, config: ModelConfig, means: Means, start: int) -> Touch:
    """A touch that applies the edits to a pass over tokens at positions start, start + 1, ...

    means holds z (H, D), mlp_post (inner,), mlp_out and attn_out (C,) of the layers by their full
    names, as far as the edits ask for means.
    """
    changes: dict[str, list[Change]] = {}
    for name, change in _changes(edits, config, means, start):
        changes.setdefault(name, []).append(change)

    def touch(name: str, value: Tensor) -> Tensor:
        if name not in changes:
            return value
        value = value.clone()  # what is given may be a view of weights or of what was recorded
        for change in changes[name]:
            value = change(value)
        return value

    return touch


def means_of(edits: Edits, model: Transformer) -> Means:
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
        read_named(model, torch.tensor(edits.reference), Memory(model.config), keep)
    return found


_TOUCHED = {
    "head": ("z",),
    "mlp": ("mlp_out",),
    "block": ("attn_out", "mlp_out"),
    "neuron": ("mlp_post",),
}


def _changes(
    edits: Edits, config: ModelConfig, means: Means, start: int
) -> Iterator[tuple[str, Change]]:
    """Where the edits act and what they do there; patches come last, so that they hold exactly."""
    for off in edits.off:
        for part in _TOUCHED[off.part]:
            name = block_name(off.layer, part)
            yield name, partial(_switch_off, off, means.get(name))
    for one in edits.steering:
        last = one.layer == config.n_layer
        name = (
            block_name(one.layer - 1, "resid_post") if last else block_name(one.layer, "resid_pre")
        )
        yield name, partial(_steer, one, start)
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
    added = one.strength * torch.tensor(one.vector)  # (C,)
    if one.onwards:
        value[max(row, 0) :] += added
    elif 0 <= row < len(value):
        value[row] += added
    return value


def _replace(patch: Patch, start: int, value: Tensor) -> Tensor:
    row = patch.position - start
    if not 0 <= row < value.shape[-2]:
        return value
    values = torch.tensor(patch.values)
    if patch.name in OF_A_HEAD:  # (H, T, D) or (H, T, S)
        value[patch.head, row, : len(values)] = values
    else:
        value[row] = values
    return value


def _check_off(off: Off, c: ModelConfig) -> None:
    if off.part == "head":
        if not (0 <= off.layer < c.n_layer and 0 <= off.index < c.n_head):
            raise ValueError(
                f"there is no head {off.layer}.{off.index} in {c.n_layer} x {c.n_head} heads"
            )
    elif not 0 <= off.layer < c.n_layer:
        raise ValueError(f"there is no layer {off.layer}, the network has {c.n_layer}")
    elif off.part == "neuron" and not 0 <= off.index < c.inner:
        raise ValueError(f"there is no neuron {off.index}, each MLP has {c.inner}")


def _check_patch(patch: Patch, c: ModelConfig) -> None:
    if patch.name not in PATCHED:
        raise ValueError(f"{patch.name!r} cannot be patched; choose {', '.join(PATCHED)}")
    if not 0 <= patch.layer < c.n_layer:
        raise ValueError(f"there is no layer {patch.layer}, the network has {c.n_layer}")
    if not 0 <= patch.position < c.n_positions:
        raise ValueError(f"position {patch.position} is outside the context of {c.n_positions}")
    if patch.name in OF_A_HEAD and not 0 <= patch.head < c.n_head:
        raise ValueError(
            f"there is no head {patch.layer}.{patch.head} in {c.n_layer} x {c.n_head} heads"
        )
    width = {"z": c.head_width, "pattern": patch.position + 1, "mlp_post": c.inner}
    _check_values(patch.values, width.get(patch.name, c.n_embd), f"a patch of {patch.name}")


def _check_values(values: tuple[float, ...], width: int, what: str) -> None:
    if len(values) != width:
        raise ValueError(f"{what} has {len(values)} numbers, it needs {width}")
    if not all(map(math.isfinite, values)):
        raise ValueError(f"{what} holds a number that is not finite")
