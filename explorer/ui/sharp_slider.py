"""The slider of the sharpness of attention: a logarithmic scale of factors, 1 in its middle."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.lens.temperatures import ATTENTION, SAMPLING
from explorer.lens.two_temperatures import TICK_NAMES, TICKS, factor_at, place
from explorer.ui.scale_slider import ScaleSlider
from explorer.ui.style import Style
from explorer.ui.words import CENTER, RIGHT, Letters

_HELP = (
    f"{ATTENTION.title}, as a factor on the network's own: the scores of the head are multiplied "
    "by it before the softmax. Above 1 the head reads from fewer tokens, below 1 from more. "
    f"{ATTENTION.name[0].upper()}{ATTENTION.name[1:]} {ATTENTION.symbol}; not the "
    f"{SAMPLING.control}."
)


class SharpSlider(ScaleSlider):
    """Says `sharpened(factor)` when the person moves it; painted from `show_factor`."""

    sharpened = Signal(float)

    def __init__(self, looks: Style, parent: QWidget | None = None) -> None:
        super().__init__(looks, ATTENTION.title, parent)
        self._factor = 1.0
        self._letters = Letters(looks)
        self.restyle()

    def restyle(self) -> None:
        """Take over colours and sizes."""
        self.setFixedHeight(self._looks.px(self.high))
        self.update()

    def show_factor(self, factor: float) -> None:
        """Put the handle at a factor."""
        self._factor = factor
        self.put(place(factor))

    def across(self, factor: float) -> float:
        """Where a factor stands, in pixels."""
        margin = self._looks.px(14)
        return margin + place(factor) * (self.width() - 2 * margin)

    def pick(self, share: float) -> None:
        self.sharpened.emit(factor_at(share))

    def here(self) -> float:
        return place(self._factor)

    def share_at(self, x: float) -> float:
        margin = self._looks.px(14)
        return (x - margin) / max(self.width() - 2 * margin, 1)

    def explain(self, x: float) -> str:
        return _HELP

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks, px = QPainter(self), self._looks, self._looks.px
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y, at = float(px(19)), self.across(self._factor)
        middle = self.across(1.0)
        for color, start, end in (
            ("line", self.across(TICKS[0]), self.across(TICKS[-1])), ("chosen", middle, at),
        ):  # fmt: skip
            painter.setPen(QPen(looks.color(color), px(4)))
            painter.drawLine(QPointF(start, y), QPointF(end, y))
        self._paint_ticks(painter, y)
        radius = px(7)
        if self.hasFocus():
            painter.setPen(QPen(looks.color("chosen", 0.4), px(4)))
            painter.drawEllipse(QPointF(at, y), radius + px(2), radius + px(2))
        painter.setPen(QPen(looks.color("chosen"), looks.pen_width(2)))
        painter.setBrush(looks.color("chosen"))
        painter.drawEllipse(QPointF(at, y), radius, radius)
        painter.end()

    def _paint_ticks(self, painter: QPainter, y: float) -> None:
        looks, px, small = self._looks, self._looks.px, self._letters(0.82)
        for tick, name in zip(TICKS, TICK_NAMES, strict=True):
            x, one = self.across(tick), tick == 1
            painter.setPen(QPen(looks.color("text" if one else "faint"), looks.pen_width()))
            painter.drawLine(QPointF(x, y + px(4)), QPointF(x, y + px(9 if one else 6)))
            painter.setPen(looks.color("text" if one else "muted"))
            small.put(painter, x, y + px(15), name, CENTER)
        painter.setPen(looks.color("muted"))
        foot, room = self.height() - px(8), self.width() / 2 - px(14)
        small.put(painter, px(8), foot, "← reads from more tokens", room=room)
        small.put(painter, self.width() - px(8), foot, "from fewer →", RIGHT, room)
