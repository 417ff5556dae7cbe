"""Rows under the mouse: lit, explained, and left again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication

from explorer.ui.hover import HoverRows
from explorer.ui.style import Style


class Steps(HoverRows):
    """Two rows of ten pixels; only the first one has something to say."""

    def row_at(self, point: QPointF) -> int:
        row = int(point.y() // 10)
        return row if row < 2 else -1

    def explain(self, point: QPointF) -> str:
        return "<first>" if self.row_at(point) == 0 else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._looks.color("panel"))
        if self._hover >= 0:
            painter.fillRect(0, 10 * self._hover, 50, 10, self._looks.color("accent"))
        painter.end()


@pytest.fixture
def rows(style: Style, qtbot) -> Steps:
    rows = Steps(style, "Steps")
    qtbot.addWidget(rows)
    rows.resize(50, 40)
    rows.show()
    qtbot.waitExposed(rows)
    return rows


def test_the_row_under_the_mouse_is_lit_until_it_is_left(rows: Steps, qtbot) -> None:
    def lit() -> list[bool]:
        image, accent = rows.grab().toImage(), rows._looks.color("accent")
        return [image.pixelColor(5, y) == accent for y in (5, 15, 25)]

    assert lit() == [False, False, False]
    qtbot.mouseMove(rows, QPoint(5, 15))
    assert lit() == [False, True, False]
    qtbot.mouseMove(rows, QPoint(5, 30))
    assert lit() == [False, False, False]
    qtbot.mouseMove(rows, QPoint(5, 5))
    assert lit() == [True, False, False]
    QApplication.sendEvent(rows, QEvent(QEvent.Type.Leave))
    assert lit() == [False, False, False]


def test_a_place_is_explained_as_plain_text_or_not_at_all(rows: Steps, tips) -> None:
    for y in (15, 5):
        place = QPoint(5, y)
        ask = QHelpEvent(QEvent.Type.ToolTip, place, rows.mapToGlobal(place))
        QApplication.sendEvent(rows, ask)
        assert ask.isAccepted()
    assert len(tips) == 1 and "&lt;first&gt;" in tips[0]
