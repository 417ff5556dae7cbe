"""The data of a Boltzmann machine: a grid to draw on and a strip of the pictures that it learns."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.lens.recall import StatePicture
from explorer.ui.paint import draw_pixels, indexed_image, tip
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


class PictureStrip(QWidget):
    """The data. Signals: chosen(index), removed(index).

    Click or Enter chooses, Delete or the right button removes.
    """

    chosen = Signal(int)
    removed = Signal(int)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._pictures: np.ndarray = np.zeros((0, 1, 1))
        self.mark = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Pictures of the data")
        self.setToolTip(tip("What the machine learns. Click copies a picture to the grid, Delete "
                            "or the right button takes it out."))  # fmt: skip

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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position())
        if index is not None:
            self.mark = index
            right = event.button() == Qt.MouseButton.RightButton
            (self.removed if right else self.chosen).emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), len(self._pictures) - 1
        if last < 0:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.mark = min(max(self.mark + (1 if key == Qt.Key.Key_Down else -1), 0), last)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.mark)
        elif key == Qt.Key.Key_Delete:
            self.removed.emit(self.mark)
        else:
            super().keyPressEvent(event)

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

    def _at(self, point: QPointF) -> int | None:
        hits = [n for n in range(len(self._pictures)) if self.place(n).contains(point)]
        return hits[0] if hits else None
