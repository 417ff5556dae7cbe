"""The state of a Hopfield network as a grid of cells to look at and to draw on."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.recall import StatePicture
from explorer.ui.paint import draw_pixels, indexed_image, tip
from explorer.ui.style import Style

_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LINES = 9  # pixels of a cell from which on lines are drawn between cells


def cell_image(cells: np.ndarray, looks: Style) -> QImage:
    """Cells -1, 0, +1 as an image of one pixel each: paper, erased, ink."""
    theme = looks.theme
    table = np.array([QColor(name).getRgb() for name in (theme.raised, theme.raw, theme.text)])
    image = indexed_image((cells + 1).astype(np.uint8), table)
    return image.convertToFormat(QImage.Format.Format_RGB32)


class Grid(QWidget):
    """Paints the state; the mouse draws ink, with the right button paper.

    Signals: painted(neurons, value) while drawing, pointed(neuron or None), rested() when the hand
    lets go. Arrow keys move a mark once the keyboard came here by Tab; Enter turns its cell over.
    """

    painted = Signal(object, int)
    pointed = Signal(object)
    rested = Signal()

    def __init__(self, looks: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._looks = looks
        self._picture: StatePicture | None = None
        self._fields: np.ndarray = np.zeros(0)
        self._ink = 1
        self._last: int | None = None
        self.mark: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("State of the network")

    def show_state(self, picture: StatePicture, fields: np.ndarray) -> None:
        """Show these cells; fields (N,) are told on hover."""
        self._picture, self._fields = picture, fields
        if self.mark is not None and self.mark >= picture.cells.size:
            self.mark = None
        self.update()

    def box(self) -> QRectF:
        """Where the grid stands: square cells, in the middle."""
        assert self._picture is not None
        rows, columns = self._picture.cells.shape
        margin = self._looks.px(8)
        side = min((self.width() - 2 * margin) / columns, (self.height() - 2 * margin) / rows)
        side = max(math.floor(side), 1)
        width, height = side * columns, side * rows
        left, top = (self.width() - width) // 2, (self.height() - height) // 2
        return QRectF(left, top, width, height)

    def cell(self, neuron: int) -> QRectF:
        """The square of one neuron."""
        assert self._picture is not None
        box, columns = self.box(), self._picture.cells.shape[1]
        side = box.width() / columns
        row, column = divmod(neuron, columns)
        return QRectF(box.left() + column * side, box.top() + row * side, side, side)

    def neuron_at(self, point: QPointF) -> int | None:
        """The neuron under a point."""
        if self._picture is None or not self.box().contains(point):
            return None
        rows, columns = self._picture.cells.shape
        box = self.box()
        row = min(int((point.y() - box.top()) / box.height() * rows), rows - 1)
        column = min(int((point.x() - box.left()) / box.width() * columns), columns - 1)
        return row * columns + column

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._picture is not None:
            box = self.box()
            draw_pixels(painter, box, cell_image(self._picture.cells, looks))
            self._paint_lines(painter, box)
            self._paint_erased(painter)
            for neuron, name, width in (
                (self._picture.next, "hover", 2.4),
                (self.mark if self.hasFocus() else None, "accent", 2.4),
            ):
                if neuron is not None:
                    painter.setPen(QPen(looks.color(name), looks.pen_width(width)))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(self.cell(neuron).adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        neuron = self.neuron_at(event.position())
        if neuron is None or self._picture is None:
            return
        left = event.button() == Qt.MouseButton.LeftButton
        # The first cell decides: a stroke that starts on ink rubs out.
        self._ink = -1 if not left or self._picture.cells.flat[neuron] > 0 else 1
        self._stroke(neuron)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        neuron = self.neuron_at(event.position())
        if event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.RightButton):
            if neuron is not None:
                self._stroke(neuron)
        else:
            self.pointed.emit(neuron)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None
        self.rested.emit()

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if self.mark is not None and event.key() in (*_ARROWS, Qt.Key.Key_Escape):
                event.accept()
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            neuron = self.neuron_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), tip(self.explain(neuron)), self)
            return True
        return super().event(event)

    def explain(self, neuron: int | None) -> str:
        """What one cell is, in words."""
        if self._picture is None or neuron is None or neuron >= len(self._fields):
            return "Draw with the left button, rub out with the right one."
        row, column = divmod(neuron, self._picture.cells.shape[1])
        value = int(self._picture.cells.flat[neuron])
        name = {1: "+1, ink", -1: "−1, paper", 0: "0, erased"}[value]
        return (
            f"Neuron {neuron}, row {row}, column {column}: s = {name}\n"
            f"its field h = Σ w s + b = {self._fields[neuron]:+.4f}"
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._picture is None or self.mark is None:
            super().keyPressEvent(event)
        elif key in _ARROWS:
            rows, columns = self._picture.cells.shape
            row, column = divmod(self.mark, columns)
            down, right = _ARROWS[Qt.Key(key)]
            self._set_mark((row + down) % rows * columns + (column + right) % columns)
        elif key in _ENTER:
            value = -1 if self._picture.cells.flat[self.mark] > 0 else 1
            self.painted.emit([self.mark], value)
            self.rested.emit()
        elif key == Qt.Key.Key_Escape:
            self._set_mark(None)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if event.reason() in by_key and self._picture is not None and self.mark is None:
            self._set_mark(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._set_mark(None)

    def _set_mark(self, mark: int | None) -> None:
        if mark != self.mark:
            self.mark = mark
            self.pointed.emit(mark)
            self.update()

    def _stroke(self, neuron: int) -> None:
        """Paint from the last cell of the stroke to this one."""
        assert self._picture is not None
        columns = self._picture.cells.shape[1]
        last = neuron if self._last is None else self._last
        (row, column), (top, left) = divmod(neuron, columns), divmod(last, columns)
        count = max(abs(row - top), abs(column - left), 1) + 1
        rows = np.linspace(top, row, count).round().astype(int)
        across = np.linspace(left, column, count).round().astype(int)
        self._last = neuron
        self.painted.emit((rows * columns + across).tolist(), self._ink)

    def _paint_lines(self, painter: QPainter, box: QRectF) -> None:
        assert self._picture is not None
        rows, columns = self._picture.cells.shape
        side = box.width() / columns
        painter.setPen(QPen(self._looks.color("line"), 1))
        if side >= self._looks.px(_LINES):
            painter.drawLines(
                [QLineF(box.left() + i * side, box.top(), box.left() + i * side, box.bottom())
                 for i in range(columns + 1)]
                + [QLineF(box.left(), box.top() + i * side, box.right(), box.top() + i * side)
                   for i in range(rows + 1)]
            )  # fmt: skip
        else:
            painter.drawRect(box)

    def _paint_erased(self, painter: QPainter) -> None:
        """A stroke through erased cells, so that they are not told by colour alone."""
        assert self._picture is not None
        erased = np.flatnonzero(self._picture.cells == 0)
        painter.setPen(QPen(self._looks.color("muted"), 1))
        painter.drawLines(
            [QLineF(self.cell(n).bottomLeft(), self.cell(n).topRight()) for n in erased.tolist()]
        )
