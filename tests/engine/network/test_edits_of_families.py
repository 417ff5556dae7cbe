"""Edits act on every family as hooks on the modules of `transformers` do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.engine.edits import EVERY, NO_EDITS, Edits, Off, Sharpening, Steering
from explorer.engine.engine import Engine
from explorer.engine.reader import open_model
from explorer.engine.trace import Trace

transformers = pytest.importorskip("transformers")
IDS = [0, 5, 80, 7, 200, 33, 19, 12]
VECTOR = tuple(float(one) for one in np.random.default_rng(1).normal(size=32))
# The block's list, the attention's last projection, the MLP, and what makes the queries, as
# `transformers` names them.
PLACES = {
    "llama": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_proj"),
    "mistral": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_proj"),
    "qwen3": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.q_norm"),
    "gpt_neox": ("gpt_neox.layers", "attention.dense", "mlp", "attention.query_key_value"),
}


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
            hooks.append(module.register_forward_hook(sharpened(name, one, width)))
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


def sharpened(name: str, one: Sharpening, width: int) -> Any:
    """A hook that multiplies the queries of a head, which multiplies its scores."""

    def hook(_, x, y):
        heads = y.clone().view(*y.shape[:2], -1, 3 if name == "gpt_neox" else 1, width)
        head = slice(None) if one.head == EVERY else one.head
        heads[:, :, head, 0] *= one.factor
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


def test_a_sweep_measures_what_reading_under_each_edit_gives(opened) -> None:
    _, engine, _ = opened
    plain = engine.read(Trace(), IDS).steps[-1].logits
    found = [one for some in engine.sweep(IDS, 9, NO_EDITS, "zero") for one in some]
    config = engine._model.config
    assert len(found) == config.layers * (config.heads + 1)
    for one in found[::3]:
        edits = Edits((one.off,))
        after = engine.read(Trace(), IDS, edits).steps[-1].logits
        assert one.logit == pytest.approx(float(after[9] - plain[9]), abs=1e-4)
