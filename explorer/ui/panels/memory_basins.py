"""Panel: how far each memory may be spoilt and still come back, and where recall ends."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QPushButton

from explorer.lens.basins import SORTS, BasinChart, End, basin_chart
from explorer.session.memory.snapshot import Memory
from explorer.ui.axes import (
    Axes,
    axes,
    paint_axes,
    paint_curve,
    paint_legend,
    paint_points,
)
from explorer.ui.canvas import Canvas
from explorer.ui.measuring import measure_basins
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.paint import draw_pixels, put_text
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.form_column import lay_column, own_column, restyle_column, say_in
from explorer.ui.panels.memory_grid import cell_image
from explorer.ui.panels.sampling_form import Field, Form, button, label
from explorer.ui.style import Style

_RIGHT = Qt.AlignmentFlag.AlignRight
MOST_TRIALS = 10_000
NAMED = 8  # curves that the legend names


class BasinCanvas(Canvas):
    """The curves, and beside or below them the fixed points that random starts end in."""

    def __init__(self, looks: Style) -> None:
        super().__init__(looks, "Basins of attraction")
        self._chart: BasinChart | None = None

    def show_chart(self, chart: BasinChart) -> None:
        """Show these numbers."""
        self._chart = chart
        self.update()

    def paint(self, painter: QPainter) -> None:
        if self._chart is not None:
            left, right = self._rooms()
            self._paint_curves(painter, left, self._chart)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            self._paint_ends(painter, right, self._chart)

    def _rooms(self) -> tuple[QRectF, QRectF]:
        """Side by side where there is room for both, else below each other."""
        whole, gap = QRectF(self.rect()), self._looks.px(12)
        if whole.width() > 1.25 * whole.height():
            part = 0.56 * whole.width()
            return (
                QRectF(0, 0, part, whole.height()),
                QRectF(part + gap, 0, whole.width() - part - gap, whole.height()),
            )
        part = 0.58 * whole.height()
        return (
            QRectF(0, 0, whole.width(), part),
            QRectF(gap, part + gap, whole.width() - 2 * gap, whole.height() - part - gap),
        )

    def _paint_curves(self, painter: QPainter, room: QRectF, chart: BasinChart) -> None:
        looks = self._looks
        names = [(curve.number, curve.name) for curve in chart.curves[:NAMED]]
        at = axes(self, looks, (0.0, 50.0), (0.0, 1.0), 1 if len(names) < 5 else 2)
        plot = at.plot
        plot.setWidth(max(room.right() - plot.left() - looks.px(10), 20.0))
        plot.setHeight(max(plot.height() - (self.height() - room.height()), 20.0))
        at = Axes(plot, at.x, at.y)
        paint_axes(painter, looks, at, "% of cells flipped", "share back")
        painter.setPen(QPen(looks.color("muted"), looks.pen_width(1.2), Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(at.point(0, 0.5), at.point(50, 0.5)))
        for curve in chart.curves:
            flips = 100 * chart.flipped
            paint_curve(painter, looks, at, flips, curve.back, curve.number)
            known = np.isfinite(curve.back)
            paint_points(painter, looks, at, flips[known], curve.back[known], curve.error[known],
                         curve.number)  # fmt: skip
        paint_legend(painter, looks, at, names)

    def _paint_ends(self, painter: QPainter, room: QRectF, chart: BasinChart) -> None:
        """The most visited fixed points, as many as fit, and what the others make together."""
        looks, ends = self._looks, chart.ends
        if not ends:
            return
        painter.setFont(looks.font(0.88))
        line = painter.fontMetrics().height()
        sorts = [f"{SORTS[sort]} {100 * share:.0f} %" for sort, share, _ in chart.sorts]
        for text in ("Random starts end in", *sorts[:2], " · ".join(sorts[2:])):
            if text:
                head = QRectF(room.left(), room.top(), room.width(), line)
                put_text(painter, head, text, looks.color("muted"))
                room.setTop(head.bottom())
        high = line * 1.5
        count = max(int((room.height() - line) / high), 1)
        longest = max(end.share + end.error for end in ends)
        for row, end in enumerate(ends[:count]):
            box = QRectF(room.left(), room.top() + row * high, room.width(), high)
            self._paint_end(painter, box, end, longest)
        if len(ends) > count:
            rest = sum(end.share for end in ends[count:])
            box = QRectF(room.left(), room.top() + count * high, room.width(), line)
            said = f"{len(ends) - count:,} others: {100 * rest:.1f} %"
            put_text(painter, box, said, looks.color("muted"))

    def _paint_end(self, painter: QPainter, box: QRectF, end: End, longest: float) -> None:
        """A picture, its name, how often it was reached; a bar with its error lies behind."""
        looks, px = self._looks, self._looks.px
        side = box.height() - px(3)
        rows, columns = end.cells.shape
        scale = side / max(rows, columns)
        picture = QRectF(box.left(), box.top() + px(1), scale * columns, scale * rows)
        draw_pixels(painter, picture, cell_image(end.cells, looks))
        text = box.adjusted(side + px(6), px(1), -px(2), -px(2))
        wide, reach = (text.width() * part / longest for part in (end.share, end.error))
        color = looks.color("accent" if end.sort == "pattern" else "chosen", 0.3)
        painter.fillRect(QRectF(text.left(), text.top(), wide, text.height()), color)
        painter.setPen(QPen(looks.color("text"), looks.pen_width(1.2)))
        foot = text.bottom() - px(2)
        painter.drawLine(QLineF(text.left() + max(wide - reach, 0), foot,
                                text.left() + wide + reach, foot))  # fmt: skip
        said = f"{100 * end.share:.1f} ± {100 * end.error:.1f} %"
        room = painter.fontMetrics().horizontalAdvance(said) + px(8)
        name = text.adjusted(px(4), 0, -room, 0)
        put_text(painter, name, end.name, looks.color("text"))
        put_text(painter, text.adjusted(0, 0, -px(2), 0), said, looks.color("text"), _RIGHT)


class MemoryBasinsPanel(DeskPanel[MemoryDesk]):
    """Measures by Monte Carlo in the background, and grows while it is watched."""

    id = "memory_basins"
    title = "Basins"
    help = (
        "How far a memory may be spoilt and still come back exactly, one neuron at a time at τ = "
        "0, and where recall ends from random starts: blue memories, orange all else. Bars are "
        "binomial standard errors √(p (1 − p) / n)."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self._column = own_column(self)
        self._trials = Field("starts", f"Spoilt copies for each point, 1 to {MOST_TRIALS:,}.")
        self._trials.show_value("100")
        self._caption = label("starts")
        self._measure = button("Measure", "Start, or start again.", self._start)
        self._stop = button("Stop", "Stop; what is found so far stays.", desk.stop_measuring)
        self._facts, self._note = label(""), label("", warning=True)
        self.canvas = BasinCanvas(style)
        row = (self._caption, self._trials, *self._pushes())
        texts = (self._facts, self._note)
        self._lines = lay_column(self._column, (row,), texts, self.canvas)
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        self._stop.setEnabled(bool(new.busy))
        self._measure.setEnabled(bool(new.pictures))
        if old is not None and (
            new.measured is old.measured and new.valleys is old.valleys
            and new.network is old.network and new.pictures is old.pictures
            and new.busy == old.busy
        ):  # fmt: skip
            return
        chart = basin_chart(new)
        self.canvas.show_chart(chart)
        self._facts.setText(chart.facts)
        said = [chart.facts]
        said += [f"{one.name}: half come back at {100 * one.half:.0f} %" for one in chart.curves
                 if np.isfinite(one.half)]  # fmt: skip
        said += [f"{100 * one.share:.1f} % end in {one.name} ({SORTS[one.sort]})"
                 for one in chart.ends[:NAMED]]  # fmt: skip
        self.canvas.setAccessibleDescription("; ".join(said))

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self.setStyleSheet(Form.sheet(looks))
        restyle_column(looks, self._column, self._lines, self._pushes(), (self._facts, self._note))
        self._caption.setFont(looks.font(0.88))
        self._trials.restyle(looks, px(44), px(60))

    def _pushes(self) -> tuple[QPushButton, QPushButton]:
        return self._measure, self._stop

    @Slot()
    def _start(self) -> None:
        text = self._trials.text().strip()
        good = text.isdecimal() and len(text) <= 6 and 1 <= int(text) <= MOST_TRIALS
        self._trials.refuse(not good)
        wrong = f"Starts must be a whole number from 1 to {MOST_TRIALS:,}, not {text!r}."
        say_in(self._note, "" if good else wrong)
        if good:
            measure_basins(self.controller, int(text))
