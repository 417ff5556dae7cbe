"""Heads switched off: exactly that head's contribution is gone, and the record says so."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.engine.checkpoint import open_checkpoint
from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.engine import Engine
from explorer.engine.model import Transformer
from explorer.engine.trace import Trace
from explorer.resources import model_folder

IDS = [0, 40, 300, 77, 1200, 9, 45, 800]


@pytest.fixture(scope="module")
def model() -> Transformer:
    return open_checkpoint(model_folder()).model


def off(*heads: tuple[int, int]) -> Edits:
    return Edits(frozenset(heads))


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
