"""The history of a token in the window: named by typing or from its bar, walked by key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication

from explorer.session import asked
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panels.history import HistoryPanel
from explorer.ui.panels.history_chart import places
from explorer.ui.worker import Worker

KEY = Qt.Key


@pytest.fixture
def panel(story, worker: Worker, shown) -> HistoryPanel:
    return shown(HistoryPanel, Controller(story(8), worker), (420, 320))


def column(panel: HistoryPanel, position: int) -> QPoint:
    at = places(panel.canvas, panel.looks, panel.canvas.history)
    return QPoint(int(at.x(position + 0.5)), int(at.top.center().y()))


def name(panel: HistoryPanel, qtbot, text: str) -> None:
    panel.field.line.setFocus()
    panel.field.line.selectAll()
    qtbot.keyClicks(panel.field.line, text)
    qtbot.keyClick(panel.field.line, KEY.Key_Return)


def test_a_token_is_typed_and_its_history_is_painted(panel, qtbot) -> None:
    before = panel.grab().toImage()
    name(panel, qtbot, "cat")
    s = panel.controller.snapshot
    assert "cat" in s.model.labels[s.asked.token]
    assert panel.canvas.history.token == s.asked.token
    assert panel.grab().toImage() != before
    assert "chosen" in panel.accessibleDescription()


def test_what_is_no_token_is_said_and_escape_puts_the_old_one_back(panel, qtbot) -> None:
    name(panel, qtbot, "·the")
    token = panel.controller.snapshot.asked.token
    name(panel, qtbot, "qqqq")
    assert "no token “qqqq”" in panel.field.note.text()
    assert panel.controller.snapshot.asked.token == token
    qtbot.keyClick(panel.field.line, KEY.Key_Escape)
    assert panel.field.line.text() == "·the" and panel.field.note.text() == ""


def test_labels_are_proposed_while_typing(panel, qtbot) -> None:
    panel.field.line.setFocus()
    qtbot.keyClicks(panel.field.line, "cat")
    proposed = panel.field.hint.text().split()
    assert len(proposed) > 1 and all("cat" in label.lower() for label in proposed)
    qtbot.keyClick(panel.field.line, KEY.Key_Down)
    qtbot.keyClick(panel.field.line, KEY.Key_Down)
    assert panel.field.line.text() == proposed[1]
    qtbot.keyClick(panel.field.line, KEY.Key_Return)
    s = panel.controller.snapshot
    assert s.model.labels[s.asked.token] == proposed[1]


def test_a_click_goes_to_where_the_choice_was_open(panel, qtbot) -> None:
    name(panel, qtbot, "·the")
    last = len(panel.canvas.history.labels)
    for position in (last - 2, last - 1, last):
        qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=column(panel, position))
        assert len(panel.controller.snapshot.timeline.node.trace) == position
        assert panel.canvas.history.open == position


def test_the_arrows_walk_a_mark_and_enter_goes_there(panel, qtbot) -> None:
    name(panel, qtbot, "·the")
    panel.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    start = panel.canvas.mark
    for key in (KEY.Key_Left, KEY.Key_Left, KEY.Key_Left, KEY.Key_Right):
        qtbot.keyClick(panel.canvas, key)
    assert panel.canvas.mark == start - 2
    qtbot.keyClick(panel.canvas, KEY.Key_Return)
    assert len(panel.controller.snapshot.timeline.node.trace) == start - 2
    qtbot.keyClick(panel.canvas, KEY.Key_Home)
    assert panel.canvas.mark == 1
    qtbot.keyClick(panel.canvas, KEY.Key_Escape)
    assert panel.canvas.mark is None


def test_hovering_tells_the_exact_numbers(panel, qtbot, tips) -> None:
    name(panel, qtbot, "·the")
    where = column(panel, 4)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, where, panel.canvas.mapToGlobal(where))
    QApplication.sendEvent(panel.canvas, event)
    assert "position 4" in tips[-1] and "rank" in tips[-1]


def test_ctrl_f_opens_the_panel_and_takes_the_keyboard(window, qtbot) -> None:
    qtbot.keyClick(window, KEY.Key_F, Qt.KeyboardModifier.ControlModifier)
    panel = window.docks["history"].panel
    assert panel.isVisible() and panel.field.line.hasFocus()
    qtbot.keyClicks(panel.field.line, "mat")
    qtbot.keyClick(panel.field.line, KEY.Key_Return)
    assert window.controller.snapshot.asked.token is not None
    qtbot.keyClick(window, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.controller.snapshot.asked.token is None


def test_the_menu_of_a_bar_asks_for_its_history(window, qtbot) -> None:
    panel = window.docks["bars"].panel
    menu = panel.menu_of(2)
    menu.actions()[0].trigger()
    token = panel._canvas.bars.rows[2].token
    assert window.controller.snapshot.asked.token == token
    assert window.docks["history"].panel.canvas.history.token == token
    menu = panel.menu_of(1)
    menu.actions()[-1].trigger()
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) == 2)
    assert window.controller.snapshot.timeline.node.draw.forced


def test_without_a_token_the_panel_says_how_to_begin(worker, shown) -> None:
    panel = shown(HistoryPanel, Controller(Snapshot(), worker))
    assert "Name a token" in panel.accessibleDescription()
    panel.controller.apply(asked.name, 3)
    assert panel.canvas.history is None
