"""A small model of every family is shown by every panel, with true numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QLabel

from explorer.engine.reader import LocalReader, open_model
from explorer.lens.attention import describe_cell, describe_tile, head_matrix, head_row
from explorer.lens.heatmap import overview
from explorer.lens.hopfield import facts, remember, where
from explorer.lens.regimes import describe_regime, regimes
from explorer.session import moves
from explorer.session.snapshot import Look, Snapshot
from explorer.session.story import grow, open_story
from explorer.ui.controller import Controller
from explorer.ui.panels.attention import AttentionPanel
from explorer.ui.panels.hopfield import HopfieldPanel
from explorer.ui.panels.table import PANELS
from explorer.ui.style import Style
from explorer.ui.worker import Worker

FAMILIES = [
    "gpt_neo", "gpt_neox", "llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "phi3",
    "olmo2", "xglm",
]  # fmt: skip


@pytest.fixture(params=FAMILIES)
def told(request: pytest.FixtureRequest, family_folder: Callable[[str], Path]) -> Snapshot:
    return tell(open_model(family_folder(request.param)))


def tell(reader: LocalReader, layer: int = 1, head: int = 3) -> Snapshot:
    s = open_story(reader, Snapshot(look=Look(layer, head)), "there where the cat sat")
    for _ in range(4):
        s = grow(reader, s)
    return s


def test_every_panel_draws_it(told: Snapshot, worker: Worker, style: Style, qtbot) -> None:
    controller = Controller(told, worker)
    for kind in PANELS:
        panel = kind(controller, style)
        qtbot.addWidget(panel)
        panel.resize(640, 420)
        panel.show()
        qtbot.waitExposed(panel)
        picture = panel.grab().toImage()
        colours = {picture.pixel(x, y) for x in range(0, 640, 3) for y in range(0, 420, 3)}
        assert len(colours) > 3, kind.id


def test_the_landscape_of_every_head_is_that_of_its_recorded_row(told: Snapshot) -> None:
    model = told.model
    assert model is not None
    for layer in range(model.layers):
        for head in range(model.heads):
            place = where(moves.look_at(told, layer, head))
            assert place is not None
            memory = remember(moves.look_at(told, layer, head), place)
            assert len(memory.keys) == place.position + 1 - place.first
            assert memory.attention.sum() == pytest.approx(1, abs=1e-5)
            if model.score_cap is None:
                assert memory.difference < 1e-5
            else:
                assert any("capped" in name for name, _ in facts(memory))


@pytest.mark.parametrize("family", ["mistral", "gpt_neo", "gemma2"])
def test_what_lies_before_a_window_is_absent_not_small(
    family: str, family_folder: Callable[[str], Path]
) -> None:
    told = tell(open_model(family_folder(family)))
    model, trace = told.model, told.timeline.node.trace
    assert model is not None
    layer = next(at for at, window in enumerate(model.windows) if window)
    window = model.windows[layer]
    assert window is not None and len(trace) > window
    s = moves.look_at(told, layer, 0)
    matrix, last = head_matrix(s), len(trace) - 1
    assert matrix is not None
    assert np.isnan(matrix.weights[last, : last + 1 - window]).all()
    assert (matrix.weights[last, last + 1 - window :] > 0).all()
    assert "no value" in describe_cell(s, last, 0)
    row = head_row(s, layer, 0)
    assert row is not None and row.keys == window and min(row.top) >= row.first
    levels = overview(trace, model.context, 40, 1, None, model.windows).levels
    whole = overview(trace, model.context, 40, 1, None).levels
    assert (levels[layer] == 0).sum() > (whole[layer] == 0).sum()


def test_heads_that_share_keys_say_which(family_folder: Callable[[str], Path]) -> None:
    told = tell(open_model(family_folder("llama")))
    assert told.model is not None
    assert [told.model.group(head) for head in range(4)] == [0, 0, 1, 1]
    assert "head 3, keys 1" in describe_tile(told, 1, 3)
    found = regimes(told)
    assert found is not None
    said = describe_regime(found, 1, 3, told.model.head_name(1, 3, ", "))
    assert said.startswith("Layer 1, head 3, keys 1.")
    trace = told.timeline.node.trace
    assert trace.steps[0].keys.shape[1] == 2
    last = len(trace) - 1
    assert np.array_equal(trace.keys(1, 2, last), trace.keys(1, 3, last))
    assert not np.array_equal(trace.keys(1, 1, last), trace.keys(1, 2, last))


def test_the_panels_of_one_head_name_its_keys(
    family_folder: Callable[[str], Path], worker: Worker, style: Style, qtbot
) -> None:
    controller = Controller(tell(open_model(family_folder("llama"))), worker)
    for kind, title in (
        (HopfieldPanel, "L1 · H3 · K1"),
        (AttentionPanel, "Layer 1 · head 3 · keys 1"),
    ):
        panel = kind(controller, style)
        qtbot.addWidget(panel)
        panel.resize(440, 420)
        panel.show()
        qtbot.waitExposed(panel)
        texts = [one.text() for one in panel.findChildren(QLabel)]
        texts += [one.currentText() for one in panel.findChildren(QComboBox)]
        assert title in texts
