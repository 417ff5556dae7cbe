"""The frame of a painted picture that has the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from explorer.ui.canvas import Canvas
from explorer.ui.focus_frame import FocusFrame, frame
from explorer.ui.style import DARK, Style


class Blank(Canvas):
    """A picture of nothing."""

    def paint(self, painter: QPainter) -> None:
        pass


@pytest.fixture
def ground(style: Style, qtbot) -> QWidget:
    """A picture above a field."""
    ground = QWidget()
    qtbot.addWidget(ground)
    column = QVBoxLayout(ground)
    blank = Blank(style, "Blank")
    blank.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    column.addWidget(blank, 1)
    column.addWidget(QLineEdit())
    ground.resize(200, 160)
    ground.show()
    qtbot.waitExposed(ground)
    ground.activateWindow()
    return ground


def test_it_has_the_colour_of_the_theme_all_around(ground: QWidget, style: Style, qtbot) -> None:
    blank = ground.findChild(Blank)
    blank.setFocus()
    frame(blank, style)
    for theme in (style.theme, DARK):
        style.set_theme(theme)
        seen, edge = blank.grab().toImage(), style.color("accent")
        right, bottom = blank.width() - 1, blank.height() - 1
        for place in ((0, 0), (right, 0), (0, bottom), (right, bottom), (right // 2, 0)):
            assert seen.pixelColor(*place) == edge, place
        assert seen.pixelColor(right // 2, bottom // 2) == style.color("panel")


def test_the_mouse_passes_through_it(ground: QWidget, style: Style, qtbot) -> None:
    blank = ground.findChild(Blank)
    frame(blank, style)
    assert ground.childAt(blank.geometry().center()) is blank


def test_it_goes_when_the_keyboard_goes(ground: QWidget, style: Style, qtbot) -> None:
    blank = ground.findChild(Blank)
    blank.setFocus()
    frame(blank, style)
    ground.findChild(QLineEdit).setFocus()
    qtbot.waitUntil(lambda: blank.findChildren(FocusFrame) == [])


@pytest.mark.parametrize("kind", [QPushButton, QLineEdit, QComboBox])
def test_what_shows_it_by_itself_gets_none(kind, style: Style, qtbot) -> None:
    widget = kind()
    qtbot.addWidget(widget)
    frame(widget, style)
    assert widget.findChildren(FocusFrame) == []
