"""Small line drawings for buttons, painted in the theme's colour: no font has to know them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

_SIDE = 64

_LINES: dict[str, list[list[tuple[float, float]]]] = {
    "close": [[(0.25, 0.25), (0.75, 0.75)], [(0.75, 0.25), (0.25, 0.75)]],
    "maximise": [
        [(0.58, 0.2), (0.8, 0.2), (0.8, 0.42)],
        [(0.8, 0.2), (0.57, 0.43)],
        [(0.42, 0.8), (0.2, 0.8), (0.2, 0.58)],
        [(0.2, 0.8), (0.43, 0.57)],
    ],
    "export": [
        [(0.5, 0.2), (0.5, 0.62)],
        [(0.33, 0.46), (0.5, 0.63), (0.67, 0.46)],
        [(0.22, 0.66), (0.22, 0.8), (0.78, 0.8), (0.78, 0.66)],
    ],
    "float": [
        [(0.2, 0.4), (0.6, 0.4), (0.6, 0.8), (0.2, 0.8), (0.2, 0.4)],
        [(0.4, 0.4), (0.4, 0.2), (0.8, 0.2), (0.8, 0.6), (0.6, 0.6)],
    ],
}
_SHAPES: dict[str, list[list[tuple[float, float]]]] = {
    "back": [[(0.72, 0.2), (0.72, 0.8), (0.26, 0.5)]],
    "step": [[(0.22, 0.2), (0.22, 0.8), (0.64, 0.5)], [(0.68, 0.2), (0.68, 0.8), (0.8, 0.8),
             (0.8, 0.2)]],
    "play": [[(0.28, 0.18), (0.28, 0.82), (0.8, 0.5)]],
    "pause": [[(0.26, 0.2), (0.26, 0.8), (0.42, 0.8), (0.42, 0.2)],
              [(0.58, 0.2), (0.58, 0.8), (0.74, 0.8), (0.74, 0.2)]],
}  # fmt: skip


def icon(name: str, color: QColor, disabled: QColor | None = None) -> QIcon:
    """The drawing `name` in one colour, and in another one for a disabled button."""
    result = QIcon(_draw(name, color))
    if disabled is not None:
        result.addPixmap(_draw(name, disabled), QIcon.Mode.Disabled)
    return result


def _draw(name: str, color: QColor) -> QPixmap:
    pixmap = QPixmap(_SIDE, _SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, _SIDE * 0.08)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    box = QRectF(0, 0, _SIDE, _SIDE)
    for points in _LINES.get(name, []):
        painter.setPen(pen)
        painter.drawPolyline(_scaled(points, box))
    for points in _SHAPES.get(name, []):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(_scaled(points, box))
    painter.end()
    return pixmap


def _scaled(points: list[tuple[float, float]], box: QRectF) -> QPolygonF:
    return QPolygonF([QPointF(x * box.width(), y * box.height()) for x, y in points])
