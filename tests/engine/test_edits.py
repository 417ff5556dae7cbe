"""Heads switched off: exactly that head's contribution is gone, and the record says so."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.engine.activations import read_named
from explorer.engine.checkpoint import open_checkpoint
from explorer.engine.edits import EVERY, NO_EDITS, Edits, Off, Patch, Sharpening, Steering
from explorer.engine.edits import heads_off as off
from explorer.engine.engine import Engine
from explorer.engine.memory import Memory
from explorer.engine.model import Reading, Transformer
from explorer.engine.trace import Trace
from explorer.physics.dense_memory import retrieve
from explorer.physics.information import entropy
from explorer.resources import model_folder

IDS = [0, 40, 300, 77, 1200, 9, 45, 800]


@pytest.fixture(scope="module")
def model() -> Transformer:
    return open_checkpoint(model_folder()).model


def softmax(scores: np.ndarray) -> np.ndarray:
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def test_no_edits_are_false_and_equal_by_content() -> None:
    assert not NO_EDITS
    assert off((1, 2))
    assert off((1, 2), (0, 0)) == off((0, 0), (1, 2))


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (2, 5), (5, 7)])
def test_switching_a_head_off_removes_exactly_its_part(
    model: Transformer, layer: int, head: int
) -> None:
    plain = Engine(model).read(Trace(), IDS)
    edited = Engine(model).read(Trace(), IDS, off((layer, head)))
    assert edited.edits == off((layer, head))
    before = torch.tensor(np.stack([s.hidden[layer] for s in plain.steps]))  # (T, C)
    pattern = torch.tensor(np.nan_to_num(plain.attention(layer, head)))  # (T, T)
    block = model.h[layer]
    with torch.no_grad():
        T, C = before.shape
        width = C // block.attn.heads
        x = block.ln_1(before)
        value = block.attn.c_attn(x).view(T, 3, block.attn.heads, width)[:, 2, head]  # (T, D)
        part = (pattern @ value) @ block.attn.c_proj.weight[
            :, head * width : (head + 1) * width
        ].T  # (T, C)
        mixed = before + block.attn(x[None])[0] - part
        after = mixed + block.mlp(block.ln_2(mixed))
    for row, (a, b) in enumerate(zip(plain.steps, edited.steps, strict=True)):
        np.testing.assert_array_equal(a.hidden[: layer + 1], b.hidden[: layer + 1])
        np.testing.assert_array_equal(a.attention[: layer + 1], b.attention[: layer + 1])
        np.testing.assert_allclose(b.hidden[layer + 1], after[row].numpy(), atol=1e-4)
    assert part.norm() > 0
    assert not np.array_equal(plain.steps[-1].logits, edited.steps[-1].logits)


def test_all_heads_off_leaves_no_path_between_tokens(model: Transformer) -> None:
    every = off(*((a, b) for a in range(model.config.n_layer) for b in range(model.config.n_head)))
    one = Engine(model).read(Trace(), [*IDS[:-1], 5], every).steps[-1].logits
    other = Engine(model).read(Trace(), [*reversed(IDS[:-1]), 5], every).steps[-1].logits
    np.testing.assert_allclose(one, other, atol=1e-4)


def test_another_edit_reads_the_text_again_from_its_beginning(model: Transformer) -> None:
    engine = Engine(model)
    plain = engine.read(Trace(), IDS[:5])
    edited = engine.read(plain, IDS[5:], off((1, 1)))
    fresh = Engine(model).read(Trace(), IDS, off((1, 1)))
    assert edited.ids == tuple(IDS)
    assert plain.edits == NO_EDITS
    for a, b in zip(edited.steps, fresh.steps, strict=True):
        np.testing.assert_allclose(a.logits, b.logits, atol=1e-4)


def test_the_same_edits_go_on_where_the_trace_ends(model: Transformer) -> None:
    engine = Engine(model)
    first = engine.read(Trace(), IDS[:5], off((1, 1)))
    longer = engine.read(first, IDS[5:], off((1, 1)))
    assert all(a is b for a, b in zip(first.steps, longer.steps, strict=False))


@pytest.mark.parametrize("head", [(6, 0), (0, 8), (-1, 0), (0, -1)])
def test_a_head_that_does_not_exist_is_refused_in_words(
    model: Transformer, head: tuple[int, int]
) -> None:
    engine = Engine(model)
    with pytest.raises(ValueError, match=r"there is no head .* in 6 x 8 heads"):
        engine.read(Trace(), IDS, off(head))
    assert engine.forwards == 0


def test_edits_are_told_apart_by_what_acts_and_can_be_keys() -> None:
    twice = Edits((Off("head", 1, 2), Off("head", 0, 0), Off("head", 1, 2)))
    assert twice == off((0, 0), (1, 2)) and hash(twice) == hash(off((1, 2), (0, 0)))
    assert Edits(reference=(0, 5)) == NO_EDITS
    mean = Off("mlp", 1, how="mean")
    assert Edits((mean,), reference=(0, 5)) != Edits((mean,), reference=(0, 6))
    assert twice.heads_off == {(0, 0), (1, 2)}


def test_a_sharpening_by_one_is_no_edit_and_factors_multiply() -> None:
    assert Edits(sharpening=(Sharpening(1, 2, 1.0),)) == NO_EDITS
    both = Edits(sharpening=(Sharpening(1, 2, 3.0), Sharpening(EVERY, EVERY, 2.0)))
    assert both and both.sharpness(1, 2) == 6.0 and both.sharpness(0, 0) == 2.0
    assert NO_EDITS.sharpness(1, 2) == 1.0
    assert both == Edits(sharpening=both.sharpening[::-1])


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (3, 2), (5, 7)])
def test_a_sharper_head_has_the_row_of_the_memory_with_that_beta(
    model: Transformer, layer: int, head: int
) -> None:
    for factor in (0.01, 0.5, 4.0):
        edits = Edits(sharpening=(Sharpening(layer, head, factor),))
        trace = Engine(model).read(Trace(), IDS, edits)
        beta = factor / math.sqrt(model.config.head_width)
        for position, step in enumerate(trace.steps):
            keys = trace.keys(layer, head, position)
            row = retrieve(keys, step.queries[layer, head], beta).weights
            np.testing.assert_allclose(step.attention[layer, head], row, atol=1e-6)


@given(factor=st.floats(1.001, 1000.0), row=arrays(np.float64, 6, elements=st.floats(-20, 20)))
def test_a_sharper_row_never_has_more_entropy(factor: float, row: np.ndarray) -> None:
    assert entropy(softmax(factor * row)) <= entropy(softmax(row)) + 1e-9


def test_what_comes_before_a_sharper_head_stays(model: Transformer) -> None:
    plain = Engine(model).read(Trace(), IDS)
    sharp = Engine(model).read(Trace(), IDS, Edits(sharpening=(Sharpening(3, 2, 5.0),)))
    for a, b in zip(plain.steps, sharp.steps, strict=True):
        np.testing.assert_allclose(a.hidden[:4], b.hidden[:4], atol=1e-4)
        np.testing.assert_allclose(a.attention[:3], b.attention[:3], atol=1e-6)
        others = [head for head in range(8) if head != 2]
        np.testing.assert_allclose(a.attention[3, others], b.attention[3, others], atol=1e-6)


def test_contradictions_are_refused() -> None:
    with pytest.raises(ValueError, match="two factors at once"):
        Edits(sharpening=(Sharpening(1, 2, 2.0), Sharpening(1, 2, 3.0)))
    with pytest.raises(ValueError, match="two ways at once"):
        Edits((Off("head", 1, 2), Off("head", 1, 2, "mean")), reference=(0,))
    with pytest.raises(ValueError, match="reference text"):
        Edits((Off("head", 1, 2, "mean"),))


def test_edits_survive_being_written_to_a_file() -> None:
    edits = Edits(
        (Off("neuron", 1, 7, "mean"), Off("block", 2)),
        (Steering(3, tuple(np.linspace(-1, 1, 320, dtype=np.float32).tolist()), 4.0, 5, False),),
        (Patch("z", 2, 4, tuple([0.1] * 40), head=3, source="a “b”"),),
        (0, 1, 2),
        (Sharpening(2, 3, 1.75),),
    )
    text = msgspec.json.encode(edits)
    again = msgspec.json.decode(text, type=Edits)
    assert again == edits and hash(again) == hash(edits)
    assert msgspec.convert(msgspec.to_builtins(edits), Edits) == edits


VECTOR = tuple(float(one) for one in np.random.default_rng(3).normal(size=320))
WIDE = tuple(float(one) for one in np.random.default_rng(4).normal(size=1280))
ROW = (0.1, 0.2, 0.3, 0.4)
REFERENCE = (0, 9, 700, 12, 81)
EDITS = {
    "head zero": off((2, 5)),
    "head mean": Edits((Off("head", 2, 5, "mean"),), reference=REFERENCE),
    "mlp zero": Edits((Off("mlp", 1),)),
    "mlp mean": Edits((Off("mlp", 1, how="mean"),), reference=REFERENCE),
    "block zero": Edits((Off("block", 3),)),
    "block mean": Edits((Off("block", 3, how="mean"),), reference=REFERENCE),
    "neurons": Edits((Off("neuron", 0, 3), Off("neuron", 0, 1279), Off("neuron", 4, 0))),
    "neurons mean": Edits((Off("neuron", 0, 3, "mean"),), reference=REFERENCE),
    "steering on": Edits(steering=(Steering(2, VECTOR, 1.5, 3),)),
    "steering once": Edits(steering=(Steering(0, VECTOR, -2.0, 5, False),)),
    "steering the end": Edits(steering=(Steering(6, VECTOR, 1.0, 0),)),
    **{
        f"patch {name}": Edits(patches=(Patch(name, 2, 4, VECTOR),))
        for name in ("resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post")
    },
    "patch mlp_post": Edits(patches=(Patch("mlp_post", 2, 4, WIDE),)),
    "patch z": Edits(patches=(Patch("z", 2, 4, VECTOR[:40], head=6),)),
    "patch pattern": Edits(patches=(Patch("pattern", 2, 3, ROW, head=6),)),
    "a sharper head": Edits(sharpening=(Sharpening(2, 5, 3.0),)),
    "a softer head": Edits(sharpening=(Sharpening(0, 1, 0.25), Sharpening(4, 0, 0.5))),
    "all heads sharper": Edits(sharpening=(Sharpening(EVERY, EVERY, 1.5), Sharpening(1, 1, 2.0))),
    "all at once": Edits(
        (Off("head", 2, 5), Off("mlp", 1), Off("block", 4), Off("neuron", 0, 3)),
        (Steering(2, VECTOR, 1.5, 3), Steering(3, VECTOR, 0.5, 3)),
        (Patch("resid_mid", 2, 4, VECTOR), Patch("z", 3, 4, VECTOR[:40], head=6)),
        sharpening=(Sharpening(2, 5, 3.0), Sharpening(3, 1, 2.0)),
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_reading_under_edits_is_a_full_pass_with_hooks(model: Transformer, name: str) -> None:
    edits = EDITS[name]
    reference = hooked(model, IDS, edits, mean_activations(model, REFERENCE))
    for sizes in ((len(IDS),), (1,) * len(IDS), (3, 1, 4)):
        engine, trace, rest = Engine(model), Trace((), edits), IDS
        for size in sizes:
            trace, rest = engine.read(trace, rest[:size], edits), rest[size:]
        for row, step in enumerate(trace.steps):
            np.testing.assert_allclose(step.logits, reference.logits[row], atol=1e-4)
            got, want = step.attention, reference.attention[:, :, row, : row + 1]
            np.testing.assert_allclose(got, want, atol=1e-5)
            np.testing.assert_allclose(step.hidden[-1], reference.last[row], atol=1e-4)
    plain = Engine(model).read(Trace(), IDS)
    assert np.abs(plain.steps[-1].logits - trace.steps[-1].logits).max() > 1e-3


def test_no_edits_are_the_plain_run_to_the_last_bit(model: Transformer) -> None:
    engine = Engine(model)
    plain = engine.read(Trace(), IDS)
    for edits in EDITS.values():
        engine.read(Trace(), IDS, edits)
    again = engine.read(Trace((), EDITS["head zero"]), IDS, Edits())
    for a, b in zip(plain.steps, again.steps, strict=True):
        assert np.array_equal(a.logits, b.logits) and np.array_equal(a.hidden, b.hidden)
        assert np.array_equal(a.attention, b.attention)


def test_the_named_pass_that_changes_nothing_is_the_plain_pass(model: Transformer) -> None:
    seen: dict[str, tuple[int, ...]] = {}

    def keep(name: str, value: torch.Tensor) -> torch.Tensor:
        seen[name] = tuple(value.shape)
        return value

    ids = torch.tensor(IDS)
    plain = Reading(model).read(ids, Memory(model.config))
    named = read_named(model, ids, Memory(model.config), keep)
    torch.testing.assert_close(named.logits, plain.logits, atol=1e-4, rtol=0)
    torch.testing.assert_close(named.hidden, plain.hidden, atol=1e-4, rtol=0)
    for ours, theirs in zip(named.attention, plain.attention, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    c = model.config
    assert len(seen) == 2 + 15 * c.n_layer + 2
    assert seen["blocks.3.z"] == (c.n_head, len(IDS), c.head_width)
    assert seen["blocks.5.pattern"] == (c.n_head, len(IDS), len(IDS))
    assert seen["blocks.0.mlp_post"] == (len(IDS), c.inner)


@pytest.mark.parametrize("position", range(4))
def test_a_patch_changes_nothing_before_its_position(model: Transformer, position: int) -> None:
    edits = Edits(patches=(Patch("resid_pre", 1, position, VECTOR),))
    plain, patched = Engine(model).read(Trace(), IDS), Engine(model).read(Trace(), IDS, edits)
    for a, b in list(zip(plain.steps, patched.steps, strict=True))[:position]:
        np.testing.assert_allclose(a.logits, b.logits, atol=1e-6 * np.abs(a.logits).max())


@pytest.mark.parametrize("layer", range(6))
def test_patching_all_positions_restores_the_run_that_the_values_come_from(
    model: Transformer, layer: int
) -> None:
    other = [0, 7, 300, 5, 1200, 9, 4, 800]
    clean = Engine(model).read(Trace(), IDS)
    patches = tuple(
        Patch("resid_pre", layer, at, tuple(step.hidden[layer].tolist()))
        for at, step in enumerate(clean.steps)
    )
    restored = Engine(model).read(Trace(), other, Edits(patches=patches))
    np.testing.assert_allclose(restored.steps[-1].logits, clean.steps[-1].logits, atol=1e-4)


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        (Edits((Off("mlp", 6),)), "there is no layer 6, the network has 6"),
        (Edits((Off("block", -1),)), "there is no layer -1"),
        (Edits((Off("neuron", 0, 1280),)), "there is no neuron 1280, each MLP has 1280"),
        (Edits(steering=(Steering(7, VECTOR),)), "enters at layer 7, it must lie between 0 and 6"),
        (Edits(steering=(Steering(0, VECTOR[:9]),)), "has 9 numbers, it needs 320"),
        (Edits(steering=(Steering(0, VECTOR, float("inf")),)), "it must be finite"),
        (Edits(steering=(Steering(0, (*VECTOR[1:], float("nan"))),)), "is not finite"),
        (Edits(patches=(Patch("logits", 0, 0, VECTOR),)), "'logits' cannot be patched; choose"),
        (Edits(patches=(Patch("z", 0, 0, VECTOR),)), "a patch of z has 320 numbers, it needs 40"),
        (Edits(patches=(Patch("z", 0, 0, VECTOR[:40], 8),)), "there is no head 0.8"),
        (Edits(patches=(Patch("pattern", 0, 2, ROW),)), "has 4 numbers, it needs 3"),
        (Edits(patches=(Patch("mlp_out", 0, 256, VECTOR),)), "outside the context of 256"),
        (Edits((Off("mlp", 0, how="mean"),), reference=(4096,)), "not in the vocabulary"),
        (Edits(sharpening=(Sharpening(6, 0, 2.0),)), "there is no head 6.0 in 6 x 8 heads"),
        (Edits(sharpening=(Sharpening(EVERY, 2, 2.0),)), "there is no head -1.2"),
        (Edits(sharpening=(Sharpening(0, 0, 0.0),)), "the factor must lie between 0.001 and 1000"),
        (Edits(sharpening=(Sharpening(0, 0, -2.0),)), "the factor must lie between"),
        (Edits(sharpening=(Sharpening(0, 0, float("nan")),)), "is multiplied by nan"),
        (Edits(sharpening=(Sharpening(0, 0, float("inf")),)), "is multiplied by inf"),
    ],
)
def test_edits_that_do_not_fit_are_refused_in_words(
    model: Transformer, edits: Edits, sentence: str
) -> None:
    engine = Engine(model)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        engine.read(Trace(), IDS, edits)
    assert engine.forwards == 0


# The reference: the pass of training, whole, without memory, changed by hooks on its modules.


@dataclass(frozen=True)
class Hooked:
    """Logits (T, V), attention (L, H, T, T), the last residual stream (T, C)."""

    logits: np.ndarray
    attention: np.ndarray
    last: np.ndarray


Means = dict[tuple[str, int], torch.Tensor]


def mean_activations(model: Transformer, ids: tuple[int, ...]) -> Means:
    """The mean over all positions but the first: what goes into and out of the projections."""
    found: Means = {}

    def keep(kind: str, layer: int, value: torch.Tensor) -> None:
        found[kind, layer] = value[0, 1:].mean(0)

    hooks = []
    for layer, block in enumerate(model.h):
        for kind, module in (("z", block.attn.c_proj), ("mlp_post", block.mlp.c_proj)):
            hooks.append(
                module.register_forward_pre_hook(
                    lambda _, x, kind=kind, layer=layer: keep(kind, layer, x[0])
                )
            )
        for kind, module in (("attn_out", block.attn), ("mlp_out", block.mlp)):
            hooks.append(module.register_forward_hook(
                lambda _, x, y, kind=kind, layer=layer: keep(kind, layer, y)))  # fmt: skip
    with torch.no_grad():
        model(torch.tensor([ids]))
    for hook in hooks:
        hook.remove()
    return found


def hooked(model: Transformer, ids: list[int], edits: Edits, means: Means) -> Hooked:
    """The reference pass under edits."""
    width, hooks, rows, last = model.config.head_width, [], [], []

    def change(kind: str, layer: int, x: torch.Tensor) -> torch.Tensor:
        x = x.clone()
        for one in edits.off:
            if one.layer != layer:
                continue
            part = {"head": "z", "neuron": "mlp_post", "mlp": "mlp_out"}.get(one.part)
            if kind != part and not (one.part == "block" and kind in ("attn_out", "mlp_out")):
                continue
            at = slice(None)
            if one.part == "head":
                at = slice(one.index * width, (one.index + 1) * width)
            elif one.part == "neuron":
                at = slice(one.index, one.index + 1)
            x[0, :, at] = means[kind, layer][at] if one.how == "mean" else 0
        for one in edits.steering:
            ends = kind == "resid_post" and layer == 5 and one.layer == 6
            if (kind, layer) == ("resid_pre", one.layer) or ends:
                rest = slice(one.position, None if one.onwards else one.position + 1)
                x[0, rest] += one.strength * torch.tensor(one.vector)
        for one in edits.patches:
            if (one.name, one.layer) == (kind, layer):
                at = slice(one.head * width, (one.head + 1) * width) if kind == "z" else slice(None)
                x[0, one.position, at] = torch.tensor(one.values)
        return x

    def into(module: torch.nn.Module, kind: str, layer: int) -> None:
        hooks.append(module.register_forward_pre_hook(lambda _, x: (change(kind, layer, x[0]),)))

    def out_of(module: torch.nn.Module, kind: str, layer: int) -> None:
        hooks.append(module.register_forward_hook(lambda _, x, y: change(kind, layer, y)))

    def attend(layer: int):
        """Attention in the open: its rows are kept and may be replaced."""

        def hook(module: torch.nn.Module, x: tuple, _: torch.Tensor) -> torch.Tensor:
            B, T, C = x[0].shape
            q, k, v = module.c_attn(x[0]).view(B, T, 3, -1, width).permute(2, 0, 3, 1, 4)
            scores = q @ k.mT / math.sqrt(width)
            for one in edits.sharpening:
                if one.layer in (layer, EVERY):
                    at = slice(None) if one.head == EVERY else one.head
                    scores[0, at] *= one.factor
            pattern = scores.masked_fill(torch.ones(T, T).triu(1).bool(), -math.inf).softmax(-1)
            for one in edits.patches:
                if (one.name, one.layer) == ("pattern", layer):
                    pattern[0, one.head, one.position, : len(one.values)] = torch.tensor(one.values)
            rows.append(pattern[0].numpy())
            return module.c_proj((pattern @ v).transpose(1, 2).reshape(B, T, C))

        return hook

    def block(layer: int):
        def hook(module: torch.nn.Module, x: tuple, _: torch.Tensor) -> torch.Tensor:
            middle = change("resid_mid", layer, x[0] + module.attn(module.ln_1(x[0])))
            after = change("resid_post", layer, middle + module.mlp(module.ln_2(middle)))
            if layer == model.config.n_layer - 1:
                last.append(after[0].numpy())
            return after

        return hook

    for layer, one in enumerate(model.h):
        into(one, "resid_pre", layer)
        hooks.append(one.attn.register_forward_hook(attend(layer)))
        out_of(one.attn, "attn_out", layer)
        into(one.attn.c_proj, "z", layer)
        into(one.mlp.c_proj, "mlp_post", layer)
        out_of(one.mlp, "mlp_out", layer)
        hooks.append(one.register_forward_hook(block(layer)))
    with torch.no_grad():
        logits = model(torch.tensor([ids]))[0].numpy()
    for hook in hooks:
        hook.remove()
    # Each block ran its attention twice, once plainly and once inside the hook above.
    return Hooked(logits, np.stack(rows[1::2]), last[-1])
