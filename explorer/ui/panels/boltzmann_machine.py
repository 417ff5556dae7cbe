"""Panel: a general Boltzmann machine is taught, both phases in view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt

from explorer.lens.boltzmann_machine import describe_study, distance_chart, unit_maps
from explorer.session.memory import studies
from explorer.session.memory.snapshot import Memory
from explorer.session.memory.study import LONGEST
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panels.boltzmann_data import EntryGrid, PictureStrip
from explorer.ui.panels.boltzmann_maps import MapsCanvas
from explorer.ui.panels.form_column import captioned, lay_column, restyle_column, say_in
from explorer.ui.panels.memory_controls import Choice, choice_sheet
from explorer.ui.panels.sampling_form import Field, Form, button, label, scrolled
from explorer.ui.panels.walked import WalkedPanel
from explorer.ui.style import Style

_PHASES = {"exact": "phases exact", "sampled": "phases by Gibbs"}
_FIELDS = {
    "rows": ("rows", "Rows of the grid; all cells together are at most 16."),
    "columns": ("columns", "Columns of the grid; all cells together are at most 16."),
    "hidden": ("hidden", "Hidden units; visible and hidden ones together are at most 16."),
    "rate": ("rate", "Learning rate: how far the couplings follow the gradient."),
    "momentum": ("momentum", "Share of the last update that is made again, 0 to below 1."),
    "steps": ("updates", f"Updates of the whole lesson, 1 to {LONGEST:,}."),
    "samples": ("samples", "Gibbs samples of each phase, where phases are sampled."),
    "seed": ("seed", "Fixes the first couplings and all dice; another one begins anew."),
}


class BoltzmannMachinePanel(WalkedPanel):
    """Draw a data set, step or learn to the end, and see clamped minus free go to 0."""

    id = "boltzmann_machine"
    title = "Boltzmann machine"
    tab = "Boltzmann"
    help = (
        "E(s) = −½ sᵀJs − bᵀs. Learning: ΔJ = ⟨s sᵀ⟩ clamped − ⟨s sᵀ⟩ free, with the visible units "
        "held at the data and let free (Ackley, Hinton, Sejnowski 1985). Up to 16 units, so that "
        "every sum over states is exact. Step is one update; Back takes it back."
    )
    walks = "boltzmann"

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        apply = desk.apply
        self.grid, self.strip, self.canvas = (
            EntryGrid(style),
            PictureStrip(style),
            MapsCanvas(style),
        )
        self.grid.painted.connect(
            lambda cells, value: apply(studies.draw_entry, cells, value, gesture="drawing")
        )
        self.grid.rested.connect(desk.history.rest)
        self.strip.chosen.connect(lambda index: apply(studies.edit_pattern, index))
        self.strip.removed.connect(lambda index: apply(studies.remove_pattern, index))
        self._preset = Choice("Data set", "Data sets from the literature.", studies.PRESETS,
                              lambda key: apply(studies.use_preset, key))  # fmt: skip
        self._preset.setPlaceholderText("known data sets")
        self._phases = Choice("Phases", "Sum both phases over all states, or sample them.",
                              _PHASES, lambda key: self._lesson("phases", key))  # fmt: skip
        self._fields = {name: Field(*row) for name, row in _FIELDS.items()}
        for name, field in self._fields.items():
            field.entered.connect(self._entered(name, field))
        self._captions = {name: label(row[0]) for name, row in _FIELDS.items()}
        self._pushes = [
            button("Add", "Add the drawn picture to the data.", lambda: apply(studies.add_entry)),
            button("Clear", "Empty the data, to draw a set of your own.",
                   lambda: apply(studies.clear_patterns)),
            button("Step", "One update (Space); Back is Left.", lambda: self._go(desk.step)),
            button("Learn", "To the end of the lesson (R).", lambda: self._go(desk.settle)),
            button("Stop", "Stop; the machine stays as it is.", desk.teacher.stop),
            button("Anew", "Back to the first couplings of the seed.",
                   lambda: apply(studies.restart)),
        ]  # fmt: skip
        self._facts, self._note = label(""), label("", warning=True)
        self._facts.setWordWrap(True)
        self._body, self._column = scrolled(self)
        self._lay()
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        self._pushes[4].setEnabled(bool(new.busy))
        study = new.machines.study
        if old is not None and study is old.machines.study:
            return
        self.grid.show_bits(study.entry.reshape(study.shape))
        self.strip.show_pictures(study.patterns.reshape(-1, *study.shape))
        self.canvas.show_study(unit_maps(study), distance_chart(study))
        self._facts.setText(describe_study(study))
        self.canvas.setAccessibleDescription(describe_study(study))
        self._pushes[2].setEnabled(bool(len(study.patterns)))
        self._pushes[3].setEnabled(bool(len(study.patterns)))
        if old is not None and (study.lesson, study.shape, study.hidden) == (
            old.machines.study.lesson, old.machines.study.shape, old.machines.study.hidden,
        ):  # fmt: skip
            return
        lesson = study.lesson
        self._phases.show_key(lesson.phases)
        self._preset.setCurrentIndex(-1)
        self._fields["samples"].setEnabled(lesson.phases == "sampled")
        for name, value in (
            ("rows", study.shape[0]), ("columns", study.shape[1]), ("hidden", study.hidden),
            ("rate", lesson.rate), ("momentum", lesson.momentum), ("steps", lesson.steps),
            ("samples", lesson.samples), ("seed", lesson.seed),
        ):  # fmt: skip
            self._fields[name].show_value(f"{value:.15g}")

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self._body.setStyleSheet(Form.sheet(looks) + choice_sheet(looks))
        restyle_column(
            looks, self._column, self._lines, (self._preset, self._phases, *self._pushes),
            (*self._captions.values(), self._facts, self._note),
        )  # fmt: skip
        for field in self._fields.values():
            field.restyle(looks, px(30), px(46))
        self.grid.setFixedSize(px(96), px(84))
        self.strip.setFixedHeight(px(84))
        self.canvas.setMinimumHeight(px(130))

    def _lay(self) -> None:
        pushes, pairs = self._pushes, partial(captioned, self._captions, self._fields)
        self._lines = lay_column(
            self._column,
            (
                (self._preset, *pairs("rows", "columns", "hidden")),
                (self.grid, self.strip),
                (self._phases, *pairs("rate", "momentum", "samples")),
                (*pushes[2:], *pairs("steps", "seed")),
            ),
            (self._facts, self._note),
            self.canvas,
        )
        data = self._lines[1]
        data.setStretch(data.count() - 1, 0)
        data.insertWidget(1, pushes[0], 0, Qt.AlignmentFlag.AlignBottom)
        data.addWidget(pushes[1], 0, Qt.AlignmentFlag.AlignBottom)
        data.setStretchFactor(self.strip, 1)
        self.setFocusProxy(self.grid)

    def _go(self, verb: Callable[[], object]) -> None:
        self.take_keys()
        self.controller.apply(studies.look_to, "learn")
        verb()

    def _lesson(self, name: str, value: Any) -> None:
        lesson = self.controller.snapshot.machines.study.lesson
        self.controller.apply(studies.use_lesson, replace(lesson, **{name: value}))

    def _entered(self, name: str, field: Field) -> Callable[[str], None]:
        def entered(text: str) -> None:
            try:
                self._take(name, text.strip().replace(",", "."))
            except ValueError as error:
                field.refuse(True)
                say_in(self._note, str(error))
                return
            say_in(self._note, "")

        return entered

    def _take(self, name: str, text: str) -> None:
        """Use a number; raises ValueError with a sentence."""
        study = self.controller.snapshot.machines.study
        whole = name not in ("rate", "momentum")
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            kind = "a whole number" if whole else "a number"
            raise ValueError(
                f"{_FIELDS[name][0].capitalize()} must be {kind}, not {text!r}."
            ) from None
        if name == "hidden":
            self._make(studies.use_hidden, int(value))
        elif name in ("rows", "columns"):
            rows, columns = study.shape
            shape = (int(value), columns) if name == "rows" else (rows, int(value))
            self._make(studies.use_grid, *shape)
        else:
            try:
                change: dict[str, Any] = {name: value}
                lesson = replace(study.lesson, **change)
            except ValueError as error:
                said = str(error)
                raise ValueError(f"{said[:1].upper()}{said[1:]}.") from None
            self._make(studies.use_lesson, lesson)

    def _make(self, move: Callable[..., Memory], *arguments: Any) -> None:
        """Make a move; one that cannot be made raises ValueError and is said under the fields."""
        after = move(replace(self.controller.snapshot, error=""), *arguments)
        if after.error:
            raise ValueError(after.error)
        self.controller.apply(move, *arguments)
