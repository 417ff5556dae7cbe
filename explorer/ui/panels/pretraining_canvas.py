"""The curves of the contest with and without pretraining, painted by hand."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.lens.pretraining import ContestChart, Curve
from explorer.ui.axes import Axes, hue, legend_lines, paint_axes, paint_curve, paint_legend
from explorer.ui.paint import put_text
from explorer.ui.style import Style


class ContestCanvas(QWidget):
    """One chart for each task: beside each other, or one above the other where it is narrow."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._charts: tuple[ContestChart, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Errors with and without pretraining")

    def show_charts(self, charts: tuple[ContestChart, ...]) -> None:
        """Show these."""
        self._charts = charts
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        beside = self.width() > 1.3 * self.height()
        for index, chart in enumerate(self._charts):
            count = len(self._charts)
            wide = self.width() / count if beside else float(self.width())
            high = float(self.height()) if beside else self.height() / count
            box = QRectF(index * wide if beside else 0, 0 if beside else index * high, wide, high)
            self._paint_chart(painter, chart, box)
        painter.end()

    def _paint_chart(self, painter: QPainter, chart: ContestChart, box: QRectF) -> None:
        looks, px = self._looks, self._looks.px
        painter.setFont(looks.font(0.85))
        line = painter.fontMetrics().height() + px(2)
        title = QRectF(box.left() + px(8), box.top(), box.width() - px(16), line)
        put_text(painter, title, chart.title, looks.color("text"), font=looks.font(0.92, bold=True))
        names = [(one.number, one.name) for one in chart.curves]
        wide = max(box.width() - 3.0 * line - px(14), 20.0)
        top = (1 + legend_lines(looks, wide, names)) * line + px(6)
        said = QRectF(box.left() + px(8), 0, box.width() - px(16), box.height())
        wrap = int(Qt.TextFlag.TextWordWrap)
        said = painter.boundingRect(said, wrap, chart.verdict)
        said.moveBottom(box.bottom() - px(2))
        plot = QRectF(
            box.left() + 3.0 * line, box.top() + top,
            wide, max(said.top() - box.top() - top - 2 * line - px(2), 20.0),
        )  # fmt: skip
        at = Axes(plot, (0.0, float(chart.steps[-1])), (0.0, chart.top))
        paint_axes(painter, looks, at, "steps of tuning", "error")
        painter.setClipRect(plot.adjusted(0, -1, 0, 1))
        for curve in chart.curves:
            self._paint_side(painter, at, chart.steps, curve)
        painter.setClipping(False)
        self._paint_names(painter, names, plot, box.top() + line)
        painter.setFont(looks.font(0.85))
        painter.setPen(looks.color("text"))
        painter.drawText(said, wrap, chart.verdict)

    def _paint_side(self, painter: QPainter, at: Axes, steps: np.ndarray, curve: Curve) -> None:
        looks, color = self._looks, hue(self._looks, curve.number)
        thin = type(color)(color)
        thin.setAlphaF(0.35)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for seed in curve.seeds:
            painter.setPen(QPen(thin, 1.0))
            known = np.isfinite(seed)
            points = zip(steps[known].tolist(), seed[known].tolist(), strict=True)
            painter.drawPolyline(QPolygonF([at.point(x, y) for x, y in points]))
        known = np.isfinite(curve.mean)
        there = steps[known].tolist()
        band = [at.point(x, y) for x, y in zip(there, curve.low[known].tolist(), strict=True)]
        band += [
            at.point(x, y)
            for x, y in zip(there[::-1], curve.high[known].tolist()[::-1], strict=True)
        ]
        shade = type(color)(color)
        shade.setAlphaF(0.22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF(band))
        paint_curve(painter, looks, at, steps, curve.mean, curve.number)

    def _paint_names(
        self, painter: QPainter, names: list[tuple[int, str]], plot: QRectF, top: float
    ) -> None:
        painter.save()
        painter.translate(0, top)
        local = Axes(QRectF(plot.left(), 0, plot.width(), plot.height()), (0, 1), (0, 1))
        paint_legend(painter, self._looks, local, names)
        painter.restore()
