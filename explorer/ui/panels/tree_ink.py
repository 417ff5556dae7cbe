"""Paints the rows of the tree: lanes, the text of a segment, probability and luck of its path."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.lens.tree import FORCED, PROMPT, Row, TreePicture, probability, signed
from explorer.ui.paint import put_text
from explorer.ui.panels.text_chips import diamond
from explorer.ui.style import Style
from explorer.ui.words import RIGHT, Letters

_WIDE = 430
_LUCK = 12.0
_MOST_LANES = 0.35


@dataclass(frozen=True)
class Plan:
    """Where the parts of every row stand, in pixels; a narrow panel has two lines in a row."""

    width: float
    row: float
    wide: bool
    lane: float
    left: float
    text: float
    numbers: tuple[float, float, float]

    def lane_x(self, lane: int) -> float:
        """The middle of a lane; beyond the last that has room they share it."""
        return min(self.left + (lane + 0.5) * self.lane, self.left + self.width * _MOST_LANES)

    def text_left(self, lane: int) -> float:
        """Where the text of a row begins."""
        return self.lane_x(lane) + self.lane * 0.75


def plan(looks: Style, width: float, lanes: int) -> Plan:
    """The places for a width; many lanes stand closer to each other."""
    px = looks.px
    wide = width >= px(_WIDE)
    lane = max(min(float(px(16)), width * _MOST_LANES / max(lanes, 1)), px(3))
    right = width - px(10)
    numbers = (right - px(172), right - px(112), right)
    text = numbers[0] - px(62) if wide else right
    return Plan(width, px(23 if wide else 38), wide, lane, px(6), text, numbers)


def header_labels(places: Plan) -> tuple[tuple[str, str, float], ...]:
    """(key of its formula, title, right end) of each column of numbers."""
    titles = (("path", "p of path"), ("greedy", "vs greedy"), ("expected", "vs expected"))
    return tuple(
        (key, title, end) for (key, title), end in zip(titles, places.numbers, strict=True)
    )


def paint_lanes(
    painter: QPainter, looks: Style, places: Plan, picture: TreePicture, rows: range
) -> None:
    """The lines from each segment to those that go on from it, those of our line on top."""
    strong, faint = looks.color("accent"), looks.color("faint")
    lines: dict[bool, list[QLineF]] = {False: [], True: []}
    high = places.row
    for index, row in enumerate(picture.rows):
        above = row.segment.above
        if above is None or index < rows.start or above > rows.stop:
            continue
        lane = picture.rows[above].segment.lane
        x, y = places.lane_x(lane), (index + 0.5) * high
        end = places.lane_x(row.segment.lane)
        ours = picture.on_line[index]
        lines[ours].append(QLineF(x, (above + 0.5) * high, x, y))
        if end != x:
            lines[ours].append(QLineF(x, y, end, y))
    for ours, color, wide in ((False, faint, 1.4), (True, strong, 2.2)):
        painter.setPen(QPen(color, looks.pen_width(wide)))
        painter.drawLines(lines[ours])


def paint_row(
    painter: QPainter,
    looks: Style,
    letters: Letters,
    places: Plan,
    picture: TreePicture,
    index: int,
) -> None:
    """One row at its place: node, why it began, text, numbers."""
    row, px = picture.rows[index], looks.px
    top, ours = index * places.row, picture.on_line[index]
    middle = top + places.row / 2 if places.wide else top + px(12)
    _paint_node(painter, looks, places, row, top + places.row / 2, ours)
    x = places.text_left(row.segment.lane)
    small = letters(0.85)
    if row.why:
        wide = min(small.width(row.why) + px(8), places.text - x)
        box = QRectF(x, middle - small.height / 2 - 0.5, wide, small.height + 1)
        painter.setPen(QPen(looks.color("accent"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, px(3), px(3))
        small.put(painter, x + px(4), middle, row.why, room=wide - px(6))
        x += wide + px(5)
    if row.name:
        bold = letters(1.0, True)
        room = max(places.text - x, 0.0)
        painter.setPen(looks.color("text"))
        bold.put(painter, x, middle, row.name, room=room)
        x += min(bold.width(row.name), room) + px(8)
    read = _read(picture, index)
    _paint_words(painter, looks, QRectF(x, top, max(places.text - x, 0), places.row), middle, row,
                 read, row.name != "")  # fmt: skip
    _paint_numbers(painter, looks, letters, places, row, top)


def _read(picture: TreePicture, index: int) -> int:
    """How many of a row's words have been read at the cursor: the others are drawn faint."""
    if index == picture.here:
        return picture.read
    size = len(picture.rows[index].words)
    return 0 if picture.on_line[index] and index > picture.here >= 0 else size


