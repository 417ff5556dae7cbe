"""The line under the story that says where the present settings would have turned it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.ui.marks import draw_die
from explorer.ui.paint import put_text, tip
from explorer.ui.style import Style


class TurnLine(QWidget):
    """A die, the sentence, and the key B as a button; asked() on a click, Enter or Space."""

    asked = Signal()

    def __init__(self, looks: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._looks, self._said = looks, ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("What if")

    def say(self, brief: str, sentence: str) -> None:
        """Show another turn in few words, and in a sentence as its tool tip."""
        if brief != self._said:
            self._said = brief
            self.setAccessibleDescription(sentence)
            self.setToolTip(tip(f"{sentence}. Click or press B to start that branch."))
            self.update()

    def restyle(self) -> None:
        """Take over colours and sizes."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        looks, px, painter = self._looks, self._looks.px, QPainter(self)
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.fillRect(self.rect(), looks.color("chosen", 0.1))
        middle, high = self.height() / 2, float(self.height())
        size = float(px(11))
        draw_die(
            painter, QPointF(px(14), middle), size, looks.color("chosen"), looks.color("panel")
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        key = QRectF(self.width() - px(26), px(2), px(18), high - px(4))
        painter.setPen(QPen(looks.color("accent" if self.hasFocus() else "muted"), 1))
        painter.drawRoundedRect(key.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        font = looks.font(0.85)
        put_text(painter, key, "B", looks.color("text"), Qt.AlignmentFlag.AlignHCenter, font)
        room = QRectF(px(24), 0, key.left() - px(30), high)
        put_text(painter, room, self._said, looks.color("text"), font=font)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.asked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.asked.emit()
        else:
            super().keyPressEvent(event)
