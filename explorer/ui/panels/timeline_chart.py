"""Paints the timeline's chart: bars of surprise, a line of entropy, a strip of temperatures."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.lens.timeline import (
    TimelinePicture,
    first_change,
    heights,
    readout,
    runs,
    ticks,
)
from explorer.ui.marks import draw_die
from explorer.ui.paint import put_text
from explorer.ui.panels.text_chips import diamond
from explorer.ui.panels.timeline_frame import Frame, frame
from explorer.ui.positions import paint_positions
from explorer.ui.style import Style

_FAINT = 0.4
_RIGHT = Qt.AlignmentFlag.AlignRight


class Chart:
    """The painted chart, kept: a step paints the columns that changed and what lies behind them."""

    def __init__(self) -> None:
        self._body = QPixmap()
        self._key: tuple[object, ...] = ()
        self._shown: TimelinePicture | None = None

    def paint(
        self,
        widget: QWidget,
        looks: Style,
        picture: TimelinePicture,
        lit: int,
        mark: int | None,
        turned: int | None = None,
    ) -> None:
        """The whole chart with the lit position, the cursor, the keyboard's mark and the turn."""
        places = frame(widget, looks, picture)
        self._keep_body(widget, looks, places, picture)
        painter = QPainter(widget)
        painter.drawPixmap(0, 0, self._body)
        painter.setFont(looks.font(0.85))
        column = QRectF(places.x(lit), places.plot.top(), max(places.step, 2), places.plot.height())
        painter.fillRect(column, looks.color("hover", 0.32))
        _paint_head(painter, looks, places, picture, lit)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_marks(painter, looks, places, picture, mark)
        if turned is not None:
            _paint_turn(painter, looks, places, turned)
        painter.end()

    def _keep_body(
        self, widget: QWidget, looks: Style, places: Frame, picture: TimelinePicture
    ) -> None:
        ratio = widget.devicePixelRatioF()
        axes = (picture.span, picture.top, picture.prompt)
        key = (widget.size(), ratio, *axes, looks.theme, looks.zoom, looks.presenter)
        first: int | None = 0
        if key == self._key and self._shown is not None:
            first = first_change(self._shown, picture)
        else:
            self._body = QPixmap(widget.size() * ratio)
            self._body.setDevicePixelRatio(ratio)
        if first is None:
            return
        # Rings and diamonds reach over the border of their column.
        first = max(0, first - 1 - math.ceil(looks.px(6) / places.step))
        self._key, self._shown = key, picture
        painter = QPainter(self._body)
        painter.setFont(looks.font(0.85))
        if first == 0:
            painter.fillRect(widget.rect(), looks.color("panel"))
            _paint_axes(painter, looks, places)
        _paint_body(painter, looks, places, picture, first)
        painter.end()


def paint_placeholder(widget: QWidget, looks: Style, sentence: str) -> None:
    """A sentence instead of a chart."""
    painter = QPainter(widget)
    painter.fillRect(widget.rect(), looks.color("panel"))
    room = QRectF(widget.rect()).adjusted(looks.px(8), 0, -looks.px(8), 0)
    put_text(painter, room, sentence, looks.color("muted"), font=looks.font())
    painter.end()


