"""The ground that every painted picture stands on."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from explorer.ui.canvas import Canvas
from explorer.ui.style import DARK, Style


class Spot(Canvas):
    """One dark pixel and nothing else."""

    def paint(self, painter: QPainter) -> None:
        painter.fillRect(5, 5, 1, 1, self._looks.color("text"))


def test_a_picture_is_painted_on_the_ground_of_the_theme(style: Style, qtbot) -> None:
    spot = Spot(style, "A spot")
    qtbot.addWidget(spot)
    spot.resize(20, 20)
    assert spot.accessibleName() == "A spot"
    for theme in (style.theme, DARK):
        style.set_theme(theme)
        image = spot.grab().toImage()
        assert image.pixelColor(0, 0) == style.color("panel")
        assert image.pixelColor(5, 5) == style.color("text")
