"""The panel of the attribution: the sum is shown, bars and tiles look at heads."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from explorer.session.inside import RUNNER_UP
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.attribution import AttributionPanel
from explorer.ui.worker import Worker


@pytest.fixture
def show(worker: Worker, reader, shown, qtbot):
    """Show the panel around a snapshot and wait until its numbers have arrived."""

    def open_panel(s: Snapshot, size=(660, 420)) -> AttributionPanel:
        controller = Controller(s, worker)
        controller.reader = reader
        panel = shown(AttributionPanel, controller, size)
        qtbot.waitUntil(lambda: panel.picture is not None)
        return panel

    return open_panel


def test_the_sum_stands_beside_the_true_value(show, story) -> None:
    panel = show(story(6))
    assert panel.check.text() == panel.picture.check
    assert abs(panel.picture.total - panel.picture.true) < 1e-3


def test_a_click_on_a_bar_looks_at_that_head(show, story, qtbot) -> None:
    panel = show(story(6))
    row = next(at for at, bar in enumerate(panel.picture.bars) if bar.head)
    at = panel.bars.row_box(row).center().toPoint()
    qtbot.mouseClick(panel.bars, Qt.MouseButton.LeftButton, pos=at)
    look = panel.controller.snapshot.look
    assert (look.layer, look.head) == panel.picture.bars[row].head == panel.bars.chosen


def test_keys_mark_a_bar_and_enter_looks_at_it(show, story, qtbot) -> None:
    panel = show(story(6))
    panel.bars.setFocus(Qt.FocusReason.TabFocusReason)
    while panel.picture.bars[panel.bars.mark].head is None or panel.bars.mark == 0:
        qtbot.keyClick(panel.bars, Qt.Key.Key_Down)
    qtbot.keyClick(panel.bars, Qt.Key.Key_Return)
    look = panel.controller.snapshot.look
    assert (look.layer, look.head) == panel.picture.bars[panel.bars.mark].head


def test_a_click_on_a_tile_looks_at_that_head_and_on_an_mlp_at_none(show, story, qtbot) -> None:
    panel = show(story(6))
    for tile, expected in (((4, 2), (4, 2)), ((3, 8), (4, 2))):
        at = panel.map.tile(*tile).center().toPoint()
        qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=at)
        look = panel.controller.snapshot.look
        assert (look.layer, look.head) == expected


def test_one_logit_or_the_lead_over_another(show, story, qtbot) -> None:
    panel = show(story(6))
    assert panel.picture.versus is not None
    assert panel.minus.isChecked()
    qtbot.mouseClick(panel.minus, Qt.MouseButton.LeftButton)
    assert panel.controller.snapshot.inside.versus is None
    assert panel.picture.versus is None
    assert not panel.versus.isEnabled()
    qtbot.mouseClick(panel.minus, Qt.MouseButton.LeftButton)
    assert panel.controller.snapshot.inside.versus == RUNNER_UP


def test_the_other_token_is_named_by_its_text(show, story, qtbot) -> None:
    panel = show(story(6))
    panel.versus.setFocus()
    qtbot.keyClicks(panel.versus, "dog")
    qtbot.keyClick(panel.versus, Qt.Key.Key_Return)
    model = panel.controller.snapshot.model
    assert model.pieces[panel.picture.versus].strip() == b"dog"
    panel.versus.selectAll()
    qtbot.keyClick(panel.versus, Qt.Key.Key_Delete)
    qtbot.keyClick(panel.versus, Qt.Key.Key_Return)
    assert panel.controller.snapshot.inside.versus == RUNNER_UP
