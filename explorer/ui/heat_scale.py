"""How the scale of the sampling temperature looks: track, ticks, handle, flips, words beside."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPen

from explorer.lens.heat import TICKS, Marks, place
from explorer.ui.style import Style
from explorer.ui.words import CENTER, LEFT, RIGHT, Words

_HELP = (
    "Sampling temperature T: P_i = exp(log p_i / T) / sum. Below 1 likely tokens become likelier, "
    "above 1 the probabilities become more equal. Each mark above the line is a value of "
    "T at which the same dice choose another token."
)


class HeatScale:
    """Geometry and painting for one style and width; `width` in pixels may be changed."""

    def __init__(self, looks: Style, width: int) -> None:
        self._looks = looks
        self._words = Words(looks.font(0.82))
        self._margin = looks.px(14)
        self._track = float(looks.px(19))
        self._lines: list[QLineF] = []
        self.marks: Marks | None = None
        self.width = width

    def across(self, temperature: float) -> float:
        """Where a temperature stands, in pixels."""
        return self._margin + place(temperature) * (self.width - 2 * self._margin)

    def share(self, x: float) -> float:
        """The place of a pixel on the scale."""
        return (x - self._margin) / max(self.width - 2 * self._margin, 1)

    def lay(self, marks: Marks | None, width: int) -> None:
        """Place the marks on a width; marks that share a pixel become one line."""
        self.marks, self.width = marks, width
        px, flips = self._looks.px, marks.flips if marks else ()
        places = sorted({round(self.across(flip.temperature)) for flip in flips})
        top, bottom = self._track - px(16), self._track - px(8)
        self._lines = [QLineF(x + 0.5, top, x + 0.5, bottom) for x in places]

    def tip(self, x: float) -> str:
        """The flip at a place in a sentence, or what the scale means."""
        flips = self.marks.flips if self.marks else ()
        near = min(flips, key=lambda flip: abs(self.across(flip.temperature) - x), default=None)
        if near is None or self.marks is None:
            return _HELP
        close = abs(self.across(near.temperature) - x) <= self._looks.px(4)
        return self.marks.tip(near) if close else _HELP

    def paint(self, painter: QPainter, size: QSize, temperature: float, lit: bool) -> None:
        """Everything; `lit` when the keyboard is here."""
        looks, px = self._looks, self._looks.px
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._lines:
            painter.setPen(QPen(looks.color("chosen", 0.75), looks.pen_width(1.2)))
            painter.drawLines(self._lines)
        self._paint_track(painter, temperature)
        self._paint_ticks(painter)
        at, radius = QPointF(self.across(temperature), self._track), px(7)
        if lit:
            painter.setPen(QPen(looks.color("accent", 0.4), px(4)))
            painter.drawEllipse(at, radius + px(2), radius + px(2))
        painter.setPen(QPen(looks.color("accent"), looks.pen_width(2)))
        painter.setBrush(looks.color("accent" if temperature else "panel"))
        painter.drawEllipse(at, radius, radius)
        self._paint_beside(painter, size.height() - px(8), temperature)

    def _paint_track(self, painter: QPainter, temperature: float) -> None:
        left, right = self.across(TICKS[0]), self.across(TICKS[-1])
        ends = [("line", right)]
        if temperature:
            ends.append(("accent", self.across(temperature)))
        for color, end in ends:
            pen = QPen(self._looks.color(color), self._looks.px(4))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(left, self._track), QPointF(end, self._track))

    def _paint_ticks(self, painter: QPainter) -> None:
        looks, px, y = self._looks, self._looks.px, self._track
        free = -math.inf
        for tick in TICKS:
            x, one, text = self.across(tick), tick == 1, f"{tick:g}"
            painter.setPen(QPen(looks.color("text" if one else "faint"), looks.pen_width()))
            painter.drawLine(QPointF(x, y + px(4)), QPointF(x, y + px(9 if one else 6)))
            half = self._words.width(text) / 2
            if x - half >= free:
                painter.setPen(looks.color("text" if one else "muted"))
                self._words.put(painter, x, y + px(15), text, CENTER)
                free = x + half + px(3)

    def _paint_beside(self, painter: QPainter, middle: float, temperature: float) -> None:
        """The two nearest flips in words: what the same dice would choose on either side."""
        if self.marks is None:
            return
        px, words = self._looks.px, self._words
        left, right = self.marks.beside(temperature)
        start, end = px(8), self.width - px(8)
        painter.setPen(self._looks.color("muted"))
        if not left and not right:
            text = "The same choice at every T"
            words.put(painter, start, middle, text, room=end - start)
            return
        left, right = (f"← {left}" if left else ""), (f"{right} →" if right else "")
        half, free = (end - start) / 2 - px(6), end - start - px(12)
        words.put(painter, start, middle, left, LEFT, max(half, free - words.width(right)))
        words.put(painter, end, middle, right, RIGHT, max(half, free - words.width(left)))
