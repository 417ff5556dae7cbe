"""Paints the history of a token: ln p above, rank below, over the same positions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.lens.timeline import ticks
from explorer.lens.token_history import TokenHistory
from explorer.ui.paint import put_text
from explorer.ui.panels.text_chips import diamond
from explorer.ui.positions import paint_positions
from explorer.ui.style import Style

_RIGHT = Qt.AlignmentFlag.AlignRight
_FAINT = 0.4


@dataclass(frozen=True)
class Places:
    """Where the two charts stand, in pixels, and their scales."""

    top: QRectF
    low: QRectF
    span: int
    floor: float
    vocabulary: int

    @property
    def step(self) -> float:
        """Width of one position."""
        return self.top.width() / self.span

    def x(self, position: float) -> float:
        """Left edge of a position."""
        return self.top.left() + position * self.step

    def y(self, nats: float) -> float:
        """Height of -ln p in the upper chart: 0 at its top."""
        return self.top.top() + min(nats / self.floor, 1.0) * self.top.height()

    def y_rank(self, rank: int) -> float:
        """Height of a rank in the lower chart: 1 at its top, logarithmic."""
        share = math.log(max(rank, 1)) / math.log(max(self.vocabulary, 2))
        return self.low.top() + share * self.low.height()


def places(widget: QWidget, looks: Style, history: TokenHistory) -> Places:
    """The places for a widget's size; a low one does without the ranks."""
    px, metrics = looks.px, QFontMetricsF(looks.font(0.85))
    line = metrics.height()
    left = max(line * 3.0, metrics.horizontalAdvance(f"{_ranks(history.vocabulary)[-1]:,}") + px(9))
    width = max(widget.width() - left - px(10), 10.0)
    head, foot = line + px(8), line + px(4)
    room = max(widget.height() - head - foot, 10.0)
    ranks = room * 0.4 if room > line * 7 else 0.0
    gap = line * 1.4 if ranks else 0.0
    top = QRectF(left, head, width, room - ranks)
    low = QRectF(left, top.bottom() + gap, width, max(ranks - gap, 0.0))
    return Places(top, low, history.span, history.floor, history.vocabulary)


def _ranks(vocabulary: int) -> list[int]:
    """The ranks that have a line: 1, 10, 100, ..."""
    return [10**power for power in range(len(str(max(vocabulary, 1))))]


