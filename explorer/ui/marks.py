"""Small painted signs: the die, the triangle of the token that comes next, a key cap."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

_PIPS = ((0.27, 0.27), (0.73, 0.27), (0.5, 0.5), (0.27, 0.73), (0.73, 0.73))


def draw_die(painter: QPainter, center: QPointF, size: float, color: QColor, pips: QColor) -> None:
    """The face of a die with five pips: the dice choose this."""
    left, top = center.x() - size / 2, center.y() - size / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(left, top, size, size), size * 0.22, size * 0.22)
    painter.setBrush(pips)
    dots = QPainterPath()
    for x, y in _PIPS:
        dots.addEllipse(QPointF(left + x * size, top + y * size), size * 0.1, size * 0.1)
    painter.drawPath(dots)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_triangle(painter: QPainter, center: QPointF, size: float, color: QColor) -> None:
    """A triangle that points right: this comes next on the line walked before."""
    x, y, half = center.x(), center.y(), size / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    corners = [QPointF(x - half * 0.7, y - half), QPointF(x - half * 0.7, y + half)]
    painter.drawPolygon(QPolygonF([*corners, QPointF(x + half * 0.9, y)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_keys(painter: QPainter, boxes: list[QRectF], line: QColor) -> None:
    """The outlines of keys: pressing the digit inside picks the row."""
    outline = QPainterPath()
    for box in boxes:
        outline.addRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(line, 1))
    painter.drawPath(outline)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
