"""The panel of the proofs: asked by a button or F6, one row for each check."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from explorer.lens.proof import headline, verdict
from explorer.ui.controller import Controller
from explorer.ui.panels.proof import ProofPanel


def asked(controller: Controller, shown, qtbot) -> ProofPanel:
    panel = shown(ProofPanel, controller, (480, 300))
    qtbot.mouseClick(panel.findChild(QPushButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not controller.worker.busy, timeout=20_000)
    return panel


def test_the_button_proves_and_says_the_result(controller: Controller, shown, qtbot) -> None:
    panel = asked(controller, shown, qtbot)
    found = verdict(controller.snapshot)
    assert headline(found) == "all 6 checks hold" and not found.running and not found.stale
    texts = [one.text() for one in panel.findChildren(QLabel)]
    assert "all 6 checks hold" in texts
    assert any("6 tokens; residual stream at" in text for text in texts)
    assert "all 6 checks hold" in panel.accessibleDescription()


def test_every_row_has_its_measured_value_and_bound(
    controller: Controller, shown, tips: list[str], qtbot
) -> None:
    panel = asked(controller, shown, qtbot)
    for index, check in enumerate(verdict(controller.snapshot).checks):
        at = panel._checks.row_box(index).center().toPoint()
        event = QHelpEvent(QHelpEvent.Type.ToolTip, at, panel._checks.mapToGlobal(at))
        QApplication.sendEvent(panel._checks, event)
        assert check.measured in tips[-1] and "holds" in tips[-1]
    assert float(check.measured) <= float(check.allowed.removeprefix("<= "))
    assert not panel._checks.row_box(0).contains(QPointF(-1, -1))


def test_another_text_is_said_to_be_another_one(controller: Controller, shown, qtbot) -> None:
    asked(controller, shown, qtbot)
    controller.step()
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) == 2)
    assert verdict(controller.snapshot).stale
    assert "F6 proves this one" in verdict(controller.snapshot).caption


def test_f6_shows_the_panel_and_proves(window, qtbot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F6)
    assert window.docks["proof"].isVisible()
    qtbot.waitUntil(lambda: not window.controller.worker.busy, timeout=20_000)
    assert len(window.controller.snapshot.findings.proof.checks) == 6
