"""The rows of the tree as a scrolling list: what is pointed at, chosen, renamed and pruned."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from explorer.lens.tree import FORMULAS, Row, TreePicture, describe
from explorer.ui.paint import put_text, tip
from explorer.ui.panels.tree_ink import Plan, header_labels, paint_lanes, paint_row, plan
from explorer.ui.style import Style
from explorer.ui.words import RIGHT, Letters

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_PageDown: 10,
}


class TreeCanvas(QAbstractScrollArea):
    """Paints the rows that can be seen.

    Signals, each with a row: chosen on a click or Enter, doubled on a double click, asked(row,
    point on the screen) for the context menu. `mark` is the keyboard's row, None while the
    keyboard is elsewhere.
    """

    chosen = Signal(int)
    doubled = Signal(int)
    asked = Signal(int, object)

    def __init__(self, looks: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._looks = looks
        self._picture: TreePicture | None = None
        self._letters = Letters(looks)
        self.placeholder = ""
        self.mark: int | None = None
        self.hover: int | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Branches")
        self.restyle()

    def restyle(self) -> None:
        """Take over sizes and colours."""
        lanes = 1 + max((row.segment.lane for row in self._rows), default=0)
        room = self.width() - self.verticalScrollBar().sizeHint().width()
        self.places: Plan = plan(self._looks, float(room), lanes)
        self._head = self._looks.px(22) if self.places.wide else 0
        bar, high = self.verticalScrollBar(), self.viewport().height() - self._head
        bar.setRange(0, max(0, int(len(self._rows) * self.places.row) - high + self._looks.px(6)))
        bar.setPageStep(max(high, 1))
        bar.setSingleStep(int(self.places.row))
        self.viewport().update()

    def show_picture(self, picture: TreePicture | None) -> None:
        """Show these rows, the row of the cursor in sight."""
        old, self._picture = self._picture, picture
        count = len(self._rows)
        self.mark = None if self.mark is None or not count else min(self.mark, count - 1)
        self.hover = None
        self.restyle()
        moved = old is None or picture is None or old.timeline.cursor != picture.timeline.cursor
        if picture is not None and moved and picture.here >= 0:
            self.reveal(picture.here)
            self.mark = None if self.mark is None else picture.here

    def reveal(self, row: int) -> None:
        """Scroll as little as needed to see a row."""
        bar, high = self.verticalScrollBar(), self.places.row
        low = int((row + 1) * high) - (self.viewport().height() - self._head)
        bar.setValue(max(low, min(bar.value(), int(row * high))))

    def box(self, row: int) -> QRect:
        """Where a row stands in the viewport."""
        top = self._head + row * self.places.row - self.verticalScrollBar().value()
        return QRectF(0, top, self.viewport().width(), self.places.row).toAlignedRect()

    def row_at(self, point: QPointF) -> int | None:
        """The row at a point of the viewport."""
        if point.y() < self._head:
            return None
        row = int((point.y() - self._head + self.verticalScrollBar().value()) // self.places.row)
        return row if 0 <= row < len(self._rows) else None

    @property
    def _rows(self) -> tuple[Row, ...]:
        return () if self._picture is None else self._picture.rows

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, painter = self._looks, QPainter(self.viewport())
        painter.fillRect(event.rect(), looks.color("panel"))
        picture = self._picture
        if picture is None:
            room = QRectF(self.viewport().rect()).adjusted(looks.px(8), 0, -looks.px(8), 0)
            painter.setFont(looks.font())
            put_text(painter, room, self.placeholder, looks.color("muted"))
            painter.end()
            return
        shift, high = self.verticalScrollBar().value(), self.places.row
        first = int(max(event.rect().top() - self._head + shift, 0) // high)
        last = int((event.rect().bottom() - self._head + shift) // high)
        rows = range(first, min(last + 1, len(picture.rows)))
        painter.save()
        painter.setClipRect(self.viewport().rect().adjusted(0, self._head, 0, 0))
        for row, name, alpha in ((picture.here, "accent", 0.12), (self.hover, "hover", 0.2)):
            if row is not None and row in rows:
                painter.fillRect(self.box(row), looks.color(name, alpha))
        painter.translate(0, self._head - shift)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_lanes(painter, looks, self.places, picture, rows)
        for row in rows:
            paint_row(painter, looks, self._letters, self.places, picture, row)
        if self.mark is not None:
            painter.setPen(QPen(looks.color("text"), looks.pen_width(1.2), Qt.PenStyle.DashLine))
            painter.drawRoundedRect(
                QRectF(1, self.mark * high + 1, self.places.width - 2, high - 2), 3, 3
            )
        painter.restore()
        if self._head:
            self._paint_head(painter)
        painter.end()

    def _paint_head(self, painter: QPainter) -> None:
        looks = self._looks
        box = QRectF(0, 0, self.viewport().width(), self._head)
        painter.fillRect(box, looks.color("raised"))
        painter.setPen(looks.color("muted"))
        small = self._letters(0.85)
        small.put(painter, looks.px(8), self._head / 2, "text of the branch")
        for _, title, end in header_labels(self.places):
            small.put(painter, end, self._head / 2, title, RIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.restyle()
        if self._picture is not None and self._picture.here >= 0:
            self.reveal(self._picture.here)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.row_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self.doubled.emit(row)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_keys = event.reason() == QContextMenuEvent.Reason.Keyboard
        row = self.mark if by_keys else self.row_at(QPointF(event.pos()))
        if row is not None:
            at = self.viewport().mapToGlobal(self.box(row).center()) if by_keys else None
            self.asked.emit(row, at or event.globalPos())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._point(None)
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            said, area = self._explain(QPointF(event.pos()))
            if said:
                QToolTip.showText(event.globalPos(), tip(said), self.viewport(), area)
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if plain and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, *_ENTER):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rows, key = len(self._rows), Qt.Key(event.key())
        if key in _STEPS and rows and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            start = self.mark
            if start is None:
                start = max(self._picture.here if self._picture else 0, 0)
            self.mark = min(max(start + _STEPS[key], 0), rows - 1)
            self.reveal(self.mark)
            self.viewport().update()
        elif key in _ENTER and self.mark is not None:
            self.chosen.emit(self.mark)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.mark = None
        self.viewport().update()

    def _explain(self, point: QPointF) -> tuple[str, QRect]:
        row = self.row_at(point)
        if row is not None and self._picture is not None:
            return describe(self._picture.rows[row]), self.box(row)
        for key, _, end in header_labels(self.places) if point.y() < self._head else ():
            if point.x() <= end:
                return FORMULAS[key], QRect(0, 0, int(end), self._head)
        return "", QRect()

    def _point(self, row: int | None) -> None:
        if row != self.hover:
            self.hover = row
            self.viewport().update()
