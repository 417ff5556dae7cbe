"""Panel: the dice. The line from 0 to 1 cut into the final probabilities, and where u falls."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from explorer.lens.dice import dice
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.dice_canvas import DiceCanvas
from explorer.ui.style import Style


class DicePanel(Panel):
    """The cumulative bar; it changes with the temperature while the mark of u stays."""

    id = "dice"
    title = "The dice"
    help = (
        "The random number u of this position, from 0 to 1, picks the first token whose cumulative "
        "final probability p_1 + ... + p_i exceeds it; the same position keeps the same u."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self._canvas = DiceCanvas(style)
        self._canvas.picked.connect(controller.force)
        self.setFocusProxy(self._canvas)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._canvas)

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        found = dice(new)
        if old is not None and found is not None and found is self._canvas.dice:
            return
        self._canvas.show_dice(found, moves.why_stopped(new))
        text = "Nothing has been read yet." if found is None else f"{found.caption} {found.answer}."
        self._canvas.setAccessibleDescription(text)
        self.setAccessibleDescription(text)

    def restyle(self) -> None:
        self._canvas.restyle()