def paint_history(
    widget: QWidget, looks: Style, history: TokenHistory, lit: int | None, mark: int | None
) -> None:
    """Both charts, the open position shaded, the lit one told at the top."""
    at, painter = places(widget, looks, history), QPainter(widget)
    painter.fillRect(widget.rect(), looks.color("panel"))
    painter.setFont(looks.font(0.85))
    _paint_ground(painter, looks, at, history)
    for column, color, alpha in ((history.open, "accent", 0.16), (lit, "hover", 0.32)):
        if column is not None:
            for plot in (at.top, at.low):
                box = QRectF(at.x(column), plot.top(), max(at.step, 2.0), plot.height())
                painter.fillRect(box, looks.color(color, alpha))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_course(painter, looks, at, history, at.y, history.nats)
    if at.low.height():
        _paint_course(painter, looks, at, history, at.y_rank, history.rank)
    if mark is not None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(looks.color("text"), looks.pen_width(1.2), Qt.PenStyle.DashLine))
        painter.drawRect(QRectF(at.x(mark), at.top.top(), max(at.step, 3.0), at.top.height()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _paint_head(painter, looks, at, history, history.open if lit is None else lit)
    painter.end()


def _paint_ground(painter: QPainter, looks: Style, at: Places, history: TokenHistory) -> None:
    line = painter.fontMetrics().height()
    muted, grid = looks.color("muted"), QPen(looks.color("line"), 1)
    side = at.top.left() - looks.px(5)
    rows = max(int(at.top.height() / (line * 1.1)) + 1, 2)
    levels = [(at.y(value), f"−{value:g}" if value else "0") for value in ticks(at.floor, rows)]
    plots = [(at.top, levels, "ln p")]
    if at.low.height():
        ranks = _ranks(at.vocabulary)
        every = max(1, math.ceil(len(ranks) * line / max(at.low.height(), 1.0)))
        marks = [(at.y_rank(rank), f"{rank:,}") for rank in ranks[::every]]
        plots.append((at.low, marks, "rank"))
    for plot, marks, name in plots:
        prompt = QRectF(plot.left(), plot.top(), history.prompt * at.step, plot.height())
        painter.fillRect(prompt, looks.color("raised"))
        for level, text in marks:
            y = round(level) + 0.5
            painter.setPen(grid)
            painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
            put_text(painter, QRectF(0, y - line / 2, side, line), text, muted, _RIGHT)
        if name == "ln p":
            put_text(painter, QRectF(0, 0, side, line + looks.px(4)), name, muted, _RIGHT)
        else:
            box = QRectF(plot.left() + looks.px(3), plot.top() - line, at.top.width(), line)
            put_text(painter, box, "rank, 1 is the most probable", muted)
    foot = max(at.top.bottom(), at.low.bottom()) + looks.px(2)
    paint_positions(painter, looks, at.top, foot, at.span)


def _paint_course(
    painter: QPainter,
    looks: Style,
    at: Places,
    history: TokenHistory,
    level: Callable[[Any], float],
    values: NDArray[Any],
) -> None:
    """A line through all positions, faint beyond the open one; diamonds where it was chosen.

    It has gaps where the engine did not name the token.
    """
    known = np.flatnonzero(np.isfinite(history.nats))
    points = {int(i): QPointF(at.x(i + 0.5), level(values[i])) for i in known}
    wide = min(looks.pen_width(1.6), max(1.0, 0.6 * at.step))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        for part, alpha in ((run[run <= history.open], 1.0), (run[run >= history.open], _FAINT)):
            painter.setPen(QPen(looks.color("accent", alpha), wide))
            painter.drawPolyline([points[int(i)] for i in part])
    dot = min(max(at.step * 0.22, 1.2), float(looks.px(3)))
    painter.setPen(Qt.PenStyle.NoPen)
    for position, point in points.items():
        alpha = 1.0 if position <= history.open else _FAINT
        painter.setBrush(looks.color("accent", alpha))
        if position < len(history.chosen) and history.chosen[position]:
            painter.setPen(QPen(looks.color("panel"), 1))
            painter.setBrush(looks.color("chosen", max(alpha, 0.6)))
            painter.drawPolygon(diamond(point, min(max(at.step * 0.6, looks.px(4)), looks.px(6))))
            painter.setPen(Qt.PenStyle.NoPen)
        else:
            painter.drawEllipse(point, dot, dot)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_head(
    painter: QPainter, looks: Style, at: Places, history: TokenHistory, lit: int
) -> None:
    """The sign of a chosen step, and the numbers of the lit position at the right."""
    line = painter.fontMetrics().height() + looks.px(4)
    x = at.top.left() + looks.px(6)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(looks.color("chosen"))
    painter.drawPolygon(diamond(QPointF(x, line / 2), looks.px(5)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    wide = painter.fontMetrics().horizontalAdvance("chosen") + looks.px(12)
    put_text(painter, QRectF(x + looks.px(8), 0, wide, line), "chosen", looks.color("muted"))
    if 1 <= lit < len(history.nats):
        nats, rank = float(history.nats[lit]), int(history.rank[lit])
        text = f"{lit}: p {100 * math.exp(-nats):.3g} %  rank {rank:,}"
        if math.isnan(nats):
            text = f"{lit}: p ≤ {100 * float(history.most[lit]):.3g} %, not named"
        room = QRectF(x + looks.px(8) + wide, 0, at.top.right() - x - looks.px(8) - wide, line)
        put_text(painter, room, text, looks.color("text"), _RIGHT)
