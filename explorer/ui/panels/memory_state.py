"""Panel: the state of the network, to draw on and to watch."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from explorer.lens.recall import state_picture, verdict
from explorer.session.memory import moves
from explorer.session.memory.snapshot import Memory
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.memory_grid import Grid
from explorer.ui.panels.sampling_form import Form, button, label
from explorer.ui.style import Style


class MemoryStatePanel(DeskPanel[MemoryDesk]):
    """The grid with what it is like, and the buttons that store and spoil it."""

    id = "memory_state"
    title = "State"
    help = (
        "One cell is one neuron: dark +1, light −1, crossed 0 (erased). The framed neuron is the "
        "next to be updated: it becomes the sign of its field h = Σ w s + b. Draw with the mouse."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self.setObjectName("body")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.grid = Grid(style)
        self.grid.painted.connect(self._paint)
        self.grid.pointed.connect(self._point)
        self.grid.rested.connect(desk.history.rest)
        self._verdict = label("")
        self._facts = label("")
        self._buttons = [
            button("Store", "Remember this picture (S).", lambda: desk.apply(moves.store)),
            button("Spoil", "Flip, erase or cover a part of it (X).",
                   lambda: desk.apply(moves.corrupt)),
            button("Blank", "Make every cell paper (C).", lambda: desk.apply(moves.clear)),
        ]  # fmt: skip
        self._line = QHBoxLayout()
        for push in self._buttons:
            self._line.addWidget(push)
        self._line.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._line)
        self._column.addWidget(self.grid, 1)
        for text in self._texts():
            self._column.addWidget(text)
        self.setFocusProxy(self.grid)
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        if old is not None and new.here is old.here and new.how == old.how and (
            new.track is old.track and new.pictures is old.pictures
        ):  # fmt: skip
            return
        picture = state_picture(new)
        self.grid.show_state(picture, new.here.fields)
        self._verdict.setText(verdict(new))
        facts = f"E = {new.here.energy + 0.0:.4g}"
        if picture.next is not None:
            facts += f"   next: neuron {picture.next}, h = {picture.field:+.3f}"
        self._facts.setText(facts)
        self._buttons[1].setEnabled(bool(new.pictures))
        self.setAccessibleDescription(f"{verdict(new)} {facts}")

    def restyle(self) -> None:
        px = self.looks.px
        self._column.setContentsMargins(px(10), px(6), px(10), px(6))
        self._column.setSpacing(px(4))
        self.setStyleSheet(Form.sheet(self.looks))
        for push in self._buttons:
            push.setFont(self.looks.font(0.92))
            push.setFixedHeight(px(24))
            push.setMinimumWidth(push.sizeHint().width())
        for text in self._texts():
            text.setFont(self.looks.font(0.95))

    def _texts(self) -> tuple[QLabel, QLabel]:
        return self._verdict, self._facts

    @Slot(object, int)
    def _paint(self, neurons: list[int], value: int) -> None:
        self.controller.apply(moves.draw, neurons, value, gesture="drawing")

    @Slot(object)
    def _point(self, neuron: int | None) -> None:
        look = self.controller.snapshot.look
        self.controller.apply(moves.look_at, replace(look, neuron=neuron))
