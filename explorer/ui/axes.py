"""Axes: a plot of lines, points with error bars and named marks, painted by hand. No state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.lens.recall import round_ticks
from explorer.ui.paint import put_text
from explorer.ui.style import Style

_RIGHT, _CENTRE = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter
# Hues of Okabe and Ito that stand out on light and on dark; a dash and a shape go with each.
HUES = ("accent", "chosen", "#009e73", "#cc79a7", "#e8b000", "#7a5bb0")
_FAR, _NEAR, _OUTSIDE = 1e300, 1e-12, 9.0
DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)


def hue(looks: Style, number: int) -> QColor:
    """The colour of a series."""
    name = HUES[number % len(HUES)]
    return QColor(name) if name.startswith("#") else looks.color(name)


def dash(number: int) -> Qt.PenStyle:
    """The dash of a series."""
    return DASHES[number % len(DASHES)]


@dataclass(frozen=True)
class Axes:
    """A rectangle in pixels and the ranges that it shows."""

    plot: QRectF
    x: tuple[float, float]
    y: tuple[float, float]

    def point(self, x: float, y: float) -> QPointF:
        """Where a value stands; one far outside stands a little outside."""
        across, up = _share(x, self.x), _share(y, self.y)
        return QPointF(
            self.plot.left() + across * self.plot.width(),
            self.plot.bottom() - up * self.plot.height(),
        )


def _share(value: float, span: tuple[float, float]) -> float:
    low, high = span
    share = (value - low) / (high - low)
    return -_OUTSIDE if math.isnan(share) else min(max(share, -_OUTSIDE), 1.0 + _OUTSIDE)


def sound(low: float, high: float) -> tuple[float, float]:
    """A range that can be drawn: finite numbers, the lower one first and not too near."""
    low = 0.0 if math.isnan(low) else min(max(low, -_FAR), _FAR)
    high = low + 1.0 if math.isnan(high) else min(max(high, -_FAR), _FAR)
    return low, max(high, low + max(abs(low) * _NEAR, _NEAR))


def axes(
    widget: QWidget, looks: Style, x: tuple[float, float], y: tuple[float, float], legend: int = 1
) -> Axes:
    """Axes that fill a widget, with room for numbers and `legend` lines of legend.

    A range that is none, as of measurements that overflowed, becomes one (see `sound`).
    """
    line = QFontMetricsF(looks.font(0.85)).height()
    left, top = line * 3.2, legend * (line + looks.px(2)) + looks.px(4)
    width = max(widget.width() - left - looks.px(14), 20.0)
    height = max(widget.height() - top - 2 * line - looks.px(6), 20.0)
    return Axes(QRectF(left, top, width, height), sound(*x), sound(*y))


def paint_axes(
    painter: QPainter, looks: Style, at: Axes, x_name: str, y_name: str,
    across: Sequence[tuple[float, str]] = (), up: Sequence[tuple[float, str]] = (),
) -> None:  # fmt: skip
    """Grid, numbers and names; `across` and `up` are places and texts (none: round numbers)."""
    painter.setFont(looks.font(0.85))
    line, plot = painter.fontMetrics().height(), at.plot
    heights = round_ticks(*at.y, max(int(plot.height() / (2.4 * line)), 2))
    for value, text in up or [(tick, f"{tick:.4g}") for tick in heights]:
        y = at.point(at.x[0], value).y()
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
        box = QRectF(0, y - line / 2, plot.left() - looks.px(5), line)
        put_text(painter, box, text, looks.color("muted"), _RIGHT)
    widest = 4.2 * line
    ticks = round_ticks(*at.x, max(int(plot.width() / widest), 2))
    for value, text in across or [(tick, f"{tick:.4g}") for tick in ticks]:
        x = at.point(value, at.y[0]).x()
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
        box = QRectF(x - widest / 2, plot.bottom() + looks.px(1), widest, line)
        put_text(painter, box, text, looks.color("muted"), _CENTRE)
    below = QRectF(plot.left(), plot.bottom() + line, plot.width(), line)
    put_text(painter, below, x_name, looks.color("muted"), _RIGHT)
    put_text(painter, below, f"up: {y_name}", looks.color("muted"))


def paint_curve(
    painter: QPainter, looks: Style, at: Axes, x: np.ndarray, y: np.ndarray, number: int
) -> None:
    """A line (K,) in the colour and dash of a series; NaN interrupts it."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(hue(looks, number), looks.pen_width(1.8), dash(number)))
    part: list[QPointF] = []
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if np.isfinite(b):
            part.append(at.point(a, b))
        else:
            painter.drawPolyline(QPolygonF(part))
            part = []
    painter.drawPolyline(QPolygonF(part))


