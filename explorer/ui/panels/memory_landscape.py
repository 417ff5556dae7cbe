"""Panel: the energy landscape of the network between two of its patterns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout

from explorer.lens.memory_landscape import GROUNDS, chosen_pair, landscape
from explorer.physics.hopfield_landscape import Ground
from explorer.session.memory import moves
from explorer.session.memory.snapshot import Memory
from explorer.ui.folding import Folding
from explorer.ui.measuring import find_valleys
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.memory_map import LandscapeCanvas
from explorer.ui.panels.sampling_form import Form, button, label
from explorer.ui.style import Style

SIZE = (200, 200)


class MemoryLandscapePanel(DeskPanel[MemoryDesk]):
    """Contour map or solid, with patterns as valleys and the state as a ball with its track."""

    id = "memory_landscape"
    calm = 1 / 25
    title = "Energy landscape"
    tab = "Landscape"
    help = (
        "E(s) over the states s = x ξ + y η of two patterns, exact at every pixel. The ball is the "
        "state, hollow while it lies off this plane; its line is the way it came. Squares are "
        "mixtures and other valleys found by Search; click a pattern to put the plane through it."
    )

    def __init__(self, desk: MemoryDesk, style: Style) -> None:
        super().__init__(desk, style)
        self.setObjectName("body")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.canvas = LandscapeCanvas(style)
        self.canvas.chosen.connect(self._choose)
        self._ground: Ground = "clipped"
        self._grounds = {
            key: button(name, text, self._taker(key), check=True)
            for key, (name, text) in GROUNDS.items()
        }
        self._solid = button("3-D", "The same heights as a solid; drag to turn it.", self._turn,
                             check=True)  # fmt: skip
        self._search = button(
            "Search", "Find all states in which recall can end: mixtures, inverses, others.",
            lambda: find_valleys(desk),
        )  # fmt: skip
        group = QButtonGroup(self)
        for push in self._grounds.values():
            group.addButton(push)
        self._facts = label("")
        self._facts.setWordWrap(True)
        self._line = Folding(self._grounds.values(), (self._solid, self._search), gap=False)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._line)
        self._column.addWidget(self._facts)
        self._column.addWidget(self.canvas, 1)
        self._grounds["clipped"].setChecked(True)
        self.setFocusProxy(self.canvas)
        self.restyle()

    def draw(self, new: Memory, old: Memory | None) -> None:
        if old is not None and (new.here, new.network, new.track, new.valleys, new.look.chosen) == (
            old.here, old.network, old.track, old.valleys, old.look.chosen,
        ) and new.how == old.how:  # fmt: skip
            return
        pair = chosen_pair(new)
        cold = self._ground == "free" and new.how.temperature == 0
        if pair is None or cold:
            self.canvas.placeholder = (
                "The free energy needs a Glauber temperature τ above 0: set it in Recall."
                if cold and pair
                else "Store two different patterns to see the energy between them."
            )
            self.canvas.setAccessibleDescription(self.canvas.placeholder)
            self.canvas.show_land(None)
            self._facts.setText("")
            return
        land = landscape(new, pair, self._ground, SIZE)
        self.canvas.show_land(land)
        off = f", {land.ball.distance:.2f} off the plane" if land.ball.distance > 1e-9 else ""
        found = "" if new.valleys is None or new.valleys.network is not new.network else (
            f"   {len(new.valleys.found.minima)} valleys found"
        )  # fmt: skip
        facts = (
            f"between {land.names[0]} (across) and {land.names[1]} (up); state E = "
            f"{new.here.energy + 0.0:.4g}{off}{found}"
        )
        self._facts.setText(facts)
        self.canvas.setAccessibleDescription(facts)

    def restyle(self) -> None:
        px = self.looks.px
        self._column.setContentsMargins(px(8), px(4), px(8), px(4))
        self._column.setSpacing(px(3))
        self._line.space(px(4))
        self.setStyleSheet(Form.sheet(self.looks))
        for push in self._buttons():
            push.setFont(self.looks.font(0.88))
            push.setFixedHeight(px(22))
            push.setMinimumWidth(push.sizeHint().width())
        self._facts.setFont(self.looks.font(0.88))
        self._facts.setMinimumWidth(1)
        self.canvas.restyle()

    def _buttons(self) -> tuple[QPushButton, ...]:
        return (*self._grounds.values(), self._solid, self._search)

    def _taker(self, ground: Ground) -> Callable[[], None]:
        def take() -> None:
            self._ground = ground
            self.draw(self.controller.snapshot, None)

        return take

    def _turn(self) -> None:
        self.canvas.show_solid(self._solid.isChecked())

    @Slot(str)
    def _choose(self, name: str) -> None:
        """The plane goes through this pattern and the one that was chosen before."""
        s = self.controller.snapshot
        index = next((at for at, one in enumerate(s.pictures) if one.name == name), None)
        if index is not None:
            chosen = (index, *(one for one in s.look.chosen if one != index))[:2]
            self.controller.apply(moves.look_at, replace(s.look, chosen=chosen))
