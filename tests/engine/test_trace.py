"""The record: rows that stack into causal matrices, shared steps, arrays that nobody can change."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from explorer.engine.reader import LocalReader
from explorer.engine.trace import Step, Trace, shared_steps

ARRAYS = ("logits", "attention", "hidden", "queries", "keys")


@pytest.fixture(scope="module")
def full(reader: LocalReader) -> Trace:
    """A trace that fills the context, read in one pass."""
    ids = np.random.default_rng(7).integers(0, reader.facts.vocabulary, reader.facts.context)
    return reader.read(Trace(), ids.tolist())


def test_every_array_has_the_shape_that_its_docstring_says(
    full: Trace, reader: LocalReader
) -> None:
    m = reader.facts
    for position, step in enumerate(full.steps):
        assert step.logits.shape == (m.vocabulary,)
        assert step.attention.shape == (m.layers, m.heads, position + 1)
        assert step.hidden.shape == (m.layers + 1, m.width)
        assert step.queries.shape == step.keys.shape == (m.layers, m.heads, m.head_width)
        assert all(getattr(step, name).dtype == np.float32 for name in ARRAYS)


def test_attention_rows_are_distributions_over_the_past(full: Trace) -> None:
    for step in full.steps:
        assert (step.attention >= 0).all()
        np.testing.assert_allclose(step.attention.sum(-1), 1, atol=1e-5)


def test_a_matrix_holds_the_rows_and_nothing_after_the_query(full: Trace) -> None:
    matrix = full.attention(2, 3)
    assert matrix.shape == (len(full), len(full))
    later = np.triu(np.ones_like(matrix, dtype=bool), 1)
    assert np.isnan(matrix[later]).all()
    assert not np.isnan(matrix[~later]).any()
    for row in (0, 5, len(full) - 1):
        assert np.array_equal(matrix[row, : row + 1], full.steps[row].attention[2, 3])


def test_the_keys_of_a_position_are_those_of_the_tokens_it_can_see(full: Trace) -> None:
    keys = full.keys(1, 4, 9)
    assert keys.shape == (10, full.steps[0].keys.shape[-1])
    assert np.array_equal(keys[-1], full.steps[9].keys[1, 4])


def test_stored_queries_and_keys_give_the_stored_attention(
    full: Trace, reader: LocalReader
) -> None:
    for position in (0, 17, 200):
        keys = full.keys(3, 2, position).astype(float)
        scores = reader.facts.beta * keys @ full.steps[position].queries[3, 2]
        row = np.exp(scores - scores.max())
        np.testing.assert_allclose(row / row.sum(), full.steps[position].attention[3, 2], atol=1e-5)


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("count", [1, 2])
def test_no_array_of_a_step_can_be_written(name: str, count: int, reader: LocalReader) -> None:
    step = reader.read(Trace(), [5, 6][:count]).steps[-1]
    with pytest.raises(ValueError, match="read-only"):
        getattr(step, name)[...] = 0


def test_a_step_cannot_be_given_another_array(full: Trace) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        full.steps[0].logits = full.steps[1].logits  # type: ignore[misc]


def test_a_longer_trace_shares_every_earlier_step(full: Trace) -> None:
    short = Trace(full.steps[:4], full.edits)
    longer = short.extend(full.steps[4:6])
    assert len(short) == 4
    assert len(longer) == 6
    assert all(a is b for a, b in zip(longer.steps, full.steps, strict=False))
    assert longer.ids == full.ids[:6]


def test_a_full_context_takes_less_than_20_megabytes(full: Trace, reader: LocalReader) -> None:
    assert len(full) == reader.facts.context
    assert full.nbytes == sum(step.nbytes for step in full.steps)
    assert full.nbytes < 20e6


def test_steps_hold_no_larger_arrays_alive(full: Trace, reader: LocalReader) -> None:
    def held(step: Step) -> int:
        arrays = [getattr(step, name) for name in ARRAYS]
        return sum((a if a.base is None else _owner(a)).nbytes for a in arrays)

    assert sum(held(step) for step in full.steps) < 20e6
    one = reader.read(Trace(full.steps[:20], full.edits), [9]).steps[-1]
    assert held(one) <= 2 * one.nbytes


def _owner(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


@pytest.mark.parametrize("shared", [0, 1, 7, 12])
def test_shared_steps_are_counted_by_identity(full: Trace, shared: int) -> None:
    a = full.steps[:12]
    b = tuple(dataclasses.replace(step) for step in a)
    assert shared_steps(a, (*a[:shared], *b[shared:])) == shared
    assert shared_steps(a[:shared], a) == shared
