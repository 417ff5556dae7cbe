"""Reading in pieces, from memory, after going back: always what one full pass would say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.engine.checkpoint import open_checkpoint
from explorer.engine.edits import NO_EDITS, Edits, Steering, heads_off
from explorer.engine.engine import ContextFullError, Engine
from explorer.engine.model import Transformer
from explorer.engine.reader import LocalReader
from explorer.engine.trace import Trace
from explorer.resources import model_folder

HEAD_OFF = heads_off((1, 2))


@pytest.fixture(scope="module")
def model() -> Transformer:
    return open_checkpoint(model_folder()).model


@pytest.fixture(scope="module")
def ids(model: Transformer) -> list[int]:
    """Random tokens that fill the context."""
    config = model.config
    return np.random.default_rng(3).integers(0, config.vocab_size, config.n_positions).tolist()


@pytest.fixture(scope="module")
def full(model: Transformer, ids: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """One pass over the whole text without any memory: logits (T, V), attention (L, H, T, T)."""
    with torch.no_grad():
        x = model.wte(torch.tensor(ids)) + model.wpe.weight[: len(ids)]  # (T, C)
        later = torch.ones(len(ids), len(ids), dtype=torch.bool).triu(1)
        patterns = []
        for block in model.h:
            T, C = x.shape
            H = block.attn.heads
            q, k, v = block.attn.c_attn(block.ln_1(x)).view(T, 3, H, C // H).permute(1, 2, 0, 3)
            scores = (q @ k.transpose(1, 2) / (C // H) ** 0.5).masked_fill(later, -torch.inf)
            patterns.append(torch.softmax(scores, -1))  # (H, T, T)
            x = x + block.attn.c_proj((patterns[-1] @ v).transpose(0, 1).reshape(T, C))
            x = x + block.mlp(block.ln_2(x))
        logits = F.linear(model.ln_f(x), model.wte.weight)  # (T, V)
        torch.testing.assert_close(logits, model(torch.tensor(ids)[None])[0], atol=1e-4, rtol=0)
    return logits.numpy(), torch.stack(patterns).numpy()


def pieces(ids: list[int], sizes: list[int]) -> list[list[int]]:
    """The ids cut into pieces of these sizes, again and again."""
    found, at = [], 0
    while at < len(ids):
        size = sizes[len(found) % len(sizes)]
        found.append(ids[at : at + size])
        at += size
    return found


def assert_same(a: Trace, b: Trace) -> None:
    assert a.ids == b.ids
    assert a.edits == b.edits
    for mine, theirs in zip(a.steps, b.steps, strict=True):
        assert np.abs(mine.attention - theirs.attention).max() <= 1e-5
        assert np.abs(mine.logits - theirs.logits).max() <= 1e-4
        assert np.abs(mine.hidden - theirs.hidden).max() <= 1e-4


@pytest.mark.parametrize("sizes", [[1], [256], [2, 40, 5], [31, 1, 1], [1, 64, 3, 30], [255, 1]])
def test_any_chunking_equals_the_full_uncached_pass_at_every_length(
    model: Transformer,
    ids: list[int],
    full: tuple[np.ndarray, np.ndarray],
    sizes: list[int],
) -> None:
    engine, trace = Engine(model), Trace()
    for piece in pieces(ids, sizes):
        trace = engine.read(trace, piece)
    logits, attention = full
    assert trace.ids == tuple(ids)
    for row, step in enumerate(trace.steps):
        assert np.abs(step.logits - logits[row]).max() <= 1e-4
        assert np.abs(step.attention - attention[:, :, row, : row + 1]).max() <= 1e-5
    assert engine.forwards == len(pieces(ids, sizes))


MOVES = st.lists(
    st.tuples(
        st.integers(0, 30),  # which of the traces so far to go on from
        st.lists(st.integers(0, 3), min_size=1, max_size=6),  # few tokens, so that texts agree
        st.sampled_from([NO_EDITS, NO_EDITS, HEAD_OFF]),
        st.booleans(),  # forget first
    ),
    min_size=1,
    max_size=10,
)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(walk=MOVES)
def test_any_walk_over_branches_gives_what_a_fresh_engine_gives(
    model: Transformer, walk: list[tuple[int, list[int], Edits, bool]]
) -> None:
    engine, traces = Engine(model), [Trace()]
    for origin, new, edits, forget in walk:
        if forget:
            engine.forget()
        trace = engine.read(traces[origin % len(traces)], new, edits)
        assert_same(trace, Engine(model).read(Trace(), trace.ids, edits))
        traces.append(trace)


def test_forgetting_changes_nothing_but_time(model: Transformer, ids: list[int]) -> None:
    engine = Engine(model)
    start = engine.read(Trace(), ids[:30])
    remembered = engine.read(start, ids[30:33])
    engine.forget()
    again = engine.read(start, ids[30:33])
    assert_same(remembered, again)
    assert all(a is b for a, b in zip(start.steps, again.steps, strict=False))


def test_reading_leaves_the_trace_it_started_from_as_it_was(
    model: Transformer, ids: list[int]
) -> None:
    engine = Engine(model)
    start = engine.read(Trace(), ids[:5])
    logits = start.steps[-1].logits.copy()
    engine.read(start, ids[5:9])
    engine.read(start, ids[9:12])
    assert len(start) == 5
    assert np.array_equal(start.steps[-1].logits, logits)


def test_reading_nothing_returns_the_same_trace_without_a_pass(
    model: Transformer, ids: list[int]
) -> None:
    engine = Engine(model)
    start = engine.read(Trace(), ids[:5])
    assert engine.read(start, []) is start
    assert engine.forwards == 1


def test_a_text_that_fills_the_context_is_read_and_one_token_more_is_not(
    model: Transformer, ids: list[int]
) -> None:
    engine = Engine(model)
    whole = engine.read(Trace(), ids)
    with pytest.raises(ContextFullError, match=r"is 1 token too long: 257 tokens.* holds 256"):
        engine.read(whole, [1])
    shorter = Trace(whole.steps[:200])
    with pytest.raises(ContextFullError, match=r"is 44 tokens too long: 300 tokens.* holds 256"):
        engine.read(shorter, [2] * 100)
    assert_same(engine.read(shorter, [4, 5]), Engine(model).read(Trace(), [*ids[:200], 4, 5]))


@pytest.mark.parametrize("bad", [-1, 4096, 10**12])
def test_an_id_outside_the_vocabulary_is_refused_and_nothing_is_lost(
    model: Transformer, ids: list[int], bad: int
) -> None:
    engine = Engine(model)
    start = engine.read(Trace(), ids[:5])
    with pytest.raises(ValueError, match=f"token id {bad} is not in the vocabulary of 4096"):
        engine.read(start, [7, bad])
    assert engine.forwards == 1
    assert_same(engine.read(start, [7]), Engine(model).read(Trace(), [*ids[:5], 7]))


def test_numbers_of_numpy_are_ids_too(model: Transformer) -> None:
    trace = Engine(model).read(Trace(), np.array([3, 4]))
    assert_same(trace, Engine(model).read(Trace(), [3, 4]))


def test_numbers_that_overflow_are_refused_and_the_network_reads_on(reader: LocalReader) -> None:
    engine, push = reader.engine, (1e30,) * reader.facts.width
    before = engine.read(Trace(), [0, 5, 6])
    with pytest.raises(ValueError, match="numbers that are none"):
        engine.read(Trace(), [0, 5, 6], Edits(steering=(Steering(2, push, 1e30, 0),)))
    again = engine.read(Trace(), [0, 5, 6])
    assert (again.steps[-1].logits == before.steps[-1].logits).all()
