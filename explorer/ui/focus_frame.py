"""A frame around a painted picture that Tab has reached; Qt's own widgets show it themselves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from explorer.ui.style import Style

_FRAMED = (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)


class FocusFrame(QWidget):
    """Lies on a widget until the keyboard leaves it; the mouse passes through."""

    def __init__(self, framed: QWidget, looks: Style) -> None:
        super().__init__(framed)
        self._looks = looks
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        framed.installEventFilter(self)
        self.setGeometry(framed.rect())
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        elif event.type() == QEvent.Type.FocusOut:
            self.hide()
            self.deleteLater()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        wide = max(2.0, self._looks.pen_width(2))
        pen = QPen(self._looks.color("accent"), wide)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        inset = wide / 2
        painter.drawRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset))
        painter.end()


def frame(widget: QWidget, looks: Style) -> None:
    """Frame what has the keyboard now, unless it shows that by itself."""
    if not isinstance(widget, _FRAMED):
        FocusFrame(widget, looks)