def paint_points(
    painter: QPainter, looks: Style, at: Axes, x: np.ndarray, y: np.ndarray, error: np.ndarray,
    number: int,
) -> None:  # fmt: skip
    """Points (K,) with error bars of one standard error where it is known."""
    color, size = hue(looks, number), float(looks.px(3))
    for a, b, e in zip(x.tolist(), y.tolist(), error.tolist(), strict=True):
        middle = at.point(a, b)
        painter.setPen(QPen(color, looks.pen_width(1.3)))
        if np.isfinite(e):
            painter.drawLine(QLineF(at.point(a, b - e), at.point(a, b + e)))
        painter.setBrush(color)
        if number % 3 == 0:
            painter.drawEllipse(middle, size, size)
        elif number % 3 == 1:
            painter.drawRect(QRectF(middle.x() - size, middle.y() - size, 2 * size, 2 * size))
        else:
            up = [QPointF(0, -1.3 * size), QPointF(-1.2 * size, size), QPointF(1.2 * size, size)]
            painter.drawPolygon(QPolygonF([middle + one for one in up]))


def paint_upright(
    painter: QPainter, looks: Style, at: Axes, lines: Sequence[tuple[str, float]]
) -> None:
    """Named vertical lines; names stand beside them, one under another."""
    painter.setFont(looks.font(0.82))
    high = painter.fontMetrics().height()
    for row, (name, x) in enumerate(sorted(lines, key=lambda one: one[1])):
        if not at.x[0] <= x <= at.x[1]:
            continue
        foot, head = at.point(x, at.y[0]), at.point(x, at.y[1])
        painter.setPen(QPen(looks.color("muted"), looks.pen_width(1.2), Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(foot, head))
        wide = painter.fontMetrics().horizontalAdvance(name) + looks.px(4)
        left = foot.x() + looks.px(3)
        if left + wide > at.plot.right():
            left = foot.x() - looks.px(3) - wide
        box = QRectF(left, at.plot.bottom() - (row + 1.3) * high, wide, high)
        painter.fillRect(box, looks.color("panel", 0.8))
        put_text(painter, box, name, looks.color("muted"))


def legend_lines(looks: Style, width: float, names: Sequence[tuple[int, str]]) -> int:
    """How many lines `paint_legend` needs over a plot of this width."""
    metrics, lines, x = QFontMetricsF(looks.font(0.85)), 1, 0.0
    for _, name in names:
        wide = metrics.horizontalAdvance(name) + looks.px(34)
        if x + wide > width and x > 0:
            lines, x = lines + 1, 0.0
        x += wide
    return lines


def paint_legend(
    painter: QPainter, looks: Style, at: Axes, names: Sequence[tuple[int, str]]
) -> None:
    """Series with their colour and dash, in lines above the plot."""
    painter.setFont(looks.font(0.85))
    metrics, px = painter.fontMetrics(), looks.px
    high = metrics.height() + px(2)
    x, y = at.plot.left(), px(2) + high / 2
    for number, name in names:
        wide = metrics.horizontalAdvance(name) + px(34)
        if x + wide > at.plot.right() and x > at.plot.left():
            x, y = at.plot.left(), y + high
        painter.setPen(QPen(hue(looks, number), looks.pen_width(1.8), dash(number)))
        painter.drawLine(QLineF(x, y, x + px(18), y))
        box = QRectF(x + px(22), y - metrics.height() / 2, wide - px(22), metrics.height())
        put_text(painter, box, name, looks.color("text"))
        x += wide
