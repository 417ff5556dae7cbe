"""The chosen head's picture: where its parts stand, and how each of them is painted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from explorer.lens.attention import HeadRow, weight_text
from explorer.lens.heatmap import Zoom, columns, shown_labels
from explorer.ui.paint import put_text
from explorer.ui.panels.attention_scale import legend_height, paint_legend
from explorer.ui.style import Style

_SMALL, _VISIBLE = 0.82, 0.3
_RIGHT = Qt.AlignmentFlag.AlignRight
_LONGEST = 9
_NARROWEST = 0.8  # the share of the matrix that notes beside it may not take


@dataclass(frozen=True)
class Scale:
    """How weights become colours: the exponent and the weight of the strongest colour."""

    gamma: float
    ceiling: float


@dataclass(frozen=True)
class Plan:
    """Where the parts stand; a rectangle without height is left out.

    matrix is the square of cells, rows the query labels, profile the lit row as bars, keys their
    labels, notes the strongest keys and the scale.
    """

    zoom: Zoom
    matrix: QRectF
    rows: QRectF
    profile: QRectF
    keys: QRectF
    notes: QRectF

    @property
    def cell(self) -> float:
        """The side of one cell."""
        return self.matrix.width() / self.zoom.span

    def at(self, point: QPointF) -> tuple[int, int] | None:
        """The (query, key) under a point of the matrix."""
        if not self.matrix.contains(point):
            return None
        inside = point - self.matrix.topLeft()
        query, key = int(inside.y() / self.cell), int(inside.x() / self.cell)
        last = self.zoom.span - 1
        return self.zoom.query + min(query, last), self.zoom.key + min(key, last)

    def top(self, query: int) -> float:
        """Where the row of a query begins."""
        return self.matrix.top() + (query - self.zoom.query) * self.cell

    def left(self, key: int) -> float:
        """Where the column of a key begins."""
        return self.matrix.left() + (key - self.zoom.key) * self.cell

    def sees_query(self, query: int) -> bool:
        """Whether the row of a query is inside the zoom."""
        return 0 <= query - self.zoom.query < self.zoom.span

    def sees_key(self, key: int) -> bool:
        """Whether the column of a key is inside the zoom."""
        return 0 <= key - self.zoom.key < self.zoom.span


def plan(area: QRectF, looks: Style, zoom: Zoom, labels: tuple[str, ...]) -> Plan:
    """The largest square for the matrix, then what fits around it."""
    px, metrics = looks.px, QFontMetricsF(looks.font(_SMALL))
    long_ones = sorted({short(label) for label in labels}, key=len)[-5:]
    longest = max((metrics.horizontalAdvance(text) for text in long_ones), default=0.0)
    wide, high = area.width(), area.height()
    rows = min(longest, 0.22 * wide) + px(8) if wide >= px(230) else 0.0
    keys = min(longest, 0.2 * high) + px(4) if high >= px(170) else 0.0
    profile = min(px(46), 0.14 * high) if high >= px(210) else 0.0
    gap = px(6)
    high_side = high - keys - profile - (gap if profile else 0)
    column = px(18 + 112)
    narrowed = min(high_side, wide - rows - column)
    beside = high >= px(170) and narrowed >= _NARROWEST * min(high_side, wide - rows)
    side = max(1.0, narrowed if beside else min(high_side, wide - rows))
    room = wide - rows - side
    left = area.left() + rows
    if not beside:
        left += max(0.0, (wide - rows - side) / 2)
    matrix = QRectF(left, area.top(), side, side)
    bars = QRectF(left, matrix.bottom() + gap, side, profile)
    under = QRectF(left, (bars if profile else matrix).bottom() + 2, side, keys)
    if beside:
        notes = QRectF(matrix.right() + px(18), area.top(), min(room - px(18), px(230)), side)
    else:
        notes = _corner(matrix, zoom, looks)
    beside_rows = QRectF(left - rows, matrix.top(), rows - px(5) if rows else 0.0, side)
    return Plan(zoom, matrix, beside_rows, bars, under, notes)


def _corner(matrix: QRectF, zoom: Zoom, looks: Style) -> QRectF:
    """A place for the notes where no key exists: right above the diagonal; empty without room."""
    metrics = QFontMetricsF(looks.font(_SMALL))
    wide, high = looks.px(118), 4 * metrics.height() + legend_height(looks) + looks.px(6)
    if wide > matrix.width() or high > matrix.height():
        return QRectF()
    cell = matrix.width() / zoom.span
    key = zoom.key + (matrix.width() - wide - looks.px(8)) / cell
    query = zoom.query + high / cell
    if key <= query:
        return QRectF()
    return QRectF(matrix.right() - wide, matrix.top(), wide, high)


def paint_axes(
    painter: QPainter, looks: Style, where: Plan, labels: tuple[str, ...], start: int
) -> None:
    """The labels of queries and keys from the position `start` on; the others stand already.

    The label of the first row is moved down into the picture: what it then covers is left out.
    """
    font, muted = looks.font(_SMALL), looks.color("muted")
    metrics = QFontMetricsF(font)
    if where.rows.width() > 0:
        first = row_box(where, where.zoom.query, metrics)
        for query in _labelled(where.zoom.query, where, len(labels), metrics):
            box = row_box(where, query, metrics)
            if query < start or (query != where.zoom.query and box.top() < first.bottom() - 2):
                continue
            put_text(painter, box, short(labels[query]), muted, _RIGHT, font)
    if where.keys.height() > 0:
        for key in _labelled(where.zoom.key, where, len(labels), metrics):
            if key < start:
                continue
            _upright(painter, looks, where, key, short(labels[key]), "muted")


def paint_scale(painter: QPainter, looks: Style, where: Plan, scale: Scale) -> None:
    """The scale of colours at the foot of the notes."""
    if where.notes.height() > 0:
        high = legend_height(looks)
        strip = QRectF(where.notes)
        strip.setTop(where.notes.bottom() - high + looks.px(4))
        paint_legend(painter, strip, looks, scale.gamma, scale.ceiling)


def paint_lit(
    painter: QPainter, looks: Style, where: Plan, row: HeadRow, labels: tuple[str, ...]
) -> None:
    """The lit row: framed, named on both axes, as bars, its strongest keys in words."""
    font = looks.font(_SMALL, bold=True)
    metrics = QFontMetricsF(font)
    hover, panel = looks.color("hover"), looks.color("panel")
    if where.sees_query(row.position):
        right = min(where.left(row.position + 1), where.matrix.right())
        if right > where.matrix.left():
            left, top = where.matrix.left(), where.top(row.position)
            box = QRectF(left, top, right - left, where.cell).adjusted(-1, -1, 1, 1)
            painter.setPen(QPen(hover, looks.pen_width(1.6)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)
        if where.rows.width() > 0:
            box = row_box(where, row.position, metrics)
            for other in _labelled(where.zoom.query, where, len(labels), metrics):
                if (near := row_box(where, other, metrics)).intersects(box):
                    painter.fillRect(near, panel)
            painter.fillRect(box, panel)
            put_text(painter, box, short(labels[row.position]), looks.color("text"), _RIGHT, font)
            mark = QRectF(box.right() + 1, box.top() + 1, looks.px(3), box.height() - 2)
            painter.fillRect(mark, hover)
    if where.profile.height() > 0:
        _bars(painter, looks, where, row)
    if where.keys.height() > 0 and where.sees_key(row.top[0]):
        for other in _labelled(where.zoom.key, where, len(labels), metrics):
            if abs(other - row.top[0]) * where.cell < metrics.height():
                _upright(painter, looks, where, other, "", "text")
        _upright(painter, looks, where, row.top[0], short(labels[row.top[0]]), "text")
    if where.notes.height() > 0:
        _strongest(painter, looks, where.notes, row, labels)


def paint_cell(painter: QPainter, looks: Style, where: Plan, query: int, key: int) -> None:
    """A frame around one cell, and a line down to its bar."""
    if not (where.sees_query(query) and where.sees_key(key)):
        return
    size = max(where.cell, 5.0)
    box = QRectF(0, 0, size, size)
    box.moveCenter(QPointF(where.left(key) + where.cell / 2, where.top(query) + where.cell / 2))
    painter.setPen(QPen(looks.color("text"), looks.pen_width(1.4)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)


def row_box(where: Plan, query: int, metrics: QFontMetricsF) -> QRectF:
    """The place of a query's label, kept inside the height of the matrix."""
    high = metrics.height()
    y = where.top(query) + where.cell / 2 - high / 2
    y = min(max(y, where.matrix.top() - high / 4), where.matrix.bottom() - 0.8 * high)
    return QRectF(where.rows.left(), y, where.rows.width(), high)


