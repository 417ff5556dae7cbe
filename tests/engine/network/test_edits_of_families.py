"""Edits act on every family as hooks on the modules of `transformers` do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.engine.edits import EVERY, NO_EDITS, Edits, How, Off, Patch, Sharpening, Steering
from explorer.engine.engine import Engine
from explorer.engine.reader import open_model
from explorer.engine.trace import Trace

transformers = pytest.importorskip("transformers")
IDS = [0, 5, 80, 7, 200, 33, 19, 12]
VECTOR = tuple(float(one) for one in np.random.default_rng(1).normal(size=32))
# The block's list, the attention's last projection, the MLP, and what makes the queries, as
# `transformers` names them.
PLACES = {
    "gpt2": ("transformer.h", "attn.c_proj", "mlp", "attn.c_attn"),
    "gpt_neo": (
        "transformer.h", "attn.attention.out_proj", "mlp", "attn.attention.q_proj"
    ),
    "gpt_neox": ("gpt_neox.layers", "attention.dense", "mlp", "attention.query_key_value"),
    "llama": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_proj"),
    "mistral": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_proj"),
    "qwen2": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_proj"),
    "qwen3": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_norm"),
    "gemma2": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_proj"),
    "gemma3": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_norm"),
    "phi3": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.qkv_proj"),
    "olmo2": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_norm"),
    "xglm": ("model.layers", "self_attn.out_proj", "fc2", "self_attn.q_proj"),
}  # fmt: skip


@pytest.fixture(params=PLACES)
def opened(request, family_folder: Callable[[str], Path]) -> tuple[str, Engine, Any]:
    folder = family_folder(request.param)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True
    ).eval()
    return request.param, open_model(folder).engine, theirs


def hooked(name: str, theirs: Any, edits: Edits, width: int) -> np.ndarray:
    """Logits (T, V) of the other implementation, changed by hooks."""
    blocks, project, mlp, query = PLACES[name]
    hooks = []
    for off in edits.off:
        block = theirs.get_submodule(f"{blocks}.{off.layer}")
        if off.part == "head":
            part = slice(off.index * width, (off.index + 1) * width)

            def silence(_, inputs, part=part):
                changed = inputs[0].clone()
                changed[..., part] = 0
                return (changed,)

            hooks.append(block.get_submodule(project).register_forward_pre_hook(silence))
        else:
            zero = lambda _, x, y: torch.zeros_like(y)  # noqa: E731
            hooks.append(block.get_submodule(mlp).register_forward_hook(zero))
    for one in edits.sharpening:
        layers = range(theirs.config.num_hidden_layers) if one.layer == EVERY else (one.layer,)
        for layer in layers:
            module = theirs.get_submodule(f"{blocks}.{layer}.{query}")
            heads = theirs.config.num_attention_heads
            hooks.append(module.register_forward_hook(sharpened(name, one, width, heads)))
    for one in edits.steering:

        def steer(_, inputs, one=one):
            changed = inputs[0].clone()
            changed[:, one.position :] += one.strength * torch.tensor(one.vector)
            return (changed, *inputs[1:])

        block = theirs.get_submodule(f"{blocks}.{one.layer}")
        hooks.append(block.register_forward_pre_hook(steer))
    with torch.no_grad():
        logits = theirs(torch.tensor([IDS])).logits[0].numpy()
    for hook in hooks:
        hook.remove()
    return logits


def sharpened(name: str, one: Sharpening, width: int, count: int) -> Any:
    """A hook that multiplies the queries of a head, which multiplies its scores."""

    def hook(_, x, y):
        if name == "gemma3":  # (1, H, T, D)
            turned = y.clone()
            turned[:, slice(None) if one.head == EVERY else one.head] *= one.factor
            return turned
        each = 3 if name == "gpt_neox" else 1
        heads = y.clone().reshape(-1, y.numel() // len(IDS) // each // width, each, width)
        # Where one matrix makes q, k and v, the queries come first.
        heads[:, slice(count) if one.head == EVERY else one.head, 0] *= one.factor
        return heads.view(y.shape)

    return hook


@pytest.mark.parametrize(
    "edits",
    [
        Edits((Off("head", 1, 2), Off("head", 0, 3))),
        Edits((Off("mlp", 1),)),
        Edits((Off("head", 2, 0),), (Steering(1, VECTOR, 1.5, 3),)),
        Edits(sharpening=(Sharpening(1, 2, 4.0),)),
        Edits((Off("head", 0, 0),), sharpening=(Sharpening(EVERY, EVERY, 0.3),)),
    ],
    ids=["heads", "mlp", "head and steering", "a sharper head", "all heads softer"],
)
def test_edits_are_those_of_hooks(opened, edits: Edits) -> None:
    name, engine, theirs = opened
    if edits.sharpening and name == "gemma2":
        # The cap acts before the sharpness: no hook on the queries does the same.
        edits = Edits(edits.off or (Off("head", 0, 0),))
    expected = hooked(name, theirs, edits, engine._model.config.head_width)
    at_once = engine.read(Trace((), edits), IDS, edits)
    grown = Trace((), edits)
    for token in IDS:
        grown = engine.read(grown, [token], edits)
    for trace in (at_once, grown):
        found = np.stack([step.logits for step in trace.steps])
        np.testing.assert_allclose(found, expected, atol=1e-4)
    plain = engine.read(Trace(), IDS).steps[-1].logits
    assert np.abs(plain - expected[-1]).max() > 1e-3


@pytest.mark.parametrize("how", ["zero", "mean"])
def test_a_sweep_measures_what_reading_under_each_edit_gives(opened, how: How) -> None:
    _, engine, _ = opened
    plain = engine.read(Trace(), IDS).steps[-1].logits
    found = [one for some in engine.sweep(IDS, 9, NO_EDITS, how) for one in some]
    config = engine._model.config
    assert len(found) == config.layers * (config.heads + 1)
    for one in found[::3]:
        edits = Edits((one.off,), reference=tuple(IDS))
        after = engine.read(Trace(), IDS, edits).steps[-1].logits
        assert one.logit == pytest.approx(float(after[9] - plain[9]), abs=1e-4)


def test_a_capped_head_is_made_sharper_behind_its_cap(
    family_folder: Callable[[str], Path],
) -> None:
    engine = open_model(family_folder("gemma2")).engine
    edits = Edits(sharpening=(Sharpening(1, 2, 4.0),))
    names = ("blocks.1.attn_scores", "blocks.1.pattern")
    plain = engine.activations(IDS, names)
    sharp = engine.activations(IDS, names, edits)
    scores = plain[names[0]].astype(float)  # (H, T, S)
    scores[2] *= 4.0
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    np.testing.assert_allclose(sharp[names[1]], weights, atol=1e-5)
    assert np.abs(sharp[names[1]][2] - plain[names[1]][2]).max() > 0.05


@pytest.mark.parametrize("name", ["llama", "gemma2", "olmo2"])
def test_a_patched_run_is_the_other_run_from_there_on(
    name: str, family_folder: Callable[[str], Path]
) -> None:
    """Meng et al. 2022: the stream of another text put in everywhere gives the other's logits."""
    engine = open_model(family_folder(name)).engine
    other = [0, 5, 80, 7, 201, 33, 18, 12]
    stream = engine.activations(other, ("blocks.1.resid_pre",))["blocks.1.resid_pre"]
    patches = tuple(
        Patch("resid_pre", 1, position, tuple(row.tolist())) for position, row in enumerate(stream)
    )
    edits = Edits(patches=patches)
    found = engine.read(Trace((), edits), IDS, edits).steps[-1].logits
    expected = engine.read(Trace(), other).steps[-1].logits
    np.testing.assert_allclose(found, expected, atol=1e-4)