def _paint_words(
    painter: QPainter,
    looks: Style,
    room: QRectF,
    middle: float,
    row: Row,
    read: int,
    quiet: bool,
) -> None:
    done, ahead = "".join(row.words[:read]), "".join(row.words[read:])
    painter.setFont(looks.font())
    high = painter.fontMetrics().height()
    box = QRectF(room.left(), middle - high / 2, room.width(), high)
    wide = painter.fontMetrics().horizontalAdvance(done[:400])
    put_text(painter, box, done, looks.color("muted" if quiet else "text"))
    if ahead and wide < box.width() - looks.px(12):
        rest = box.adjusted(wide, 0, 0, 0)
        put_text(painter, rest, ahead, looks.color("muted", 0.75))


def _paint_node(
    painter: QPainter, looks: Style, places: Plan, row: Row, y: float, ours: bool
) -> None:
    at = QPointF(places.lane_x(row.segment.lane), y)
    size = min(float(looks.px(4)), places.lane * 0.45 + 1)
    color = looks.color("accent" if ours else "muted")
    painter.setPen(QPen(color, looks.pen_width(1.6)))
    if row.kind == FORCED:
        painter.setBrush(looks.color("accent"))
        painter.drawPolygon(diamond(at, size * 1.25))
    else:
        painter.setBrush(color if row.kind == PROMPT else looks.color("panel"))
        painter.drawEllipse(at, size, size)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_numbers(
    painter: QPainter, looks: Style, letters: Letters, places: Plan, row: Row, top: float
) -> None:
    if not row.tokens:
        return
    small, px = letters(0.92 if places.wide else 0.85), looks.px
    greedy, expected = signed(row.against_greedy), signed(row.against_expected)
    painter.setPen(looks.color("text" if places.wide else "muted"))
    if not places.wide:
        x, y = places.text_left(row.segment.lane), top + px(28)
        said = f"p {probability(row.log_p)}   greedy {greedy}   expected {expected} nats"
        small.put(painter, x, y, said, room=max(places.text - x, 0))
        return
    y = top + places.row / 2
    for text, end in zip((probability(row.log_p), greedy, expected), places.numbers, strict=True):
        small.put(painter, end, y, text, RIGHT)
    _paint_luck(painter, looks, places, row.against_expected, y)


def _paint_luck(painter: QPainter, looks: Style, places: Plan, luck: float, middle: float) -> None:
    """A bar from the centre: to the right for luckier than expected, to the left for less."""
    if math.isnan(luck):
        return
    px = looks.px
    centre, half, high = places.numbers[2] - px(66), float(px(22)), float(px(9))
    length = half * min(abs(luck) / _LUCK, 1.0)
    box = QRectF(centre if luck > 0 else centre - length, middle - high / 2, length, high)
    painter.fillRect(box, _luck_color(looks, luck))
    painter.setPen(QPen(looks.color("muted"), 1))
    x = round(centre) + 0.5
    painter.drawLine(QLineF(x, middle - high / 2 - 1, x, middle + high / 2 + 1))


def _luck_color(looks: Style, luck: float) -> QColor:
    return looks.color("accent" if luck > 0 else "chosen")
