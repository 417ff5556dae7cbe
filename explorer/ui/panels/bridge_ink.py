"""How one of the four memories is painted: words, pictures, bars over the stored patterns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from explorer.lens.bridge import Row
from explorer.ui.paint import draw_pixels, put_text
from explorer.ui.style import Style, Theme, color_table, signed_table

_CENTRE, _RIGHT = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
_LEAST = 7  # pixels of a slot from which on stored patterns are drawn


@dataclass(frozen=True)
class Columns:
    """Where the five columns of a row stand, in pixels from the left: (start, end)."""

    name: tuple[float, float]
    query: tuple[float, float]
    bars: tuple[float, float]
    retrieved: tuple[float, float]
    outcome: tuple[float, float]


def columns(width: float, high: float, looks: Style) -> Columns:
    """Share a width; pictures are as wide as a row of `high` pixels is high."""
    gap = looks.px(14)
    picture = max(min(high - looks.px(12), 0.13 * width), looks.px(24))
    name, outcome = 0.2 * width, 0.18 * width
    query = name + gap
    bars = query + picture + 2 * gap
    retrieved = max(width - outcome - picture - gap, bars + looks.px(40))
    return Columns(
        (looks.px(10), name),
        (query, query + picture),
        (bars, retrieved - 2 * gap),
        (retrieved, retrieved + picture),
        (retrieved + picture + gap, width - looks.px(8)),
    )


def paint_words(painter: QPainter, looks: Style, box: QRectF, row: Row) -> None:
    """Title, since when, how it weighs, how sharp it is."""
    painter.setFont(looks.font(1.02, bold=True))
    line = QFontMetricsF(looks.font(0.86)).height() + looks.px(1)
    first = painter.fontMetrics().height()
    y = box.center().y() - (first + line * len(row.facts)) / 2
    put_text(painter, QRectF(box.left(), y, box.width(), first), row.title, looks.color("text"))
    y += first
    for number, fact in enumerate(row.facts):
        color = looks.color("accent" if number == 1 else "muted")
        font = looks.font(0.86, bold=number == 1)
        put_text(painter, QRectF(box.left(), y, box.width(), line), fact, color, font=font)
        y += line


def paint_cells(painter: QPainter, looks: Style, box: QRectF, cells: np.ndarray, ink: bool) -> None:
    """Numbers (r, c) in [-1, 1] as a picture in the middle of a box: ink, or blue and orange."""
    rows, across = cells.shape
    side = min(box.width() / across, box.height() / rows)
    if side > 2:
        side = float(int(side))
    place = QRectF(0, 0, side * across, side * rows)
    place.moveCenter(box.center())
    draw_pixels(painter, place, _image(cells, looks, ink))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(looks.color("line"), 1))
    painter.drawRect(place)


def paint_arrow(painter: QPainter, looks: Style, left: float, right: float, y: float) -> None:
    """An arrow from one column to the next."""
    size = float(looks.px(4))
    tip, tail = QPointF(right - 2, y), QPointF(left + 2, y)
    painter.setPen(QPen(looks.color("muted"), looks.pen_width(1.4)))
    painter.drawLine(QLineF(tail, tip - QPointF(size, 0)))
    painter.setBrush(looks.color("muted"))
    painter.setPen(Qt.PenStyle.NoPen)
    head = [tip, tip - QPointF(1.6 * size, size), tip - QPointF(1.6 * size, -size)]
    painter.drawPolygon(QPolygonF(head))


class Bars:
    """The stored patterns of a row with their weights as bars: where they stand, how they look."""

    def __init__(self, looks: Style, box: QRectF, row: Row) -> None:
        self._looks, self._box, self._row = looks, box, row
        self.slot = box.width() / max(len(row.names), 1)
        line = QFontMetricsF(looks.font(0.8)).height()
        drawn = self.slot >= _LEAST
        side = min(self.slot - 2, looks.px(26), 0.26 * box.height()) if drawn else 0.0
        self._side = max(side, 0.0)
        self._line = line
        self._foot = box.bottom() - line - self._side - (looks.px(3) if drawn else 0)
        self._top = box.top() + line
        lowest = float(row.weights.min(initial=0.0))
        self._low = min(0.0, lowest) if lowest < -0.01 else 0.0

    def bar_at(self, point: QPointF) -> int:
        """The pattern under a point; -1 beside them."""
        if not self._box.contains(point):
            return -1
        return min(int((point.x() - self._box.left()) / self.slot), len(self._row.names) - 1)

    def paint(self, painter: QPainter, lit: int) -> None:
        """Bars, patterns and their names; the one under the mouse is lit."""
        looks, row, box = self._looks, self._row, self._box
        zero = self._y(0.0)
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawLine(QLineF(box.left(), zero, box.right(), zero))
        painter.setPen(QPen(looks.color("line"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QLineF(box.left(), self._top, box.right(), self._top))
        if 0 <= lit < len(row.names):
            column = QRectF(box.left() + lit * self.slot, box.top(), self.slot, box.height())
            painter.fillRect(column, looks.color("hover", 0.25))
        wide = max(min(self.slot - 2, looks.px(26)), 1.0)
        for index, weight in enumerate(row.weights.tolist()):
            x = self._middle(index)
            color = looks.color("chosen" if index == row.goal else "accent")
            top, bottom = sorted((self._y(weight), zero))
            painter.fillRect(QRectF(x - wide / 2, top, wide, max(bottom - top, 0.6)), color)
        if self._side:
            self._paint_stored(painter)
        self._paint_recorded(painter, wide)
        self._paint_names(painter)

    def _paint_stored(self, painter: QPainter) -> None:
        side, row = self._side, self._row
        rows, across = row.stored.shape[1:]
        scale = side / max(rows, across)
        place = QRectF(0, 0, across * scale, rows * scale)
        # one image of all patterns beside each other, for a colour table costs more than a pattern
        atlas = _image(np.concatenate(list(row.stored), axis=1), self._looks, row.ink)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for index in range(len(row.names)):
            middle = self._foot + self._looks.px(2) + side / 2
            place.moveCenter(QPointF(self._middle(index), middle))
            painter.drawImage(place, atlas, QRectF(index * across, 0, across, rows))

    def _paint_recorded(self, painter: QPainter, wide: float) -> None:
        if self._row.recorded is None:
            return
        name = "— recorded by the network"
        right = QRectF(self._box.left(), self._box.top(), self._box.width(), self._line)
        put_text(painter, right, name, self._looks.color("muted"), _RIGHT, self._looks.font(0.8))
        painter.setPen(QPen(self._looks.color("text"), self._looks.pen_width(1.6)))
        half = max(wide / 2 + 1, 2.0)
        painter.drawLines(
            [QLineF(self._middle(i) - half, self._y(w), self._middle(i) + half, self._y(w))
             for i, w in enumerate(self._row.recorded.tolist())]
        )  # fmt: skip

    def _paint_names(self, painter: QPainter) -> None:
        """Names below, the heaviest first, where they do not cover each other; their weights."""
        looks, row, box = self._looks, self._row, self._box
        painter.setFont(looks.font(0.8))
        metrics = QFontMetricsF(painter.font())
        heaviest = np.argsort(-np.abs(row.weights), kind="stable").tolist()
        room = box.adjusted(-looks.px(10), -looks.px(20), looks.px(10), looks.px(4))
        below: list[QRectF] = []
        above: list[QRectF] = []
        for index in (row.goal, *(one for one in heaviest if one != row.goal)):
            x, name = self._middle(index), row.names[index]
            wide = min(metrics.horizontalAdvance(name) + 2, looks.px(90))
            left = min(max(x - wide / 2, box.left()), max(box.right() - wide, box.left()))
            at = QRectF(left, box.bottom() - self._line, wide, self._line)
            if _free(at, below, room):
                goal = index == row.goal
                put_text(painter, at, name, looks.color("chosen" if goal else "text"), _CENTRE)
            share = f"{_number(100 * float(row.weights[index]), 0)} %"
            wide = metrics.horizontalAdvance(share) + 4
            y = min(self._y(self._highest(index)), self._y(0.0)) - self._line
            left = min(
                max(x - wide / 2, box.left() - looks.px(8)), box.right() - wide + looks.px(8)
            )
            at = QRectF(left, y, wide, self._line)
            if row.weights[index] >= 0.03 and _free(at, above, room):
                put_text(painter, at, share, looks.color("muted"), _CENTRE)

    def _highest(self, index: int) -> float:
        weight, recorded = float(self._row.weights[index]), self._row.recorded
        return weight if recorded is None else max(weight, float(recorded[index]))

    def _middle(self, index: int) -> float:
        return self._box.left() + (index + 0.5) * self.slot

    def _y(self, weight: float) -> float:
        return self._foot - (weight - self._low) / (1.0 - self._low) * (self._foot - self._top)


def paint_outcome(painter: QPainter, looks: Style, box: QRectF, row: Row) -> None:
    """What came back, how like the goal it is, how far the energy fell, its course."""
    line = QFontMetricsF(looks.font(0.9)).height() + looks.px(1)
    lines = (
        (row.verdict, "text", True),
        (f"overlap {_number(row.overlaps[0], 2)} → {_number(row.overlaps[1], 2)}", "text", False),
        (f"E {_number(row.energies[0])} → {_number(row.energies[1])}", "muted", False),
    )
    room = box.height() - line * len(lines)
    chart = min(room - looks.px(8), looks.px(34)) if len(row.trace) > 2 else 0.0
    chart = chart if chart >= looks.px(12) else 0.0
    y = box.center().y() - (line * len(lines) + chart) / 2
    for text, color, bold in lines:
        place = QRectF(box.left(), y, box.width(), line)
        put_text(painter, place, text, looks.color(color), font=looks.font(0.9, bold=bold))
        y += line
    if chart:
        _paint_trace(painter, looks, QRectF(box.left(), y + looks.px(4), box.width(), chart), row)


def _paint_trace(painter: QPainter, looks: Style, box: QRectF, row: Row) -> None:
    low, high = min(row.trace), max(row.trace)
    span = (high - low) or 1.0
    step = min(box.width() / (len(row.trace) - 1), looks.px(26))
    points = [
        QPointF(box.left() + number * step, box.bottom() - (energy - low) / span * box.height())
        for number, energy in enumerate(row.trace)
    ]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(looks.color("accent"), looks.pen_width(1.5))
    painter.setPen(pen)
    # of a head only the first step is the layer's own: what further ones would do is dashed
    solid = 2 if row.kind == "head" else len(points)
    painter.drawPolyline(QPolygonF(points[:solid]))
    pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF(points[solid - 1 :]))
    pen.setStyle(Qt.PenStyle.SolidLine)
    painter.setPen(pen)
    painter.setBrush(looks.color("accent"))
    for point in points[-2:]:
        painter.drawEllipse(point, looks.px(2), looks.px(2))


def _number(value: float, digits: int | None = None) -> str:
    text = f"{value:.4g}" if digits is None else f"{value + 0.0:.{digits}f}"
    return text.replace("-", "−")


def _free(at: QRectF, taken: list[QRectF], inside: QRectF) -> bool:
    """Whether a text has room there; then the room is taken."""
    if not inside.contains(at) or _hits(at, taken):
        return False
    taken.append(at)
    return True


def _hits(at: QRectF, taken: Iterable[QRectF]) -> bool:
    return any(at.intersects(one) for one in taken)


def _image(cells: np.ndarray, looks: Style, ink: bool) -> QImage:
    """An image (h, w) of numbers in [-1, 1]; it owns its memory."""
    levels = np.round((np.clip(cells, -1.0, 1.0) + 1.0) * 127.5).astype(np.uint8)
    pixels = np.ascontiguousarray(_colors(looks.theme, ink)[levels])  # (h, w) of 0xffRRGGBB
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


@cache
def _colors(theme: Theme, ink: bool) -> np.ndarray:
    """256 colours: paper to ink, or blue to orange around the ground."""
    table = (
        color_table([theme.raised, theme.raw, theme.text]) if ink else signed_table(theme)
    ).astype(np.uint32)
    return (0xFF000000 | table[:, 0] << 16 | table[:, 1] << 8 | table[:, 2]).astype(np.uint32)
