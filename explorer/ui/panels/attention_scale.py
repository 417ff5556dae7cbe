"""The scale of attention weights: a strip of all colours with its numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen

from explorer.lens.heatmap import ROOT, Levels, weight_table
from explorer.ui.paint import draw_pixels, put_text
from explorer.ui.style import Style

_SIZE = 0.8
_TICKS = (0.5, 0.1, 0.25, 0.01, 0.05)


def colored(levels: Levels, table: NDArray[np.uint32]) -> QImage:
    """Levels (h, w) as an opaque image, ready to be copied to the screen; it owns its memory."""
    pixels = table.take(levels)
    high, wide = pixels.shape
    return QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_RGB32).copy()


def legend_height(looks: Style) -> float:
    """The room that the scale needs."""
    return QFontMetricsF(looks.font(_SIZE)).height() + looks.px(16)


def paint_legend(
    painter: QPainter, area: QRectF, looks: Style, gamma: float = ROOT, ceiling: float = 1.0
) -> None:
    """The strip from 0 to the ceiling; numbers stand where the scale puts them."""
    font = looks.font(_SIZE)
    metrics = QFontMetricsF(font)
    note = "weight, root scale" if gamma == ROOT else "weight"
    note_width = metrics.horizontalAdvance(note) + looks.px(8)
    if area.width() < note_width + looks.px(90):
        note, note_width = "", looks.px(8)
    strip = QRectF(area.left(), area.top(), area.width() - note_width, looks.px(6))
    colors = np.arange(1, 256, dtype=np.uint8)[None]
    draw_pixels(painter, strip, colored(colors, weight_table(looks.heat_table())))
    painter.setPen(QPen(looks.color("line"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(strip)
    below = QRectF(0, strip.bottom() + looks.px(2), 0, metrics.height())
    placed: list[tuple[float, float]] = []
    for tick in (0.0, ceiling, *(one for one in _TICKS if one < 0.99 * ceiling)):
        text = f"≥ {tick:.2g}" if tick == ceiling < 1 else f"{tick:.2g}"
        wide = metrics.horizontalAdvance(text)
        x = strip.left() + strip.width() * (tick / ceiling) ** gamma
        left = min(max(x - wide / 2, area.left()), strip.right() - wide)
        if any(left < b + looks.px(6) and a < left + wide + looks.px(6) for a, b in placed):
            continue
        placed.append((left, left + wide))
        painter.setPen(QPen(looks.color("muted"), 1))
        painter.drawLine(QPointF(x, strip.bottom()), QPointF(x, strip.bottom() + looks.px(2)))
        box = QRectF(left, below.top(), wide + 1, below.height())
        put_text(painter, box, text, looks.color("muted"), font=font)
    if note:
        box = QRectF(strip.right() + looks.px(8), area.top(), note_width, metrics.height())
        box.moveTop(strip.center().y() - metrics.height() / 2)
        put_text(painter, box, note, looks.color("muted"), font=font)
