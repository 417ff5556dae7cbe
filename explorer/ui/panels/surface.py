"""The energy plane as a solid to turn: the same keys, ball and path stand on it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from explorer.lens.hopfield import Memory, Terrain, describe_key, describe_path, heaviest, survey
from explorer.lens.hopfield_relief import Eye, Solid, level_colors, solid, track
from explorer.ui.panels.hopfield_keys import KeyCanvas, Labels
from explorer.ui.panels.hopfield_map import paint_ball, paint_head, paint_key
from explorer.ui.style import Style

MOST_PIXELS = 22_000
PINS = 12
TURN = {
    Qt.Key.Key_Left: (8.0, 0.0),
    Qt.Key.Key_Right: (-8.0, 0.0),
    Qt.Key.Key_Up: (0.0, 5.0),
    Qt.Key.Key_Down: (0.0, -5.0),
}


class Surface(KeyCanvas):
    """Drag or arrow keys turn it; a click on the head of a pin chooses that key.

    surveyed is the energy at `samples` (rows, columns) points, None until it is found.
    """

    samples: ClassVar[tuple[int, int]] = (60, 80)

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(style, parent)
        self.setAccessibleName("Energy as a surface")
        self.eye = Eye()
        self.surveyed: Terrain | None = None
        self._solid: Solid | None = None
        self._image = QImage()
        self._pressed: QPointF | None = None
        self._dragged = False
        self.restyle()

    def show_memory(self, memory: Memory | None) -> None:
        self.surveyed = self._solid = None
        super().show_memory(memory)

    def restyle(self) -> None:
        """Take over other colours."""
        ink = (0, 0, 0) if self.looks.theme.dark else (26, 16, 50)
        self._colors = level_colors(self.looks.energy_table(), ink, 0.35)
        self._solid = None
        self.stale()

    def turn(self, azimuth: float, elevation: float) -> None:
        """Look from another side; degrees."""
        self.eye = self.eye.turned(azimuth, elevation)
        self._solid = None
        self.stale()

    def key_at(self, point: QPointF) -> int | None:
        self.settle()
        if self.memory is None:
            return None
        pins = self._pins()
        spots = self._heads(pins)
        distance = np.hypot(spots[:, 0] - point.x(), spots[:, 1] - point.y())
        nearest = int(distance.argmin())
        return pins[nearest] if distance[nearest] <= self.looks.px(10) else None

    def explain(self, key: int | None) -> str:
        if self.memory is None:
            return "Nothing has been read yet."
        if key is not None:
            return describe_key(self._survey(), key) + "\nClick to put the plane through it."
        return (
            "The same energies as in the map, as heights; drag or arrow keys turn it. A pin stands "
            "on the shadow of a key and ends at the energy of the key itself. "
            + describe_path(self._survey())
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in TURN:
            self.turn(*TURN[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        by = event.position() - self._pressed
        if self._dragged or by.manhattanLength() > 3:
            self._dragged = True
            self._pressed = event.position()
            self.turn(-0.5 * by.x(), 0.4 * by.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._dragged:
            super().mouseReleaseEvent(event)
        self._pressed, self._dragged = None, False

    def paint_base(self, painter: QPainter, labels: Labels) -> None:
        painter.fillRect(self.rect(), self.looks.color("panel"))
        shape = self._shape()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(self.rect()), self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_pins(painter, shape, self._pins(), labels)
        self._paint_track(painter, shape, labels)

    def paint_over(self, painter: QPainter, labels: Labels) -> None:
        assert self.memory is not None
        if self.lit is not None and self.lit < len(self.memory.keys):
            self._paint_pins(painter, self._shape(), [self.lit], labels)

    def _survey(self) -> Terrain:
        assert self.memory is not None
        if self.surveyed is None:
            self.surveyed = survey(self.memory, self.samples)
        return self.surveyed

    def _shape(self) -> Solid:
        w, h = max(self.width(), 16), max(self.height(), 16)
        cell = 2
        while (w // cell) * (h // cell) > MOST_PIXELS:
            cell += 1
        size = (h // cell, w // cell)
        if self._solid is None or self._solid.image.shape[:2] != size:
            self._solid = solid(self._survey(), size, self.eye, self._colors)
            pixels = self._solid.image
            self._image = QImage(
                pixels.tobytes(), size[1], size[0], 4 * size[1], QImage.Format.Format_RGBA8888
            ).copy()
        return self._solid

    def _hidden(self, coordinates: np.ndarray, energies: np.ndarray) -> list[bool]:
        shape = self._shape()
        hidden: list[bool] = shape.hidden(shape.place(coordinates, energies)).tolist()
        return hidden

    def _spots(self, coordinates: np.ndarray, energies: np.ndarray) -> np.ndarray:
        """Points of the plane at energies -> x, y in pixels and depth (P, 3)."""
        shape = self._shape()
        placed = shape.place(coordinates, energies)
        factor = [self.width() / shape.image.shape[1], self.height() / shape.image.shape[0], 1.0]
        return placed * np.array(factor)

    def _pins(self) -> list[int]:
        assert self.memory is not None
        return list(dict.fromkeys([*self.memory.place.rivals, *heaviest(self.memory, PINS)]))

    def _heads(self, pins: list[int]) -> np.ndarray:
        keys = self._survey().ground.keys
        return self._spots(keys.coordinates[pins], keys.energy[pins])

    def _paint_pins(self, painter: QPainter, shape: Solid, pins: list[int], labels: Labels) -> None:
        looks, memory = self.looks, self.memory
        assert memory is not None
        keys = self._survey().ground.keys
        shadows = keys.coordinates[pins]
        inside = np.hypot(*(shadows - shape.centre).T) <= shape.radius
        heads = self._heads(pins)
        feet = self._spots(shadows, track(memory, shadows, 1)[1])
        furthest = max(float(keys.distance.max()), 1e-9)
        hidden = self._hidden(shadows, keys.energy[pins])
        for key, head, foot, near, behind in zip(
            pins, heads.tolist(), feet.tolist(), inside, hidden, strict=True
        ):
            if not near or keys.energy[key] > shape.ceiling:
                continue
            painter.setOpacity(0.5 if behind else 1.0)
            at, away = QPointF(*head[:2]), float(keys.distance[key])
            painter.setPen(QPen(looks.color("text", 0.6), looks.pen_width(1.0)))
            painter.drawLine(QPointF(*foot[:2]), at)
            radius = looks.px(3) + looks.px(5) * float(memory.weights[key]) ** 0.5
            paint_key(painter, looks, at, radius, away / furthest, away < 1e-6)
            if key == self.lit:
                self.ring(painter, at, radius, "hover")
            if key in memory.place.rivals or key == self.lit:
                labels.write(at, radius + 3, memory.names[key])
        painter.setOpacity(1.0)

    def _paint_track(self, painter: QPainter, shape: Solid, labels: Labels) -> None:
        looks, memory, path = self.looks, self.memory, self._survey().path.coordinates
        assert memory is not None
        places: list[QPointF] = []
        lines = [(path[1:], Qt.PenStyle.DashLine), (path[:2], Qt.PenStyle.SolidLine)]
        for corners, style in lines:
            if len(corners) < 2:
                continue
            points = self._spots(*track(memory, corners))
            places = [QPointF(x, y) for x, y, _ in points.tolist()]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(looks.color("panel", 0.75), looks.pen_width(4.0)))
            painter.drawPolyline(QPolygonF(places))
            painter.setPen(QPen(looks.color("text"), looks.pen_width(1.8), style))
            painter.drawPolyline(QPolygonF(places))
        paint_head(painter, looks, places[-4], places[-1])
        flat = float(self._survey().ground.query.distance[0]) < 1e-6
        paint_ball(painter, looks, places[0], flat)
        labels.write(places[0], looks.px(9), "query")
        labels.write(places[-1], looks.px(6), "mix")
