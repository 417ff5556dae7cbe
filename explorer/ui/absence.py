"""Absence: the sentence over a panel that the open engine cannot feed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.ui.style import Style

_WIDEST = 420


class Absence(QWidget):
    """Covers a panel with `text`, why it shows nothing; what lies under it takes no keys."""

    def __init__(self, panel: QWidget, looks: Style) -> None:
        super().__init__(panel)
        self._panel, self._looks = panel, looks
        self.text = ""
        self._resting: tuple[QWidget, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        panel.installEventFilter(self)

    def say(self, sentence: str) -> None:
        """Cover the panel with this sentence."""
        self.text = sentence
        self.setAccessibleName(sentence)
        if self.isHidden():
            self._resting = tuple(
                child
                for child in self._panel.children()
                if isinstance(child, QWidget) and child is not self and child.isEnabled()
            )
            for child in self._resting:
                child.setEnabled(False)
        self.setGeometry(self._panel.rect())
        self.raise_()
        self.show()
        self.update()

    def lift(self) -> bool:
        """Uncover the panel; whether it was covered."""
        covered = not self.isHidden()
        for child in self._resting:
            child.setEnabled(True)
        self.text, self._resting = "", ()
        self.hide()
        return covered

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._panel.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setPen(looks.color("muted"))
        painter.setFont(looks.font())
        width = min(self.width() - looks.px(24), looks.px(_WIDEST))
        box = QRectF((self.width() - width) / 2, 0, width, self.height())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), self.text)
