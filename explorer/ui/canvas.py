"""A picture that is painted by hand on the panel's ground. Knows no controller."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.ui.style import Style


class Canvas(QWidget):
    """Fills its ground, then calls `paint`, which a subclass implements."""

    def __init__(self, looks: Style, name: str) -> None:
        super().__init__()
        self._looks = looks
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)

    def paint(self, painter: QPainter) -> None:
        """Paint on the ground, smoothly."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint(painter)
        painter.end()
