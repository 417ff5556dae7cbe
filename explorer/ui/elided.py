"""A line of text that is shortened with an ellipsis where it has no room. Always plain text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel


class Elided(QLabel):
    """Qt cuts a label that is too long in the middle of a letter, as if it ended there."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def paintEvent(self, event: QPaintEvent) -> None:
        metrics, room = self.fontMetrics(), self.contentsRect()
        if self.wordWrap() or metrics.horizontalAdvance(self.text()) <= room.width():
            super().paintEvent(event)
            return
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter, style, palette = QPainter(self), self.style(), self.palette()
        flags, role = int(self.alignment()), self.foregroundRole()
        style.drawItemText(painter, room, flags, palette, self.isEnabled(), shown, role)
        painter.end()
