"""Paints what the temperature does not move in the picture of token energies."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from explorer.lens.energy import Well
from explorer.ui.paint import put_text
from explorer.ui.panels.energy_frame import Frame, is_closed, nats
from explorer.ui.style import Style

CENTRE = Qt.AlignmentFlag.AlignHCenter
RIGHT = Qt.AlignmentFlag.AlignRight


def paint_earth(painter: QPainter, looks: Style, frame: Frame) -> None:
    """The ground with its wells."""
    line = QPainterPath(QPointF(frame.left, frame.ground))
    for index, well in enumerate(frame.shown):
        middle = frame.x(index)
        start, end = middle - 0.5 * frame.pitch, middle + 0.5 * frame.pitch
        if is_closed(well):
            line.lineTo(end, frame.ground)
            continue
        bottom, lip = frame.y(well.energy), 0.30 * frame.pitch
        line.cubicTo(start + lip, frame.ground, middle - lip, bottom, middle, bottom)
        line.cubicTo(middle + lip, bottom, end - lip, frame.ground, end, frame.ground)
    earth = QPainterPath(line)
    earth.lineTo(frame.edge, frame.floor)
    earth.lineTo(frame.left, frame.floor)
    earth.closeSubpath()
    painter.fillPath(earth, looks.color("raised"))
    painter.strokePath(line, QPen(looks.color("muted"), looks.pen_width()))


def paint_token(painter: QPainter, looks: Style, frame: Frame, x: float, well: Well) -> None:
    """What stands at one well: token, energy, the mark of the dice or of a removed token."""
    half, closed = 0.5 * frame.pitch, is_closed(well)
    box = QRectF(x - half + 2, frame.labels, frame.pitch - 4, frame.row)
    color = looks.color("muted" if closed else "chosen" if well.dice else "text")
    put_text(painter, box, well.label, color, CENTRE, looks.font(0.9, bold=well.dice))
    if closed:
        painter.fillRect(QRectF(x - 0.7 * half, frame.ground - 2, 1.4 * half, 4), color)
        box = QRectF(x - half, frame.ground + 4, frame.pitch, frame.row)
        put_text(painter, box, "∞", color, CENTRE, looks.font(0.82))
        return
    if well.dice:
        tall = looks.px(7)
        top, low = QPointF(x, frame.labels - tall), frame.labels - 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(
            QPolygonF([top, QPointF(x - 0.6 * tall, low), QPointF(x + 0.6 * tall, low)])
        )
    if well.model_energy != well.energy:
        y = frame.y(well.model_energy)
        painter.setPen(QPen(looks.color("raw"), looks.pen_width(1.6)))
        painter.drawLine(QPointF(x - 0.4 * half, y), QPointF(x + 0.4 * half, y))
    box = QRectF(x - half, frame.y(well.energy) + 2, frame.pitch, frame.row)
    if frame.values and box.bottom() < frame.floor:
        muted = looks.color("muted")
        put_text(painter, box, nats(well.energy), muted, CENTRE, looks.font(0.82))


def paint_axis(painter: QPainter, looks: Style, frame: Frame) -> None:
    """The scale of energies, in nats."""
    x = frame.left - 3
    for value in frame.ticks():
        y = frame.y(value)
        painter.setPen(looks.color("faint"))
        painter.drawLine(QPointF(x - 3, y), QPointF(x, y))
        box = QRectF(2, y - 0.5 * frame.row, x - 7, frame.row)
        text = f"{value:g}".replace("-", "−")
        put_text(painter, box, text, looks.color("muted"), RIGHT, looks.font(0.8))
