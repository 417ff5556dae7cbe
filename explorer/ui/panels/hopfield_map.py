"""The energy plane as a contour map, with keys as wells and the query as the ball."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.lens.hopfield import Memory, Terrain, describe_key, describe_path, heaviest, survey
from explorer.lens.hopfield_relief import contour, level_colors
from explorer.ui.paint import draw_pixels
from explorer.ui.panels.hopfield_keys import KeyCanvas, Labels
from explorer.ui.style import Style

MOST_SAMPLES = 32_000
NEAR = 12.0
LABELS = 10
FADES = 4  # shades in which keys fade with their distance


class ContourMap(KeyCanvas):
    """Each square of `cell` pixels shows the exact energy at its centre."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(style, parent)
        self.setAccessibleName("Contour map of the energy")
        self.cell = 2
        self._terrain: Terrain | None = None
        self._size = (0, 0)
        self.restyle()

    def show_memory(self, memory: Memory | None) -> None:
        self._terrain = None
        super().show_memory(memory)

    def restyle(self) -> None:
        """Take over other colours."""
        looks = self.looks
        ink = (0, 0, 0) if looks.theme.dark else (26, 16, 50)
        self._colors = level_colors(looks.energy_table(), ink)
        self._terrain = None
        self.stale()

    def terrain(self) -> Terrain | None:
        """The sampled plane for the present size, made when it is needed."""
        self.settle()
        if self.memory is None:
            return None
        w, h = max(self.width(), 8), max(self.height(), 8)
        cell = 2
        while (w // cell) * (h // cell) > MOST_SAMPLES:
            cell += 1
        size = (-(-h // cell), -(-w // cell))
        if self._terrain is None or self._size != size:
            self.cell, self._size = cell, size
            self._terrain = survey(self.memory, size)
        return self._terrain

    def spot(self, coordinates: np.ndarray) -> np.ndarray:
        """Points (P, 2) of the plane -> pixels (P, 2)."""
        terrain = self.terrain()
        assert terrain is not None
        ground = terrain.ground
        unit = self.cell / float(ground.a[1] - ground.a[0])
        x = (coordinates[:, 0] - ground.a[0]) * unit + 0.5 * self.cell
        y = (ground.b[-1] - coordinates[:, 1]) * unit + 0.5 * self.cell
        return np.stack([x, y], axis=1)

    def key_at(self, point: QPointF) -> int | None:
        terrain = self.terrain()
        if terrain is None:
            return None
        spots = self.spot(terrain.ground.keys.coordinates)
        distance = np.hypot(spots[:, 0] - point.x(), spots[:, 1] - point.y())
        nearest = int(distance.argmin())
        return nearest if distance[nearest] <= self.looks.px(NEAR) else None

    def explain(self, key: int | None) -> str:
        terrain = self.terrain()
        if terrain is None:
            return "Nothing has been read yet."
        if key is not None:
            return describe_key(terrain, key) + "\nClick to put this plane through it."
        side = f"{self.cell} × {self.cell}"
        return (
            "E(ξ) = −(1/β) ln Σ exp(β k·ξ) + ξ·ξ/2 + constant. Each square of "
            f"{side} pixels shows the exact energy at its centre, in the full space.\n"
            "Hollow keys lie off this plane: only their shadows are drawn. "
            + describe_path(terrain)
        )

    def paint_base(self, painter: QPainter, labels: Labels) -> None:
        terrain = self.terrain()
        assert terrain is not None
        bands = contour(terrain.ground.energy)
        pixels = self._colors[bands.levels[::-1]]
        h, w = pixels.shape[:2]
        image = QImage(pixels.tobytes(), w, h, 4 * w, QImage.Format.Format_RGBA8888)
        draw_pixels(painter, QRectF(0, 0, w * self.cell, h * self.cell), image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        labels.corner(f"E from {bands.lowest:.2f}, a line every {bands.step:.3g}")
        self._paint_keys(painter, terrain, labels)
        path = [QPointF(x, y) for x, y in self.spot(terrain.path.coordinates).tolist()]
        flat = float(terrain.ground.query.distance[0]) < 1e-6
        paint_path(painter, self.looks, path, flat, labels)
        self._label_keys(terrain, labels)

    def paint_over(self, painter: QPainter, labels: Labels) -> None:
        terrain = self.terrain()
        assert terrain is not None
        spots = self.spot(terrain.ground.keys.coordinates)
        for key, name in (
            (self.marked if self.hasFocus() else None, "accent"),
            (self.lit, "hover"),
        ):
            if key is None or key >= len(spots):
                continue
            at = QPointF(*spots[key].tolist())
            radius = self._radius(float(terrain.memory.weights[key]))
            self.ring(painter, at, radius, name)
            labels.write(at, radius + 5, terrain.memory.names[key])

    def _paint_keys(self, painter: QPainter, terrain: Terrain, labels: Labels) -> None:
        memory, keys = terrain.memory, terrain.ground.keys
        furthest = max(float(keys.distance.max()), 1e-9)
        spots, small = self.spot(keys.coordinates), self.looks.px(4)
        radii = [self._radius(weight) for weight in memory.weights.tolist()]
        fades = np.ceil(FADES * keys.distance / furthest).astype(int).tolist()
        crowd: dict[int, QPolygonF] = {}
        large = []
        for key, (x, y) in enumerate(spots.tolist()):
            if radii[key] <= small and keys.distance[key] >= 1e-6:
                crowd.setdefault(fades[key], QPolygonF()).append(QPointF(x, y))
            else:
                large.append(key)
        for fade, points in sorted(crowd.items(), reverse=True):
            paint_crowd(painter, self.looks, points, fade / FADES)
        for key in sorted(large, key=radii.__getitem__):
            at, radius = QPointF(*spots[key].tolist()), radii[key]
            flat = float(keys.distance[key]) < 1e-6
            paint_key(painter, self.looks, at, radius, fades[key] / FADES, flat)
            if key in memory.place.rivals:
                corner = QPointF(radius, radius)
                labels.reserve(QRectF(at - corner, at + corner))

    def _label_keys(self, terrain: Terrain, labels: Labels) -> None:
        memory, spots = terrain.memory, self.spot(terrain.ground.keys.coordinates)
        for key in dict.fromkeys([*memory.place.rivals, *heaviest(memory, LABELS)]):
            radius = self._radius(float(memory.weights[key]))
            color = None if key not in memory.place.rivals else self.looks.color("accent")
            labels.write(QPointF(*spots[key].tolist()), radius + 3, memory.names[key], color)

    def _radius(self, weight: float) -> float:
        return self.looks.px(3) + self.looks.px(7) * math.sqrt(weight)


def paint_crowd(painter: QPainter, looks: Style, points: QPolygonF, far: float) -> None:
    """Many small hollow dots at one distance off the plane."""
    alpha, cap = 1.0 - 0.6 * far, Qt.PenCapStyle.RoundCap
    for name, width in (("text", 2.0 * looks.px(3) + 1.5), ("panel", 2.0 * looks.px(3) - 1.5)):
        color = looks.color(name, alpha)
        painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, cap))
        painter.drawPoints(points)


def paint_key(
    painter: QPainter, looks: Style, at: QPointF, radius: float, far: float, on_plane: bool
) -> None:
    """A filled dot for a key on the plane, a hollow one that fades with its distance off it."""
    text, ground = looks.color("text"), looks.color("panel")
    if on_plane:
        painter.setPen(QPen(ground, looks.pen_width(1.5)))
        painter.setBrush(text)
    else:
        alpha = 1.0 - 0.6 * far
        painter.setPen(QPen(looks.color("text", alpha), looks.pen_width(1.4)))
        painter.setBrush(looks.color("panel", 0.6 * alpha))
    painter.drawEllipse(at, radius, radius)


def paint_path(
    painter: QPainter, looks: Style, path: list[QPointF], on_plane: bool, labels: Labels
) -> None:
    """The ball at the query, the layer's one step solid, what iterating would do dashed."""
    size = looks.px(6)
    _stroke(painter, looks, path[1:], Qt.PenStyle.DashLine)
    _stroke(painter, looks, path[:2], Qt.PenStyle.SolidLine)
    paint_head(painter, looks, path[0], path[1])
    painter.setPen(QPen(looks.color("text"), looks.pen_width(1.6)))
    painter.setBrush(looks.color("panel"))
    painter.drawEllipse(path[1], 0.7 * size, 0.7 * size)
    paint_ball(painter, looks, path[0], on_plane)
    labels.write(path[0], size + 3, "query")
    labels.write(path[1], size + 3, "mix")
    if (path[-1] - path[1]).manhattanLength() > looks.px(24):
        labels.write(path[-1], 3, "what if", looks.color("muted"))


def paint_ball(painter: QPainter, looks: Style, at: QPointF, on_plane: bool) -> None:
    """The query: a full ball on the plane, a ring for the shadow of one off it."""
    inner, outer = ("accent", "panel") if on_plane else ("panel", "accent")
    painter.setPen(QPen(looks.color(outer), looks.pen_width(2.0)))
    painter.setBrush(looks.color(inner))
    painter.drawEllipse(at, looks.px(6), looks.px(6))


def _stroke(painter: QPainter, looks: Style, points: list[QPointF], line: Qt.PenStyle) -> None:
    if len(points) < 2:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((looks.color("panel", 0.75), 4.0), (looks.color("text"), 1.8)):
        pen = QPen(color, looks.pen_width(width), line if width < 2 else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))


def paint_head(painter: QPainter, looks: Style, start: QPointF, end: QPointF) -> None:
    """The head of the arrow from the query to the mix, just before the mix."""
    dx, dy = end.x() - start.x(), end.y() - start.y()
    length = math.hypot(dx, dy)
    if length < looks.px(14):
        return
    dx, dy, size = dx / length, dy / length, looks.px(8)
    tip_ = QPointF(end.x() - 5 * dx, end.y() - 5 * dy)
    foot = QPointF(tip_.x() - size * dx, tip_.y() - size * dy)
    side = QPointF(-0.5 * size * dy, 0.5 * size * dx)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(looks.color("text")))
    painter.drawPolygon(QPolygonF([tip_, foot + side, foot - side]))
