"""The values of one activation as a heatmap: the exact number under the mouse or the keyboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
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

from explorer.lens.inside import Inspector, cell_of, entry_of, moved_entry
from explorer.ui.heat import Heat
from explorer.ui.paint import draw_pixels, put_text, tip
from explorer.ui.rows import DIMMED
from explorer.ui.style import Style

_BY_MOUSE = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
)
_ARROWS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
}  # fmt: skip
# How much higher than wide a cell may be, to use the room of a panel.
_STRETCH = 2.0


class HeatCanvas(QWidget):
    """Signals: chosen(entry) on click or by the arrow keys; pointed(entry or None).

    Left and Right belong to the picture only when the keyboard came here by Tab; otherwise they
    step the story.
    """

    chosen = Signal(object)
    pointed = Signal(object)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._explain: Callable[[tuple[int, ...]], str] | None = None
        self.picture: Inspector | None = None
        self.waiting = False
        self._image: QImage | None = None
        self._heat = Heat(looks)
        self._by_keyboard = False
        self._under: tuple[int, ...] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Values of the activation")

    def show_picture(
        self, picture: Inspector | None, explain: Callable[[tuple[int, ...]], str] | None = None
    ) -> None:
        """Show another activation, or another entry; explain(entry) is a cell's tool tip."""
        self._explain = explain
        if picture is None or self.picture is None or not _alike(picture, self.picture):
            self._image = None
        self.picture = picture
        self.update()

    def recolor(self) -> None:
        """Take over other colours and sizes."""
        self._image = None
        self._heat.forget()
        self.update()

    def area(self) -> QRectF:
        """Where the cells are drawn: as square as they can be within the widget."""
        px = self._looks.px
        room = QRectF(self.rect()).adjusted(px(10), px(4), -px(10), -px(4) - self._legend())
        if self.picture is None:
            return room
        rows, columns = self.picture.grid.shape
        high = min(room.height() / rows, _STRETCH * room.width() / columns)
        return QRectF(room.left(), room.top(), room.width(), max(1.0, high * rows))

    def entry_at(self, point: QPointF) -> tuple[int, ...] | None:
        """The entry under a point; None beside the cells."""
        area = self.area()
        if self.picture is None or not area.contains(point):
            return None
        rows, columns = self.picture.grid.shape
        row = int((point.y() - area.top()) / area.height() * rows)
        column = int((point.x() - area.left()) / area.width() * columns)
        return entry_of(self.picture, row, column)

    def cell_box(self, entry: tuple[int, ...]) -> QRectF:
        """The rectangle of an entry."""
        assert self.picture is not None
        area, (rows, columns) = self.area(), self.picture.grid.shape
        row, column = cell_of(self.picture, entry)
        wide, high = area.width() / columns, area.height() / rows
        return QRectF(area.left() + column * wide, area.top() + row * high, wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self.picture is not None:
            if self.waiting:
                painter.setOpacity(DIMMED)
            if self._image is None:
                self._image = self._render(self.picture)
            area = self.area()
            draw_pixels(painter, area, self._image)
            self._heat.paint_frame(painter, area)
            self._paint_legend(painter, area)
            self._paint_frame(painter, self.cell_box(self.picture.entry), "hover", 2.0)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        entry = self.entry_at(event.position())
        if entry != self._under:
            self._under = entry
            self.pointed.emit(entry)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        entry = self.entry_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and entry is not None:
            self.chosen.emit(entry)

    def leaveEvent(self, event: QEvent) -> None:
        self._under = None
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = _ARROWS.get(Qt.Key(event.key()))
        if way is None or self.picture is None:
            super().keyPressEvent(event)
        else:
            self.chosen.emit(moved_entry(self.picture, *way))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keyboard = event.reason() not in _BY_MOUSE
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._by_keyboard = False
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            vertical = event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
            if event.key() in _ARROWS and (vertical or self._by_keyboard):
                event.accept()
                return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            entry = self.entry_at(QPointF(event.pos()))
            if entry is None or self._explain is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), tip(self._explain(entry)), self)
            return True
        return super().event(event)

    def _render(self, picture: Inspector) -> QImage:
        self._heat.signed = picture.signed
        low = -picture.scale if picture.signed else 0.0
        return self._heat.image(self._heat.levels(picture.grid, low, picture.scale))

    def _legend(self) -> int:
        return self._looks.px(18) if self.height() >= self._looks.px(90) else 0

    def _paint_legend(self, painter: QPainter, area: QRectF) -> None:
        """The colours from the least to the greatest value, with their numbers."""
        picture, looks, px = self.picture, self._looks, self._looks.px
        if picture is None or not self._legend():
            return
        font, high = looks.font(0.8), px(14)
        low = f"−{picture.scale:.3g}" if picture.signed else "0"
        y = area.bottom() + px(4)
        strip = QRectF(area.left() + px(52), y + px(4), min(px(140), area.width() / 3), px(6))
        self._heat.paint_strip(painter, strip)
        left = QRectF(area.left(), y, px(48), high)
        put_text(painter, left, low, looks.color("muted"), Qt.AlignmentFlag.AlignRight, font)
        right = QRectF(strip.right() + px(4), y, px(60), high)
        put_text(painter, right, f"{picture.scale:.3g}", looks.color("muted"), font=font)
        names = _axes(picture)
        rest = QRectF(right.right(), y, area.right() - right.right(), high)
        put_text(painter, rest, names, looks.color("muted"), Qt.AlignmentFlag.AlignRight, font)

    def _paint_frame(self, painter: QPainter, box: QRectF, color: str, width: float) -> None:
        looks = self._looks
        thick = looks.pen_width(width + (1.0 if self._by_keyboard else 0.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # A dark line around the bright one is seen on every colour of the map.
        painter.setPen(QPen(looks.color("text"), thick + 1.5))
        grown = box.adjusted(-1.5, -1.5, 1.5, 1.5)
        painter.drawRect(grown)
        painter.setPen(QPen(looks.color(color), thick))
        painter.drawRect(grown)


def _axes(picture: Inspector) -> str:
    """What goes down and across."""
    names = {"h": "head", "g": "key group", "d": "d", "s": "key", "c": "c", "f": "f", "t": "token"}
    axes = [names[axis] for axis in picture.activation.stage.axes]
    return f"{axes[0]} ↓  {axes[1]} →" if len(axes) == 2 else f"{axes[0]} → row by row"


def _alike(one: Inspector, other: Inspector) -> bool:
    """Whether two pictures show the same numbers."""
    return one.activation is other.activation
