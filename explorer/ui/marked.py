"""Things in a row of which one is marked: by keys it is walked, chosen and removed.

A subclass says how many there are, where they lie and paints them. Knows no controller.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from explorer.ui.paint import tip
from explorer.ui.style import Style


class Marked(QWidget):
    """Signals: chosen(index) on click or Enter, removed(index) on Delete or what `removes` says."""

    chosen = Signal(int)
    removed = Signal(int)

    def __init__(self, looks: Style, name: str, explanation: str) -> None:
        super().__init__()
        self._looks = looks
        self.mark = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)
        self.setToolTip(tip(explanation))

    def count(self) -> int:
        """How many things there are."""
        raise NotImplementedError

    def index_at(self, point: QPointF) -> int | None:
        """The thing at a place, None beside all."""
        raise NotImplementedError

    def removes(self, event: QMouseEvent) -> bool:
        """Whether this press on a thing takes it out."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position())
        if index is not None:
            self.mark = index
            (self.removed if self.removes(event) else self.chosen).emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), self.count() - 1
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
