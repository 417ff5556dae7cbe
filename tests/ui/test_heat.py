"""The colours of heat maps: order, ground, letters that can be read, the scale."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.ui.heat import Heat
from explorer.ui.style import DARK, LIGHT, Style


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def looks(style: Style, request) -> Style:
    style.set_theme(request.param)
    return style


@pytest.mark.parametrize("signed", [False, True])
def test_levels_rise_with_the_numbers_and_nothing_is_the_ground(looks: Style, signed) -> None:
    heat = Heat(looks)
    heat.signed = signed
    low = -2.0 if signed else 0.0
    values = np.array([-9.0, low, 0.5, 1.0, 2.0, 9.0, np.nan])
    levels = heat.levels(values, low, 2.0).tolist()
    assert levels[:-1] == sorted(levels[:-1]) and levels[1] == 0 and levels[4] == 255
    ground, drawn = QColor(looks.theme.panel), heat.color(levels[-1])
    assert max(abs(a - b) for a, b in zip(ground.getRgb(), drawn.getRgb(), strict=True)) <= 3


def luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("signed", [False, True])
def test_letters_are_read_on_every_level(looks: Style, signed: bool) -> None:
    heat = Heat(looks)
    heat.signed = signed
    for level in range(256):
        low, high = sorted(map(luminance, (heat.color(level), heat.ink(level))))
        assert (high + 0.05) / (low + 0.05) >= 4.0


def test_the_scale_goes_from_the_first_colour_to_the_last_and_follows_the_theme(
    style: Style,
) -> None:
    heat = Heat(style)
    for theme in (LIGHT, DARK):
        style.set_theme(theme)
        heat.forget()
        image = QImage(260, 20, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        heat.paint_strip(painter, QRectF(2, 2, 256, 12))
        painter.end()
        for level in (1, 100, 254):
            assert image.pixelColor(2 + level, 8) == heat.color(level)
        assert image.pixelColor(2, 8) == QColor(theme.line)


def test_an_image_has_the_colours_of_its_levels(looks: Style) -> None:
    heat = Heat(looks)
    levels = np.array([[0, 7], [200, 255]], np.uint8)
    image = heat.image(levels)
    for (row, column), level in np.ndenumerate(levels):
        assert image.pixelColor(column, row) == heat.color(int(level))
