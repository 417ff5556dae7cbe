"""Panel: how many random patterns a network recalls, and at which temperature."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QPushButton

from explorer.lens.capacity import (
    CapacityChart,
    PhasePicture,
    capacity_chart,
    phase_levels,
    phase_picture,
    plans,
)
from explorer.lens.recall import RULES
from explorer.physics.capacity import LARGEST
from explorer.physics.hopfield_rules import RULES as EVERY_RULE
from explorer.physics.hopfield_rules import Rule
from explorer.session.memory import experiments
from explorer.session.memory.snapshot import Memory
from explorer.ui.axes import (
    Axes,
    axes,
    paint_axes,
    paint_curve,
    paint_legend,
    paint_points,
    paint_upright,
)
from explorer.ui.canvas import Canvas
from explorer.ui.measuring import map_phases, measure_capacity
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.paint import draw_pixels, indexed_image, put_text
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.form_column import lay_column, own_column, restyle_column, say_in
from explorer.ui.panels.memory_controls import Choice, choice_sheet
from explorer.ui.panels.sampling_form import Field, Form, button, label
from explorer.ui.style import Style

_ALL = "all"


class CapacityCanvas(Canvas):
    """The chart of recall against load, or the two phase diagrams beside each other."""

    def __init__(self, looks: Style) -> None:
        super().__init__(looks, "Recall against load")
        self._chart: CapacityChart | None = None
        self._phases: PhasePicture | None = None
        self.phases = False

    def show_charts(self, chart: CapacityChart, phases: PhasePicture | None) -> None:
        """Show these numbers."""
        self._chart, self._phases = chart, phases
        self.update()

    def paint(self, painter: QPainter) -> None:
        if self.phases:
            self._paint_phases(painter)
        elif self._chart is not None:
            self._paint_chart(painter, self._chart)

    def _paint_chart(self, painter: QPainter, chart: CapacityChart) -> None:
        looks = self._looks
        at = axes(self, looks, (0.0, chart.span), (0.0, 1.0), max(len(chart.curves), 1))
        paint_axes(painter, looks, at, "load a = P / N", "share recalled (m ≥ 0.9)")
        paint_upright(painter, looks, at, chart.lines)
        for curve in chart.curves:
            paint_curve(painter, looks, at, curve.loads, curve.recalled, curve.number)
            paint_points(painter, looks, at, curve.loads, curve.recalled, curve.error, curve.number)
        paint_legend(painter, looks, at, [(one.number, one.name) for one in chart.curves])

    def _paint_phases(self, painter: QPainter) -> None:
        looks, picture = self._looks, self._phases
        if picture is None:
            room = QRectF(self.rect()).adjusted(looks.px(8), 0, -looks.px(8), 0)
            text = "Press Measure: the map fills from coarse to fine."
            put_text(painter, room, text, looks.color("muted"), font=looks.font())
            return
        x = (0.0, float(picture.loads[-1]) * 1.03)
        y = (0.0, float(picture.temperatures[-1]) * 1.02)
        whole = axes(self, looks, x, y)
        half = (whole.plot.width() - whole.plot.left()) / 2
        for column, (name, values) in enumerate(
            (("mean-field theory", picture.theory), ("measured", picture.measured))
        ):
            left = whole.plot.left() + column * (half + whole.plot.left())
            plot = QRectF(left, whole.plot.top(), half, whole.plot.height())
            self._paint_map(painter, Axes(plot, x, y), picture, values, name)

    def _paint_map(
        self, painter: QPainter, at: Axes, picture: PhasePicture, values: np.ndarray, name: str
    ) -> None:
        looks = self._looks
        image = indexed_image(phase_levels(values), looks.heat_table())
        step = picture.loads[1] - picture.loads[0]
        warm = picture.temperatures[1] - picture.temperatures[0]
        first = at.point(picture.loads[0] - step / 2, picture.temperatures[-1] + warm / 2)
        last = at.point(picture.loads[-1] + step / 2, picture.temperatures[0] - warm / 2)
        painter.setClipRect(at.plot)
        draw_pixels(painter, QRectF(first, last), image)
        painter.setPen(QPen(looks.color("chosen"), looks.pen_width(1.8)))
        glass = [at.point(a, t) for a, t in picture.glass.tolist()]
        painter.drawPolyline(QPolygonF(glass))
        edge = at.point(picture.critical, 0.0)
        painter.setPen(QPen(looks.color("accent"), looks.pen_width(1.6), Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(edge, at.point(picture.critical, 0.15)))
        painter.setClipping(False)
        painter.setFont(looks.font(0.85))
        line = painter.fontMetrics().height()
        box = QRectF(at.plot.left(), at.plot.top() - line - looks.px(2), at.plot.width(), line)
        put_text(painter, box, f"{name}: overlap m", looks.color("text"))
        for x in (0.0, 0.1, 0.2):
            spot = at.point(x, 0.0)
            box = QRectF(spot.x() - 2 * line, spot.y() + 1, 4 * line, line)
            put_text(painter, box, f"{x:g}", looks.color("muted"), Qt.AlignmentFlag.AlignHCenter)
        for y in (0.0, 0.5, 1.0):
            spot = at.point(0.0, y)
            box = QRectF(spot.x() - 3 * line, spot.y() - line / 2, 2.8 * line, line)
            put_text(painter, box, f"{y:g}", looks.color("muted"), Qt.AlignmentFlag.AlignRight)
        below = QRectF(at.plot.left(), at.plot.bottom() + line, at.plot.width(), line)
        put_text(painter, below, "up: τ, across: load a", looks.color("muted"))


class MemoryCapacityPanel(DeskPanel[MemoryDesk]):
    """Measures recall on random patterns while the window lives on."""

    id = "memory_capacity"
    title = "Capacity"
    help = (
        "Recall of random patterns against load a = P / N, measured, with the lines of the "
        "literature: 0.138 N (Amit et al. 1985), N / (2 ln N) (McEliece et al. 1987). Phases: the "
        "overlap m over load and Glauber temperature τ; orange is the spin-glass line 1 + √a."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self._column = own_column(self)
        self.rule: Rule | str = _ALL
        self._rules = Choice(
            "Rule", "Which storage rule is measured.", {_ALL: "all three rules", **RULES},
            self._choose,
        )  # fmt: skip
        self._size = Field("N", f"Neurons of the measured networks, 2 to {LARGEST:,}.")
        self._noise = Field("flipped %", "Share of the neurons flipped before recall, 0 to 100 %.")
        self._size.show_value("200")
        self._noise.show_value("0")
        self._measure = button("Measure", "Start, or start again.", self._start)
        self._stop = button("Stop", "Stop; what is found so far stays.", desk.stop_measuring)
        self._forget = button("Clear", "Empty the chart.",
                              lambda: desk.apply(experiments.forget_curves))  # fmt: skip
        self._phases = button("Phases", "Load against Glauber temperature.", self._turn, check=True)
        self._captions = [label("N"), label("flipped %")]
        self._facts, self._note = label(""), label("", warning=True)
        self.canvas = CapacityCanvas(style)
        row = (
            self._rules, self._captions[0], self._size, self._captions[1], self._noise,
            *self._pushes(),
        )  # fmt: skip
        texts = (self._facts, self._note)
        self._lines = lay_column(self._column, (row,), texts, self.canvas)
        self._rules.show_key(_ALL)
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        self._stop.setEnabled(bool(new.busy))
        if old is not None and new.measured is old.measured and new.busy == old.busy:
            return
        chart, phases = capacity_chart(new), phase_picture(new)
        self.canvas.show_charts(chart, phases)
        shown = phases.facts if self.canvas.phases and phases is not None else chart.facts
        self._facts.setText(new.busy or shown)
        self.canvas.setAccessibleDescription(shown)

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self.setStyleSheet(Form.sheet(looks) + choice_sheet(looks))
        restyle_column(
            looks, self._column, self._lines, (self._rules, *self._pushes()),
            (self._facts, self._note),
        )  # fmt: skip
        for caption in self._captions:
            caption.setFont(looks.font(0.88))
        for field in (self._size, self._noise):
            field.restyle(looks, px(36), px(52))

    def _pushes(self) -> tuple[QPushButton, ...]:
        return self._measure, self._stop, self._forget, self._phases

    @Slot()
    def _start(self) -> None:
        try:
            size, noise = self._whole(), self._share()
            if self.canvas.phases:
                map_phases(self.controller, size)
            else:
                rules = tuple(one for one in EVERY_RULE if self.rule in (_ALL, one))
                measure_capacity(self.controller, plans(rules, size, noise))
        except ValueError as error:
            say_in(self._note, str(error))
            return
        say_in(self._note, "")

    def _whole(self) -> int:
        text = self._size.text().strip()
        if not text.isdecimal() or not 2 <= int(text[:6]) <= LARGEST:
            raise ValueError(f"N must be a whole number from 2 to {LARGEST:,}, not {text!r}.")
        return int(text)

    def _share(self) -> float:
        text = self._noise.text().strip().removesuffix("%").replace(",", ".")
        try:
            share = float(text) / 100
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise ValueError(f"The flipped share must be from 0 to 100 %, not {text!r}.")
        return share

    def _choose(self, rule: Rule | str) -> None:
        self.rule = rule

    def _turn(self) -> None:
        self.canvas.phases = self._phases.isChecked()
        self.draw(self.controller.snapshot, None)
        self.canvas.update()
