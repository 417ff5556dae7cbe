"""Panel: a restricted Boltzmann machine that learns while it is watched."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from explorer.lens.restricted import (
    LearningChart,
    Pictures,
    describe_learning,
    learning_chart,
    learning_pictures,
)
from explorer.physics.restricted_learning import Course, Method
from explorer.session.memory import teaching
from explorer.session.memory.snapshot import Memory
from explorer.ui.axes import Axes, axes, hue, paint_axes, paint_curve, paint_legend
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.paint import draw_pixels, indexed_image, put_text
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.memory_controls import Choice, choice_sheet
from explorer.ui.panels.sampling_form import Field, Form, button, label, scrolled
from explorer.ui.style import Style, color_table

_DATA = {"bars 3": "bars, 3 × 3", "bars 4": "bars, 4 × 4", "stored": "stored patterns"}
_METHODS = {"cd": "CD-k", "pcd": "PCD", "exact": "exact"}
_FIELDS = {
    "hidden": ("hidden", "16", "Hidden units: up to 20 the likelihood is exact, beyond it AIS."),
    "k": ("k", "1", "Gibbs steps of contrastive divergence."),
    "rate": ("rate", "0.1", "Learning rate, falling to 0 over the lesson."),
    "batch": ("batch", "0", "Patterns of a mini-batch; 0 is all at once."),
    "steps": ("updates", "4000", "Updates of the whole lesson."),
}


class LearningCanvas(QWidget):
    """The curves on the left, rows of pictures on the right."""

    def __init__(self, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self._chart: LearningChart | None = None
        self._pictures: Pictures | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Learning of the restricted machine")

    def show_learning(self, chart: LearningChart | None, pictures: Pictures | None) -> None:
        """Show these figures and pictures."""
        self._chart, self._pictures = chart, pictures
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, looks = QPainter(self), self._looks
        painter.fillRect(self.rect(), looks.color("panel"))
        if self._pictures is not None:
            self._paint_pictures(painter, self._pictures)
        if self._chart is not None and len(self._chart.steps) > 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_chart(painter, self._chart)
        painter.end()

    def _split(self) -> float:
        return self.width() * 0.52

    def _paint_chart(self, painter: QPainter, chart: LearningChart) -> None:
        looks = self._looks
        rows = np.concatenate([chart.likelihood, chart.pseudo, [chart.bound, 0.0]])
        low, high = float(rows.min()), float(rows.max())
        room = 0.05 * max(high - low, 0.5)
        span = (0.0, float(chart.steps[-1]))
        whole = axes(self, looks, span, (low - room, high + room), 2)
        plot = whole.plot
        plot.setWidth(max(self._split() - plot.left() - looks.px(10), 30))
        at = Axes(plot, whole.x, whole.y)
        paint_axes(painter, looks, at, "updates", "nats a pattern")
        band = [at.point(x, y) for x, y in zip(chart.steps, chart.low, strict=True)]
        band += [at.point(x, y) for x, y in zip(chart.steps[::-1], chart.high[::-1], strict=True)]
        shade = hue(looks, 0).toRgb()
        shade.setAlphaF(0.25)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF(band))
        paint_curve(painter, looks, at, chart.steps, chart.likelihood, 0)
        paint_curve(painter, looks, at, chart.steps, chart.pseudo, 1)
        painter.setPen(QPen(looks.color("muted"), looks.pen_width(1.4), Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(at.point(span[0], chart.bound), at.point(span[1], chart.bound)))
        how = "exact" if chart.exact else "AIS"
        paint_legend(painter, looks, at, [(0, f"log-likelihood ({how})"), (1, "pseudo-likelihood")])
        gap = chart.noise_energy[-1] - chart.data_energy[-1]
        spot = at.point(span[0], chart.bound)
        line = painter.fontMetrics().height()
        box = QRectF(spot.x() + looks.px(4), spot.y() - line, plot.width(), line)
        put_text(painter, box, f"best possible {chart.bound:.2f}", looks.color("muted"))
        box = QRectF(plot.left(), plot.bottom() - line * 1.2, plot.width() - looks.px(4), line)
        said = f"free energy: noise − data = {gap:.1f}"
        put_text(painter, box, said, looks.color("muted"), Qt.AlignmentFlag.AlignRight)

    def _paint_pictures(self, painter: QPainter, found: Pictures) -> None:
        looks, left = self._looks, self._split() + self._looks.px(8)
        painter.setFont(looks.font(0.85))
        line = painter.fontMetrics().height() + looks.px(2)
        wide = self.width() - left - looks.px(8)
        theme = looks.theme
        grey = color_table([theme.raised, theme.text])
        signed = color_table([theme.chosen, theme.panel, theme.accent])
        rows = (
            ("data", found.data, grey, False),
            ("reconstructions", found.rebuilt, grey, False),
            ("filters of the hidden units; bar: how often active", found.filters,
             signed, True),
            ("fantasies, 100 Gibbs steps from noise", found.dreams, grey, False),
        )  # fmt: skip
        high = (self.height() - looks.px(6)) / len(rows)
        for row, (name, pictures, table, is_signed) in enumerate(rows):
            top = row * high
            box = QRectF(left, top, wide, line)
            put_text(painter, box, name, looks.color("muted"))
            if len(pictures):
                room = QRectF(left, top + line, wide, high - line - looks.px(4))
                self._paint_row(painter, room, pictures, table, found if is_signed else None)

    def _paint_row(
        self, painter: QPainter, room: QRectF, pictures: np.ndarray, table: np.ndarray,
        filters: Pictures | None,
    ) -> None:  # fmt: skip
        """Pictures as large as fit, in one line or more."""
        looks, count, gap = self._looks, len(pictures), self._looks.px(4)
        below = looks.px(6) if filters is not None else 0.0
        tall = pictures.shape[1] / pictures.shape[2]
        side, columns = max(
            (
                min(room.width() / across - gap, (room.height() / lines - gap - below) / tall),
                across,
            )
            for lines in (1, 2, 3)
            for across in (-(-count // lines),)
        )
        side = max(side, 2.0)
        for index, picture in enumerate(pictures):
            levels = 127.5 + 127.5 * picture if filters is not None else 255 * picture
            image = indexed_image(np.clip(levels, 0, 255).round().astype(np.uint8), table)
            x = room.left() + index % columns * (side + gap)
            y = room.top() + index // columns * (side * tall + gap + below)
            place = QRectF(x, y, side, side * tall)
            draw_pixels(painter, place, image)
            painter.setPen(QPen(looks.color("line"), 1))
            painter.drawRect(place)
            if filters is not None:
                reach = float(filters.activity[index]) * side
                bar = QRectF(x, place.bottom() + looks.px(2), reach, looks.px(3))
                painter.fillRect(bar, looks.color("chosen"))


class RestrictedPanel(DeskPanel[MemoryDesk]):
    """Choose data and course, press Learn, and see what the figures say and the machine dreams."""

    id = "restricted"
    title = "Restricted machine"
    help = (
        "p(v, h) = exp(aᵀv + bᵀh + vᵀWh) / Z, learned by contrastive divergence (Hinton 2002), "
        "persistently (Tieleman 2008) or exactly. The log-likelihood is summed up to 20 units on "
        "the smaller side and estimated by annealed importance sampling beyond."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self.data = "bars 3"
        self.method: Method = "cd"
        self._choices = [
            Choice("Data", "What is learned.", _DATA, self._take_data),
            Choice("Method", "How the model's own phase is sampled.", _METHODS,
                   self._take_method),
        ]  # fmt: skip
        self._fields = {name: Field(row[0], row[2]) for name, row in _FIELDS.items()}
        self._captions = [label(row[0]) for row in _FIELDS.values()]
        self._learn = button("Learn", "Begin from small random weights.", self._start)
        self._stop = button("Stop", "Stop; the machine stays as it is.", desk.stop_measuring)
        self._facts, self._note = label(""), label("", warning=True)
        self._facts.setWordWrap(True)
        self.canvas = LearningCanvas(style)
        body, column = scrolled(self)
        self._body, self._column = body, column
        self._lines = (QHBoxLayout(), QHBoxLayout())
        for part in (*self._choices, self._learn, self._stop):
            self._lines[0].addWidget(part)
        for caption, field in zip(self._captions, self._fields.values(), strict=True):
            self._lines[1].addWidget(caption)
            self._lines[1].addWidget(field)
        for line in self._lines:
            line.addStretch(1)
            column.addLayout(line)
        for text in (self._facts, self._note):
            column.addWidget(text)
        column.addWidget(self.canvas, 1)
        for choice, key in zip(self._choices, (self.data, self.method), strict=True):
            choice.show_key(key)
        for name, field in self._fields.items():
            field.show_value(_FIELDS[name][1])
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        self._stop.setEnabled(bool(new.busy))
        if old is not None and new.machines is old.machines:
            return
        self.canvas.show_learning(learning_chart(new), learning_pictures(new))
        self._facts.setText(describe_learning(new))
        self.canvas.setAccessibleDescription(describe_learning(new))

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self._column.setContentsMargins(px(8), px(4), px(8), px(4))
        self._column.setSpacing(px(3))
        for line in self._lines:
            line.setSpacing(px(4))
        self._body.setStyleSheet(Form.sheet(looks) + choice_sheet(looks))
        for part in self._parts():
            part.setFont(looks.font(0.88))
        for field in self._fields.values():
            field.restyle(looks, px(34), px(50))
        for choice in self._choices:
            choice.setFixedHeight(px(22))
        for push in (self._learn, self._stop):
            push.setFixedHeight(px(22))
            push.setMinimumWidth(push.sizeHint().width())
        self.canvas.setMinimumHeight(px(150))
        for text in (self._facts, self._note):
            text.setMinimumWidth(1)

    def _parts(self) -> tuple[Choice | QPushButton | QLabel, ...]:
        return (
            *self._choices, self._learn, self._stop, *self._captions, self._facts, self._note,
        )  # fmt: skip

    def _take_data(self, key: str) -> None:
        self.data = key

    def _take_method(self, key: Method) -> None:
        self.method = key

    @Slot()
    def _start(self) -> None:
        try:
            values = {name: _number(field, _FIELDS[name][0]) for name, field in
                      self._fields.items()}  # fmt: skip
            course = Course(
                self.method,
                k=int(values["k"]),
                rate=values["rate"],
                batch=int(values["batch"]),
                steps=min(int(values["steps"]), 1_000_000),
            )
            plan = teaching.Plan(self.data, int(values["hidden"]), course)
            lesson = teaching.prepare(self.controller.snapshot, plan)
        except ValueError as error:
            text = str(error)
            self._say(f"{text[:1].upper()}{text[1:]}")
            return
        self._say("")
        self.controller.learn(lesson)

    def _say(self, text: str) -> None:
        self._note.setText(text)
        self._note.setVisible(bool(text))


def _number(field: Field, name: str) -> float:
    text = field.text().strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value < 1e9 or (name != "rate" and value != int(value)):
        raise ValueError(f"{name} must be a number, 0 or more, not {text!r}.")
    return value
