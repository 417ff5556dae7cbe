"""The slider of the sampling temperature: a logarithmic scale with the flips marked on it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from explorer.lens.heat import Marks, place, temperature_at
from explorer.lens.temperatures import SAMPLING
from explorer.ui.heat_scale import HeatScale
from explorer.ui.scale_slider import ScaleSlider
from explorer.ui.style import Style


class HeatSlider(ScaleSlider):
    """Says `heated(temperature)` when the person moves it; painted from `show_heat`."""

    heated = Signal(float)

    def __init__(self, looks: Style, parent: QWidget | None = None) -> None:
        super().__init__(looks, SAMPLING.title, parent)
        self._temperature = 1.0
        self._scale = HeatScale(looks, self.width())
        self.restyle()

    def restyle(self) -> None:
        """Take over colours and sizes."""
        marks = self._scale.marks
        self._scale = HeatScale(self._looks, self.width())
        self._scale.lay(marks, self.width())
        self.setFixedHeight(self._looks.px(self.high))
        self.update()

    def show_heat(self, temperature: float) -> None:
        """Put the handle at a temperature; 0 is greedy."""
        self._temperature = temperature
        self.put(place(temperature))

    def show_marks(self, marks: Marks | None) -> None:
        """Paint these flips; None while they are not known."""
        if marks is not self._scale.marks:
            self._scale.lay(marks, self.width())
            self.update()

    def across(self, temperature: float) -> float:
        """Where a temperature stands, in pixels."""
        return self._scale.across(temperature)

    def pick(self, share: float) -> None:
        self.heated.emit(temperature_at(share))

    def here(self) -> float:
        return place(self._temperature)

    def share_at(self, x: float) -> float:
        return self._scale.share(x)

    def explain(self, x: float) -> str:
        return self._scale.tip(x)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._scale.lay(self._scale.marks, self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._looks.color("panel"))
        self._scale.paint(painter, self.size(), self._temperature, self.hasFocus())
        painter.end()