def _paint_body(
    painter: QPainter, looks: Style, places: Frame, picture: TimelinePicture, first: int
) -> None:
    """Everything that stands still while the cursor rests, from the position `first` on."""
    left = math.floor(places.x(first)) if first else math.floor(places.plot.left()) - 1
    top = math.floor(places.plot.top()) - 1
    low = math.ceil(max(places.plot.bottom(), places.strip.bottom())) + 1
    room = QRectF(left, top, math.ceil(places.plot.right()) + 1 - left, low - top)
    painter.setClipRect(room)
    painter.fillRect(room, looks.color("panel"))
    _paint_ground(painter, looks, places, picture)
    _paint_bars(painter, looks, places, picture, max(first - 2, 1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_entropy(painter, looks, places, picture, max(first - 2, 1))
    if places.strip.height():
        _paint_temperature(painter, looks, places, picture)


def _paint_ground(painter: QPainter, looks: Style, places: Frame, picture: TimelinePicture) -> None:
    """The prompt's region shaded, and the grid."""
    plot, line = places.plot, painter.fontMetrics().height()
    prompt = QRectF(plot.left(), plot.top(), picture.prompt * places.step, plot.height())
    painter.fillRect(prompt, looks.color("raised"))
    painter.setPen(QPen(looks.color("line"), 1))
    for value in ticks(places.top, places.rows(line)):
        y = round(places.y(value)) + 0.5
        painter.drawLine(QLineF(plot.left(), y, plot.right(), y))


def _paint_axes(painter: QPainter, looks: Style, places: Frame) -> None:
    plot, line = places.plot, painter.fontMetrics().height()
    for value in ticks(places.top, places.rows(line)):
        y = round(places.y(value)) + 0.5
        box = QRectF(0, y - line / 2, plot.left() - looks.px(5), line)
        put_text(painter, box, f"{value:g}", looks.color("muted"), _RIGHT)
    unit = QRectF(0, 0, plot.left() - looks.px(5), line + looks.px(6))
    put_text(painter, unit, "nats", looks.color("muted"), _RIGHT)
    if places.strip.height():
        side = QRectF(0, places.strip.top(), plot.left() - looks.px(5), places.strip.height())
        put_text(painter, side, "T", looks.color("muted"), _RIGHT)
    foot = max(plot.bottom(), places.strip.bottom()) + looks.px(2)
    paint_positions(painter, looks, plot, foot, places.span)


def _paint_head(
    painter: QPainter, looks: Style, places: Frame, picture: TimelinePicture, lit: int
) -> None:
    """The legend, and the numbers of the lit position at the right where both fit."""
    metrics, px = painter.fontMetrics(), looks.px
    height = metrics.height() + px(6)
    x, size = places.plot.left(), float(px(8))
    parts = (("surprise −ln p", "chosen"), ("entropy H", "text"), ("forced", "accent"))
    for text, color in parts[: 3 if any(picture.forced) else 2]:
        wide = metrics.horizontalAdvance(text)
        if x + wide + 2 * size > places.plot.right():
            return
        middle = height / 2
        if color == "chosen":
            painter.fillRect(QRectF(x, middle - size / 2, size, size), looks.color(color))
        elif color == "text":
            painter.setPen(QPen(looks.color(color), looks.pen_width(1.6)))
            painter.drawLine(QLineF(x - 2, middle, x + size + 2, middle))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(looks.color(color))
            painter.drawPolygon(diamond(QPointF(x + size / 2, middle), size / 2))
        x += size + px(5)
        put_text(painter, QRectF(x, 0, wide + 2, height), text, looks.color("muted"))
        x += wide + px(14)
    room = QRectF(x, 0, places.plot.right() - x, height)
    for said in readout(picture, lit):
        if metrics.horizontalAdvance(said) < room.width():
            put_text(painter, room, said, looks.color("text"), _RIGHT)
            return


def _paint_bars(
    painter: QPainter, looks: Style, places: Frame, picture: TimelinePicture, start: int
) -> None:
    """Surprise from a position on, the future faint; diamonds over what was forced."""
    wide = max(1.0, min(places.step * 0.7, looks.px(14)))
    left = places.plot.left() + (places.step - wide) / 2
    tops = np.minimum(picture.surprise, places.top) / places.top * places.plot.height()
    high = np.where(np.isnan(tops), 0.0, np.maximum(tops, 1.0)).tolist()
    floor, step = places.plot.bottom(), places.step
    painter.setPen(Qt.PenStyle.NoPen)
    here = max(picture.cursor + 1, start)
    for first, last, alpha in ((start, here, 1.0), (here, len(high), _FAINT)):
        painter.setBrush(looks.color("chosen", alpha))
        painter.drawRects(
            [
                QRectF(left + i * step, floor - high[i], wide, high[i])
                for i in range(first, last)
                if high[i]
            ]
        )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(looks.color("panel"), 1))
    painter.setBrush(looks.color("accent"))
    size = min(max(step * 0.5, looks.px(3)), looks.px(5))
    for position in range(start, len(high)):
        if picture.forced[position]:
            top = max(floor - high[position] - size, places.plot.top() + size)
            painter.drawPolygon(diamond(QPointF(places.x(position + 0.5), top), size))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _paint_entropy(
    painter: QPainter, looks: Style, places: Frame, picture: TimelinePicture, start: int
) -> None:
    """The line from a position on, faint beyond the cursor; a ring on the open step."""
    left, step = places.plot.left() + places.step / 2, places.step
    heights_ = np.minimum(picture.entropy, places.top) / places.top * places.plot.height()
    levels = (places.plot.bottom() - heights_).tolist()
    at = {i: QPointF(left + i * step, levels[i]) for i in range(start, len(levels))}
    here = picture.cursor + 1
    painter.setBrush(Qt.BrushStyle.NoBrush)
    wide = min(looks.pen_width(1.5), max(1.0, 0.6 * step))  # many steps need a fine line
    for first, last, alpha in ((start, here, 1.0), (max(here, start), len(levels) - 1, _FAINT)):
        painter.setPen(QPen(looks.color("text", alpha), wide))
        painter.drawPolyline([at[i] for i in range(first, last + 1)])
    if here in at:
        size = float(looks.px(3))
        painter.setPen(QPen(looks.color("text"), looks.pen_width(1.5)))
        painter.setBrush(looks.color("panel"))
        painter.drawEllipse(at[here], size, size)


def _paint_temperature(
    painter: QPainter, looks: Style, places: Frame, picture: TimelinePicture
) -> None:
    """A step line on a logarithmic scale; its number wherever the temperature changes."""
    strip, line = places.strip, painter.fontMetrics().height()
    painter.setPen(QPen(looks.color("line"), 1))
    painter.drawLine(QLineF(strip.left(), strip.bottom(), strip.right(), strip.bottom()))
    prompt = QRectF(strip.left(), strip.top() - 1, picture.prompt * places.step, line)
    if painter.fontMetrics().horizontalAdvance("prompt") + looks.px(8) < prompt.width():
        put_text(painter, prompt, "prompt", looks.color("muted"))
    used = picture.temperature
    room = strip.height() - line - looks.px(2)
    level = strip.bottom() - heights(used) * room - looks.px(1)
    free = strip.left()
    for start, end in runs(used, picture.cursor + 1):
        alpha = 1.0 if start <= picture.cursor else _FAINT
        painter.setPen(QPen(looks.color("accent", alpha), looks.pen_width(1.8)))
        y = float(level[start])
        painter.drawLine(QLineF(places.x(start), y, places.x(end), y))
        text = f"{used[start]:g}"
        wide = painter.fontMetrics().horizontalAdvance(text) + looks.px(4)
        again = start == picture.cursor + 1 and used[start - 1] == used[start]
        if places.x(start) >= free and not again:
            box = QRectF(places.x(start), strip.top() - 1, wide, line)
            put_text(painter, box, text, looks.color("text", alpha))
            free = places.x(start) + wide


def _paint_marks(
    painter: QPainter, looks: Style, places: Frame, picture: TimelinePicture, mark: int | None
) -> None:
    """The cursor as a vertical line with a head, the keyboard's mark dashed."""
    x, plot, size = places.x(picture.cursor + 1), places.plot, float(looks.px(4))
    painter.setPen(QPen(looks.color("accent"), looks.pen_width(1.6)))
    painter.drawLine(QLineF(x, plot.top() - size, x, plot.bottom()))
    painter.setBrush(looks.color("accent"))
    painter.setPen(Qt.PenStyle.NoPen)
    tip = QPointF(x, plot.top())
    painter.drawPolygon(QPolygonF([tip, tip + QPointF(-size, -size), tip + QPointF(size, -size)]))
    if mark is not None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(looks.color("text"), looks.pen_width(1.2), Qt.PenStyle.DashLine))
        painter.drawRect(QRectF(places.x(mark), plot.top(), max(places.step, 3.0), plot.height()))


def _paint_turn(painter: QPainter, looks: Style, places: Frame, position: int) -> None:
    """A dashed line and a die: under the present settings the dice would turn here."""
    x, plot, size = places.x(position), places.plot, float(looks.px(11))
    color = looks.color("chosen")
    painter.setPen(QPen(color, looks.pen_width(1.4), Qt.PenStyle.DashLine))
    painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
    draw_die(painter, QPointF(x, plot.top() + size * 0.6), size, color, looks.color("panel"))
