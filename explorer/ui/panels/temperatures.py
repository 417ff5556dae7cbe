"""Panel: sharpness of a head and sampling temperature side by side, each with what it does."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from explorer.engine.edits import Sharpening
from explorer.lens.attention import chosen_head, lit_row
from explorer.lens.experiments import heads_of
from explorer.lens.temperatures import ATTENTION, SAMPLING
from explorer.lens.two_temperatures import (
    TwoTemperatures,
    beta_words,
    describe,
    two_temperatures,
)
from explorer.session import moves, sharpness
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.flips import Flips
from explorer.ui.heat_slider import HeatSlider
from explorer.ui.insight import PATIENCE
from explorer.ui.panel import Panel
from explorer.ui.panels.sampling_form import Form, button, label, scrolled
from explorer.ui.panels.temperatures_canvas import TemperaturesCanvas
from explorer.ui.sharp_slider import SharpSlider
from explorer.ui.sharpener import Sharpener
from explorer.ui.style import Style

_NARROW, _TIGHT = 620, 360


class TemperaturesPanel(Panel):
    """Two sliders and two charts. Turning the sharpness tries it out; Keep makes it an edit."""

    id = "temperatures"
    title = "Two temperatures"
    tab = "β and T"
    help = (
        f"Left the {ATTENTION.control}: softmax(β q·k) inside a head; right the "
        f"{SAMPLING.control}: p = exp(z/T)/Z over tokens. Dark bars: only this one turned; pale "
        "ones: neither. The text is only read otherwise when the sharpness is kept in it."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self.sharpener = Sharpener.of(controller)
        self.sharpener.arrived.connect(self._arrived)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._show_waiting)
        self._flips = Flips.of(controller)
        self._flips.changed.connect(self._mark_flips)
        self._build_controls()
        self.canvas = TemperaturesCanvas(style)
        body, self._column = scrolled(self)
        body.setAccessibleName(self.title)
        self._grid = QGridLayout()
        self._grid.setColumnStretch(0, 1)
        self._build_lines()
        self._column.addLayout(self._grid)
        self._column.addWidget(self.canvas, 1)
        self.setFocusProxy(self.sharp)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if old is not None and _inputs(new) == _inputs(old):
            return
        self._draw_controls(new)
        if new.model is None or not new.timeline:
            self._show(None, new.busy or "Nothing has been read yet.")
            return
        before, after = sharpness.unturned(new), sharpness.turned(new)
        plain, turned = (self.sharpener.find(new, edits) for edits in (before, after))
        missing = [edits for edits, seen in ((before, plain), (after, turned)) if seen is None]
        if missing and not new.play.running:
            self.sharpener.ask(new, missing)
        if missing:
            self._patience.start(PATIENCE)
            return
        assert plain is not None
        self._show(two_temperatures(new, plain, turned), "The network's numbers are not finite.")

    def restyle(self) -> None:
        looks, px = self.looks, self.looks.px
        self.setStyleSheet(Form.sheet(looks))
        self._column.setContentsMargins(px(10), px(6), px(10), px(8))
        self._column.setSpacing(px(4))
        self._grid.setVerticalSpacing(px(2))
        for line in self._lines:
            line.setSpacing(px(5))
        for name in self._names:
            name.setFont(looks.font(0.92, bold=True))
            name.setMinimumWidth(1)
        for words in self._words:
            words.setFont(looks.font(0.88))
            words.setMinimumWidth(1)
        for push in (self._every, self._keep, self._own, self._neutral):
            push.setFont(looks.font(0.88))
            push.setFixedHeight(px(22))
            push.setMinimumWidth(push.sizeHint().width())
        self.sharp.restyle()
        self.heat.restyle()
        self.canvas.restyle()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        super().resizeEvent(event)

    def _build_controls(self) -> None:
        self.sharp, self.heat = SharpSlider(self.looks), HeatSlider(self.looks)
        self.sharp.sharpened.connect(self._turn)
        self.heat.heated.connect(self._heat)
        for slider in (self.sharp, self.heat):
            slider.sliderReleased.connect(self.controller.history.rest)
        self._names = (label(ATTENTION.title), label(SAMPLING.title))
        self._words = (label(""), label(""))
        self._every = button(
            "All heads", "Turn the sharpness of every head of the network, not of one.",
            self._widen, check=True,
        )  # fmt: skip
        self._keep = button(
            "Keep", "Keep it: read the text again with this sharpness, as a line of its own "
            "beside the old one; every number on it belongs to the edited network.", self._commit,
        )  # fmt: skip
        self._own = button(
            "× 1", "The sharpness that the head was trained with.",
            lambda: self.controller.apply(sharpness.turn, 1.0),
        )  # fmt: skip
        self._neutral = button(
            "T = 1", "The probabilities as the network gives them.",
            lambda: self.controller.apply(moves.heat, 1.0),
        )  # fmt: skip

    def _build_lines(self) -> None:
        self._rows: list[QWidget] = []
        self._lines: list[QHBoxLayout] = []
        for parts in (
            (self._names[0], self._every), (self._names[1], self._neutral),
            (self._words[0], self._own, self._keep), (self._words[1],),
        ):  # fmt: skip
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            for index, part in enumerate(parts):
                line.addWidget(part, int(index == 0))
            self._rows.append(row)
            self._lines.append(line)

    def _arrange(self) -> None:
        """Side by side, or below each other where there is no room for that."""
        stacked = self.width() < self.looks.px(_TIGHT)
        self.canvas.stack(stacked)
        narrow = self.width() < self.looks.px(_NARROW)
        self._every.setText("All" if narrow else "All heads")
        self._every.setMinimumWidth(self._every.sizeHint().width())
        right = (3, 0) if stacked else (0, 1)
        for index, (row, column) in enumerate(((0, 0), right)):
            self._grid.addWidget(self._rows[index], row, column)
            self._grid.addWidget((self.sharp, self.heat)[index], row + 1, column)
            self._grid.addWidget(self._rows[index + 2], row + 2, column)
        self._grid.setColumnStretch(1, 0 if stacked else 1)
        self._grid.setHorizontalSpacing(0 if stacked else self.looks.px(16))

    def _draw_controls(self, s: Snapshot) -> None:
        temperature, factor = s.sampling.temperature, sharpness.factor(s)
        self.sharp.show_factor(factor)
        self.heat.show_heat(temperature)
        self.heat.show_marks(self._flips.follow(s))
        where = heads_of(*sharpness.target(s))
        narrow = self.width() < self.looks.px(_NARROW)
        self._names[0].setText(ATTENTION.title if narrow else f"{ATTENTION.title} · {where}")
        self._every.setChecked(s.sharpness.every)
        greedy = "greedy, the most probable token is always drawn" if temperature == 0 else ""
        self._words[1].setText(f"T = {temperature:g}{f': {greedy}' if greedy else ''}")
        readable = s.model is not None and bool(s.timeline)
        self._words[0].setText(beta_words(s, narrow) if s.model is not None else "")
        self._keep.setEnabled(readable and factor != sharpness.held(s))
        self._own.setEnabled(factor != 1)
        self._neutral.setEnabled(temperature != 1)

    @Slot()
    def _mark_flips(self) -> None:
        if self.is_seen:
            self.heat.show_marks(self._flips.marks)

    def _show(self, found: TwoTemperatures | None, placeholder: str) -> None:
        self._patience.stop()
        self.canvas.placeholder = placeholder
        self.canvas.show_both(found)
        said = placeholder if found is None else describe(found)
        self.setAccessibleDescription(said)
        self.canvas.setAccessibleDescription(said)

    @Slot()
    def _show_waiting(self) -> None:
        """The answer takes long: show what is known without it."""
        s = self.controller.snapshot
        if s.model is None or not s.timeline:
            return
        plain = self.sharpener.find(s, sharpness.unturned(s))
        if self.controller.reader is None:
            self._show(None, s.locked or "The network is not open, so nothing can be tried out.")
        elif plain is None:
            self._show(None, "Reading the text as the network is …")
        else:
            self._show(two_temperatures(s, plain, None), "The network's numbers are not finite.")

    @Slot()
    def _arrived(self) -> None:
        self._drawn = None
        if self.is_seen:
            self.catch_up()

    @Slot(float)
    def _turn(self, factor: float) -> None:
        self.controller.apply(sharpness.turn, factor, gesture="sharpness")

    @Slot(float)
    def _heat(self, temperature: float) -> None:
        self.controller.apply(moves.heat, temperature, gesture="temperature")

    def _widen(self) -> None:
        self.controller.apply(sharpness.widen, self._every.isChecked())

    def _commit(self) -> None:
        s = self.controller.snapshot
        layer, head = sharpness.target(s)
        self.controller.lab.sharpen(Sharpening(layer, head, sharpness.factor(s)))


def _inputs(s: Snapshot) -> tuple[object, ...]:
    """Everything that is drawn."""
    timeline = s.timeline.node.trace if s.timeline else None
    return (
        timeline, s.model, s.sampling, s.sharpness, s.edits, chosen_head(s), lit_row(s), s.busy,
        s.play.running,
    )  # fmt: skip
