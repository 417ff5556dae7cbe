"""A list of painted rows: mouse, keys, tool tips and the marked row. Knows no controller.

A subclass says how many rows there are and paints them. The arrow keys up and down move the mark,
Enter or a click picks a row; other keys go on to the window.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QScrollArea, QToolTip, QWidget

from explorer.ui.paint import tip
from explorer.ui.scrolling import scrolling
from explorer.ui.style import Style

_STEPS = {
    Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10,
}  # fmt: skip
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
DIMMED = 0.35


class Rows(QWidget):
    """Rows of one height. Signals: picked(row), marked(row)."""

    picked = Signal(int)
    marked = Signal(int)

    def __init__(self, looks: Style, name: str, height: float = 20) -> None:
        super().__init__()
        self._looks, self._height = looks, height
        self.mark = -1
        self.hover = -1
        self.waiting = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)

    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def paint_rows(self, painter: QPainter, seen: range) -> None:
        """Paint these rows."""
        raise NotImplementedError

    def explain(self, row: int, x: float) -> str:
        """The tool tip at a place of a row; empty for none."""
        return ""

    def row_height(self) -> int:
        """The height of a row in pixels."""
        return self._looks.px(self._height)

    def row_box(self, row: int) -> QRectF:
        """The rectangle of a row."""
        high = self.row_height()
        return QRectF(0, row * high, self.width(), high)

    def row_at(self, y: float) -> int:
        """The row at a height; -1 below the last one."""
        row = int(y // self.row_height())
        return row if 0 <= row < self.count() else -1

    def fit(self) -> None:
        """Take the height of all rows and paint them; the marked row stays in range."""
        self.mark = min(self.mark, self.count() - 1)
        self.setMinimumHeight(self.row_height() * self.count())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(200), self.row_height() * max(1, self.count()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._looks.color("panel"))
        if self.waiting:
            painter.setOpacity(DIMMED)
        high = self.row_height()
        first = max(0, event.rect().top() // high)
        last = min(self.count() - 1, event.rect().bottom() // high)
        if 0 <= self.hover < self.count():
            painter.fillRect(self.row_box(self.hover), self._looks.color("hover", 0.2))
        self.paint_rows(painter, range(first, last + 1))
        if self.hasFocus() and 0 <= self.mark < self.count():
            painter.setPen(QPen(self._looks.color("accent"), self._looks.pen_width(1.5)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.row_box(self.mark).adjusted(1, 1, -2, -2))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS and self.count():
            self.mark = min(max(self.mark + _STEPS[key], 0), self.count() - 1)
            self.marked.emit(self.mark)
            self.update()
        elif key in _ENTER and 0 <= self.mark < self.count():
            self.picked.emit(self.mark)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0:
            self.mark = row
            self.picked.emit(row)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().y())
        if row != self.hover:
            self.hover = row
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.hover = -1
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.mark = max(self.mark, 0)
        super().focusInEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in _STEPS or event.key() in _ENTER:
                event.accept()
                return True
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self.row_at(event.pos().y())
            said = self.explain(row, event.pos().x()) if row >= 0 else ""
            if said:
                box = self.row_box(row).toRect()
                QToolTip.showText(event.globalPos(), tip(said), self, box)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


def scrolled(rows: Rows) -> QScrollArea:
    """Rows in an area that scrolls, which follows the mark."""
    area = scrolling(rows)

    def reveal(row: int) -> None:
        box = rows.row_box(row).toRect()
        area.ensureVisible(0, box.center().y(), 0, box.height())

    rows.marked.connect(reveal)
    return area
