"""The colours of a heat map: numbers as levels, levels as colours, letters on them, the scale.

Weights begin at nothing, the ground; signed numbers lie on both sides of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from explorer.ui.paint import draw_pixels, indexed_image
from explorer.ui.style import Style

# At this relative luminance white and dark letters have the same contrast, 4.2 to 1 (WCAG 2.2).
_EVEN = 0.199
_WHITE, _BLACK = QColor("#ffffff"), QColor("#14181d")


class Heat:
    """The 256 colours of a map in the present theme; `forget` when the theme is another one."""

    def __init__(self, looks: Style) -> None:
        self._looks = looks
        self._signed = False
        self._colors: list[QColor] = []
        self._dark: list[bool] = []
        self._table: NDArray[np.uint8] | None = None
        self._ramp = QImage()

    @property
    def signed(self) -> bool:
        """Whether the numbers lie on both sides of zero."""
        return self._signed

    @signed.setter
    def signed(self, signed: bool) -> None:
        if signed != self._signed:
            self._signed = signed
            self.forget()

    def forget(self) -> None:
        """Take over other colours."""
        self._table, self._colors = None, []

    def levels(self, values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
        """Numbers of any shape as levels, 0 at `low` and 255 at `high`; NaN has the ground's."""
        share = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
        ground = 127 if self._signed else 0
        return np.nan_to_num(share * 255, nan=ground).round().astype(np.uint8)

    def color(self, level: int) -> QColor:
        """The colour of a level; shared, so copy it before changing it."""
        if not self._colors:
            self._colors = [QColor(*rgb) for rgb in self.table[:, :3].tolist()]
            self._dark = (_luminance(self.table) < _EVEN).tolist()
        return self._colors[level]

    def ink(self, level: int) -> QColor:
        """The colour of letters that are read well on a level."""
        self.color(level)
        return _WHITE if self._dark[level] else _BLACK

    def image(self, levels: NDArray[np.uint8]) -> QImage:
        """Levels (h, w) as an image, one pixel each."""
        return indexed_image(levels, self.table)

    def paint_strip(self, painter: QPainter, box: QRectF) -> None:
        """All colours from the least to the greatest, in a frame."""
        if self._table is None or self._ramp.isNull():
            self._ramp = self.image(np.arange(256, dtype=np.uint8)[None])
        draw_pixels(painter, box, self._ramp)
        self.paint_frame(painter, box)

    def paint_frame(self, painter: QPainter, box: QRectF) -> None:
        """The line around a map or a scale."""
        painter.setPen(QPen(self._looks.color("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    @property
    def table(self) -> NDArray[np.uint8]:
        """The colours (256, 4) RGBA."""
        if self._table is None:
            looks = self._looks
            self._table = looks.signed_table() if self._signed else looks.heat_table()
            self._ramp = QImage()
        return self._table


def _luminance(table: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The relative luminance (n,) of colours (n, 4), 0 to 1 (WCAG 2.2)."""
    parts = table[:, :3] / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    found: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return found
