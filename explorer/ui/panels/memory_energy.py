"""Panel: the energy and the overlaps along recall, with a cursor to drag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.lens.recall import RecallChart, energy_limits, recall_chart, round_ticks, thinned
from explorer.session.memory import steps
from explorer.session.memory.snapshot import Memory
from explorer.ui.axes import dash, hue
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.paint import put_text
from explorer.ui.panel import DeskPanel
from explorer.ui.style import Style

_RIGHT = Qt.AlignmentFlag.AlignRight
MOST_NAMED = 6
COARSE = 4  # pixels across which only the extremes of a curve are drawn


class RecallCanvas(QWidget):
    """Two charts above each other; `sought(step of the chart)` on press and drag."""

    sought = Signal(int)

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._chart: RecallChart | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Energy and overlaps")

    def show_chart(self, chart: RecallChart) -> None:
        """Show these curves."""
        self._chart = chart
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        painter.setFont(looks.font(0.85))
        if self._chart is not None:
            upper, lower = self._plots()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_energy(painter, upper, self._chart)
            self._paint_overlaps(painter, lower, self._chart)
            self._paint_cursor(painter, upper, lower, self._chart)
        painter.end()

    def _plots(self) -> tuple[QRectF, QRectF]:
        px, line = self._looks.px, QFontMetricsF(self._looks.font(0.85)).height()
        left, right = line * 3.4, self.width() - px(10)
        room = self.height() - 2 * (line + px(6)) - line - px(8)
        high = max(room / 2, 10.0)
        upper = QRectF(left, line + px(6), max(right - left, 10), high)
        return upper, upper.translated(0, high + line + px(10))

    def _x(self, plot: QRectF, step: float) -> float:
        assert self._chart is not None
        return plot.left() + plot.width() * step / max(len(self._chart.energies) - 1, 1)

    def _seek(self, x: float) -> None:
        if self._chart is None:
            return
        plot, last = self._plots()[0], len(self._chart.energies) - 1
        step = round((x - plot.left()) / plot.width() * last)
        self.sought.emit(min(max(step, 0), last))

    def _paint_axes(
        self, painter: QPainter, plot: QRectF, title: str, low: float, high: float,
        ticks: Sequence[float],
    ) -> None:  # fmt: skip
        looks, line = self._looks, painter.fontMetrics().height()
        painter.setPen(QPen(looks.color("line"), 1))
        for value in ticks:
            y = plot.bottom() - (value - low) / (high - low) * plot.height()
            painter.setPen(QPen(looks.color("line"), 1))
            painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
            box = QRectF(0, y - line / 2, plot.left() - looks.px(5), line)
            put_text(painter, box, f"{value:.4g}", looks.color("muted"), _RIGHT)
        box = QRectF(plot.left(), plot.top() - line - looks.px(3), plot.width(), line)
        put_text(painter, box, title, looks.color("muted"))

    def _paint_energy(self, painter: QPainter, plot: QRectF, chart: RecallChart) -> None:
        low, high = energy_limits(chart.energies)
        ticks = round_ticks(
            low, high, max(int(plot.height() / (2 * painter.font().pointSize())), 2)
        )
        here, lowest = chart.energies[chart.cursor] + 0.0, chart.energies.min() + 0.0
        title = f"energy E   now {here:.4g}, lowest {lowest:.4g}"
        self._paint_axes(painter, plot, title, low, high, ticks)
        self._paint_line(painter, plot, chart.energies, low, high, hue(self._looks, 1), dash(0))

    def _paint_overlaps(self, painter: QPainter, plot: QRectF, chart: RecallChart) -> None:
        self._paint_axes(painter, plot, "overlap m with", -1, 1, (-1, 0, 1))
        order = np.argsort(-np.abs(chart.overlaps[chart.cursor]), kind="stable")
        shown = sorted(order[:MOST_NAMED].tolist())
        metrics, px = painter.fontMetrics(), self._looks.px
        x = plot.left() + metrics.horizontalAdvance("overlap m with ") + px(4)
        for index in (*sorted(order[MOST_NAMED:].tolist()), *shown):
            named = index in shown
            color = hue(self._looks, index) if named else self._looks.color("faint")
            style = dash(index if named else 0)
            self._paint_line(painter, plot, chart.overlaps[:, index], -1, 1, color, style)
            wide = metrics.horizontalAdvance(chart.names[index]) + px(26)
            if named and x + wide < plot.right():
                y = plot.top() - metrics.height() / 2 - px(3)
                painter.setPen(QPen(color, self._looks.pen_width(1.8), dash(index)))
                painter.drawLine(QLineF(x, y, x + px(16), y))
                box = QRectF(x + px(20), y - metrics.height() / 2, wide, metrics.height())
                put_text(painter, box, chart.names[index], self._looks.color("text"))
                x += wide
        line = metrics.height()
        below = QRectF(plot.left(), plot.bottom() + px(2), plot.width(), line)
        put_text(painter, below, str(chart.first), self._looks.color("muted"))
        last = chart.first + len(chart.energies) - 1
        put_text(painter, below, f"step {last}", self._looks.color("muted"), _RIGHT)

    def _paint_line(
        self, painter: QPainter, plot: QRectF, values: np.ndarray, low: float, high: float,
        color: QColor, line: Qt.PenStyle,
    ) -> None:  # fmt: skip
        at, kept = thinned(values, max(int(plot.width()) // self._looks.px(COARSE), 2))
        y = plot.bottom() - (kept - low) / (high - low) * plot.height()
        x = plot.left() + plot.width() / max(len(values) - 1, 1) * at
        points = [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        faint = color == self._looks.color("faint")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not faint)
        painter.setPen(QPen(color, 1 if faint else self._looks.pen_width(1.8), line))
        if len(points) == 1:
            painter.drawEllipse(points[0], 2, 2)
        painter.drawPolyline(QPolygonF(points))

    def _paint_cursor(
        self, painter: QPainter, upper: QRectF, lower: QRectF, chart: RecallChart
    ) -> None:
        x = self._x(upper, chart.cursor)
        painter.setPen(QPen(self._looks.color("accent"), self._looks.pen_width(1.6)))
        painter.drawLine(QLineF(x, upper.top(), x, lower.bottom()))


class MemoryEnergyPanel(DeskPanel[MemoryDesk]):
    """At T = 0 and one neuron at a time the energy never rises; drag to go to any step."""

    id = "memory_energy"
    calm = 1 / 25
    title = "Energy and overlaps"
    tab = "Energy"
    help = (
        "E(s) = −½ sᵀ W s − bᵀ s along recall, and the overlap m = ξ · s / N with each stored "
        "pattern. One neuron at a time without noise, E never rises. Drag to go to a step."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self.canvas = RecallCanvas(style)
        self.canvas.sought.connect(self._seek)
        self._chart: RecallChart | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)

    def draw(self, new: Memory, old: Memory | None) -> None:
        if old is not None and new.track is old.track and new.pictures is old.pictures:
            return
        self._chart = recall_chart(new)
        self.canvas.show_chart(self._chart)
        self.canvas.setAccessibleDescription(f"Energy {new.here.energy:.4g}")

    @Slot(int)
    def _seek(self, step: int) -> None:
        if self._chart is not None:
            track = self.controller.snapshot.track
            cursor = self._chart.first - track.first + step
            self.controller.apply(steps.seek, cursor, gesture="seek")
