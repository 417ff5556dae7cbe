"""Direct logit attribution adds up to the logit, and each head's part is what it would be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.attribution import Part, attribute, decompose
from explorer.engine.edits import Edits, heads_off
from explorer.engine.reader import LocalReader
from explorer.engine.trace import Trace

OFF = heads_off((0, 0), (5, 7))


@pytest.fixture(scope="module")
def traces(reader: LocalReader) -> list[Trace]:
    ids = (0, *reader.encode("The cat sat on the mat. The dog saw the cat on the mat.").ids)
    return [reader.read(Trace((), edits), ids, edits) for edits in (Edits(), OFF)]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_parts_sum_to_the_logit_and_to_the_difference_of_two(
    reader: LocalReader, traces: list[Trace], data: st.DataObject
) -> None:
    trace = data.draw(st.sampled_from(traces))
    inspection = reader.inspect(trace, data.draw(st.integers(0, len(trace) - 1)))
    tokens = st.integers(0, reader.facts.vocabulary - 1)
    token, versus = data.draw(tokens), data.draw(tokens)
    for other in (None, versus):
        found = attribute(inspection, token, other)
        assert found.total == pytest.approx(found.true, abs=1e-4)
    logits = inspection.step.logits
    lead = attribute(inspection, token, versus)
    assert lead.true == pytest.approx(float(logits[token]) - float(logits[versus]), abs=1e-6)


@pytest.mark.parametrize("position", [0, 4, 12])
def test_the_vectors_sum_to_the_final_residual_stream(
    reader: LocalReader, traces: list[Trace], position: int
) -> None:
    for trace in traces:
        parts = decompose(reader.inspect(trace, position))
        np.testing.assert_allclose(
            parts.vectors.sum(0), trace.steps[position].hidden[-1], atol=1e-4, rtol=0
        )


def test_every_part_is_named_once(reader: LocalReader, traces: list[Trace]) -> None:
    facts = reader.facts
    found = attribute(reader.inspect(traces[0], 5), 9)
    assert len(set(found.parts)) == len(found.parts) == len(found.amounts)
    heads = [part for part in found.parts if part.kind == "head"]
    assert len(heads) == facts.layers * facts.heads
    assert sum(part.kind == "mlp" for part in found.parts) == facts.layers
    assert found.parts[-1] == Part("ln_bias")


def test_a_head_that_is_off_adds_nothing(reader: LocalReader, traces: list[Trace]) -> None:
    found = attribute(reader.inspect(traces[1], 5), 9)
    amounts = dict(zip(found.parts, found.amounts, strict=True))
    assert amounts[Part("head", 0, 0)] == amounts[Part("head", 5, 7)] == 0
    assert amounts[Part("head", 0, 1)] != 0


def test_a_part_is_its_vector_through_the_frozen_norm(
    reader: LocalReader, traces: list[Trace]
) -> None:
    """The formula of the docstring, written out part by part (SCIENCE 5.2)."""
    inspection = reader.inspect(traces[0], 7)
    whole, parts = inspection.parameters, decompose(inspection)
    final = whole.norm("norm")
    assert final is not None
    column = whole.unembedding((100,))[0].astype(float)
    scale = np.sqrt(parts.final.var() + whole.description.epsilon)
    found = attribute(inspection, 100)
    for index in (0, 5, 20, 40):
        c = parts.vectors[index]
        amount = ((c - c.mean()) / scale * final.weight) @ column
        assert found.amounts[index] == pytest.approx(amount, abs=1e-9)


def test_the_lead_turns_its_sign_when_the_tokens_are_exchanged(
    reader: LocalReader, traces: list[Trace]
) -> None:
    inspection = reader.inspect(traces[0], 7)
    one, other = attribute(inspection, 8, 9), attribute(inspection, 9, 8)
    np.testing.assert_allclose(one.amounts, -other.amounts, atol=1e-12)


@pytest.mark.parametrize("token", [-1, 4096])
def test_a_token_outside_the_vocabulary_is_refused(
    reader: LocalReader, traces: list[Trace], token: int
) -> None:
    with pytest.raises(IndexError, match="not in the vocabulary of 4096"):
        attribute(reader.inspect(traces[0], 3), token)
