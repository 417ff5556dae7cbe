"""The slider of the sampling temperature: a logarithmic scale with the flips marked on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSlider, QToolTip, QWidget

from explorer.lens.heat import Marks, place, temperature_at
from explorer.ui.heat_scale import HeatScale
from explorer.ui.paint import tip
from explorer.ui.style import Style

_STEPS = 1000
_NUDGE = 0.02


class HeatSlider(QSlider):
    """Says `heated(temperature)` when the person moves it; painted from `show_heat`.

    A QSlider, so that screen readers know it, with a scale and a painting of its own.
    """

    heated = Signal(float)

    def __init__(self, looks: Style, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._looks = looks
        self._temperature = 1.0
        self._scale = HeatScale(looks, self.width())
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setRange(0, _STEPS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Sampling temperature T")
        self.restyle()

    def restyle(self) -> None:
        """Take over colours and sizes."""
        marks = self._scale.marks
        self._scale = HeatScale(self._looks, self.width())
        self._scale.lay(marks, self.width())
        self.setFixedHeight(self._looks.px(58))
        self.update()

    def show_heat(self, temperature: float) -> None:
        """Put the handle at a temperature; 0 is greedy."""
        self._temperature = temperature
        self.setValue(round(_STEPS * place(temperature)))
        self.update()

    def show_marks(self, marks: Marks | None) -> None:
        """Paint these flips; None while they are not known."""
        if marks is not self._scale.marks:
            self._scale.lay(marks, self.width())
            self.update()

    def across(self, temperature: float) -> float:
        """Where a temperature stands, in pixels."""
        return self._scale.across(temperature)

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(300), self._looks.px(58))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._looks.px(120), self._looks.px(58))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.heated.emit(self._scale.temperature(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.heated.emit(self._scale.temperature(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        steps = {key.Key_Up: 1, key.Key_Down: -1, key.Key_PageUp: 5, key.Key_PageDown: -5}
        if event.key() in steps:
            self._nudge(steps[key(event.key())])
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Without the focus a wheel scrolls the panel; a temperature must not change by accident.
        if self.hasFocus() and event.angleDelta().y():
            self._nudge(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tip(self._scale.tip(event.pos().x())), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._scale.lay(self._scale.marks, self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._looks.color("panel"))
        self._scale.paint(painter, self.size(), self._temperature, self.hasFocus())
        painter.end()

    def _nudge(self, steps: int) -> None:
        self.heated.emit(temperature_at(place(self._temperature) + steps * _NUDGE))
