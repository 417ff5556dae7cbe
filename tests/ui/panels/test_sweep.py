"""The map of a sweep: it fills, a click looks at the head, buttons choose what is shown."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton

from explorer.engine.edits import Off
from explorer.lens.sweep import figure, sweep_map, value_of
from explorer.session import moves
from explorer.ui.controller import Controller
from explorer.ui.panels.sweep import SweepPanel


@pytest.fixture
def panel(controller: Controller, shown, qtbot) -> SweepPanel:
    panel = shown(SweepPanel, controller, (640, 420))
    controller.examiner.sweep()
    qtbot.waitUntil(lambda: not controller.snapshot.findings.sweep.running, timeout=20_000)
    return panel


def button(panel: SweepPanel, text: str) -> QPushButton:
    return next(one for one in panel.findChildren(QPushButton) if one.text() == text)


def test_every_part_has_its_cell_with_its_number(panel: SweepPanel) -> None:
    s = panel.controller.snapshot
    found = sweep_map(s)
    assert len(found.cells) == 6 * 9
    values = {(one.off.part, one.off.layer, one.off.index): one
              for one in s.findings.sweep.effects}  # fmt: skip
    for cell in found.cells:
        kind = ("mlp", cell.layer, 0) if cell.column == 8 else ("head", cell.layer, cell.column)
        assert cell.value == value_of(values[kind], "log p")
    assert max(abs(cell.share) for cell in found.cells) == 1
    assert found.progress == "" and found.done == 1


def test_a_click_on_a_cell_looks_at_the_head(panel: SweepPanel, qtbot) -> None:
    for layer, head in ((0, 0), (4, 7), (2, 3)):
        at = panel.canvas.box(layer, head).center().toPoint()
        qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=at)
        look = panel.controller.snapshot.look
        assert (look.layer, look.head) == (layer, head)
    at = panel.canvas.box(5, 8).center().toPoint()
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=at)
    look = panel.controller.snapshot.look
    assert (look.layer, look.head) == (5, 3)
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert panel.controller.snapshot.look is look


def test_arrow_keys_walk_over_the_map(panel: SweepPanel, qtbot) -> None:
    panel.controller.apply(moves.look_at, 0, 0)
    panel.canvas.setFocus()
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Down)
    look = panel.controller.snapshot.look
    assert (look.layer, look.head) == (1, 0)


def test_a_button_shows_another_measure(panel: SweepPanel, qtbot) -> None:
    before = panel.canvas.grab().toImage()
    qtbot.mouseClick(button(panel, "KL"), Qt.MouseButton.LeftButton)
    assert panel.controller.snapshot.findings.measure == "KL"
    assert button(panel, "KL").isChecked() and not button(panel, "log p").isChecked()
    assert panel.canvas.grab().toImage() != before
    qtbot.mouseClick(button(panel, "KL"), Qt.MouseButton.LeftButton)
    assert button(panel, "KL").isChecked()


def test_the_button_starts_and_stops(controller: Controller, shown, qtbot) -> None:
    panel = shown(SweepPanel, controller, (640, 420))
    qtbot.mouseClick(button(panel, "Sweep"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(controller.snapshot.findings.sweep.effects) > 0)
    qtbot.mouseClick(button(panel, "Stop"), Qt.MouseButton.LeftButton)
    assert not controller.snapshot.findings.sweep.running
    assert "stopped after" in sweep_map(controller.snapshot).progress
    assert button(panel, "Sweep").isVisible()


def test_another_text_is_said_to_be_another_one(panel: SweepPanel, qtbot) -> None:
    assert "Another text" not in sweep_map(panel.controller.snapshot).caption
    panel.controller.step()
    qtbot.waitUntil(lambda: len(panel.controller.snapshot.timeline.nodes) == 2)
    assert "Another text" in sweep_map(panel.controller.snapshot).caption


def test_a_head_that_is_off_is_crossed_and_the_tip_has_all_numbers(
    panel: SweepPanel, tips: list[str], qtbot
) -> None:
    cell = sweep_map(panel.controller.snapshot).cells[3]
    assert "logit" in cell.tip and "KL" in cell.tip and "X to switch it off" in cell.tip
    panel.controller.apply(moves.look_at, 0, 3)
    panel.controller.lab.toggle(Off("head", 0, 3))
    qtbot.waitUntil(lambda: bool(panel.controller.snapshot.edits))
    assert sweep_map(panel.controller.snapshot).cells[3].off


def test_small_values_are_dots() -> None:
    assert figure(0.001) == "·"
    assert figure(-0.25) == "−0.25"
    assert figure(12.34) == "+12.3"
