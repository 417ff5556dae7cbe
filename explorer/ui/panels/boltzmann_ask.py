"""The question to a Boltzmann machine: cells that are known, and what the others then are."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.lens.boltzmann_law import Completion
from explorer.lens.recall import StatePicture
from explorer.ui.paint import put_text
from explorer.ui.panels.boltzmann_data import bit_table
from explorer.ui.panels.memory_grid import Grid
from explorer.ui.style import Style

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CENTRE = Qt.AlignmentFlag.AlignHCenter


class AskGrid(Grid):
    """A click turns a cell from free to ink, to paper, to free; the right button backwards.

    Signal: asked(cell, value), value being 1, 0 or -1 (free). Free cells show their chance of ink.
    """

    asked = Signal(int, int)

    def __init__(self, looks: Style, parent: QWidget | None = None) -> None:
        super().__init__(looks, parent)
        self._found: Completion | None = None
        self.setAccessibleName("Partial picture to complete")

    def show_question(self, found: Completion | None) -> None:
        """Show what is known and the chances of the rest; nothing without a machine."""
        self._found = found
        if found is None:
            self._picture = None
            self.update()
            return
        values = np.where(found.known, 2 * found.pattern - 1, 0).astype(np.int8)
        self.show_state(
            StatePicture(values.reshape(found.shape), None, math.nan), np.zeros(len(values))
        )

    def explain(self, neuron: int | None) -> str:
        """What one cell is, in words."""
        found = self._found
        if found is None or neuron is None or neuron >= len(found.known):
            return "Click a cell to hold it at ink, again for paper, again to let it free."
        if found.known[neuron]:
            held = "ink" if found.pattern[neuron] else "paper"
            return f"v{neuron + 1} is held at {held}. Click for the next: ink, paper, free."
        said = f"v{neuron + 1} is free: ink with {found.exact[neuron]:.2%} (exact)"
        if np.isfinite(found.found[neuron]):
            said += f", {found.found[neuron]:.2%} of the Gibbs samples"
        return f"{said}. Click to hold it at ink."

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.neuron_at(event.position())
        if cell is not None:
            self._turn(cell, -1 if event.button() == Qt.MouseButton.RightButton else 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Nothing is drawn by moving."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press is all."""

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing was pointed at."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.mark is not None and event.key() in _ENTER:
            self._turn(self.mark, 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks, found = QPainter(self), self._looks, self._found
        painter.fillRect(self.rect(), looks.color("panel"))
        if found is not None and self._picture is not None:
            table = bit_table(looks)
            for cell in range(len(found.known)):
                self._paint_cell(painter, cell, found, table)
            if self.hasFocus() and self.mark is not None:
                painter.setPen(QPen(looks.color("accent"), looks.pen_width(2.4)))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.cell(self.mark).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_cell(
        self, painter: QPainter, cell: int, found: Completion, table: np.ndarray
    ) -> None:
        looks, box = self._looks, self.cell(cell).adjusted(1, 1, -1, -1)
        chance = float(found.exact[cell])
        color = looks.color("panel")
        r, g, b, _ = table[round(255 * chance)].tolist()
        color = color.__class__(r, g, b)
        painter.fillRect(box, color)
        known = bool(found.known[cell])
        painter.setPen(
            QPen(looks.color("chosen" if known else "line"), looks.pen_width(2.4 if known else 1.0))
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        dark = chance > 0.55
        ink = looks.color("panel" if dark else "text")
        if known:  # a lock would be small; a corner is enough
            painter.drawLine(QLineF(box.topLeft() + QPointF(0, looks.px(7)),
                                    box.topLeft() + QPointF(looks.px(7), 0)))  # fmt: skip
            text = "ink" if found.pattern[cell] else "paper"
        else:
            text = f"{chance:.0%}"
        if box.width() > looks.px(28):
            put_text(painter, box, text, ink, _CENTRE, looks.font(0.85))

    def _turn(self, cell: int, way: int) -> None:
        found = self._found
        if found is None:
            return
        order = [-1, 1, 0]
        now = int(found.pattern[cell]) if found.known[cell] else -1
        self.asked.emit(cell, order[(order.index(now) + way) % 3])
