"""Panel: the logit lens, what the network would say if it stopped after each block."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from explorer.lens.attention import named
from explorer.lens.inside import inspected_position
from explorer.lens.logit_lens import asked_token, lens_table, summary
from explorer.session import inside as moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.elided import Elided
from explorer.ui.insight import Found, InsightPanel
from explorer.ui.paint import tip
from explorer.ui.panels.logit_lens_canvas import LensCanvas
from explorer.ui.scrolling import scrolling
from explorer.ui.style import Style
from explorer.ui.token_field import TokenField

ASK = "Rank of this token: a label (·cat) or a text; empty: the token that comes next."


class LogitLensPanel(InsightPanel):
    """A line with the token asked about and the norm, and the table."""

    id = "logitlens"
    title = "Logit lens"
    help = (
        "softmax(norm_f(r_l) W_U): the stream after each block read as if it were the last one, "
        "with its own statistics in the final norm. The last row is the output itself."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.token = TokenField(style, "Token asked about", ASK)
        self.norm = QToolButton()
        self.norm.setText("Final norm applied")
        self.norm.setCheckable(True)
        self.norm.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.norm.setToolTip(
            tip("Apply the final norm to each layer's stream, or read r_l W_U as it is.")
        )
        self.where = Elided()
        self.canvas = LensCanvas(style)
        self._row = row = QHBoxLayout()
        row.addWidget(self.token)
        row.addWidget(self.norm)
        row.addWidget(self.where, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        self._area = scrolling(self.canvas)
        column.addWidget(self._area, 1)
        self.token.named.connect(self._ask)
        self.token.refused.connect(self._refuse)
        self.norm.clicked.connect(self._apply_norm)
        self.canvas.asked.connect(self._ask)
        self.canvas.marked.connect(self._reveal)
        self.setFocusProxy(self.canvas)
        self.restyle()

    def show_found(self, s: Snapshot, found: Found | None, note: str) -> None:
        self._show_question(s)
        if found is None and not note:
            return
        table = None
        if found is not None:
            p = found.normed if s.inside.final_norm else found.plain
            table = lens_table(s, found.inspection, p)
        self.canvas.show_table(table, note)
        position = inspected_position(s)
        self.where.setText("" if table is None or position is None else f"at {named(s, position)}")
        said = note or self.help if table is None else summary(table)
        self.setAccessibleDescription(said)
        self.canvas.setAccessibleDescription(said)

    def dim(self, waiting: bool) -> None:
        if self.canvas.waiting != waiting:
            self.canvas.waiting = waiting
            self.canvas.update()

    def restyle(self) -> None:
        px, font = self.looks.px, self.looks.font(0.9)
        self._row.setContentsMargins(px(8), px(5), px(8), px(2))
        self._row.setSpacing(px(8))
        self.token.restyle()
        self.norm.setFont(font)
        self.where.setFont(font)
        self.where.setMinimumWidth(1)
        self.canvas.recolor()

    def _show_question(self, s: Snapshot) -> None:
        token = asked_token(s)
        label = "" if token is None or s.model is None else s.model.labels[token]
        self.token.show_token(s, s.inside.token, f"next: {label}" if label else "")
        self.norm.setChecked(s.inside.final_norm)
        self.norm.setText("Final norm applied" if s.inside.final_norm else "Final norm not applied")

    @Slot(object)
    def _ask(self, token: int | None) -> None:
        self.controller.apply(moves.ask_token, token)

    @Slot(int)
    def _reveal(self, row: int) -> None:
        box = self.canvas.row_box(row).toRect()
        self._area.ensureVisible(0, box.center().y(), 0, box.height())

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        self.where.setText(sentence)

    @Slot(bool)
    def _apply_norm(self, applied: bool) -> None:
        self.controller.apply(moves.norm_lens, applied)
