"""Paints the map of regimes: a cell for each head, and the scale of its colours below."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.regimes import RegimeMap, bands
from explorer.ui.paint import draw_pixels, indexed_image, put_text, tip
from explorer.ui.style import Style
from explorer.ui.words import CENTER, LEFT, Letters

_CENTRE, _RIGHT = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_DEPTH = 215  # how far down the table of colours an average over all lies
_SCALE = 34  # height of the scale of colours, at scale 1


class RegimeCanvas(QWidget):
    """`chosen(layer, head)` on a click or, for the chosen head, on Enter; H J K L walk the heads
    from anywhere."""

    chosen = Signal(int, int)

    def __init__(self, looks: Style, explain: Callable[[int, int], str]) -> None:
        super().__init__()
        self._looks, self._letters, self._explain = looks, Letters(looks), explain
        self._map: RegimeMap | None = None
        self._hover: tuple[int, int] | None = None
        self.placeholder = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Regimes of all heads")

    def show_map(self, found: RegimeMap | None) -> None:
        """Show these counts."""
        self._map = found
        self.update()

    def cell(self, layer: int, head: int) -> QRectF:
        """Where a head stands."""
        assert self._map is not None
        layers, heads = self._map.k90.shape
        px = self._looks.px
        left, top = px(30), px(18)
        wide = (self.width() - left - px(6)) / heads
        high = (self.height() - top - px(_SCALE) - px(4)) / layers
        return QRectF(left + head * wide, top + layer * high, wide, high)

    def head_at(self, point: QPointF) -> tuple[int, int] | None:
        """The layer and head under a point."""
        if self._map is None:
            return None
        first = self.cell(0, 0)
        layer = int((point.y() - first.top()) // first.height())
        head = int((point.x() - first.left()) // first.width())
        layers, heads = self._map.k90.shape
        return (layer, head) if 0 <= layer < layers and 0 <= head < heads else None

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(380), self._looks.px(240))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._map is None:
            room = QRectF(self.rect()).adjusted(looks.px(8), 0, -looks.px(8), 0)
            put_text(painter, room, self.placeholder, looks.color("muted"), font=looks.font())
        else:
            self._paint_cells(painter, self._map)
            self._paint_scale(painter, self._map)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.head_at(event.position())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(*at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._light(self.head_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._light(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self._map is not None:
            self.chosen.emit(*self._map.chosen)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.head_at(QPointF(event.pos()))
            if at is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), tip(self._explain(*at)), self)
            return True
        return super().event(event)

    def _light(self, at: tuple[int, int] | None) -> None:
        if at != self._hover:
            self._hover = at
            self.update()

    def _paint_cells(self, painter: QPainter, found: RegimeMap) -> None:
        looks, layers, heads = self._looks, *found.k90.shape
        colors = _colors(looks, found.tone)
        for head in range(heads):
            box = QRectF(self.cell(0, head).left(), 0, self.cell(0, head).width(), looks.px(17))
            put_text(painter, box, f"H{head}", looks.color("muted"), _CENTRE, looks.font(0.82))
        for layer in range(layers):
            row = self.cell(layer, 0)
            box = QRectF(0, row.top(), looks.px(28), row.height())
            put_text(painter, box, f"L{layer}", looks.color("muted"), _CENTRE, looks.font(0.82))
            for head in range(heads):
                self._paint_cell(painter, found, (layer, head), QColor(*colors[layer, head]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._hover is not None:
            painter.setPen(QPen(looks.color("hover"), looks.pen_width(2)))
            painter.drawRect(self.cell(*self._hover).adjusted(1, 1, -1, -1))
        width = looks.pen_width(3.4 if self.hasFocus() else 2.4)
        painter.setPen(QPen(looks.color("chosen"), width))
        painter.drawRect(self.cell(*found.chosen).adjusted(1, 1, -1, -1))

    def _paint_cell(
        self, painter: QPainter, found: RegimeMap, at: tuple[int, int], ground: QColor
    ) -> None:
        looks, box = self._looks, self.cell(*at).adjusted(1, 1, -1, -1)
        painter.fillRect(box, ground)
        k, name = found.k90[at], found.classes[at[0]][at[1]]
        lines = [f"{k:g}", f"{found.share[at]:.0%}" + (f" · {name}" if name else "")]
        if not np.isfinite(k):
            lines = ["NaN"]
        elif box.height() < looks.px(24):
            lines = [" · ".join(lines[:1] + ([name] if name else lines[1:]))]
        bright = 0.3 * ground.red() + 0.59 * ground.green() + 0.11 * ground.blue() > 140
        ink = QColor(16, 20, 26) if bright else QColor(245, 247, 250)
        painter.setPen(ink)
        each = box.height() / len(lines) if len(lines) == 1 else looks.px(12)
        top = box.center().y() - len(lines) * each / 2
        for row, text in enumerate(lines):
            words = self._letters(0.88, bold=True) if row == 0 else self._letters(0.74)
            middle = top + (row + 0.5) * each
            wide = words.width(text) > box.width()
            x, align = (box.left(), LEFT) if wide else (box.center().x(), CENTER)
            words.put(painter, x, middle, text, align, box.width() if wide else -1)

    def _paint_scale(self, painter: QPainter, found: RegimeMap) -> None:
        """The colours from one key to all, with the boundaries of the regimes."""
        looks, px = self._looks, self._looks.px
        left, wide = self.cell(0, 0).left(), self.width() - self.cell(0, 0).left() - px(6)
        top, high = self.height() - px(_SCALE) + px(2), px(7)
        levels = np.linspace(255, 255 - _DEPTH, 256).round().astype(np.uint8)
        image = indexed_image(levels[None], looks.heat_table())
        draw_pixels(painter, QRectF(left, top, wide, high), image)
        for band in bands(found.keys):
            start, end = left + band.start * wide, left + band.end * wide
            name = QRectF(start + px(2), top + high, max(end - start - px(4), 1), px(12))
            put_text(painter, name, band.name, looks.color("text"), _CENTRE, looks.font(0.76))
            ends = QRectF(start, top + high + px(11), end - start, px(12))
            put_text(painter, ends, band.top, looks.color("muted"), _RIGHT, looks.font(0.72))
            painter.setPen(QPen(looks.color("text"), looks.pen_width()))
            painter.drawLine(QLineF(end, top - px(1), end, top + high + px(2)))


def _colors(looks: Style, tones: NDArray[np.float64]) -> NDArray[np.int64]:
    """RGB (..., 3) of tones: the fewer keys, the stronger the colour."""
    levels = np.nan_to_num(255 - _DEPTH * np.clip(tones, 0, 1), nan=0).astype(int)
    return looks.heat_table()[levels][..., :3].astype(int)
