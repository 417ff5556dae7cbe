"""The public interface: what the documentation shows is true."""

from __future__ import annotations

import doctest
import subprocess
import sys

import numpy as np
import pytest

import explorer
import explorer.api
import explorer.api_memory


@pytest.fixture
def model(reader) -> explorer.Model:
    return explorer.Model(reader)


def test_the_example_of_the_documentation_runs() -> None:
    result = doctest.testmod(explorer.api)
    assert result.attempted > 5
    assert result.failed == 0


def test_importing_explorer_loads_neither_torch_nor_numpy_nor_qt(environment, tmp_path) -> None:
    code = "import sys, explorer; print(*(name.split('.')[0] for name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path, env=environment(), capture_output=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert not set(done.stdout.split()) & {"torch", "numpy", "PySide6"}


def test_every_name_that_is_promised_is_there() -> None:
    for name in explorer.__all__:
        module = explorer.api if hasattr(explorer.api, name) else explorer.api_memory
        assert getattr(explorer, name) is getattr(module, name)
    with pytest.raises(AttributeError, match="kitchen"):
        _ = explorer.kitchen


def test_the_interface_tells_the_story_of_the_window(model, story) -> None:
    told = model.read("The cat sat on the").sample(temperature=0.8).step(6)
    assert told.ids == story(6).timeline.node.trace.ids
    assert told.text.startswith("The cat sat on the")


def test_forcing_and_going_back(model) -> None:
    told = model.read("Once").step(3)
    forced = told.back(2).force(300, 301)
    assert forced.ids[-2:] == (300, 301)
    assert forced.ids[:-2] == told.ids[:-2]
    with pytest.raises(ValueError, match="The context is full"):
        model.read("Once").force(*[300] * 300)


def test_an_edit_acts_when_the_text_is_read_again(model) -> None:
    told = model.read("The cat sat on the").step(2)
    same = told.again()
    np.testing.assert_allclose(same.logits, told.logits, atol=1e-4)
    off = told.edit(explorer.heads_off((2, 1))).again()
    assert off.ids == told.ids
    assert abs(off.logits - told.logits).max() > 1e-3


def test_inspecting_gives_named_activations(model) -> None:
    told = model.read("The cat").step(2)
    found = told.inspect()
    assert found.position == len(told.ids) - 1
    row = found.values("blocks.2.pattern")
    np.testing.assert_allclose(row[1], told.attention(2, 1)[-1], atol=1e-5)


def test_hidden_states_and_probabilities_have_their_shapes(model) -> None:
    told = model.read("The cat").step(2)
    assert told.hidden.shape == (len(told.ids), 7, model.reader.facts.width)
    assert told.probabilities.shape == told.logits.shape


def test_a_saved_session_is_opened_again(model, tmp_path) -> None:
    told = model.read("The cat").step(3)
    told.save(tmp_path / "a.explorer")
    assert model.open_session(tmp_path / "a.explorer").ids == told.ids


def test_bad_settings_are_refused(model) -> None:
    with pytest.raises(ValueError, match="temperature is -1"):
        model.read("The cat").sample(temperature=-1)
    with pytest.raises(TypeError):
        model.read("The cat").sample(colour=1)


def test_a_story_is_read_at_the_models_own_temperature_until_another_is_set(model) -> None:
    story = model.read("The cat sat on the")
    own = np.exp(story.logits - np.logaddexp.reduce(story.logits.astype(float)))
    assert np.allclose(story.probabilities, own, atol=1e-7)
    assert story.sample(temperature=0.8).probabilities.max() > own.max()
