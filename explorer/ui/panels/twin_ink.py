"""Paints the twin run: two texts, and the differences of bars, attention and layers.

A is blue, B orange; what A has more of points to the right or up and is blue, what B has more of
to the left or down and is orange: the direction says what the colour says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from explorer.lens.candidates import figure
from explorer.lens.twin import LayerGaps, TwinPicture
from explorer.ui.marks import draw_die
from explorer.ui.paint import put_text
from explorer.ui.style import Style
from explorer.ui.words import RIGHT, Letters

_CENTRE = Qt.AlignmentFlag.AlignHCenter


@dataclass(frozen=True)
class Places:
    """The parts of the panel, in pixels; an empty rectangle where there is no room."""

    a: QRectF
    b: QRectF
    bars: QRectF
    attention: QRectF
    layers: QRectF
    row: float

    def row_at(self, x: float, y: float) -> int | None:
        """The row of bars at a point."""
        if not self.bars.contains(x, y) or y < self.bars.top() + self.row:
            return None
        return int((y - self.bars.top()) // self.row) - 1


def places(looks: Style, width: float, height: float) -> Places:
    """Texts above, a third of the height; below bars at the left, the others at the right."""
    px, gap = looks.px, float(looks.px(8))
    half = (width - 3 * gap) / 2
    row = float(px(17))
    text = max(min(height * 0.28, float(px(130))), 2.3 * row)
    top = text + gap
    low = max(height - top - gap / 2, 0.0)
    a, b = QRectF(gap, px(2), half, text), QRectF(2 * gap + half, px(2), half, text)
    narrow = width < px(400)
    bars = QRectF(gap, top, width - 2 * gap if narrow else half, low)
    if narrow:
        return Places(a, b, bars, QRectF(), QRectF(), row)
    share = low * 0.34
    right = QRectF(b.left(), top, half, share)
    layers = QRectF(b.left(), top + share + gap / 2, half, low - share - gap / 2)
    return Places(a, b, bars, right, layers, row)


def paint(
    painter: QPainter,
    looks: Style,
    letters: Letters,
    spots: Places,
    picture: TwinPicture,
    gaps: LayerGaps | None,
) -> None:
    """Everything, in the places for the size."""
    painter.setPen(QPen(looks.color("line"), 1))
    x = (spots.a.right() + spots.b.left()) / 2
    painter.drawLine(QLineF(x, spots.a.top(), x, spots.a.bottom()))
    for index, (box, words) in enumerate(((spots.a, picture.a), (spots.b, picture.b))):
        title = f"{'AB'[index]}   {picture.settings[index]}   u {picture.numbers[index]:.4f}"
        color = looks.color("accent" if index == 0 else "chosen")
        _paint_text(painter, looks, letters, box, title, words, picture.first, color)
    _paint_bars(painter, looks, letters, spots, picture)
    if spots.attention.height() > looks.px(50):
        _paint_attention(painter, looks, letters, spots.attention, picture)
    if gaps is not None and spots.layers.height() > looks.px(70):
        _paint_layers(painter, looks, letters, spots.layers, gaps)


def gap_color(looks: Style, gap: float) -> QColor:
    """Ground of a cell: blue for A - B > 0, orange below, stronger the further from 0."""
    strength = min(abs(gap), 1.0) ** 0.5
    return looks.color("accent" if gap > 0 else "chosen", 0.85 * strength)


def _paint_text(
    painter: QPainter,
    looks: Style,
    letters: Letters,
    box: QRectF,
    title: str,
    words: tuple[str, ...],
    first: int | None,
    color: QColor,
) -> None:
    small, font = letters(0.85, True), looks.font(1.0)
    painter.setPen(color)
    small.put(painter, box.left(), box.top() + small.height / 2, title, room=box.width())
    metrics = QFontMetricsF(font)
    high = metrics.height() * 1.12
    lines = _broken(metrics, words, box.width())
    room = max(int((box.height() - small.height - 2) // high), 1)
    split = len(words) if first is None else first
    at = next((i for i, line in enumerate(lines) if line and line[-1][0] >= split), len(lines) - 1)
    start = max(0, min(at, len(lines) - room))
    painter.setFont(font)
    y = box.top() + small.height + 2
    for line in lines[start : start + room]:
        for place, word, x, wide in line:
            part = QRectF(box.left() + x, y, wide + 1, high)
            if place == split:
                painter.setPen(QPen(color, looks.pen_width(1.6)))
                painter.setBrush(looks.color("hover", 0.25))
                lead = metrics.horizontalAdvance(word[: len(word) - len(word.lstrip())])
                painter.drawRoundedRect(part.adjusted(lead - 1.5, 0.5, 1, -0.5), 3, 3)
            name = "muted" if place < split else "text"
            painter.setPen(looks.color(name))
            painter.drawText(part, int(Qt.AlignmentFlag.AlignVCenter), word)
        y += high


def _broken(
    metrics: QFontMetricsF, words: tuple[str, ...], width: float
) -> list[list[tuple[int, str, float, float]]]:
    """Lines of (index of the word, its text, x, width); no line begins with a space."""
    lines: list[list[tuple[int, str, float, float]]] = [[]]
    x = 0.0
    for place, word in enumerate(words):
        shown = word.replace("\n", "↵")
        wide = metrics.horizontalAdvance(shown)
        if x + wide > width and lines[-1]:
            lines.append([])
            x, shown = 0.0, shown.lstrip() or shown
            wide = metrics.horizontalAdvance(shown)
        lines[-1].append((place, shown, x, min(wide, width)))
        x += wide + (metrics.horizontalAdvance(" ") if place == 0 else 0)
    return lines


def _paint_bars(
    painter: QPainter, looks: Style, letters: Letters, spots: Places, picture: TwinPicture
) -> None:
    box, px, row = spots.bars, looks.px, spots.row
    small, normal = letters(0.85), letters(0.92)
    numbers = float(px(54))
    name = min(box.width() * 0.3, float(px(120)))
    middle = box.left() + name + (box.width() - name - 2 * numbers) / 2
    half = max((box.width() - name - 2 * numbers) / 2 - px(6), 4.0)
    y = box.top() + row / 2
    painter.setPen(looks.color("muted"))
    head = "next token, A − B" if picture.level else "next token, A − B (B is shorter)"
    small.put(painter, box.left(), y, head, room=box.width() - 2 * numbers)
    small.put(painter, box.right() - numbers, y, "A", RIGHT)
    small.put(painter, box.right(), y, "B", RIGHT)
    most = max((abs(one.gap) for one in picture.rows), default=0.0) or 1.0
    count = min(len(picture.rows), int(box.height() // row) - 1)
    for index, one in enumerate(picture.rows[: max(count, 0)]):
        y = box.top() + (index + 1.5) * row
        left = box.left() + px(25)
        for here, at, color in (
            (one.a_next, box.left() + px(5), "accent"),
            (one.b_next, box.left() + px(17), "chosen"),
        ):
            if here:
                point = QRectF(at, y, 0, 0).topLeft()
                draw_die(painter, point, px(10), looks.color(color), looks.color("panel"))
        painter.setPen(looks.color("text"))
        normal.put(painter, left, y, one.label, room=name - px(27))
        long = half * abs(one.gap) / most
        bar = QRectF(middle if one.gap > 0 else middle - long, y - row * 0.3, long, row * 0.6)
        painter.fillRect(bar, looks.color("accent" if one.gap > 0 else "chosen"))
        painter.setPen(looks.color("text"))
        small.put(painter, box.right() - numbers, y, figure(one.a), RIGHT)
        small.put(painter, box.right(), y, figure(one.b), RIGHT)
    painter.setPen(QPen(looks.color("muted"), 1))
    low = box.top() + (max(count, 0) + 1) * row
    painter.drawLine(QLineF(middle, box.top() + row, middle, low))


def _paint_attention(
    painter: QPainter, looks: Style, letters: Letters, box: QRectF, picture: TwinPicture
) -> None:
    """Signed bars over the positions; the token where the gap is widest is named."""
    small, gaps, px = letters(0.85), picture.attention, looks.px
    painter.setPen(looks.color("muted"))
    if not np.isfinite(gaps).all() or not len(gaps):
        said = picture.missing or "The attention of this head is not here yet."
        small.put(painter, box.left(), box.top() + small.height / 2, said, room=box.width())
        return
    most, widest = float(np.abs(gaps).max()), int(np.abs(gaps).argmax())
    gap = f"{gaps[widest]:+.3f}".replace("-", "−")
    said = f"attention of the head, A − B: widest {gap} on {picture.keys[widest]}"
    said = said.replace("-", "−")
    small.put(painter, box.left(), box.top() + small.height / 2, said, room=box.width())
    plot = box.adjusted(0, small.height + px(3), 0, -px(2))
    middle, step = plot.center().y(), plot.width() / max(len(gaps), 1)
    wide = max(min(step * 0.75, px(16)), 1.0)
    for place, gap in enumerate(gaps.tolist()):
        long = (plot.height() / 2) * abs(gap) / (most or 1.0)
        bar = QRectF(
            plot.left() + (place + 0.5) * step - wide / 2,
            middle - long if gap > 0 else middle,
            wide,
            long,
        )
        painter.fillRect(bar, looks.color("accent" if gap > 0 else "chosen"))
    painter.setPen(QPen(looks.color("muted"), 1))
    painter.drawLine(QLineF(plot.left(), middle, plot.right(), middle))


def _paint_layers(
    painter: QPainter, looks: Style, letters: Letters, box: QRectF, gaps: LayerGaps
) -> None:
    """Layers down, tokens across: the difference as a number on its colour."""
    small, px = letters(0.85), looks.px
    painter.setPen(looks.color("muted"))
    small.put(
        painter, box.left(), box.top() + small.height / 2, "logit lens, A − B in %",
        room=box.width(),
    )  # fmt: skip
    side = float(px(44))
    rows, columns = gaps.gaps.shape
    high = (box.height() - 2 * small.height - px(6)) / rows
    wide = (box.width() - side) / max(columns, 1)
    font = looks.font(0.8)
    top = box.top() + 2 * small.height + px(4)
    for column, label in enumerate(gaps.labels):
        cell = QRectF(box.left() + side + column * wide, top - small.height, wide - 1, small.height)
        put_text(painter, cell, label, looks.color("text"), _CENTRE, looks.font(0.85))
    for index in range(rows):
        y = top + index * high
        name = "embed" if index == 0 else f"L{index - 1}"
        if high >= small.height * 0.8:
            put_text(painter, QRectF(box.left(), y, side, high), name, looks.color("muted"),
                     font=font)  # fmt: skip
        for column in range(columns):
            gap = float(gaps.gaps[index, column])
            cell = QRectF(box.left() + side + column * wide, y, wide - 1, high - 1)
            painter.fillRect(cell, looks.color("raised"))
            painter.fillRect(cell, gap_color(looks, gap))
            if high >= small.height * 0.8:
                text = f"{100 * gap:+.1f}".replace("-", "−") if abs(gap) >= 5e-4 else "0"
                strong = abs(gap) > 0.6
                color = looks.color("on_accent" if strong else "text")
                put_text(painter, cell, text, color, _CENTRE, font)
