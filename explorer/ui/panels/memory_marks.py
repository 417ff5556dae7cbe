"""What stands on the landscape of a memory: the track, the valleys, the ball, their names."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from explorer.lens.memory_landscape import Mark
from explorer.ui.paint import put_text
from explorer.ui.panels.hopfield_map import thinned
from explorer.ui.style import Style


def paint_way(painter: QPainter, looks: Style, points: list[QPointF]) -> None:
    """The way that the state came."""
    if len(points) < 2:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for name, alpha, width in (("panel", 0.75, 4.0), ("text", 1.0, 1.6)):
        painter.setPen(QPen(looks.color(name, alpha), looks.pen_width(width)))
        painter.drawPolyline(QPolygonF(thinned(points)))


def paint_mark(painter: QPainter, looks: Style, mark: Mark, at: QPointF, room: float) -> None:
    """A valley: a disc for a pattern or an inverse, a square for others; hollow off the plane.

    room is the width of the picture in pixels.
    """
    radius = float(looks.px(5 if mark.sort == "pattern" else 4))
    flat = mark.distance < 1e-9
    painter.setPen(QPen(looks.color("panel" if flat else "text"), looks.pen_width(1.5)))
    painter.setBrush(looks.color("text") if flat else looks.color("panel", 0.7))
    if mark.sort in ("mixture", "other"):
        painter.drawRect(QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius))
    else:
        painter.drawEllipse(at, radius, radius)
    if mark.sort in ("pattern", "inverse") or flat:
        paint_name(painter, looks, at, radius, mark.name, room)


def paint_ball(painter: QPainter, looks: Style, ball: Mark, at: QPointF) -> None:
    """The state, a ring while it lies off the plane."""
    radius, flat = float(looks.px(7)), ball.distance < 1e-9
    painter.setPen(QPen(looks.color("panel" if flat else "accent"), looks.pen_width(2.4)))
    painter.setBrush(looks.color("accent") if flat else looks.color("panel", 0.8))
    painter.drawEllipse(at, radius, radius)


def paint_name(
    painter: QPainter, looks: Style, at: QPointF, radius: float, text: str, room: float
) -> None:
    """A name beside a point, on the side where there is room."""
    painter.setFont(looks.font(0.85, bold=True))
    metrics = painter.fontMetrics()
    wide, high = metrics.horizontalAdvance(text) + looks.px(6), metrics.height()
    left = at.x() + radius + looks.px(3)
    if left + wide > room:
        left = at.x() - radius - looks.px(3) - wide
    box = QRectF(left, at.y() - high / 2, wide, high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(looks.color("panel", 0.85))
    painter.drawRoundedRect(box, 3, 3)
    put_text(painter, box, text, looks.color("text"), Qt.AlignmentFlag.AlignHCenter)
