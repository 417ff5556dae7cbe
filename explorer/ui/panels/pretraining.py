"""Panel: the same network with and without layer-by-layer pretraining, over several seeds."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton

from explorer.lens.pretraining import contest_charts, describe_contest
from explorer.physics.fine_tuning import Tuning
from explorer.physics.hopfield import Spins
from explorer.physics.pretraining_contest import COURSE, Contest, Task
from explorer.session.memory import machines
from explorer.session.memory.snapshot import Memory
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.form_column import captioned, lay_column, restyle_column, say_in
from explorer.ui.panels.memory_controls import Choice, choice_sheet
from explorer.ui.panels.pretraining_canvas import ContestCanvas
from explorer.ui.panels.sampling_form import Field, Form, button, label, scrolled
from explorer.ui.pixels import letter
from explorer.ui.style import Style

_TASKS: dict[str, tuple[Task, ...]] = {
    "both": ("classification", "reconstruction"),
    "classification": ("classification",),
    "reconstruction": ("reconstruction",),
}
_TASK_NAMES = {
    "both": "both tasks",
    "classification": "name letters",
    "reconstruction": "give letters back",
}
_SOURCES = {"typed": "typed letters", "stored": "stored patterns"}
_FIELDS = {
    "letters": ("letters", "ABCDEFGH", "Two or more different letters, drawn on the present grid."),
    "layers": ("layers", "100, 60", "Hidden units of each layer, from the bottom, 1 to 200 each."),
    "labels": ("labels", "5", "Pictures of each letter that have a label; all are seen without."),
    "pictures": ("pictures", "40", "Noisy pictures of each letter for learning, as many unseen."),
    "noise": ("flipped %", "10", "Share of the cells that are flipped in each picture."),
    "shift": ("shift", "1", "Cells by which a letter may be moved, each way and up or down."),
    "pretrain": ("pretraining", "2000", "Updates of each restricted machine (CD-1)."),
    "steps": ("tuning", "500", "Steps of backpropagation."),
    "seeds": ("seeds", "5", "How often the whole is repeated with other dice."),
}
_BOUNDS = {
    "labels": (1, 500), "pictures": (1, 500), "noise": (0, 50), "shift": (0, 5),
    "pretrain": (1, 20_000), "steps": (1, 20_000), "seeds": (1, 50),
}  # fmt: skip
MOST_LETTERS, MOST_LAYERS, WIDEST = 26, 4, 200


class PretrainingPanel(DeskPanel[MemoryDesk]):
    """Choose letters and network, press Compare, and see who wins, with error bands."""

    id = "pretraining"
    title = "Pretraining"
    help = (
        "Restricted machines learned layer by layer (Hinton, Osindero, Teh 2006) become a network "
        "that backpropagation tunes, against the same network begun at random: wrong letters with "
        "few labels, and the error of giving pictures back. Reported as measured."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self.task, self.source = "both", "typed"
        self._choices = [
            Choice("Task", "What the networks are tuned for.", _TASK_NAMES, self._take_task),
            Choice("Letters from", "Typed letters, or the patterns stored in this workspace.",
                   _SOURCES, self._take_source),
        ]  # fmt: skip
        self._choices[0].show_key(self.task)
        self._choices[1].show_key(self.source)
        self._fields = {name: Field(row[0], row[2]) for name, row in _FIELDS.items()}
        self._captions = {name: label(row[0]) for name, row in _FIELDS.items()}
        for name, field in self._fields.items():
            field.show_value(_FIELDS[name][1])
        self._pushes: list[QPushButton] = [
            button("Compare", "Start, or start again.", self._start),
            button("Stop", "Stop; the seeds that came stay.", desk.teacher.stop),
            button("Clear", "No curves.", lambda: desk.apply(machines.forget_contests)),
        ]
        self._facts, self._note = label(""), label("", warning=True)
        self._facts.setWordWrap(True)
        self.canvas = ContestCanvas(style)
        self._body, self._column = scrolled(self)
        pairs = partial(captioned, self._captions, self._fields)
        self._lines = lay_column(
            self._column,
            (
                (*self._choices, *self._pushes),
                pairs("letters", "layers", "seeds"),
                pairs("labels", "pictures", "noise", "shift"),
                pairs("pretrain", "steps"),
            ),
            (self._facts, self._note),
            self.canvas,
        )
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        self._pushes[1].setEnabled(bool(new.busy))
        if old is not None and new.machines.contests == old.machines.contests and (
            new.busy == old.busy
        ):  # fmt: skip
            return
        charts = contest_charts(new)
        self.canvas.show_charts(charts)
        self._facts.setText(describe_contest(new))
        said = " ".join(f"{one.title}: {one.verdict}" for one in charts)
        self.canvas.setAccessibleDescription(said or describe_contest(new))
        self._pushes[2].setEnabled(bool(charts))

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self._body.setStyleSheet(Form.sheet(looks) + choice_sheet(looks))
        restyle_column(
            looks, self._column, self._lines, (*self._choices, *self._pushes),
            (*self._captions.values(), self._facts, self._note),
        )  # fmt: skip
        for name, field in self._fields.items():
            wide = name in ("letters", "layers")
            field.restyle(looks, px(56 if wide else 30), px(90 if wide else 46))
        self.canvas.setMinimumHeight(px(180))

    def _take_task(self, key: str) -> None:
        self.task = key

    def _take_source(self, key: str) -> None:
        self.source = key
        self._fields["letters"].setEnabled(key == "typed")

    @Slot()
    def _start(self) -> None:
        try:
            plan, letters = self._plan(), self._letters()
        except ValueError as error:
            say_in(self._note, str(error))
            return
        say_in(self._note, "")
        shape = self.controller.snapshot.shape
        self.controller.teacher.compare(letters, shape, plan, _TASKS[self.task])

    def _letters(self) -> Spins:
        """The clean letters (P, N); raises ValueError with a sentence."""
        s = self.controller.snapshot
        if self.source == "stored":
            if len(s.pictures) < 2:
                raise ValueError("Store two or more patterns first, or take typed letters.")
            return s.patterns
        text = "".join(dict.fromkeys(self._fields["letters"].text().replace(" ", "")))
        if not 2 <= len(text) <= MOST_LETTERS:
            raise ValueError(f"Type 2 to {MOST_LETTERS} different letters, not {len(text)}.")
        return np.stack([letter(one, s.shape) for one in text])

    def _plan(self) -> Contest:
        """What to compare; raises ValueError with a sentence."""
        values = {name: self._number(name) for name in _BOUNDS}
        if values["labels"] > values["pictures"]:
            raise ValueError("There cannot be more labels than pictures of a letter.")
        return Contest(
            self._layers(),
            replace(COURSE, steps=values["pretrain"]),
            Tuning(steps=values["steps"]),
            values["pictures"],
            values["labels"],
            values["shift"],
            values["noise"] / 100,
            seeds=values["seeds"],
            every=max(1, values["steps"] // 25),
        )

    def _layers(self) -> tuple[int, ...]:
        text = self._fields["layers"].text()
        parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
        sizes = [int(part) if part.isdecimal() and len(part) < 6 else 0 for part in parts]
        if not 1 <= len(sizes) <= MOST_LAYERS or not all(1 <= one <= WIDEST for one in sizes):
            raise ValueError(
                f"Layers are 1 to {MOST_LAYERS} whole numbers from 1 to {WIDEST}, as 60, 30; "
                f"not {text!r}."
            )
        return tuple(sizes)

    def _number(self, name: str) -> int:
        low, high = _BOUNDS[name]
        text = self._fields[name].text().strip().removesuffix("%").strip()
        if not (text.isdecimal() and len(text) < 9 and low <= int(text) <= high):
            caption = _FIELDS[name][0].capitalize()
            raise ValueError(
                f"{caption} must be a whole number from {low} to {high:,}, not {text!r}."
            )
        return int(text)
