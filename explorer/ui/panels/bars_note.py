"""A sentence under the bars: how exact they are where the engine did not name every token."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.ui.style import Style

_FLAGS = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter)


class Note(QWidget):
    """As many lines as the sentence takes; nothing where there is none."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence, or nothing."""
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.restyle()
        self.setVisible(bool(text))

    def restyle(self) -> None:
        """Take over sizes."""
        self._fit(self.width())
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit(event.size().width())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setFont(looks.font(0.82))
        painter.setPen(looks.color("muted"))
        edge, lift = looks.px(12), looks.px(3)
        painter.drawText(self.rect().adjusted(edge, lift, -edge, -lift), _FLAGS, self.text)
        painter.end()

    def _fit(self, width: int) -> None:
        looks = self._looks
        room = QRect(0, 0, max(width - 2 * looks.px(12), 60), 10_000)
        metrics = QFontMetrics(looks.font(0.82))
        high = metrics.boundingRect(room, _FLAGS, self.text).height() + looks.px(8)
        if high != self.height():
            self.setFixedHeight(high)
