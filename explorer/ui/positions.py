"""The axis of positions under a chart of a text: every so many a number, the name at its end."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from explorer.lens.timeline import label_every
from explorer.ui.style import Style

NAME = "position"
_RIGHT, _CENTRE = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter


def paint_positions(painter: QPainter, looks: Style, plot: QRectF, foot: float, span: int) -> None:
    """The numbers of `span` positions that share the width of a plot, in a line below `foot`.

    The painter has the font of the chart.
    """
    metrics, step = painter.fontMetrics(), plot.width() / span
    high, widest = metrics.height(), metrics.horizontalAdvance(NAME)
    painter.setPen(looks.color("muted"))
    end = QRectF(plot.right() - widest, foot, widest + 1, high)
    painter.drawText(end, int(_RIGHT), NAME)
    for position in range(0, span, label_every(step, widest * 0.8)):
        middle = plot.left() + (position + 0.5) * step
        if position and middle + high > end.left():
            break
        box = QRectF(middle - widest, foot, 2 * widest, high)
        painter.drawText(box, int(_CENTRE), str(position))
