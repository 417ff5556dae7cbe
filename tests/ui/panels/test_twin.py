"""The twin panel as people use it: W, steps, the list, the temperature of B."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication

from explorer.session import moves, twin
from explorer.session.snapshot import FIRST_SAMPLING
from explorer.ui.panels.twin import TwinPanel
from explorer.ui.window import Window


def panel_of(window: Window) -> TwinPanel:
    panel = window.docks["twin"].panel
    assert isinstance(panel, TwinPanel)
    return panel


def step(window: Window, qtbot) -> None:
    size = len(window.controller.snapshot.timeline.node.trace)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.node.trace) == size + 1)


@pytest.fixture
def twins(window: Window, qtbot) -> Window:
    """A twin run of five steps: A hot, B at the temperature of the start."""
    window.arrange("debug")
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_W)
    window.controller.apply(moves.heat, 3.0)
    for _ in range(5):
        step(window, qtbot)
    qtbot.waitUntil(lambda: twin.wanted(window.controller.snapshot) is None)
    return window


def test_w_shows_the_panel_and_b_grows_with_the_dice_of_a(twins: Window, qtbot) -> None:
    panel, s = panel_of(twins), twins.controller.snapshot
    assert panel.is_seen
    picture = panel.canvas.picture
    assert picture.level
    assert picture.first is not None
    assert picture.numbers[0] == picture.numbers[1]
    node = s.timeline.nodes[twin.aligned(s)]
    assert node.draw.sampling == FIRST_SAMPLING
    assert node.draw.uniform == s.timeline.node.draw.uniform
    qtbot.waitUntil(lambda: panel.canvas.gaps is not None)
    assert panel.canvas.gaps.gaps.shape[0] == s.model.layers + 1


def test_w_again_ends_it_and_undo_goes_back_over_both(twins: Window, qtbot) -> None:
    before = twins.controller.snapshot
    step(twins, qtbot)
    qtbot.waitUntil(lambda: twin.wanted(twins.controller.snapshot) is None)
    twins.controller.undo()
    assert twins.controller.snapshot.timeline is before.timeline
    qtbot.keyClick(twins, Qt.Key.Key_W)
    assert not twin.is_on(twins.controller.snapshot)
    assert panel_of(twins).canvas.picture is None


def test_the_temperature_of_b_is_changed_in_its_field(twins: Window, qtbot) -> None:
    panel = panel_of(twins)
    qtbot.keyClick(panel.heat, Qt.Key.Key_Up)
    warmer = pytest.approx(FIRST_SAMPLING.temperature + 0.1)
    assert twins.controller.snapshot.twin.sampling.temperature == warmer
    step(twins, qtbot)
    qtbot.waitUntil(lambda: twin.wanted(twins.controller.snapshot) is None)
    s = twins.controller.snapshot
    assert s.timeline.nodes[twin.aligned(s)].draw.sampling.temperature == warmer
    qtbot.mouseClick(panel.take, Qt.MouseButton.LeftButton)
    assert twins.controller.snapshot.twin.sampling == s.sampling


def test_another_branch_is_chosen_from_the_list(twins: Window, qtbot) -> None:
    panel = panel_of(twins)
    count = panel.which.count()
    assert count == 3
    panel.which.setFocus()
    qtbot.keyClick(panel.which, Qt.Key.Key_Down)
    s = twins.controller.snapshot
    assert s.twin.sampling is None
    assert s.twin.other == panel._choices[-1].node
    qtbot.keyClick(panel.which, Qt.Key.Key_Up)
    assert twins.controller.snapshot.twin.sampling == s.sampling
    qtbot.keyClick(panel.which, Qt.Key.Key_Up)
    assert not twin.is_on(twins.controller.snapshot)


def test_a_row_has_its_exact_numbers_as_tool_tip(twins: Window, tips: list[str]) -> None:
    canvas = panel_of(twins).canvas
    box = canvas.spots.bars
    at = QPoint(int(box.left() + 20), int(box.top() + canvas.spots.row * 1.5))
    QApplication.sendEvent(canvas, QHelpEvent(QEvent.Type.ToolTip, at, canvas.mapToGlobal(at)))
    assert "A − B" in tips[-1]
