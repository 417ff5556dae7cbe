"""Panel: how the next token is drawn. Temperature, the other stages, seed, presets, pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout

from explorer.engine.sampling import PRESETS, Sampling
from explorer.lens.candidates import chances, openness, pipeline
from explorer.lens.heat import number, typed_temperature, whole
from explorer.lens.temperatures import SAMPLING
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.flips import Flips
from explorer.ui.heat_slider import HeatSlider
from explorer.ui.panel import Panel
from explorer.ui.panels.sampling_form import Field, Form, button, label, scrolled, switch
from explorer.ui.stage_strip import StageStrip
from explorer.ui.style import Style

_NARROW = 330
_PRESET_HELP = "Sampling temperature {0.temperature:g}, top-p {0.top_p:g}: a convention, not a law."


class SamplingPanel(Panel):
    """Every control of the draw. Turning one changes the settings; nothing is read again."""

    id = "sampling"
    title = "Sampling"
    help = (
        "How one token is drawn from the probabilities: penalty, P_i = exp(log p_i / T) / sum, "
        "top-k, top-p, min-p, then the dice. Nothing here runs the network."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self._warm = 1.0
        self._flips = Flips.of(controller)
        self._flips.changed.connect(self._mark_flips)
        self._build_heat()
        self._fields = self._build_fields()
        self._presets = {
            name: button(name, _PRESET_HELP.format(PRESETS[name]), self._preset(name), check=True)
            for name in PRESETS
        }
        self._form = Form(list(self._fields.values()), list(self._presets.values()), self._dice)
        self._strip = StageStrip(style)
        self._body, self._column = scrolled(self)
        self.setFocusProxy(self._slider)
        self._heat_grid = QGridLayout()
        self._column.addLayout(self._heat_grid)
        for part in (self._note, self._slider, self._form, self._strip):
            self._column.addWidget(part)
        self._column.addStretch(1)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if old is None or new.sampling != old.sampling:
            self._write_settings(new.sampling)
        self._slider.show_marks(self._flips.follow(new))
        found = chances(new)
        if found is None or new.model is None:
            self._strip.show_stages((), "", moves.why_stopped(new))
            return
        if old is not None and old.model is new.model and chances(old) is found:
            return
        chosen = new.model.labels[found.chosen]
        self._strip.show_stages(pipeline(found), chosen, openness(found))
        self.setAccessibleDescription(
            f"Sampling temperature {new.sampling.temperature:g}. {openness(found)}"
        )

    def restyle(self) -> None:
        px = self.looks.px
        self._column.setContentsMargins(px(10), px(5), px(10), px(6))
        self._column.setSpacing(px(6))
        self._heat_grid.setSpacing(px(6))
        self._slider.restyle()
        self._strip.restyle()
        self._form.restyle(self.looks)
        self._body.setStyleSheet(Form.sheet(self.looks))
        self._name.setFont(self.looks.font(0.92, bold=True))
        for part in (self._note, self._greedy):
            part.setFont(self.looks.font(0.92))
        self._temperature.restyle(self.looks, px(54), px(80))
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        super().resizeEvent(event)

    def _arrange(self) -> None:
        """Share the width: the name of the temperature stands above its field when it is small."""
        width, grid = self.width() / self.looks.scale, self._heat_grid
        self._form.arrange(width)
        narrow = int(width < _NARROW)
        grid.addWidget(self._name, 0, 0, 1, 3 if narrow else 1)
        grid.addWidget(self._temperature, narrow, 0 if narrow else 1)
        grid.addWidget(self._greedy, narrow, 1 if narrow else 2)
        grid.setColumnStretch(0, 1 - narrow)
        grid.setColumnStretch(2, narrow)

    def _build_heat(self) -> None:
        self._name = label(SAMPLING.title)
        self._slider = HeatSlider(self.looks)
        self._slider.heated.connect(self._heat)
        self._slider.sliderReleased.connect(self.controller.history.rest)
        self._temperature = Field(
            SAMPLING.title,
            f"{SAMPLING.title}, 0.05 to 5 or 0 for greedy: P_i = exp(log p_i / T) / sum.",
        )
        self._temperature.entered.connect(self._type_heat)
        self._greedy = switch(
            "Greedy", "Greedy, T = 0: the limit in which the most probable token is always taken."
        )
        self._greedy.clicked.connect(self._set_greedy)
        self._note = label("", warning=True)
        self._dice = button(
            "New dice", "Take the next seed: every position gets another u.", self._reseed
        )

    def _build_fields(self) -> dict[str, Field]:
        """The other stages: attribute of Sampling -> its field."""
        unit = {"top_p": (0.0, 1.0), "min_p": (0.0, 1.0), "repetition_penalty": (0.1, 10.0)}
        table = {
            "top_k": ("top-k", "Keep the k most probable tokens; 0 keeps all."),
            "top_p": ("top-p", "Keep the fewest tokens whose p add up to this; 1 keeps all."),
            "min_p": ("min-p", "Keep tokens with p_i at least m times the highest p; 0 keeps all."),
            "repetition_penalty": (
                "penalty", "Repetition penalty r: the logit z of a token of this text becomes "
                "z / r if z > 0, else z · r; 1 changes nothing.",
            ),
            "seed": ("seed", "The dice of a position are u = Philox(seed, position)."),
        }  # fmt: skip
        fields = {}
        for name, (shown, help_) in table.items():
            field = fields[name] = Field(shown, help_)
            if name in unit:
                read: Callable[[str], float] = self._reading(shown, *unit[name])
            else:
                read = self._counting(shown, 10_000_000 if name == "top_k" else 2**63 - 1)
            field.entered.connect(self._setting(name, read))
        return fields

    def _reading(self, name: str, low: float, high: float) -> Callable[[str], float]:
        return lambda text: number(text, name, low, high)

    def _counting(self, name: str, high: int) -> Callable[[str], int]:
        return lambda text: whole(text, name, 0, high)

    def _setting(self, name: str, read: Callable[[str], float]) -> Callable[[str], None]:
        """What happens when a person has typed into the field of a setting."""

        def entered(text: str) -> None:
            field = self._fields[name]
            try:
                values: dict[str, float] = {name: read(text)}
            except ValueError as error:
                self._form.refuse(field, str(error))
                return
            self._form.refuse(field, "")
            now = self.controller.snapshot.sampling
            self.controller.apply(moves.sample_with, replace(now, **values))  # type: ignore[arg-type]
            self._write_settings(self.controller.snapshot.sampling)

        return entered

    def _preset(self, name: str) -> Callable[[], None]:
        def choose() -> None:
            seed = self.controller.snapshot.sampling.seed
            self.controller.apply(moves.sample_with, replace(PRESETS[name], seed=seed))
            self._write_settings(self.controller.snapshot.sampling)

        return choose

    def _write_settings(self, now: Sampling) -> None:
        self._warm = now.temperature or self._warm
        self._slider.show_heat(now.temperature)
        self._greedy.setChecked(now.temperature == 0)
        self._temperature.show_value(f"{now.temperature:g}")
        for name, field in self._fields.items():
            field.show_value(f"{getattr(now, name):.15g}" if name != "seed" else str(now.seed))
        for name, preset in self._presets.items():
            preset.setChecked(replace(PRESETS[name], seed=now.seed) == now)

    @Slot()
    def _mark_flips(self) -> None:
        if self.is_seen:
            self._slider.show_marks(self._flips.marks)

    @Slot(float)
    def _heat(self, temperature: float) -> None:
        self.controller.apply(moves.heat, temperature, gesture="temperature")

    @Slot(str)
    def _type_heat(self, text: str) -> None:
        try:
            temperature = typed_temperature(text)
        except ValueError as error:
            self._say(str(error))
            return
        self._say("")
        self.controller.apply(moves.heat, temperature)
        self._write_settings(self.controller.snapshot.sampling)

    @Slot(bool)
    def _set_greedy(self, greedy: bool) -> None:
        self.controller.apply(moves.heat, 0.0 if greedy else self._warm)

    @Slot()
    def _reseed(self) -> None:
        now = self.controller.snapshot.sampling
        self.controller.apply(moves.sample_with, replace(now, seed=(now.seed + 1) % 2**63))

    def _say(self, text: str) -> None:
        self._note.setText(text)
        self._note.setVisible(bool(text))
        self._temperature.refuse(bool(text))
