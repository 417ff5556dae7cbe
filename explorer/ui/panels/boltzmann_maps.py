"""The two phases of a Boltzmann machine as maps over pairs of units, and the curve of learning."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.lens.boltzmann_machine import DistanceChart, UnitMap
from explorer.ui.axes import Axes, axes, paint_axes, paint_curve
from explorer.ui.paint import draw_pixels, indexed_image, put_text, tip
from explorer.ui.style import Style

_CENTRE = Qt.AlignmentFlag.AlignHCenter
_SIGNS = ("−", "=", "")


class MapsCanvas(QWidget):
    """clamped − free = gradient in a row, the couplings beside the curve below."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._maps: tuple[UnitMap, ...] = ()
        self._chart: DistanceChart | None = None
        self._boxes: list[QRectF] = []
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Phases of the Boltzmann machine")

    def show_study(self, maps: tuple[UnitMap, ...], chart: DistanceChart | None) -> None:
        """Show these tables and this curve."""
        self._maps, self._chart = maps, chart
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tip(self.explain(QPointF(event.pos()))), self)
            return True
        return super().event(event)

    def explain(self, point: QPointF) -> str:
        """What is under a point, in words."""
        for one, box in zip(self._maps, self._boxes, strict=False):
            if box.contains(point):
                count = len(one.values)
                row = min(int((point.y() - box.top()) / box.height() * count), count - 1)
                column = min(int((point.x() - box.left()) / box.width() * count), count - 1)
                return one.explain(row, column)
        return "Clamped minus free is the gradient: learning ends where the phases are alike."

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setFont(looks.font(0.85))
        line = painter.fontMetrics().height() + looks.px(2)
        gap = looks.px(18)
        low = self.height() < looks.px(240)  # then the curve gives way to one row of four maps
        across = 4 if low else 3
        side = max(
            min(
                (self.width() - (across + 1) * gap) / across,
                self.height() - 2 * line if low else 0.5 * self.height() - line,
            ),
            8.0,
        )
        self._boxes = []
        if self._maps:
            left = (self.width() - across * side - (across - 1) * gap) / 2
            for index in range(4):
                column = index if low or index < 3 else 0
                top = line if low or index < 3 else 2 * line + side
                self._boxes.append(QRectF(left + column * (side + gap), top, side, side))
            for index, (one, box) in enumerate(zip(self._maps, self._boxes, strict=True)):
                self._paint_map(painter, one, box, line)
                if index < 2:
                    sign = QRectF(box.right(), box.top(), gap, side)
                    put_text(painter, sign, _SIGNS[index], looks.color("text"), _CENTRE,
                             looks.font(1.1, bold=True))  # fmt: skip
        if self._chart is not None and not low:
            self._paint_curve(painter, self._chart, 2 * line + side)
        painter.end()

    def _paint_map(self, painter: QPainter, one: UnitMap, box: QRectF, line: float) -> None:
        looks = self._looks
        signed = one.limit != 1.0 or bool(one.values.min() < 0)
        table = looks.signed_table() if signed else looks.heat_table()
        share = one.values / one.limit
        levels = 127.5 + 127.5 * share if signed else 255 * share
        image = indexed_image(np.clip(levels, 0, 255).round().astype(np.uint8), table)
        draw_pixels(painter, box, image)
        count = len(one.values)
        painter.setPen(QPen(looks.color("line"), 1))
        painter.drawRect(box)
        if one.visible < count:  # visible units before the line, hidden ones behind it
            at = one.visible / count
            painter.setPen(QPen(looks.color("muted"), looks.pen_width(1.2)))
            x, y = box.left() + at * box.width(), box.top() + at * box.height()
            painter.drawLines(
                [QLineF(x, box.top(), x, box.bottom()), QLineF(box.left(), y, box.right(), y)]
            )
        if box.width() / count > looks.px(26):
            self._paint_numbers(painter, one, box, share, signed)
        name = one.name if not signed else f"{one.name}, {one.span()}"
        wide = QRectF(box.left() - looks.px(8), box.top() - line, box.width() + looks.px(16), line)
        put_text(painter, wide, name, looks.color("text"), _CENTRE, looks.font(0.85))

    def _paint_numbers(
        self, painter: QPainter, one: UnitMap, box: QRectF, share: np.ndarray, signed: bool
    ) -> None:
        looks, cell = self._looks, box.width() / len(one.values)
        for row, column in np.ndindex(one.values.shape):
            dark = bool(abs(share[row, column]) > 0.55)
            if looks.theme.dark and signed:
                dark = not dark
            place = QRectF(box.left() + column * cell, box.top() + row * cell, cell, cell)
            color = looks.color("panel" if dark != looks.theme.dark else "text")
            put_text(painter, place, one.written(row, column), color, _CENTRE, looks.font(0.72))

    def _paint_curve(self, painter: QPainter, chart: DistanceChart, top: float) -> None:
        looks = self._looks
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = max(float(chart.distance.max()) * 1.08, 1e-3)
        whole = axes(self, looks, (chart.steps[0], chart.steps[-1]), (0.0, high), 1)
        plot = whole.plot
        left = self._boxes[3].right() + 2.2 * looks.px(18) if self._boxes else plot.left()
        place = QRectF(left, top, max(plot.right() - left, 20.0), max(plot.bottom() - top, 20.0))
        at = Axes(place, whole.x, whole.y)
        paint_axes(painter, looks, at, "updates", "KL(data ‖ machine), nats")
        paint_curve(painter, looks, at, chart.steps, chart.distance, 0)
        spot = at.point(chart.steps[chart.cursor], chart.distance[chart.cursor])
        painter.setPen(QPen(looks.color("panel"), looks.pen_width(1.0)))
        painter.setBrush(looks.color("chosen"))
        painter.drawEllipse(spot, looks.px(4), looks.px(4))
