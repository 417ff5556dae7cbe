"""The axis of positions: its numbers stand apart from each other and from its name."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter

from explorer.ui.positions import NAME, paint_positions
from explorer.ui.style import Style

GROUND = QColor("white")


def columns(style: Style, span: int, wide: int) -> list[bool]:
    """Which pixel columns of the axis have ink."""
    image = QImage(wide, 60, QImage.Format.Format_RGB32)
    image.fill(GROUND)
    painter = QPainter(image)
    painter.setFont(style.font(0.85))
    paint_positions(painter, style, QRectF(30, 0, wide - 40, 20), 24.0, span)
    painter.end()
    rows = range(24, 60)
    return [any(image.pixelColor(x, y) != GROUND for y in rows) for x in range(wide)]


def words(ink: list[bool], gap: int) -> int:
    """Runs of ink that are at least `gap` empty columns apart."""
    count, empty = 0, gap
    for column in ink:
        if column:
            count += empty >= gap
            empty = 0
        else:
            empty += 1
    return count


@pytest.mark.parametrize("presenter", [False, True])
@pytest.mark.parametrize("span", [24, 97, 256, 1025, 2049, 32_769])
@pytest.mark.parametrize("wide", [180, 330, 700])
def test_numbers_do_not_run_together(style: Style, span: int, wide: int, presenter: bool) -> None:
    style.set_presenter(presenter)
    metrics = QFontMetrics(style.font(0.85))
    space = max(metrics.horizontalAdvance("0") // 2, 3)
    ink = columns(style, span, wide)
    found = words(ink, space)
    widest = metrics.horizontalAdvance(str(span))
    assert 2 <= found <= (wide - 40 + widest) / (widest + space) + 1
    assert sum(ink) > metrics.horizontalAdvance(NAME) * 0.5
