"""The map of regimes in a person's hands: mouse and keys choose a head and open its landscape."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from explorer.lens.regimes import regimes
from explorer.session import moves
from explorer.ui.controller import Controller
from explorer.ui.panels.regimes import RegimesPanel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(controller: Controller, shown) -> RegimesPanel:
    return shown(RegimesPanel, controller, (560, 320))


def test_a_click_looks_at_a_head_and_opens_its_landscape(panel, qtbot) -> None:
    asked: list[str] = []
    panel.wanted.connect(asked.append)
    qtbot.mouseClick(panel.canvas, LEFT, pos=panel.canvas.cell(3, 5).center().toPoint())
    look = panel.controller.snapshot.look
    assert (look.layer, look.head) == (3, 5) and asked == ["hopfield"]
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.RightButton)
    assert asked == ["hopfield"]


def test_enter_opens_the_landscape_of_the_chosen_head(panel, qtbot) -> None:
    asked: list[str] = []
    panel.wanted.connect(asked.append)
    panel.controller.apply(moves.look_at, 2, 1)
    panel.setFocus()
    qtbot.keyClick(panel.focusProxy(), Qt.Key.Key_Return)
    assert asked == ["hopfield"]
    look = panel.controller.snapshot.look
    assert (look.layer, look.head) == (2, 1)


def test_the_window_shows_the_landscape(window, qtbot) -> None:
    window.arrange("debug")
    window.reveal("regimes")
    panel = window.docks["regimes"].panel
    assert not window.docks["hopfield"].panel.is_seen
    qtbot.mouseClick(panel.canvas, LEFT, pos=panel.canvas.cell(4, 2).center().toPoint())
    qtbot.waitUntil(lambda: window.docks["hopfield"].panel.is_seen)
    assert window.controller.snapshot.look.layer == 4


def test_the_text_as_a_whole_is_averaged_by_a_button_and_back(panel, qtbot) -> None:
    (button,) = panel.findChildren(QPushButton)
    qtbot.mouseClick(button, LEFT)
    s = panel.controller.snapshot
    assert s.look.whole and button.isChecked() and panel._map.whole_text
    panel.controller.undo()
    assert not button.isChecked() and not panel._map.whole_text


def test_the_map_follows_the_lit_token(panel) -> None:
    panel.controller.apply(moves.select, 2)
    assert panel._map.keys == 3
    assert (panel._map.k90 == regimes(panel.controller.snapshot).k90).all()
