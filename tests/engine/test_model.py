"""The two ends of the forward pass agree, and the record keeps its promises."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.config import ModelConfig
from explorer.engine.memory import Memory
from explorer.engine.model import Reading, Record, Transformer

pytestmark = pytest.mark.usefixtures("one_thread")


@st.composite
def networks(draw: st.DrawFn) -> Transformer:
    """Small networks of random sizes with weights large enough for sharp attention."""
    heads = draw(st.integers(1, 4))
    config = ModelConfig(
        n_layer=draw(st.integers(1, 3)),
        n_head=heads,
        n_embd=heads * draw(st.integers(1, 8)),
        n_inner=draw(st.sampled_from([None, 5])),
        n_positions=draw(st.integers(2, 12)),
        vocab_size=draw(st.integers(2, 40)),
        activation_function=draw(st.sampled_from(["gelu_new", "gelu"])),
        initializer_range=0.3,
    )
    model = Transformer(config)
    model.initialise(draw(st.integers(0, 99)))
    for name, weight in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(weight, std=0.3, generator=torch.Generator().manual_seed(1))
    return model.requires_grad_(False)


def random_ids(model: Transformer, seed: int) -> torch.Tensor:
    size, random = model.config.n_positions, torch.Generator().manual_seed(seed)
    return torch.randint(model.config.vocab_size, (size,), generator=random)


def read_in_pieces(model: Transformer, ids: torch.Tensor, cuts: set[int]) -> list[Record]:
    memory, edges = Memory(model.config), [0, *sorted(cuts), len(ids)]
    return [Reading(model).read(ids[start:end], memory) for start, end in pairwise(edges)]


@settings(deadline=None, max_examples=30, database=None)
@given(model=networks(), seed=st.integers(0, 99), data=st.data())
def test_reading_in_any_pieces_equals_the_full_pass(
    model: Transformer, seed: int, data: st.DataObject
) -> None:
    ids = random_ids(model, seed)
    cuts = data.draw(st.sets(st.integers(1, len(ids) - 1)))
    records = read_in_pieces(model, ids, cuts)
    full = model(ids[None])[0]  # (T, V)
    logits = torch.cat([record.logits for record in records])  # (T, V)
    torch.testing.assert_close(logits, full, atol=1e-4, rtol=0)
    hidden = torch.cat([record.hidden for record in records], dim=1)  # (L + 1, T, C)
    unembedded = F.linear(model.ln_f(hidden[-1]), model.wte.weight)
    torch.testing.assert_close(unembedded, logits, atol=1e-5, rtol=0)


@settings(deadline=None, max_examples=30, database=None)
@given(model=networks(), seed=st.integers(0, 99), data=st.data())
def test_attention_rows_sum_to_one_and_never_look_ahead(
    model: Transformer, seed: int, data: st.DataObject
) -> None:
    ids = random_ids(model, seed)
    cuts = data.draw(st.sets(st.integers(1, len(ids) - 1)))
    start = 0
    for record in read_in_pieces(model, ids, cuts):
        for pattern in record.attention:  # (H, T, S)
            T, S = pattern.shape[1:]
            later = torch.arange(S) > torch.arange(start, start + T)[:, None]  # (T, S)
            assert (pattern[:, later] == 0).all()
            assert (pattern >= 0).all()
            torch.testing.assert_close(pattern.sum(-1), torch.ones(pattern.shape[:2]))
        start += record.logits.shape[0]


def tiny() -> Transformer:
    config = ModelConfig(n_layer=2, n_head=4, n_embd=32, n_positions=16, vocab_size=300)
    model = Transformer(config)
    model.initialise(1)
    return model.requires_grad_(False)


def test_the_record_attention_is_the_softmax_of_its_queries_and_keys() -> None:
    model = tiny()
    record = Reading(model).read(random_ids(model, 1), Memory(model.config))
    scores = record.queries @ record.keys.transpose(-1, -2) / model.config.head_width**0.5
    later = torch.ones(16, 16, dtype=torch.bool).triu_(1)
    patterns = torch.softmax(scores.masked_fill(later, -torch.inf), -1)  # (L, H, T, S)
    torch.testing.assert_close(patterns, torch.stack(list(record.attention)), atol=1e-6, rtol=0)


def test_more_tokens_than_the_context_are_refused_and_nothing_is_remembered() -> None:
    model = tiny()
    memory = Memory(model.config)
    with pytest.raises(ValueError, match="17 tokens do not fit into a context of 16"):
        Reading(model).read(torch.zeros(17, dtype=torch.long), memory)
    assert memory.length == 0


def test_a_copied_memory_branches_without_touching_the_first() -> None:
    model, memory = tiny(), Memory(tiny().config)
    Reading(model).read(torch.tensor([1, 2, 3]), memory)
    other = memory.copy(3)
    Reading(model).read(torch.tensor([4]), other)
    here = Reading(model).read(torch.tensor([5]), memory).logits
    again = Reading(model).read(torch.tensor([1, 2, 3, 5]), Memory(model.config)).logits[-1:]
    torch.testing.assert_close(here, again, atol=1e-5, rtol=0)


def test_the_same_seed_draws_the_same_weights_and_residual_outputs_are_smaller() -> None:
    one, two = tiny(), tiny()
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)
    config = ModelConfig(n_layer=8, n_head=4, n_embd=64, vocab_size=300)
    model = Transformer(config)
    model.requires_grad_(False).initialise(2)
    weights = dict(model.named_parameters())
    assert float(weights["h.3.mlp.c_proj.weight"].std()) == pytest.approx(0.02 / 4, rel=0.05)
    assert float(weights["h.3.mlp.c_fc.weight"].std()) == pytest.approx(0.02, rel=0.05)
