"""How the rows of the probability bars look. Paints column by column, which spares Qt most changes
of font, pen and brush."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from explorer.lens.bars import Bar, Bars
from explorer.lens.candidates import figure
from explorer.lens.rolls import ROLLS
from explorer.ui.marks import draw_die, draw_keys, draw_triangle
from explorer.ui.style import Style
from explorer.ui.words import CENTER, RIGHT, Words


@dataclass(frozen=True)
class Columns:
    """Left edges in pixels: rank, mark, label, bars, raw number (None if hidden), final, end.

    full is the width of a full bar.
    """

    rank: float
    mark: float
    label: float
    bars: float
    raw: float | None
    final: float
    end: float
    full: float


def columns(looks: Style, width: float) -> Columns:
    """The columns that fit a width; the raw numbers are left to the tool tip when it is small."""
    px = looks.px
    number = px(64)
    end = width - px(8)
    final = end - number
    raw = final - number if width >= px(330) else None
    label = px(8) + px(24) + px(19)
    right = final if raw is None else raw
    bars = label + min(max((right - label) * 0.36, px(50)), px(150)) + px(6)
    return Columns(px(8), px(32), label, bars, raw, final, end, max(right - bars - px(8), 8.0))


def rank_text(rank: int) -> str:
    """A rank in at most four characters, beyond 9,999 in thousands; the tool tip has it exactly."""
    return str(rank) if rank < 10_000 else f"{rank / 1000:.0f}k"


class BarsInk:
    """Fonts and colours of one style, and the painting with them."""

    def __init__(self, looks: Style) -> None:
        self._looks = looks
        self._plain = Words(looks.font(0.92))
        self._strong = Words(looks.font(0.92, bold=True))
        self._small = Words(looks.font(0.82))
        names = ("text", "muted", "faint", "line", "accent", "raw", "chosen", "hover", "panel")
        self._color = {name: looks.color(name) for name in names}

    def paint(self, painter: QPainter, bars: Bars, width: int, row: int, seen: range) -> None:
        """The rows `seen` of rows that are `row` pixels high."""
        place = columns(self._looks, width)
        lines = [(bars.rows[index], index * row) for index in seen]
        for bar, top in lines:
            if bar.chosen:
                box = QRectF(self._looks.px(3), top, width - self._looks.px(6), row)
                painter.fillRect(box, self._looks.color("chosen", 0.10))
        self._paint_grid(painter, place, bars, row)
        self._paint_signs(painter, place, lines, row)
        self._paint_labels(painter, place, lines, row)
        self._paint_bars(painter, place, lines, row, bars.scale)
        if bars.rolls is not None:
            self._paint_rolls(painter, place, lines, row, bars.scale)
        self._paint_numbers(painter, place, lines, row)

    def paint_marks(
        self, painter: QPainter, bars: Bars, width: int, row: int, hover: int, mark: int
    ) -> None:
        """The row under the mouse and the row of the keyboard; -1 for none."""
        px = self._looks.px
        if 0 <= hover < len(bars.rows):
            box = QRectF(px(3), hover * row, width - px(6), row)
            painter.fillRect(box, self._looks.color("hover", 0.2))
        if 0 <= mark < len(bars.rows):
            box = QRectF(px(3) + 1, mark * row + 1, width - px(6) - 2, row - 2)
            painter.setPen(QPen(self._color["accent"], self._looks.pen_width(1.5)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)

    def _paint_grid(self, painter: QPainter, place: Columns, bars: Bars, row: int) -> None:
        """Hairlines at 0, half and full, and one above the rest of the vocabulary."""
        bottom = len(bars.rows) * row
        rest = sum(bar.token is None for bar in bars.rows)
        painter.setPen(QPen(self._color["line"], 1))
        for share in (0.0, 0.5, 1.0):
            x = round(place.bars + share * place.full)
            painter.drawLine(x, 0, x, bottom)
        if rest:
            y = bottom - rest * row
            painter.drawLine(QPointF(place.rank, y), QPointF(place.end, y))

    def _paint_signs(
        self, painter: QPainter, place: Columns, lines: list[tuple[Bar, int]], row: int
    ) -> None:
        px = self._looks.px
        size, wide, half = min(px(15), row - 2), px(15), row / 2
        ranked = [(bar.rank, top + half) for bar, top in lines if bar.token is not None]
        caps = [
            QRectF(place.rank + px(4), middle - size / 2, wide, size)
            for rank, middle in ranked
            if rank <= 9
        ]
        if caps:
            draw_keys(painter, caps, self._color["faint"])
        painter.setPen(self._color["muted"])
        x = place.rank + px(4) + wide / 2
        for rank, middle in ranked:
            self._small.put(painter, x, middle, rank_text(rank), CENTER)
        for bar, top in lines:
            at = QPointF(place.mark + px(8), top + half)
            if bar.chosen:
                die = min(px(12), row - 3)
                draw_die(painter, at, die, self._color["chosen"], self._color["panel"])
            if bar.followed:
                beside = at - QPointF(px(11), 0) if bar.chosen else at
                draw_triangle(painter, beside, px(7 if bar.chosen else 10), self._color["text"])

    def _paint_labels(
        self, painter: QPainter, place: Columns, lines: list[tuple[Bar, int]], row: int
    ) -> None:
        px = self._looks.px
        for bar, top in lines:
            quiet = bar.remover or bar.token is None
            painter.setPen(self._color["muted" if quiet else "text"])
            words = self._strong if bar.chosen else self._plain
            # What has no rank and no sign may begin where they would stand.
            bare = bar.token is None and not bar.chosen and not bar.followed
            x = place.rank + px(4) if bare else place.label
            words.put(painter, x, top + row / 2, bar.label, room=place.bars - x - px(6))

    def _paint_bars(
        self,
        painter: QPainter,
        place: Columns,
        lines: list[tuple[Bar, int]],
        row: int,
        scale: float,
    ) -> None:
        """Final above, raw below it; two gaps in a bar that goes on beyond the scale."""
        down, thick = round(row * 0.16), round(row * 0.42)
        under, thin = down + thick + 1, max(2, round(row * 0.2))
        px, end = self._looks.px, place.bars + place.full
        rects: dict[str, list[QRectF]] = {"accent": [], "raw": [], "faint": [], "panel": []}
        for bar, top in lines:
            for p, y, height, name in (
                (bar.final, top + down, thick, "accent"),
                (bar.raw, top + under, thin, "faint" if bar.remover else "raw"),
            ):
                if bar.missing:
                    # Neither raw nor final: one bar where the two of a token stand.
                    y, height = top + down, thick + thin + 1
                if p > 0:
                    wide = place.full * min(p / scale, 1.0)
                    rects[name].append(QRectF(place.bars, y, wide, height))
                if p > scale:
                    gaps = (QRectF(end - px(gap), y, px(2), height) for gap in (12, 7))
                    rects["panel"].extend(gaps)
        painter.setPen(Qt.PenStyle.NoPen)
        for name, boxes in rects.items():
            painter.setBrush(self._color[name])
            painter.drawRects(boxes)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_rolls(
        self,
        painter: QPainter,
        place: Columns,
        lines: list[tuple[Bar, int]],
        row: int,
        scale: float,
    ) -> None:
        """An upright mark at the share of the rolls, their count beside it."""
        px, end = self._looks.px, place.bars + place.full
        wide = max(2.0, self._looks.pen_width(2.0))
        ticks = []
        for bar, top in lines:
            if bar.rolled is None or (bar.rolled == 0 and bar.remover):
                continue
            x = place.bars + place.full * min(bar.rolled / ROLLS / scale, 1.0)
            ticks.append(QRectF(x - wide / 2, top + row * 0.1, wide, row * 0.8))
            reach = place.bars + place.full * min(max(bar.raw, bar.final) / scale, 1.0)
            text, at = str(bar.rolled), max(x, reach) + px(5)
            room = self._small.width(text) + px(2)
            painter.setPen(self._color["text"])
            if at + room > end:
                at = min(x, end) - px(5) - room
                ground = QRectF(at - px(2), top + row * 0.18, room + px(2), row * 0.64)
                painter.fillRect(ground, self._color["panel"])
            self._small.put(painter, at, top + row / 2, text)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color["chosen"])
        painter.drawRects(ticks)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_numbers(
        self, painter: QPainter, place: Columns, lines: list[tuple[Bar, int]], row: int
    ) -> None:
        half = row / 2
        painter.setPen(self._color["muted"])
        for bar, top in lines:
            if place.raw is not None:
                self._plain.put(painter, place.final, top + half, figure(bar.raw), RIGHT)
            if bar.remover:
                self._small.put(painter, place.end, top + half, bar.remover, RIGHT)
        painter.setPen(self._color["text"])
        for bar, top in lines:
            if not bar.remover:
                self._strong.put(painter, place.end, top + half, figure(bar.final), RIGHT)
