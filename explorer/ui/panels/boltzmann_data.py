"""The data of a Boltzmann machine: a grid to draw on and a strip of the pictures that it learns."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen

from explorer.lens.recall import StatePicture
from explorer.ui.marked import Marked
from explorer.ui.paint import draw_pixels, indexed_image
from explorer.ui.panels.memory_grid import Grid
from explorer.ui.style import Style, color_table


def bit_table(looks: Style) -> np.ndarray:
    """Colours of chances from 0 (paper) to 1 (ink)."""
    return color_table([looks.theme.raised, looks.theme.text])


class EntryGrid(Grid):
    """The picture being drawn, by mouse or by arrow keys and Enter."""

    def __init__(self, looks: Style) -> None:
        super().__init__(looks)
        self.setAccessibleName("Picture to add to the data")

    def show_bits(self, bits: np.ndarray) -> None:
        """Show cells (rows, columns) of 0 and 1."""
        cells = (2 * bits - 1).astype(np.int8)
        self.show_state(StatePicture(cells, None, float("nan")), np.zeros(cells.size))

    def explain(self, neuron: int | None) -> str:
        """What one cell is, in words."""
        if neuron is None:
            return "Draw with the left button, rub out with the right one; then press Add."
        return f"Cell {neuron + 1} is the visible unit v{neuron + 1}. Draw, then press Add."


class PictureStrip(Marked):
    """The data. Click or Enter chooses, Delete or the right button removes."""

    def __init__(self, looks: Style) -> None:
        super().__init__(
            looks,
            "Pictures of the data",
            "What the machine learns. Click copies a picture to the grid, Delete "
            "or the right button takes it out.",
        )
        self._pictures: np.ndarray = np.zeros((0, 1, 1))

    def show_pictures(self, pictures: np.ndarray) -> None:
        """Show these (count, rows, columns) of 0 and 1."""
        self._pictures = pictures
        self.mark = min(self.mark, max(len(pictures) - 1, 0))
        self.setAccessibleDescription(f"{len(pictures)} pictures")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(160), self._looks.px(70))

    def place(self, index: int) -> QRectF:
        """Where a picture stands: as large as all fit, line after line."""
        side, columns, tall = self._measures()
        gap = self._looks.px(5)
        row, column = divmod(index, columns)
        return QRectF(
            gap + column * (side + gap), gap + row * (side * tall + gap), side, side * tall
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        table = bit_table(looks)
        for index, picture in enumerate(self._pictures):
            box = self.place(index)
            draw_pixels(painter, box, indexed_image(255 * picture.astype(np.uint8), table))
            marked = index == self.mark and self.hasFocus()
            width = looks.pen_width(2.2) if marked else 1.0
            painter.setPen(QPen(looks.color("accent" if marked else "line"), width))
            painter.drawRect(box)
        painter.end()

    def count(self) -> int:
        return len(self._pictures)

    def index_at(self, point: QPointF) -> int | None:
        hits = [n for n in range(len(self._pictures)) if self.place(n).contains(point)]
        return hits[0] if hits else None

    def removes(self, event: QMouseEvent) -> bool:
        return event.button() == Qt.MouseButton.RightButton

    def _measures(self) -> tuple[float, int, float]:
        """(side, columns, height over width) that give the largest pictures."""
        count, gap = max(len(self._pictures), 1), self._looks.px(5)
        tall = self._pictures.shape[1] / self._pictures.shape[2]
        best = (4.0, 1, tall)
        for columns in range(1, count + 1):
            rows = -(-count // columns)
            side = min(
                (self.width() - gap) / columns - gap,
                ((self.height() - gap) / rows - gap) / tall,
                float(self._looks.px(34)) / min(tall, 1.0),
            )
            if side > best[0] + 0.01:
                best = (side, columns, tall)
        return best
