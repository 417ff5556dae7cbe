"""A check box whose frame is seen in every theme and grows with the type.

Fusion darkens the ground for the frame, which leaves none on dark ground; the style sheet of the
window gives it one, and loses the tick by it.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

_TICK = ((0.22, 0.52), (0.43, 0.72), (0.78, 0.28))  # of the box, from its top left corner


class Check(QCheckBox):
    """Paints the tick itself."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        part = QStyle.SubElement.SE_CheckBoxIndicator
        box = self.style().subElementRect(part, option, self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self.palette().color(QPalette.ColorRole.HighlightedText), box.width() / 7)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPolyline(
            QPolygonF(
                [
                    QPointF(box.left() + x * box.width(), box.top() + y * box.height())
                    for x, y in _TICK
                ]
            )
        )
        painter.end()
