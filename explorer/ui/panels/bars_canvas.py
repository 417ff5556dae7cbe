"""The rows of the probability bars as a widget: room, keys, mouse. Knows no controller."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.bars import EMPTY, Bars
from explorer.ui.paint import tip
from explorer.ui.panels.bars_ink import BarsInk
from explorer.ui.style import Style


class BarsCanvas(QWidget):
    """Paints the rows; a click or Enter on one says `picked(token)`.

    A right click or the menu key says `asked(row, where on the screen)`.
    """

    picked = Signal(int)
    asked = Signal(int, object)
    marked = Signal(int)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self.bars: Bars = EMPTY
        self.note = ""
        self._room, self._slots, self._wide = 0, 20, 0
        self._mark, self._hover, self._pressed = 0, -1, -1
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Candidates for the next token")
        self.restyle()

    def restyle(self) -> None:
        """Take over colours and sizes."""
        self._ink = BarsInk(self._looks)
        self._fit()

    def show_bars(self, bars: Bars, count: int, note: str) -> None:
        """Paint other rows; `count` bars have to fit if they can, `note` stands for no rows."""
        self.bars, self.note = bars, note
        self._slots = min(count, max(len(bars.rows), 1))
        self._mark = min(self._mark, max(len(bars.rows) - 1, 0))
        self._fit()
        self.update()

    def make_room(self, height: int) -> None:
        """Use this height for the rows if they can be read in it."""
        self._room = height
        self._fit()

    def align_to(self, width: int, row: int) -> None:
        """Be rows that stand under rows of this width and height."""
        self._wide, self._row = width, row
        self.setFixedHeight(row * max(len(self.bars.rows), 1))
        self.update()

    @property
    def row(self) -> int:
        """The height of a row in pixels."""
        return self._row

    def row_box(self, index: int) -> QRectF:
        """The rectangle of a row."""
        return QRectF(0, index * self._row, self.width(), self._row)

    def row_at(self, y: float) -> int:
        """The row at a height; -1 below the last one."""
        index = int(y // self._row)
        return index if 0 <= index < len(self.bars.rows) else -1

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(360), self._row * (len(self.bars.rows) or 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, rows = Qt.Key, self.bars.rows
        steps = {key.Key_Up: -1, key.Key_Down: 1, key.Key_PageUp: -10, key.Key_PageDown: 10}
        if event.key() in steps and rows:
            self._mark = min(max(self._mark + steps[key(event.key())], 0), len(rows) - 1)
            self.marked.emit(self._mark)
            self.update()
        elif event.key() in (key.Key_Return, key.Key_Enter) and rows:
            self._pick(self._mark)
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_keys = event.reason() == QContextMenuEvent.Reason.Keyboard
        row = self._mark if by_keys else self.row_at(event.pos().y())
        if 0 <= row < len(self.bars.rows) and self.bars.rows[row].token is not None:
            box = self.row_box(row).center().toPoint()
            self.asked.emit(row, self.mapToGlobal(box) if by_keys else event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self.row_at(event.position().y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0 and row == self._pressed:
            self._mark = row
            self._pick(row)
        self._pressed = -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().y())
        if row != self._hover:
            self._hover = row
            forces = row >= 0 and self.bars.rows[row].token is not None
            shape = Qt.CursorShape.PointingHandCursor if forces else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = -1
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self.row_at(event.pos().y())
            if row >= 0:
                text, box = tip(self.bars.rows[row].tip), self.row_box(row).toRect()
                QToolTip.showText(event.globalPos(), text, self, box)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(event.rect(), looks.color("panel"))
        if not self.bars.rows:
            painter.setFont(looks.font(0.92))
            painter.setPen(looks.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 0, -8, 0), int(flags), self.note)
            painter.end()
            return
        first = max(0, event.rect().top() // self._row)
        last = min(len(self.bars.rows) - 1, event.rect().bottom() // self._row)
        mark = self._mark if self.hasFocus() else -1
        width = self._wide or self.width()
        self._ink.paint(painter, self.bars, width, self._row, range(first, last + 1))
        self._ink.paint_marks(painter, self.bars, width, self._row, self._hover, mark)
        painter.end()

    def _pick(self, index: int) -> None:
        token = self.bars.rows[index].token
        if token is not None:
            self.picked.emit(token)

    def _fit(self) -> None:
        if self._wide:
            return
        px = self._looks.px
        self._row = min(max(self._room // self._slots, px(16)), px(30))
        self.setMinimumHeight(self._row * len(self.bars.rows))
