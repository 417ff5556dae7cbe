"""Two sliders used as a person does: each moves its own chart, and only Keep changes the story."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QPushButton

from explorer.engine.edits import EVERY, NO_EDITS, Sharpening
from explorer.lens.experiments import banner
from explorer.session import moves, sharpness
from explorer.ui.controller import Controller
from explorer.ui.panels.temperatures import TemperaturesPanel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(controller: Controller, shown) -> TemperaturesPanel:
    controller.apply(moves.look_at, 2, 1)
    controller.apply(moves.heat, 1.0)
    return shown(TemperaturesPanel, controller, (640, 380))


def press(panel: TemperaturesPanel, text: str, qtbot) -> None:
    (found,) = [one for one in panel.findChildren(QPushButton) if one.text() == text]
    qtbot.mouseClick(found, LEFT)


def drag(panel: TemperaturesPanel, factor: float, qtbot) -> None:
    at = QPoint(round(panel.sharp.across(factor)), 19)
    qtbot.mousePress(panel.sharp, LEFT, pos=at)
    qtbot.mouseRelease(panel.sharp, LEFT, pos=at)


def settled(panel: TemperaturesPanel, qtbot) -> None:
    """Wait until nothing is read and the picture is that of both sliders."""

    def done() -> bool:
        s, shown = panel.controller.snapshot, panel.canvas.shown
        return (
            not panel.controller.worker.busy
            and shown is not None
            and shown.sharp is not None
            and (shown.factor, shown.temperature) == (sharpness.factor(s), s.sampling.temperature)
        )

    qtbot.waitUntil(done, timeout=10_000)


def test_a_drag_of_the_sharpness_reads_beside_the_story(panel, reader, qtbot) -> None:
    old = panel.controller.snapshot
    settled(panel, qtbot)
    rows = {row.token: row for row in panel.canvas.shown.rows}
    drag(panel, 8.0, qtbot)
    settled(panel, qtbot)
    s, found = panel.controller.snapshot, panel.canvas.shown
    assert s.timeline is old.timeline and s.edits == NO_EDITS
    assert found.factor == pytest.approx(8.0, rel=0.05)
    edits = sharpness.turned(s)
    logits = reader.read(old.timeline.node.trace, (), edits).steps[-1].logits.astype(np.float64)
    p = np.exp(logits - logits.max())
    p /= p.sum()
    for row in found.rows:
        assert row.sharp == pytest.approx(p[row.token], rel=1e-3)
        assert row.warm == row.plain
        if row.token in rows:
            assert row.plain == rows[row.token].plain
    assert found.head.after.max() > found.head.before.max()


def test_a_turn_of_the_sampling_temperature_needs_no_pass(panel, reader, qtbot) -> None:
    drag(panel, 4.0, qtbot)
    settled(panel, qtbot)
    passes, before = reader.engine.forwards, panel.canvas.shown
    panel.heat.setFocus()
    for _ in range(6):
        qtbot.keyClick(panel.heat, Qt.Key.Key_Up)
    found = panel.canvas.shown
    assert found.temperature > 1.2
    assert reader.engine.forwards == passes and not panel.controller.worker.busy
    sharp = {row.token: row.sharp for row in before.rows}
    for row in found.rows:
        assert row.sharp == sharp.get(row.token, row.sharp)
        assert row.warm != row.plain


def test_keys_turn_the_sharpness_and_undo_takes_it_back(panel, qtbot) -> None:
    panel.sharp.setFocus()
    qtbot.keyClick(panel.sharp, Qt.Key.Key_PageUp)
    assert sharpness.factor(panel.controller.snapshot) > 1.5
    qtbot.keyClick(panel.sharp, Qt.Key.Key_Down)
    panel.controller.undo()
    assert sharpness.factor(panel.controller.snapshot) == 1.0


def test_keep_makes_it_an_edit_of_the_line_and_its_badge_takes_it_back(panel, qtbot) -> None:
    assert not panel._keep.isEnabled()
    drag(panel, 4.0, qtbot)
    settled(panel, qtbot)
    before = panel.canvas.shown
    old = panel.controller.snapshot.timeline.node
    assert panel._keep.isEnabled()
    press(panel, "Keep", qtbot)
    settled(panel, qtbot)
    s = panel.controller.snapshot
    assert s.edits.sharpening == (Sharpening(2, 1, before.factor),)
    assert s.timeline.node.trace.edits == s.edits and old in s.timeline.nodes
    assert banner(s) == f"L2 · H1 β × {before.factor:.3g}"
    assert panel.canvas.shown.state == "in the text" and not panel._keep.isEnabled()
    for one, other in zip(before.rows, panel.canvas.shown.rows, strict=True):
        assert other.sharp == pytest.approx(one.sharp, rel=1e-3)
        assert other.plain == pytest.approx(one.plain, rel=1e-3)
    panel.controller.lab.remove(s.edits.sharpening[0])
    qtbot.waitUntil(lambda: panel.controller.snapshot.edits == NO_EDITS)
    assert panel.controller.snapshot.timeline.node is old


def test_all_heads_are_turned_at_once(panel, qtbot) -> None:
    press(panel, "All heads", qtbot)
    drag(panel, 0.25, qtbot)
    settled(panel, qtbot)
    press(panel, "Keep", qtbot)
    settled(panel, qtbot)
    (one,) = panel.controller.snapshot.edits.sharpening
    assert (one.layer, one.head) == (EVERY, EVERY) and one.factor < 0.3
    press(panel, "× 1", qtbot)
    settled(panel, qtbot)
    press(panel, "Keep", qtbot)
    qtbot.waitUntil(lambda: panel.controller.snapshot.edits == NO_EDITS)


def test_a_step_with_a_sharpness_tried_out_compares_the_new_token(panel, qtbot) -> None:
    drag(panel, 4.0, qtbot)
    settled(panel, qtbot)
    before = panel.controller.snapshot.timeline
    panel.controller.step()
    qtbot.waitUntil(lambda: panel.controller.snapshot.timeline is not before)
    settled(panel, qtbot)
    logits = panel.controller.snapshot.timeline.node.trace.steps[-1].logits
    assert panel.canvas.shown.rows[0].token in np.argsort(-logits)[:12]
    assert panel.controller.snapshot.edits == NO_EDITS


def test_tips_tell_each_token_and_each_key(panel, tips, qtbot) -> None:
    settled(panel, qtbot)
    for place in (panel.canvas.row_box(0, True).center(), panel.canvas.bar(2).center()):
        point = place.toPoint()
        event = QHelpEvent(QEvent.Type.ToolTip, point, panel.canvas.mapToGlobal(point))
        QApplication.sendEvent(panel.canvas, event)
    assert "with nothing turned" in tips[0] and "sampling temperature T" in tips[0]
    assert "(2): weight" in tips[1]


def test_the_picture_is_told_to_those_who_do_not_see_it(panel, qtbot) -> None:
    drag(panel, 4.0, qtbot)
    settled(panel, qtbot)
    said = panel.accessibleDescription()
    assert said.startswith("Sharpness of attention β × ") and "Sampling temperature T = 1" in said


def test_without_a_network_the_panel_says_why(panel, qtbot) -> None:
    settled(panel, qtbot)
    panel.controller.reader = None
    drag(panel, 2.0, qtbot)
    qtbot.waitUntil(lambda: panel.canvas.shown is None)
    assert "not open" in panel.canvas.placeholder


def test_in_a_narrow_panel_the_two_stand_below_each_other(panel, qtbot) -> None:
    settled(panel, qtbot)
    beside = panel.heat.geometry()
    assert panel.sharp.y() == beside.y() and panel.sharp.x() < beside.x()
    panel.resize(300, 700)
    qtbot.waitUntil(lambda: panel.heat.y() > panel.sharp.y())
    canvas = panel.canvas
    assert canvas.row_box(0, True).top() > canvas.row_box(canvas.visible_rows() - 1, False).bottom()
    drag(panel, 4.0, qtbot)
    settled(panel, qtbot)
    assert panel.canvas.shown.factor == pytest.approx(4.0, rel=0.1)
