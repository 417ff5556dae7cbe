"""Panel: how many patterns each energy holds against the dimension, on logarithmic axes."""

from __future__ import annotations

from PySide6.QtCore import QLineF, Slot
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QPushButton

from explorer.lens.capacity_growth import GrowthChart, GrowthLine, growth_chart
from explorer.physics.capacity_growth import GrowthPlan
from explorer.session.memory import experiments
from explorer.session.memory.snapshot import Memory
from explorer.ui.axes import Axes, axes, hue, paint_axes, paint_curve, paint_legend, paint_points
from explorer.ui.canvas import Canvas
from explorer.ui.measuring import grow_capacity
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.form_column import lay_column, own_column, restyle_column, say_in
from explorer.ui.panels.sampling_form import Field, Form, button, label
from explorer.ui.style import Style


class GrowthCanvas(Canvas):
    """Measured counts with error bars, and the bounds of the literature as thin lines."""

    def __init__(self, looks: Style) -> None:
        super().__init__(looks, "Patterns held against dimension")
        self.chart: GrowthChart | None = None

    def show_chart(self, chart: GrowthChart) -> None:
        """Show these numbers."""
        self.chart = chart
        self.setAccessibleDescription(chart.facts)
        self.update()

    def paint(self, painter: QPainter) -> None:
        if self.chart is not None:
            self._paint_chart(painter, self.chart)

    def _paint_chart(self, painter: QPainter, chart: GrowthChart) -> None:
        looks = self._looks
        at = axes(self, looks, chart.span_x, chart.span_y, 2)
        names = "dimension N", "patterns held; thin: bound"
        paint_axes(painter, looks, at, *names, chart.across, chart.up)
        for line in chart.lines:
            self._paint_theory(painter, at, line)
        for line in chart.lines:
            paint_curve(painter, looks, at, line.x, line.y, line.number)
            paint_points(painter, looks, at, line.x, line.y, line.error, line.number)
            self._paint_ends(painter, at, line)
        paint_legend(painter, looks, at, [(line.number, line.name) for line in chart.lines])

    def _paint_theory(self, painter: QPainter, at: Axes, line: GrowthLine) -> None:
        color = QColor(hue(self._looks, line.number))
        color.setAlpha(170)
        painter.setPen(QPen(color, self._looks.pen_width(1.3)))
        along = zip(line.theory_x.tolist(), line.theory_y.tolist(), strict=True)
        painter.drawPolyline([at.point(x, y) for x, y in along])

    def _paint_ends(self, painter: QPainter, at: Axes, line: GrowthLine) -> None:
        """An arrow up where more patterns were not tried."""
        painter.setPen(QPen(hue(self._looks, line.number), self._looks.pen_width(1.6)))
        px = self._looks.px
        for x, y, end in zip(line.x.tolist(), line.y.tolist(), line.ends.tolist(), strict=True):
            if end:
                spot = at.point(x, y)
                tip = spot.y() - px(14)
                painter.drawLine(QLineF(spot.x(), spot.y(), spot.x(), tip))
                for side in (-px(4), px(4)):
                    painter.drawLine(QLineF(spot.x() + side, tip + px(5), spot.x(), tip))


class MemoryGrowthPanel(DeskPanel[MemoryDesk]):
    """Measures in the background how capacity grows with N, for three kinds of energy."""

    id = "memory_growth"
    title = "Capacity growth"
    tab = "Growth"
    help = (
        "Random patterns until half of them no longer come back in one step, for E = −Σ F(x·s): "
        "classical F = x², powers xⁿ, exponential. Bounds, nearly without error: N / (2 ln N), "
        "Nⁿ⁻¹ / (2 (2n−3)!! ln N), 2^(N/2). Bars: one standard error over networks."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self._column = own_column(self)
        self._networks = Field("networks", "Networks of random patterns for each N, 1 to 100.")
        self._noise = Field("flipped %", "Share of the neurons flipped before the one step, 0 to "
                            "below 50 %.")  # fmt: skip
        self._networks.show_value(str(GrowthPlan().networks))
        self._noise.show_value("0")
        self._measure = button("Measure", "Start, or start again.", self._start)
        self._stop = button("Stop", "Stop; what is found so far stays.", desk.stop_measuring)
        self._forget = button("Clear", "Empty the chart.",
                              lambda: desk.apply(experiments.forget_growth))  # fmt: skip
        self._captions = [label("networks"), label("flipped %")]
        self._facts, self._note = label(""), label("", warning=True)
        self._facts.setWordWrap(True)
        self.canvas = GrowthCanvas(style)
        row = (
            self._captions[0], self._networks, self._captions[1], self._noise, *self._pushes(),
        )  # fmt: skip
        texts = (self._facts, self._note)
        self._lines = lay_column(self._column, (row,), texts, self.canvas)
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        self._stop.setEnabled(bool(new.busy))
        if old is not None and new.measured.growth is old.measured.growth and new.busy == old.busy:
            return
        chart = growth_chart(new)
        self._forget.setEnabled(new.measured.growth is not None)
        self._facts.setText(new.busy or chart.facts)
        self.canvas.show_chart(chart)

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self.setStyleSheet(Form.sheet(looks))
        restyle_column(looks, self._column, self._lines, self._pushes(), (self._facts, self._note))
        for caption in self._captions:
            caption.setFont(looks.font(0.88))
        for field in (self._networks, self._noise):
            field.restyle(looks, px(32), px(44))

    def _pushes(self) -> tuple[QPushButton, ...]:
        return self._measure, self._stop, self._forget

    @Slot()
    def _start(self) -> None:
        try:
            plan = GrowthPlan(networks=self._count(), noise=self._share())
        except ValueError as error:
            sentence = str(error)
            say_in(self._note, f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}.")
            return
        say_in(self._note, "")
        grow_capacity(self.controller, plan)

    def _count(self) -> int:
        text = self._networks.text().strip()
        if not text.isdecimal() or len(text) > 3:
            raise ValueError(f"networks must be a whole number from 1 to 100, not {text!r}")
        return int(text)

    def _share(self) -> float:
        text = self._noise.text().strip().removesuffix("%").replace(",", ".")
        try:
            return float(text) / 100
        except ValueError:
            raise ValueError(f"the flipped share must be a number of %, not {text!r}") from None
