"""The sliders that act on all four memories, each with its name, its value and what it does."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QSlider, QWidget

from explorer.lens.temperatures import ATTENTION, GLAUBER, SAMPLING
from explorer.session.bridge.snapshot import ALL, FEWEST, POWERS, SHARPEST, SOFTEST, Setting
from explorer.ui.paint import tip
from explorer.ui.panels.sampling_form import label
from explorer.ui.style import Style

_TICKS = 120
# Name, what the two ends do, what it is; in the order in which they stand.
_TEXTS: dict[str, tuple[str, str, str]] = {
    "sharpness": (
        "sharpness β",
        "from all mixed to one wins",
        "How sharply similarity turns into weight, in units of 1/√d. "
        f"{ATTENTION.symbol} is the {ATTENTION.name}; neurons of ±1 follow dice at the "
        f"{GLAUBER.control} = 1/(β d). Neither is the {SAMPLING.control} of the text.",
    ),
    "count": (
        "patterns",
        "the head keeps its heaviest keys",
        f"How many patterns each memory stores. The head keeps as many of its keys, those with the "
        f"most attention; at {ALL} it keeps all.",
    ),
    "noise": (
        "noise",
        "flips cells, turns the query",
        "The share of cells that are flipped. A query of numbers is turned in a random direction "
        "to the same overlap, 1 − 2 · noise.",
    ),
    "power": (
        "power n",
        "of the dense memory",
        "Krotov and Hopfield's energy −Σ (ξ·s)ⁿ: n = 2 is Hopfield's network, larger n is sharper.",
    ),
}


class Knob(QWidget):
    """One slider. Signals: turned(place), rested() when the hand lets go."""

    turned = Signal(int)
    rested = Signal()

    def __init__(self, name: str, last: int) -> None:
        super().__init__()
        caption, hint, explanation = _TEXTS[name]
        self.caption, self.value, self.hint = label(caption), label(""), label(hint)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, last)
        self.slider.setPageStep(max(1, last // 10))
        self.slider.setAccessibleName(caption)
        self.slider.setAccessibleDescription(explanation)
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for widget in (self, self.slider):
            widget.setToolTip(tip(explanation))
        self.slider.sliderMoved.connect(self.turned)
        self.slider.actionTriggered.connect(self._acted)
        self.slider.sliderReleased.connect(self.rested)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.caption, 0, 0)
        grid.addWidget(self.value, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.slider, 1, 0, 1, 2)
        grid.addWidget(self.hint, 2, 0, 1, 2)
        for text in (self.caption, self.hint):
            text.setMinimumWidth(1)

    def show_place(self, place: int, text: str) -> None:
        """Put the handle there, unless a hand holds it, and write the value."""
        if not self.slider.isSliderDown():
            self.slider.setValue(place)
        self.value.setText(text)

    def restyle(self, looks: Style) -> None:
        """Take over colours and sizes."""
        self.caption.setFont(looks.font(0.92, bold=True))
        self.value.setFont(looks.font(0.92, bold=True))
        self.hint.setFont(looks.font(0.82))
        self.hint.setStyleSheet(f"color: {looks.theme.muted};")
        self.value.setStyleSheet(f"color: {looks.theme.accent};")
        grid = self.layout()
        if isinstance(grid, QGridLayout):
            grid.setVerticalSpacing(looks.px(1))
        self.slider.setFixedHeight(looks.px(20))
        self.hint.setVisible(not looks.presenter)

    @Slot(int)
    def _acted(self, action: int) -> None:
        self.turned.emit(self.slider.sliderPosition())


class Knobs(QWidget):
    """All four. Signals: turned(name, place), rested()."""

    turned = Signal(str, int)
    rested = Signal()

    def __init__(self) -> None:
        super().__init__()
        last = {
            "sharpness": _TICKS, "count": ALL - FEWEST, "noise": 50, "power": len(POWERS) - 1,
        }  # fmt: skip
        self.knobs = {name: Knob(name, last[name]) for name in _TEXTS}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for column, (name, knob) in enumerate(self.knobs.items()):
            self._grid.addWidget(knob, 0, column)
            self._grid.setColumnStretch(column, 1)
            knob.turned.connect(partial(self.turned.emit, name))
            knob.rested.connect(self.rested)

    def show_setting(self, setting: Setting) -> None:
        """Put every handle where the setting is."""
        shown = {
            "sharpness": f"{setting.sharpness:.3g}/√d",
            "count": f"{ALL}, all" if setting.count == ALL else str(setting.count),
            "noise": f"{100 * setting.noise:.0f} %",
            "power": str(setting.power),
        }
        for name, knob in self.knobs.items():
            knob.show_place(place(name, setting), shown[name])

    def restyle(self, looks: Style) -> None:
        """Take over colours and sizes."""
        self._grid.setHorizontalSpacing(looks.px(18))
        for knob in self.knobs.values():
            knob.restyle(looks)


def place(name: str, setting: Setting) -> int:
    """Where the handle of a slider stands in a setting."""
    if name == "sharpness":
        span = math.log(SHARPEST / SOFTEST)
        return round(_TICKS * math.log(setting.sharpness / SOFTEST) / span)
    if name == "count":
        return setting.count - FEWEST
    return round(100 * setting.noise) if name == "noise" else POWERS.index(setting.power)


def turned(setting: Setting, name: str, at: int) -> Setting:
    """The setting after a slider was moved to a place."""
    if name == "sharpness":
        sharpness = SOFTEST * math.pow(SHARPEST / SOFTEST, at / _TICKS)
        return replace(setting, sharpness=sharpness)
    if name == "count":
        return replace(setting, count=FEWEST + at)
    if name == "noise":
        return replace(setting, noise=at / 100)
    return replace(setting, power=POWERS[min(max(at, 0), len(POWERS) - 1)])
