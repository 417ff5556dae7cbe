"""Panel: every head coloured by how many tokens carry its attention."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from explorer.lens.regimes import RegimeMap, count_regimes, describe_regime, regimes
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.regimes_canvas import RegimeCanvas
from explorer.ui.panels.sampling_form import Form, button, label
from explorer.ui.style import Style


class RegimesPanel(Panel):
    """Which heads recall one token, which average: k90 of every head, as numbers and colours."""

    id = "regimes"
    title = "Head regimes"
    tab = "Regimes"
    help = (
        "k = the fewest tokens that carry 90 % of a head's attention: one memory, a subset, a "
        "global average (Ramsauer et al. 2020). From 64 tokens on the classes are named: I k > "
        "N/2, II > N/8, III > N/32, IV the rest. A click or Enter opens a head's landscape."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self.setObjectName("body")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._whole = button("Whole text", "The medians over all tokens up to the lit one.",
                             self._average, check=True)  # fmt: skip
        self._facts = label("")
        self.canvas = RegimeCanvas(style, self._explain)
        self.canvas.chosen.connect(self._choose)
        self._line = QHBoxLayout()
        self._line.addWidget(self._whole)
        self._line.addWidget(self._facts, 1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._line)
        self._column.addWidget(self.canvas, 1)
        self._map: RegimeMap | None = None
        self.setFocusProxy(self.canvas)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if (
            old is not None
            and new.timeline is old.timeline
            and new.look == old.look
            and new.busy == old.busy
        ):
            return
        self._map = regimes(new)
        self._whole.setChecked(new.look.whole)
        self.canvas.placeholder = new.busy or "Nothing has been read yet."
        self.canvas.show_map(self._map)
        self._facts.setText(count_regimes(self._map) if self._map else "")
        self.canvas.setAccessibleDescription(self._facts.text())

    def restyle(self) -> None:
        px = self.looks.px
        self._column.setContentsMargins(px(8), px(4), px(8), px(4))
        self._column.setSpacing(px(3))
        self.setStyleSheet(Form.sheet(self.looks))
        self._whole.setFont(self.looks.font(0.88))
        self._whole.setFixedHeight(px(22))
        self._whole.setMinimumWidth(self._whole.sizeHint().width())
        self._facts.setFont(self.looks.font(0.88))
        self._facts.setMinimumWidth(1)

    def _explain(self, layer: int, head: int) -> str:
        model = self.controller.snapshot.model
        if self._map is None or model is None:
            return ""
        return describe_regime(self._map, layer, head, model.head_name(layer, head, ", "))

    @Slot(int, int)
    def _choose(self, layer: int, head: int) -> None:
        self.controller.apply(moves.look_at, layer, head)
        self.wanted.emit("hopfield")

    def _average(self) -> None:
        self.controller.apply(moves.average, self._whole.isChecked())
