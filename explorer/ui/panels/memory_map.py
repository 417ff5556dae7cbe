"""The landscape between two patterns, painted as a contour map or as a solid to turn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.hopfield_relief import Eye, Solid, contour, level_colors
from explorer.lens.memory_landscape import Landscape, Mark, explain, view
from explorer.physics.hopfield_landscape import REACH
from explorer.ui.paint import draw_pixels, put_text, tip
from explorer.ui.panels.hopfield_map import opaque
from explorer.ui.panels.memory_marks import paint_ball, paint_mark, paint_name, paint_way
from explorer.ui.panels.surface import TURN
from explorer.ui.style import Style

_CELL = 2  # pixels on a side of one sample of the solid


class LandscapeCanvas(QWidget):
    """`chosen(name)` when a pattern is clicked. Drag or arrow keys turn the solid."""

    chosen = Signal(str)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._land: Landscape | None = None
        self._solid: Solid | None = None
        self._flat: tuple[QImage, str] | None = None
        self._layer: QPixmap | None = None
        self._seen: object = None
        self.eye = Eye(azimuth=20.0, elevation=48.0)
        self.solid = False
        self.placeholder = ""
        self._pressed: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Energy between two patterns")
        self.restyle()

    def restyle(self) -> None:
        """Take over other colours."""
        ink = (0, 0, 0) if self._looks.theme.dark else (26, 16, 50)
        self._colors = level_colors(self._looks.energy_table(), ink, 0.35)
        self._solid = self._flat = self._layer = None
        self.update()

    def show_land(self, land: Landscape | None) -> None:
        """Show another landscape, or the same with the ball elsewhere."""
        before = None if self._land is None else self._land.surface
        if land is None or land.surface is not before:
            self._solid = self._flat = self._layer = None
        self._land = land
        self.update()

    def show_solid(self, solid: bool) -> None:
        """Change between map and solid."""
        if solid != self.solid:
            self.solid = solid
            self.update()

    def turn(self, azimuth: float, elevation: float) -> None:
        """Look from another side; degrees."""
        self.eye = self.eye.turned(azimuth, elevation)
        self._solid = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._land is None:
            room = QRectF(self.rect()).adjusted(looks.px(8), 0, -looks.px(8), 0)
            put_text(painter, room, self.placeholder, looks.color("muted"), font=looks.font())
        else:
            if self.solid:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawImage(QRectF(self.rect()), self._picture(self._shape().image))
            else:
                self._paint_map(painter, self._land)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            way = self.spots(self._land.track, self._land.track_energy)
            paint_way(painter, looks, [QPointF(*xy) for xy in way.tolist()])
            painter.drawPixmap(0, 0, self._marks(self._land))
            paint_ball(painter, looks, self._land.ball, self._spot(self._land.ball))
        painter.end()

    def spots(self, shadow: np.ndarray, energies: np.ndarray) -> np.ndarray:
        """Points (P, 2) of the plane with energies (P,) -> pixels (P, 2)."""
        if self.solid:
            shape = self._shape()
            placed = shape.place(shadow, energies)[:, :2]
            h, w = shape.image.shape[:2]
            return placed * np.array([self.width() / w, self.height() / h])
        box = self._box()
        x = box.left() + (shadow[:, 0] + REACH) / (2 * REACH) * box.width()
        y = box.bottom() - (shadow[:, 1] + REACH) / (2 * REACH) * box.height()
        return np.stack([x, y], axis=1)

    def mark_at(self, point: QPointF) -> Mark | None:
        """The valley under a point, or the ball where there is none."""
        if self._land is None:
            return None
        for mark in (*self._land.marks, self._land.ball):
            if (self._spot(mark) - point).manhattanLength() <= self._looks.px(10):
                return mark
        return None

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            mark = self.mark_at(QPointF(event.pos()))
            text = "Filled marks lie on this plane; hollow ones are shadows of states off it."
            if mark is not None and self._land is not None:
                text = explain(self._land, mark)
            QToolTip.showText(event.globalPos(), tip(text), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.solid and event.key() in TURN and self.hasFocus():
            self.turn(*TURN[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position()
        mark = self.mark_at(event.position())
        if mark is not None and mark.sort == "pattern":
            self._pressed = None
            self.chosen.emit(mark.name)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.solid and self._pressed is not None:
            by = event.position() - self._pressed
            self._pressed = event.position()
            self.turn(-0.5 * by.x(), 0.4 * by.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None

    def _marks(self, land: Landscape) -> QPixmap:
        """The valleys with their names, painted once for all states."""
        scale, size = self.devicePixelRatioF(), self.size()
        seen = (land.marks, self.solid, self.eye, size, scale)
        if self._layer is None or self._seen != seen:
            self._seen, self._layer = seen, QPixmap(size * scale)
            self._layer.setDevicePixelRatio(scale)
            self._layer.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._layer)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for mark in land.marks:
                paint_mark(painter, self._looks, mark, self._spot(mark), self.width())
            painter.end()
        return self._layer

    def _box(self) -> QRectF:
        side = min(self.width(), self.height()) - 2 * self._looks.px(4)
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def _shape(self) -> Solid:
        assert self._land is not None
        if self._solid is None or self._solid.image.shape[:2] != self._size():
            self._solid = view(self._land, self._size(), self.eye, self._colors)
        return self._solid

    def _size(self) -> tuple[int, int]:
        return max(self.height(), 32) // _CELL, max(self.width(), 32) // _CELL

    def _picture(self, pixels: np.ndarray) -> QImage:
        h, w = pixels.shape[:2]
        return QImage(pixels.tobytes(), w, h, 4 * w, QImage.Format.Format_RGBA8888).copy()

    def _paint_map(self, painter: QPainter, land: Landscape) -> None:
        if self._flat is None:
            bands = contour(land.surface.height)
            pixels = opaque(self._colors).take(bands.levels[::-1])
            h, w = pixels.shape
            image = QImage(pixels.data, w, h, 4 * w, QImage.Format.Format_RGB32).copy()
            self._flat = image, f"from {bands.lowest:.3g}, a line every {bands.step:.3g}"
        image, text = self._flat
        draw_pixels(painter, self._box(), image)
        looks = self._looks
        box, radius = self._box(), looks.px(2)
        at = QPointF(box.left(), box.bottom() - painter.fontMetrics().height())
        painter.setFont(looks.font(0.85, bold=True))
        if painter.fontMetrics().horizontalAdvance(text) + looks.px(12) < box.width():
            paint_name(painter, looks, at, radius, text, self.width())

    def _spot(self, mark: Mark) -> QPointF:
        return QPointF(*self.spots(mark.shadow[None], np.array([mark.energy]))[0].tolist())