def _labelled(first: int, where: Plan, count: int, metrics: QFontMetricsF) -> range:
    every = metrics.height() * 1.02 / where.cell
    return shown_labels(first, min(where.zoom.span, count - first), every)


def short(label: str) -> str:
    """A label for an axis: long ones are cut, with an ellipsis."""
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"


def _upright(painter: QPainter, looks: Style, where: Plan, key: int, text: str, color: str) -> None:
    """A key's label, turned by 90 degrees so that all fit beside each other."""
    strong = color == "text"
    font = looks.font(_SMALL, bold=strong)
    high = QFontMetricsF(font).height()
    painter.save()
    painter.translate(where.left(key) + where.cell / 2, where.keys.top())
    painter.rotate(-90)
    box = QRectF(-where.keys.height(), -high / 2, where.keys.height() - 2, high)
    if strong:
        painter.fillRect(box, looks.color("panel"))
    if text:
        put_text(painter, box, text, looks.color(color), _RIGHT, font)
    painter.restore()


def _bars(painter: QPainter, looks: Style, where: Plan, row: HeadRow) -> None:
    zoom, box = where.zoom, where.profile
    seen = row.weights[zoom.key : zoom.key + zoom.span]
    strongest = float(row.weights[row.top[0]])
    painter.setPen(QPen(looks.color("line"), 1))
    painter.drawLine(box.bottomLeft(), box.bottomRight())
    bars, cell = columns(seen, box.width(), zoom.span)
    inset = 0.1 * cell if cell > 5 else 0.0
    wide = max(cell - 2 * inset, 1.0)
    heights = (bars * (box.height() / strongest)).tolist()
    left, floor = box.left() + inset, box.bottom()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(looks.color("accent"))
    painter.drawRects(
        [
            QRectF(left + at * cell, floor - high, wide, high)
            for at, high in enumerate(heights)
            if high >= _VISIBLE
        ]
    )
    if where.rows.width() > 0:
        font = looks.font(_SMALL)
        top = QRectF(where.rows.left(), box.top() - 2, where.rows.width(),
                     QFontMetricsF(font).height())  # fmt: skip
        text = f"{strongest:.2f}" if strongest >= 0.1 else f"{strongest:.1g}"
        put_text(painter, top, text, looks.color("muted"), _RIGHT, font)


def _strongest(
    painter: QPainter, looks: Style, notes: QRectF, row: HeadRow, labels: tuple[str, ...]
) -> None:
    font, bold = looks.font(0.9), looks.font(0.9, bold=True)
    high = QFontMetricsF(bold).height() * 1.08
    room = int((notes.height() - legend_height(looks)) // high)
    number = QFontMetricsF(font).horizontalAdvance("0.0000") + looks.px(4)
    for index, key in enumerate(row.top[: max(0, room)]):
        line = QRectF(notes.left(), notes.top() + index * high, notes.width(), high)
        ink = looks.color("text" if index == 0 else "muted")
        value = QRectF(line.right() - number, line.top(), number, high)
        put_text(painter, value, weight_text(float(row.weights[key])), ink, _RIGHT, font)
        line.setWidth(line.width() - number - looks.px(4))
        put_text(
            painter, line, f"{short(labels[key])} ({key})", ink, font=bold if not index else font
        )
