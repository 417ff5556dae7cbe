"""The widget that shows the chosen head: paints, listens to mouse and keys, keeps the zoom."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.attention import describe_cell
from explorer.lens.heatmap import Zoom
from explorer.session.snapshot import Snapshot
from explorer.ui.paint import tip
from explorer.ui.panels.attention_picture import HeadPicture
from explorer.ui.style import Style

_BY_MOUSE = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
)
_UP_DOWN = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_ALONG = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_NEARER, _FARTHER = 0.8, 1.25


class MatrixCanvas(QWidget):
    """The matrix, its axes, the lit row as bars.

    Signals: pointed(query or None) under the mouse; chosen(query) on click or Enter; turned(rows)
    by Up and Down. Left and Right move the mark along the lit row only when the keyboard came here
    by Tab; otherwise they step the story. The wheel zooms, a drag moves, a double click shows all.
    """

    pointed = Signal(object)
    chosen = Signal(int)
    turned = Signal(int)

    def __init__(self, looks: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._snapshot = Snapshot()
        self.picture = HeadPicture(looks)
        self._drag: tuple[QPointF, Zoom] | None = None
        self._by_keyboard = False
        self.cell: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Attention of the chosen head")

    def show_snapshot(self, snapshot: Snapshot, fresh: bool) -> None:
        """Show this snapshot; `fresh` says that the weights are other ones."""
        self._snapshot = snapshot
        self.picture.show(snapshot, fresh)
        matrix = self.picture.matrix
        if self.cell is not None and (matrix is None or max(self.cell) >= len(matrix.labels)):
            self.cell = None
        self.update()

    def recolor(self) -> None:
        """Take over other colours and sizes."""
        self.picture.forget(colors=True)
        self.update()

    def set_scale(self, *, root: bool, without_begin: bool) -> None:
        """Root or linear colours; the first key inside or outside the scale."""
        self.picture.set_scale(root=root, without_begin=without_begin)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.picture.paint(QPainter(self), self.size(), self.cell)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.picture.forget()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            start, zoom = self._drag
            way = (start - event.position()) / self.picture.plan(self.size()).cell
            shifted = Zoom(zoom.query + round(way.y()), zoom.key + round(way.x()), zoom.span)
            self.picture.set_zoom(shifted)
            self.update()
            return
        cell = self.picture.cell_at(event.position(), self.size())
        if cell != self.cell:
            self.cell = cell
            self.update()
            self.pointed.emit(None if cell is None else cell[0])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.picture.cell_at(event.position(), self.size())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self.chosen.emit(cell[0])
            if self.picture.zoom.span < self.picture.whole:
                self._drag = (event.position(), self.picture.zoom)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.picture.set_zoom(None)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        where = self.picture.plan(self.size()).matrix
        if not event.angleDelta().y():
            return
        inside = event.position() - where.topLeft()
        at = (inside.y() / where.height(), inside.x() / where.width())
        self.picture.magnify(_NEARER if event.angleDelta().y() > 0 else _FARTHER, at)
        self.update()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        if self.cell is not None:
            self.cell = None
            self.update()
            self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, row = Qt.Key(event.key()), self.picture.row
        if row is None:
            super().keyPressEvent(event)
        elif key in _UP_DOWN:
            self.turned.emit(_UP_DOWN[key])
        elif key in _ALONG:
            start = self.cell[1] if self.cell else row.top[0]
            along = min(max(start + (_ALONG[key] if self.cell else 0), 0), row.position)
            self.cell = (row.position, along)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.cell is not None:
            self.chosen.emit(self.cell[1])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.picture.magnify(_NEARER if key == Qt.Key.Key_Plus else _FARTHER, (1.0, 1.0))
            self.update()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keyboard = event.reason() not in _BY_MOUSE
        row = self.picture.row
        if self._by_keyboard and row is not None:
            self.cell = (row.position, row.top[0])
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_keyboard, self.cell = False, None
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            key = Qt.Key(event.key())
            if key in _UP_DOWN or (key in _ALONG and self._by_keyboard):
                event.accept()
                return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.picture.cell_at(QPointF(event.pos()), self.size())
            if cell is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(
                    event.globalPos(), tip(describe_cell(self._snapshot, *cell)), self
                )
            return True
        return super().event(event)
