"""A slider with a scale and a painting of its own; what its places mean a subclass says."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSlider, QToolTip, QWidget

from explorer.ui.paint import tip
from explorer.ui.style import Style

_STEPS = 1000
NUDGE = 0.02
_KEYS = {
    Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 5, Qt.Key.Key_PageDown: -5,
}  # fmt: skip


class ScaleSlider(QSlider):
    """A QSlider, so that screen readers know it; places are shares 0..1 of its scale.

    Only the hand moves it, through `pick`; the panel puts the handle where the snapshot says.
    """

    high = 58

    def __init__(self, looks: Style, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._looks = looks
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setRange(0, _STEPS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)

    def pick(self, share: float) -> None:
        """The hand has chosen this place, which may lie outside of 0..1."""
        raise NotImplementedError

    def here(self) -> float:
        """The place of the handle."""
        raise NotImplementedError

    def share_at(self, x: float) -> float:
        """The place under a pixel."""
        raise NotImplementedError

    def explain(self, x: float) -> str:
        """The tool tip at a pixel."""
        raise NotImplementedError

    def put(self, share: float) -> None:
        """Put the handle at a place."""
        self.setValue(round(_STEPS * share))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._looks.px(300), self._looks.px(self.high))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._looks.px(120), self._looks.px(self.high))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.pick(self.share_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.pick(self.share_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = _KEYS.get(Qt.Key(event.key()))
        if steps is not None:
            self.pick(self.here() + steps * NUDGE)
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Without the focus a wheel scrolls the panel; a setting must not change by accident.
        if self.hasFocus() and event.angleDelta().y():
            self.pick(self.here() + (NUDGE if event.angleDelta().y() > 0 else -NUDGE))
            event.accept()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), tip(self.explain(event.pos().x())), self)
            return True
        return super().event(event)
