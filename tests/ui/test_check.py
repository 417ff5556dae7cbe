"""A check box is seen in every theme, checked or not, and grows with the type."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from explorer.ui.check import Check
from explorer.ui.sheet import sheet
from explorer.ui.style import DARK, LIGHT, Style, Theme


def picture(style: Style, checked: bool, qtbot) -> QImage:
    """The box alone, on the ground of the theme."""
    ground = QWidget()
    qtbot.addWidget(ground)
    ground.setStyleSheet(sheet(style) + f"QWidget {{ background: {style.theme.panel}; }}")
    box = Check(ground)
    box.setChecked(checked)
    ground.resize(style.px(60), style.px(40))
    box.resize(style.px(30), style.px(30))
    ground.show()
    return ground.grab().toImage()


def colours(image: QImage) -> set[str]:
    return {
        QColor(image.pixel(x, y)).name()
        for x in range(image.width())
        for y in range(image.height())
    }


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.1: 3 is what the border of a control needs."""

    def light(name: str) -> float:
        parts = QColor(name).getRgbF()[:3]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_empty_box_has_a_border_that_is_seen(theme: Theme, style: Style, qtbot) -> None:
    style.set_theme(theme)
    assert QColor(theme.muted).name() in colours(picture(style, False, qtbot))
    assert contrast(theme.muted, theme.panel) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_checked_box_has_a_tick(theme: Theme, style: Style, qtbot) -> None:
    style.set_theme(theme)
    shown = colours(picture(style, True, qtbot))
    assert {QColor(theme.accent).name(), QColor(theme.on_accent).name()} <= shown
    assert contrast(theme.accent, theme.on_accent) >= 3


def test_the_box_grows_with_the_type(style: Style, qtbot) -> None:
    accent = QColor(style.theme.accent).name()

    def size() -> int:
        image = picture(style, True, qtbot)
        return sum(
            QColor(image.pixel(x, y)).name() == accent
            for x in range(image.width())
            for y in range(image.height())
        )

    before = size()
    style.set_zoom(2.0)
    assert size() > 2 * before
