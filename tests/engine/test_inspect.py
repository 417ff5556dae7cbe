"""A pass taken apart: it agrees with the record and every formula gives the entry it explains."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.config import ModelConfig
from explorer.engine.edits import Edits, Sharpening, heads_off
from explorer.engine.engine import Engine
from explorer.engine.inspect import Inspection, inspect
from explorer.engine.model import Transformer
from explorer.engine.passage import layer_of
from explorer.engine.reader import LocalReader
from explorer.engine.trace import Trace

TEXT = "The cat sat on the mat and looked at the dog. The dog sat on the cat."
OFF = heads_off((1, 2), (3, 4))


@pytest.fixture(scope="module", params=[Edits(), OFF], ids=["plain", "heads off"])
def trace(reader: LocalReader, request: pytest.FixtureRequest) -> Trace:
    ids = (reader.facts.begin_token, *reader.encode(TEXT * 8).ids[:120])
    return reader.read(Trace((), request.param), ids, request.param)


@pytest.fixture(scope="module")
def inspections(reader: LocalReader, trace: Trace) -> list[Inspection]:
    return [reader.inspect(trace, position) for position in (0, 7, 120)]


@pytest.mark.parametrize("position", [0, 1, 7, 60, 120])
def test_it_agrees_with_the_recorded_step(reader: LocalReader, trace: Trace, position: int) -> None:
    found, step = reader.inspect(trace, position), trace.steps[position]
    for layer in range(reader.facts.layers):
        at = f"blocks.{layer}."
        for name, recorded in (
            ("resid_pre", step.hidden[layer]),
            ("q", step.queries[layer]),
            ("k", step.keys[layer]),
            ("pattern", step.attention[layer]),
            ("resid_post", step.hidden[layer + 1]),
        ):
            np.testing.assert_allclose(found.values(at + name), recorded, atol=1e-5, rtol=0)
    np.testing.assert_allclose(found.values("logits"), step.logits, atol=1e-5, rtol=0)


@pytest.mark.parametrize("position", [0, 1, 7, 60, 120])
def test_what_was_not_recorded_leads_from_record_to_record(
    reader: LocalReader, trace: Trace, position: int
) -> None:
    """float32 keeps seven digits: 2e-6 of the largest number that was added."""
    found, step = reader.inspect(trace, position), trace.steps[position]
    for layer in range(reader.facts.layers):
        at = f"blocks.{layer}."
        middle = found.values(at + "resid_pre") + found.values(at + "attn_out")
        after = found.values(at + "resid_mid") + found.values(at + "mlp_out")
        scale = max(1.0, float(np.abs(after).max()))
        np.testing.assert_array_equal(middle, found.values(at + "resid_mid"))
        np.testing.assert_allclose(after, step.hidden[layer + 1], atol=2e-6 * scale, rtol=0)
        scores = found.values(at + "attn_scores").astype(float)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        np.testing.assert_allclose(weights, step.attention[layer], atol=1e-5, rtol=0)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_formula_of_any_entry_gives_that_entry(
    inspections: list[Inspection], data: st.DataObject
) -> None:
    found = data.draw(st.sampled_from(inspections))
    one = data.draw(st.sampled_from(found.activations))
    index = tuple(data.draw(st.integers(0, size - 1)) for size in one.shape)
    filled = one.fill(index)
    assert filled.value == pytest.approx(float(one.values[index]), abs=3e-5)
    if filled.left is not None:
        total = float(filled.products.sum()) + (filled.offset or 0.0)
        assert total == pytest.approx(filled.value, abs=1e-9)
    else:
        assert filled.text


def test_names_stand_in_the_order_of_computation(reader: LocalReader, trace: Trace) -> None:
    found = reader.inspect(trace, 3)
    assert tuple(one.name for one in found.activations) == found.names
    assert layer_of("blocks.4.z") == 4
    assert layer_of("logits") is None
    inner = [name for name in found.names if layer_of(name) == 2]
    assert [name.split(".")[2] for name in inner] == [one.name for one in found.stages.block]


def test_shapes_have_the_axes_that_the_stage_names(reader: LocalReader, trace: Trace) -> None:
    found, facts = reader.inspect(trace, 9), reader.facts
    sizes = {
        "c": facts.width, "h": facts.heads, "d": facts.head_width, "s": 10,
        "f": 4 * facts.width, "t": facts.vocabulary,
    }  # fmt: skip
    for one in found.activations:
        assert one.shape == tuple(sizes[axis] for axis in one.stage.axes), one.name
        assert one.stage.title
        assert one.stage.symbol


def test_values_cannot_be_written(reader: LocalReader, trace: Trace) -> None:
    for one in reader.inspect(trace, 2).activations:
        with pytest.raises(ValueError, match="read-only"):
            one.values[...] = 0


def test_a_head_that_is_off_mixes_nothing_and_its_formula_says_so(reader: LocalReader) -> None:
    trace = reader.read(Trace((), OFF), [0, 5, 6, 7], OFF)
    z = reader.inspect(trace, 3)["blocks.1.z"]
    assert not z.values[2].any()
    assert z.values[1].any()
    assert "switched off" in z.fill((2, 0)).text


def test_what_another_edit_changed_is_an_addend_of_its_own(reader: LocalReader) -> None:
    """A stream that the parts do not explain is explained all the same, and named."""
    trace = reader.read(Trace(), [0, 5, 6])
    step = trace.steps[2]
    hidden = step.hidden.copy()
    hidden[3] += 0.5
    steered = Trace((*trace.steps[:2], type(step)(
        step.token, step.logits, step.attention, hidden, step.queries, step.keys)))  # fmt: skip
    filled = reader.inspect(steered, 2)["blocks.2.resid_post"].fill((4,))
    assert filled.names[-1] == "edit"
    assert filled.products[-1] == pytest.approx(0.5, abs=1e-3)
    assert filled.value == pytest.approx(float(hidden[3, 4]), abs=1e-5)


@pytest.mark.parametrize("position", [-1, 4])
def test_a_position_that_was_not_read_is_refused_in_words(
    reader: LocalReader, position: int
) -> None:
    trace = reader.read(Trace(), [0, 5, 6, 7])
    with pytest.raises(ValueError, match="has not been read; the text has 4 tokens"):
        reader.inspect(trace, position)


def test_an_entry_outside_the_array_is_refused_in_words(reader: LocalReader) -> None:
    found = reader.inspect(reader.read(Trace(), [0, 5]), 1)
    for index in ((320,), (-1,), (0, 0), ()):
        with pytest.raises(IndexError, match="it has no entry"):
            found["embed"].fill(index)


@pytest.mark.parametrize("activation", ["gelu_new", "gelu"])
def test_a_small_random_network_agrees_with_torch_at_every_stage(activation: str) -> None:
    config = ModelConfig(
        vocab_size=50, n_positions=16, n_embd=32, n_layer=2, n_head=4,
        activation_function=activation,
    )  # fmt: skip
    model = Transformer(config)
    model.initialise(3)
    with torch.no_grad():
        for weight in model.parameters():
            weight += 0.1 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    engine = Engine(model)
    trace = engine.read(Trace(), [3, 1, 4, 1, 5])
    found = inspect(engine.parameters, trace, 4)
    with torch.inference_mode():
        x = torch.from_numpy(trace.steps[4].hidden[1].copy())
        block = model.h[1]
        np.testing.assert_allclose(found.values("blocks.1.ln1"), block.ln_1(x), atol=1e-5)
        middle = torch.from_numpy(found.values("blocks.1.resid_mid").copy())
        wide = block.mlp.c_fc(block.ln_2(middle))
        bent = F.gelu(wide, approximate=block.mlp.approximate)
        np.testing.assert_allclose(found.values("blocks.1.mlp_pre"), wide, atol=1e-5)
        np.testing.assert_allclose(found.values("blocks.1.mlp_post"), bent, atol=1e-5)
        np.testing.assert_allclose(
            found.values("blocks.1.mlp_out"), block.mlp.c_proj(bent), atol=1e-5
        )
        np.testing.assert_allclose(
            found.values("ln_final"), model.ln_f(torch.from_numpy(trace.steps[4].hidden[2].copy())),
            atol=1e-5,
        )  # fmt: skip


def test_a_sharper_head_says_in_its_formula_by_how_much(reader: LocalReader) -> None:
    sharp = Edits(sharpening=(Sharpening(1, 2, 3.0),))
    trace = reader.read(Trace((), sharp), [0, 5, 6, 7], sharp)
    found = reader.inspect(trace, 3)
    scores, beta = found["blocks.1.attn_scores"], reader.facts.beta
    assert scores.fill((2, 1)).scale == pytest.approx(3 * beta)
    assert scores.fill((1, 1)).scale == pytest.approx(beta)
    for head in range(reader.facts.heads):
        entry = found["blocks.1.pattern"].fill((head, 1))
        assert entry.value == pytest.approx(float(trace.steps[3].attention[1, head, 1]), abs=1e-5)
        assert "edit" not in entry.text
