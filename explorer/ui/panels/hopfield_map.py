"""The energy plane as a contour map, with keys as wells and the query as the ball."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.lens.hopfield import Memory, Terrain, describe_key, describe_path, heaviest, survey
from explorer.lens.hopfield_relief import contour, level_colors
from explorer.ui.paint import draw_pixels
from explorer.ui.panels.hopfield_keys import KeyCanvas, Labels
from explorer.ui.style import Style

MOST_SAMPLES = 32_000
FINEST = 2  # pixels on a side of one sample; with 3 the lines between bands look rough
NEAR = 12.0
LABELS = 10
FADES = 4  # shades in which keys fade with their distance


class ContourMap(KeyCanvas):
    """Each square of `cell` pixels shows the exact energy at its centre.

    surveyed is the plane sampled for some size, None until it is found.
    """

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(style, parent)
        self.setAccessibleName("Contour map of the energy")
        self.surveyed: Terrain | None = None
        self._stamps: dict[tuple[int, float], tuple[QPixmap, QPixmap]] = {}
        self.restyle()

    def show_memory(self, memory: Memory | None) -> None:
        self.surveyed = None
        super().show_memory(memory)

    def restyle(self) -> None:
        """Take over other colours."""
        looks = self.looks
        ink = (0, 0, 0) if looks.theme.dark else (26, 16, 50)
        self._colors = opaque(level_colors(looks.energy_table(), ink))
        self._stamps.clear()
        self.surveyed = None
        self.stale()

    def terrain(self) -> Terrain | None:
        """The sampled plane for the present size, made when it is needed."""
        self.settle()
        if self.memory is None:
            return None
        if self.surveyed is None or self.surveyed.ground.energy.shape != self.samples:
            self.surveyed = survey(self.memory, self.samples)
        return self.surveyed

    @property
    def samples(self) -> tuple[int, int]:
        """(rows, columns) of the samples of the energy that the present size asks for."""
        cell = self.cell
        return -(-max(self.height(), 8) // cell), -(-max(self.width(), 8) // cell)

    @property
    def cell(self) -> int:
        """Pixels on a side of one sample."""
        w, h, cell = max(self.width(), 8), max(self.height(), 8), FINEST
        while (w // cell) * (h // cell) > MOST_SAMPLES:
            cell += 1
        return cell

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
        pixels = self._colors.take(bands.levels[::-1])
        h, w = pixels.shape
        image = QImage(pixels.data, w, h, 4 * w, QImage.Format.Format_RGB32)
        draw_pixels(painter, QRectF(0, 0, w * self.cell, h * self.cell), image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        labels.corner(f"E from {bands.lowest:.2f}, a line every {bands.step:.3g}")
        spots = self.spot(terrain.ground.keys.coordinates)
        self._paint_keys(painter, terrain, spots, labels)
        path = [QPointF(x, y) for x, y in self.spot(terrain.path.coordinates).tolist()]
        flat = float(terrain.ground.query.distance[0]) < 1e-6
        paint_path(painter, self.looks, path, flat, labels)
        self._label_keys(terrain, spots, labels)

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

    def _paint_keys(
        self, painter: QPainter, terrain: Terrain, spots: np.ndarray, labels: Labels
    ) -> None:
        memory, keys = terrain.memory, terrain.ground.keys
        furthest = max(float(keys.distance.max()), 1e-9)
        radii = self.looks.px(3) + self.looks.px(7) * np.sqrt(memory.weights)
        fades = np.ceil(FADES * keys.distance / furthest).astype(int)
        small = (radii <= self.looks.px(4)) & (keys.distance >= 1e-6)
        ratio = painter.device().devicePixelRatio()
        for fade in np.unique(fades[small])[::-1].tolist():
            if (fade, ratio) not in self._stamps:
                self._stamps[fade, ratio] = stamps(self.looks, fade / FADES, ratio)
            paint_crowd(painter, spots[small & (fades == fade)], self._stamps[fade, ratio])
        large = np.flatnonzero(~small)
        for key in large[np.argsort(radii[large], kind="stable")].tolist():
            at, radius = QPointF(*spots[key].tolist()), float(radii[key])
            flat = float(keys.distance[key]) < 1e-6
            paint_key(painter, self.looks, at, radius, float(fades[key]) / FADES, flat)
            if key in memory.place.rivals:
                corner = QPointF(radius, radius)
                labels.reserve(QRectF(at - corner, at + corner))

    def _label_keys(self, terrain: Terrain, spots: np.ndarray, labels: Labels) -> None:
        memory = terrain.memory
        for key in dict.fromkeys([*memory.place.rivals, *heaviest(memory, LABELS)]):
            radius = self._radius(float(memory.weights[key]))
            color = None if key not in memory.place.rivals else self.looks.color("accent")
            labels.write(QPointF(*spots[key].tolist()), radius + 3, memory.names[key], color)

    def _radius(self, weight: float) -> float:
        return self.looks.px(3) + self.looks.px(7) * math.sqrt(weight)


def opaque(colors: np.ndarray) -> np.ndarray:
    """Colours (256, 4) RGBA as 0xffRRGGBB (256,), which are copied to the screen as they are."""
    red, green, blue = colors[:, :3].astype(np.uint32).T
    return (0xFF000000 | red << 16 | green << 8 | blue).astype(np.uint32)


def stamps(looks: Style, far: float, ratio: float) -> tuple[QPixmap, QPixmap]:
    """The dark and the light part of a small hollow dot, both with the dot in the middle."""
    alpha, side = 1.0 - 0.6 * far, 2 * looks.px(3) + 4
    found = []
    for name, width in (("text", 2.0 * looks.px(3) + 1.5), ("panel", 2.0 * looks.px(3) - 1.5)):
        stamp = QPixmap(round(side * ratio), round(side * ratio))
        stamp.setDevicePixelRatio(ratio)
        stamp.fill(Qt.GlobalColor.transparent)
        painter = QPainter(stamp)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(looks.color(name, alpha))
        painter.drawEllipse(QPointF(0.5 * side, 0.5 * side), 0.5 * width, 0.5 * width)
        painter.end()
        found.append(stamp)
    return found[0], found[1]


def paint_crowd(painter: QPainter, spots: np.ndarray, dot: tuple[QPixmap, QPixmap]) -> None:
    """Many small hollow dots at one distance off the plane: where they touch they flow together."""
    half = 0.5 * dot[0].width() / dot[0].devicePixelRatio()
    corners = [QPointF(x, y) for x, y in (spots - half).tolist()]
    for stamp in dot:
        for corner in corners:
            painter.drawPixmap(corner, stamp)


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
    size, path = looks.px(6), [*path[:2], *thinned(path[2:])]
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


def thinned(points: list[QPointF]) -> list[QPointF]:
    """Without the points that lie within two pixels of the one before; the last one stays."""
    kept = points[:1]
    for point in points[1:-1]:
        if (point - kept[-1]).manhattanLength() >= 2.0:
            kept.append(point)
    return kept + points[1:][-1:]


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
