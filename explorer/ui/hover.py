"""Rows of a picture: the one under the mouse is lit, places are explained. Knows no controller."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.ui.paint import tip
from explorer.ui.style import Style
from explorer.ui.words import Letters


class HoverRows(QWidget):
    """A subclass paints the rows, the one numbered `_hover` lit; -1 is none."""

    def __init__(self, looks: Style, name: str) -> None:
        super().__init__()
        self._looks, self._letters = looks, Letters(looks)
        self._hover = -1
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)

    def row_at(self, point: QPointF) -> int:
        """The row at a place, -1 beside all."""
        raise NotImplementedError

    def explain(self, point: QPointF) -> str:
        """The tool tip of a place; empty for none."""
        raise NotImplementedError

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position())
        if row != self._hover:
            self._hover = row
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = -1
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            said = self.explain(QPointF(event.pos()))
            if said:
                QToolTip.showText(event.globalPos(), tip(said), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
