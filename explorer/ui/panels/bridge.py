"""Panel: four memories with the same task, from Hopfield's network to a head of the model."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout

from explorer.lens.bridge import IDEA, absent, narrate, proof, rows
from explorer.session.bridge import moves
from explorer.session.bridge.snapshot import Bridge, Store
from explorer.ui.bridge_desk import BridgeDesk
from explorer.ui.panel import DeskPanel
from explorer.ui.panels.bridge_canvas import BridgeCanvas
from explorer.ui.panels.bridge_knobs import Knobs, turned
from explorer.ui.panels.sampling_form import Form, button, label, scrolled
from explorer.ui.style import Style

MET = 1e-6  # largest difference between two rows that are the same up to float32


class BridgePanel(DeskPanel[BridgeDesk]):
    """The rows, the sliders that act on all of them, and the proof that they meet."""

    id = "bridge"
    title = "Four memories, one task"
    help = (
        "Each compares the query with the stored patterns, weighs and mixes them: Hopfield by m, "
        "dense memories by mⁿ⁻¹, modern ones by softmax(β ξ·x), which for keys and a query at "
        "β = 1/√d is the attention row."
    )

    def __init__(self, desk: BridgeDesk, style: Style) -> None:
        super().__init__(desk, style)
        self._idea, self._proof = label(IDEA), label("")
        for text in (self._idea, self._proof):
            text.setWordWrap(True)
        self.knobs = Knobs()
        self.knobs.turned.connect(self._turn)
        self.knobs.rested.connect(desk.history.rest)
        self.canvas = BridgeCanvas(style)
        self.canvas.chosen.connect(lambda index: desk.apply(moves.choose, index))
        self.stores = {
            "letters": button("Store letters", "The first three memories store letters.",
                              lambda: self._store("letters"), check=True),
            "keys": button("Store the head's keys", "The first three memories store the keys of "
                           "the head: the first two their signs, the third the keys themselves.",
                           lambda: self._store("keys"), check=True),
        }  # fmt: skip
        self.pushes = (
            button("New dice", "Throw the noise again (N).", lambda: desk.apply(moves.throw)),
            button("As the head does it", "No noise, the network's own sharpness, every key (D).",
                   lambda: desk.apply(moves.as_trained)),
        )  # fmt: skip
        self._line = QHBoxLayout()
        for push in (*self.stores.values(), *self.pushes):
            self._line.addWidget(push)
        self._line.addStretch(1)
        self._body, self._column = scrolled(self)
        self._column.addWidget(self._idea)
        self._column.addWidget(self.knobs)
        self._column.addLayout(self._line)
        self._column.addWidget(self.canvas, 1)
        self._column.addWidget(self._proof)
        self.restyle()

    def draw(self, new: Bridge, old: Bridge | None) -> None:
        if old is None or new.setting != old.setting or (new.head is None) != (old.head is None):
            self.knobs.show_setting(new.setting)
            for name, push in self.stores.items():
                push.setChecked(new.setting.store == name)
            self.stores["keys"].setEnabled(new.head is not None)
            self.pushes[1].setEnabled(new.head is not None)
        if (
            old is None
            or new.lines is not old.lines
            or new.cursor != old.cursor
            or new.missing != old.missing
        ):
            shown = rows(new)
            self.canvas.show_rows(shown, absent(new))
            self.canvas.setAccessibleDescription(absent(new) if None in shown else "")
            found = proof(new)
            self._proof.setText(found.sentence if found else "")
            self._proof.setVisible(found is not None)
            met = found is not None and found.now < MET
            self._proof.setFont(self.looks.font(0.92, bold=met))
            self.setAccessibleDescription(narrate(new))

    def restyle(self) -> None:
        px, looks = self.looks.px, self.looks
        self._column.setContentsMargins(px(10), px(6), px(10), px(6))
        self._column.setSpacing(px(6))
        self._line.setSpacing(px(6))
        self._body.setStyleSheet(Form.sheet(looks))
        self._idea.setFont(looks.font(1.0))
        for push in (*self.stores.values(), *self.pushes):
            push.setFont(looks.font(0.92))
            push.setFixedHeight(px(24))
        self.knobs.restyle(looks)
        self.canvas.restyle()

    def cover(self, covered: bool) -> None:
        super().cover(covered)
        self.controller.watch(self.is_seen)

    def showEvent(self, event: QShowEvent) -> None:
        self.controller.watch(not self._covered)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.controller.watch(False)

    @Slot(str, int)
    def _turn(self, name: str, place: int) -> None:
        desk = self.controller
        desk.apply(moves.use, turned(desk.snapshot.setting, name, place), gesture=name)

    def _store(self, what: Store) -> None:
        self.controller.apply(moves.store, what)
        self.draw(self.controller.snapshot, None)
