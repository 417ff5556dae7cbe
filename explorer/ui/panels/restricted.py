"""Panel: a restricted Boltzmann machine that learns while it is watched."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from explorer.lens.restricted import (
    describe_learning,
    energy_words,
    learning_chart,
    learning_pictures,
)
from explorer.physics.restricted_learning import Course, Method
from explorer.session.memory import teaching
from explorer.session.memory.snapshot import Memory
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panels.form_column import captioned, lay_column, restyle_column, say_in
from explorer.ui.panels.memory_controls import Choice, choice_sheet
from explorer.ui.panels.restricted_canvas import LearningCanvas
from explorer.ui.panels.sampling_form import Field, Form, button, label, scrolled
from explorer.ui.panels.walked import WalkedPanel
from explorer.ui.style import Style

_DATA = {
    "bars 3": "bars, 3 × 3",
    "bars 4": "bars, 4 × 4",
    "stored": "stored letters",
    "copies": "noisy copies of them",
}
_METHODS = {"cd": "CD-k", "pcd": "PCD-k", "exact": "exact"}
_FIELDS = {
    "hidden": ("hidden", "16", "Hidden units: up to 16 the likelihood is exact, beyond it AIS."),
    "k": ("k", "1", "Gibbs steps of each update, from the data (CD) or from kept chains (PCD)."),
    "chains": ("chains", "100", "Chains that PCD keeps between updates."),
    "batch": ("batch", "0", "Patterns of a mini-batch; 0 is all at once."),
    "rate": ("rate", "0.1", "Learning rate, falling to 0 over the lesson."),
    "steps": ("updates", "4000", "Updates of the whole lesson."),
    "held_out": ("held out %", "20", "Share of the patterns that is measured and not learned."),
    "seed": ("seed", "0", "Fixes the first weights and all dice."),
}
_REAL = ("rate", "held_out")


class RestrictedPanel(WalkedPanel):
    """Choose data and course, press Learn, and see what the figures say and the machine dreams."""

    id = "restricted"
    title = "Restricted machine"
    tab = "Restricted"
    help = (
        "p(v, h) = exp(aᵀv + bᵀh + vᵀWh) / Z, learned by contrastive divergence (Hinton 2002), "
        "persistently (Tieleman 2008) or exactly. The log-likelihood is summed up to 16 units on "
        "the smaller side and estimated by annealed importance sampling beyond."
    )
    walks = "restricted"

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
        self._captions = {name: label(row[0]) for name, row in _FIELDS.items()}
        self._learn = button("Learn", "Begin from small random weights.", self._start)
        self._more = [
            button("Step", "One update (Space); Back is Left.", lambda: self._go(desk.step)),
            button("Go on", "From here to the end of the lesson (R).",
                   lambda: self._go(desk.settle)),
        ]  # fmt: skip
        self._stop = button("Stop", "Stop; the machine stays as it is.", desk.teacher.stop)
        self._facts, self._note = label(""), label("", warning=True)
        self._facts.setWordWrap(True)
        self.canvas = LearningCanvas(style)
        self._body, self._column = scrolled(self)
        pairs = partial(captioned, self._captions, self._fields)
        self._lines = lay_column(
            self._column,
            (
                self._controls(),
                pairs("hidden", "k", "chains", "batch"),
                pairs("rate", "steps", "held_out", "seed"),
            ),
            (self._facts, self._note),
            self.canvas,
        )
        for choice, key in zip(self._choices, (self.data, self.method), strict=True):
            choice.show_key(key)
        for name, field in self._fields.items():
            field.show_value(_FIELDS[name][1])
        self._show_method()
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        self._stop.setEnabled(bool(new.busy))
        found = new.machines.learned
        for push in self._more:
            push.setEnabled(found is not None and found.done < found.total and not new.busy)
        if old is not None and found is old.machines.learned:
            return
        self.canvas.show_learning(learning_chart(new), learning_pictures(new), energy_words(new))
        self._facts.setText(describe_learning(new))
        self.canvas.setAccessibleDescription(describe_learning(new))

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self._body.setStyleSheet(Form.sheet(looks) + choice_sheet(looks))
        restyle_column(
            looks, self._column, self._lines, self._controls(),
            (*self._captions.values(), self._facts, self._note),
        )  # fmt: skip
        for field in self._fields.values():
            field.restyle(looks, px(30), px(46))
        self.canvas.setMinimumHeight(px(150))

    def _controls(self) -> tuple[QWidget, ...]:
        return *self._choices, self._learn, *self._more, self._stop

    def _take_data(self, key: str) -> None:
        self.data = key

    def _take_method(self, key: Method) -> None:
        self.method = key
        self._show_method()

    def _show_method(self) -> None:
        """Only what the method uses can be set."""
        self._fields["k"].setEnabled(self.method != "exact")
        self._fields["chains"].setEnabled(self.method == "pcd")

    def _go(self, verb: Callable[[], object]) -> None:
        self.take_keys()
        verb()

    @Slot()
    def _start(self) -> None:
        try:
            lesson = teaching.prepare(self.controller.snapshot, self._plan())
        except ValueError as error:
            text = str(error)
            say_in(self._note, f"{text[:1].upper()}{text[1:]}")
            return
        say_in(self._note, "")
        self.take_keys()
        self.controller.teacher.learn(lesson)

    def _plan(self) -> teaching.Plan:
        """What to learn; raises ValueError with a sentence."""
        values = {name: _number(field, name) for name, field in self._fields.items()}
        course = Course(
            self.method,
            k=int(values["k"]),
            rate=values["rate"],
            batch=int(values["batch"]),
            chains=int(values["chains"]),
            steps=min(int(values["steps"]), 1_000_000),
            seed=int(values["seed"]),
        )
        return teaching.Plan(self.data, int(values["hidden"]), course, values["held_out"] / 100)


def _number(field: Field, name: str) -> float:
    text = field.text().strip().removesuffix("%").strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value < 1e9 or (name not in _REAL and value != int(value)):
        raise ValueError(f"{_FIELDS[name][0]} must be a number, 0 or more, not {text!r}.")
    return value
