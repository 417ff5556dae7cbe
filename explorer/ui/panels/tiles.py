"""A small map of layers x heads (or more columns) in colours: click or arrow keys choose a tile."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.ui.heat import Heat
from explorer.ui.paint import tip
from explorer.ui.rows import DIMMED
from explorer.ui.style import Style
from explorer.ui.words import CENTER, RIGHT, Letters

Doubles = NDArray[np.float64]


class Tiles(QWidget):
    """Values (R, K) as tiles, NaN hatched. Signal: chosen(row, column)."""

    chosen = Signal(int, int)

    def __init__(self, looks: Style, name: str) -> None:
        super().__init__()
        self._looks = looks
        self._explain: Callable[[int, int], str] = _nothing
        self._letters = Letters(looks)
        self.values: Doubles = np.zeros((0, 0))
        self._heads: tuple[str, ...] = ()
        self._range = (0.0, 1.0)
        self._title = ""
        self._heat = Heat(looks)
        self._framed: tuple[int, int] | None = None
        self.waiting = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)

    def show_values(
        self,
        values: Doubles,
        heads: Sequence[str],
        span: tuple[float, float],
        title: str,
        framed: tuple[int, int] | None,
        explain: Callable[[int, int], str] | None = None,
    ) -> None:
        """Other values, in colours over `span`: signed ones when it begins below zero.

        explain(row, column) is the tool tip of a tile.
        """
        self._explain = explain or _nothing
        self.values, self._heads, self._range = values, tuple(heads), span
        self._title, self._framed = title, framed
        self._heat.signed = span[0] < 0
        self.update()

    def recolor(self) -> None:
        """Take over other colours and sizes."""
        self._heat.forget()
        self.update()

    def tile(self, row: int, column: int) -> QRectF:
        """The place of a tile."""
        area = self._area()
        rows, columns = self.values.shape
        wide, high = area.width() / columns, area.height() / rows
        return QRectF(area.left() + column * wide, area.top() + row * high, wide, high)

    def at(self, point: QPointF) -> tuple[int, int] | None:
        """The tile under a point."""
        area = self._area()
        if not self.values.size or not area.contains(point):
            return None
        rows, columns = self.values.shape
        row = int((point.y() - area.top()) / area.height() * rows)
        column = int((point.x() - area.left()) / area.width() * columns)
        return min(row, rows - 1), min(column, columns - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks, px = QPainter(self), self._looks, self._looks.px
        painter.fillRect(self.rect(), looks.color("panel"))
        if self.values.size:
            if self.waiting:
                painter.setOpacity(DIMMED)
            area = self._area()
            self._paint_tiles(painter, area)
            self._heat.paint_frame(painter, area)
            small = self._letters(0.76)
            painter.setPen(looks.color("muted"))
            small.put(painter, area.left(), px(9), self._title, room=area.width())
            self._paint_heads(painter)
            rows = self.tile(0, 0).height()
            for row in range(0, len(self.values), max(1, math.ceil(small.height * 0.85 / rows))):
                middle = self.tile(row, 0).center().y()
                small.put(painter, area.left() - px(5), middle, f"L{row}", RIGHT)
            self._paint_frame(painter)
            self._paint_legend(painter, area)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tile = self.at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and tile is not None:
            self.chosen.emit(*tile)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tile = self.at(QPointF(event.pos()))
            if tile is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), tip(self._explain(*tile)), self)
            return True
        return super().event(event)

    def _area(self) -> QRectF:
        px = self._looks.px
        room = QRectF(self.rect()).adjusted(px(34), px(32), -px(10), -px(24))
        rows, columns = self.values.shape if self.values.size else (1, 1)
        high = min(max(room.height(), 1.0), 1.3 * max(room.width(), 1.0) / columns * rows)
        return QRectF(room.left(), room.top(), max(room.width(), 1.0), high)

    def _paint_tiles(self, painter: QPainter, area: QRectF) -> None:
        """Few large rectangles: filling them is faster than stretching an image over them."""
        rows, columns = self.values.shape
        wide, high, color = area.width() / columns, area.height() / rows, self._heat.color
        left, top = area.left(), area.top()
        for row, levels in enumerate(self._heat.levels(self.values, *self._range).tolist()):
            for column, level in enumerate(levels):
                box = QRectF(left + column * wide, top + row * high, wide, high)
                painter.fillRect(box, color(level))

    def _paint_heads(self, painter: QPainter) -> None:
        """The names of columns that have room beside the one before; the last one, an MLP, too."""
        small, space = self._letters(0.76), self._looks.px(4)
        last, free = len(self._heads) - 1, -1e9
        end = 0.0
        if self._heads:
            end = self.tile(0, last).center().x() - small.width(self._heads[last]) / 2
        for column, head in enumerate(self._heads):
            middle, half = self.tile(0, column).center().x(), small.width(head) / 2
            if column == last or (middle - half >= free and middle + half + space <= end):
                small.put(painter, middle, self._looks.px(23), head, CENTER)
                free = middle + half + space

    def _paint_frame(self, painter: QPainter) -> None:
        rows, columns = self.values.shape
        if self._framed and self._framed[0] < rows and self._framed[1] < columns:
            looks = self._looks
            painter.setPen(QPen(looks.color("accent"), looks.pen_width(2.5)))
            painter.drawRect(self.tile(*self._framed).adjusted(1, 1, -1, -1))

    def _paint_legend(self, painter: QPainter, area: QRectF) -> None:
        px, (low, high) = self._looks.px, self._range
        small = self._letters(0.76)
        y = area.bottom() + px(12)
        painter.setPen(self._looks.color("muted"))
        texts = [f"{one:.2g}".replace("-", "−") for one in (low, high)]
        taken = small.width(texts[0]) + px(4)
        small.put(painter, area.left(), y, texts[0])
        strip = QRectF(area.left() + taken, y - px(3), min(px(90), area.width() * 0.45), px(6))
        self._heat.paint_strip(painter, strip)
        painter.setPen(self._looks.color("muted"))
        small.put(painter, strip.right() + px(4), y, texts[1])


def _nothing(row: int, column: int) -> str:
    return ""
