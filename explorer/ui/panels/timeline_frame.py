"""Where the parts of the timeline's chart stand, and which position lies under a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

from explorer.lens.timeline import TimelinePicture
from explorer.ui.style import Style


@dataclass(frozen=True)
class Frame:
    """Where the parts of the chart stand, in pixels, and the scales of its axes."""

    plot: QRectF
    strip: QRectF
    span: int
    top: float

    def x(self, position: float) -> float:
        """Left edge of a position."""
        return self.plot.left() + position * self.step

    @property
    def step(self) -> float:
        """Width of one position."""
        return self.plot.width() / self.span

    def rows(self, line: float) -> int:
        """How many numbers of a type's height have room on the axis of nats."""
        return max(int(self.plot.height() / (line * 1.1)) + 1, 2)

    def y(self, nats: float) -> float:
        """Height of a value in nats."""
        return self.plot.bottom() - min(nats, self.top) / self.top * self.plot.height()


def frame(widget: QWidget, looks: Style, picture: TimelinePicture) -> Frame:
    """The places for a widget's size: a low one does without the strip."""
    px, width, height = looks.px, widget.width(), widget.height()
    line = QFontMetricsF(looks.font(0.85)).height()
    left, right = line * 2.6, width - px(10)
    head, foot = line + px(8), line + px(5)
    strip = line + px(12) if height > head + foot + line * 5.5 else 0.0
    bottom = height - foot - (strip + px(5) if strip else 0.0)
    plot = QRectF(left, head, max(right - left, 10.0), max(bottom - head, 10.0))
    below = QRectF(left, plot.bottom() + px(5), plot.width(), strip)
    return Frame(plot, below, picture.span, picture.top)


def position_at(widget: QWidget, looks: Style, picture: TimelinePicture, x: float) -> int | None:
    """The position of the line under a pixel column, None outside the line."""
    places = frame(widget, looks, picture)
    position = math.floor((x - places.plot.left()) / places.step)
    return position if 0 <= position < len(picture.surprise) else None
