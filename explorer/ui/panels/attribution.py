"""Panel: direct logit attribution, what each part of the network adds to a logit."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.lens.attention import chosen_head, named
from explorer.lens.attribution import AttributionPicture, attribution, describe_tile, summary
from explorer.lens.inside import inspected_position
from explorer.lens.logit_lens import asked_token
from explorer.session import inside as moves
from explorer.session.inside import RUNNER_UP
from explorer.session.moves import look_at
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.insight import Found, InsightPanel
from explorer.ui.paint import tip
from explorer.ui.panels.attribution_bars import AttributionBars
from explorer.ui.panels.tiles import Tiles
from explorer.ui.rows import scrolled
from explorer.ui.style import Style
from explorer.ui.token_field import TokenField

ASK = "The logit of this token: a label (·cat) or a text; empty: the token that comes next."
VERSUS = "Compared with this token; empty: the most probable other one."


class AttributionPanel(InsightPanel):
    """The question, the sum beside the true value, bars, and a map of heads and MLPs."""

    id = "attribution"
    title = "Logit attribution"
    tab = "Attribution"
    help = (
        "What each part c of the final residual stream adds to a logit with the final norm's scale "
        "frozen: ((c − mean c)/s · g)·W_U[:,t], without the mean in an RMS norm. Direct effect "
        "only; the sum is the logit."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.token = TokenField(style, "Token whose logit is taken apart", ASK)
        self.versus = TokenField(style, "Token to compare with", VERSUS)
        self.minus = QToolButton()
        self.minus.setText("minus")
        self.minus.setCheckable(True)
        self.minus.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.minus.setToolTip(tip("Take apart the difference of two logits, or one logit alone."))
        self.where, self.check = QLabel(), QLabel()
        for label in (self.where, self.check):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setMinimumWidth(1)
        self.bars = AttributionBars(style)
        self._area = scrolled(self.bars)
        self.map = Tiles(style, "Heads and MLPs by what they add")
        self._row, self._body = QHBoxLayout(), QHBoxLayout()
        for widget in (self.token, self.minus, self.versus):
            self._row.addWidget(widget)
        self._row.addWidget(self.where, 1)
        self._body.addWidget(self._area, 3)
        self._body.addWidget(self.map, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._row)
        column.addWidget(self.check)
        column.addLayout(self._body, 1)
        self.picture: AttributionPicture | None = None
        self.token.named.connect(self._ask)
        self.versus.named.connect(self._compare)
        for field in (self.token, self.versus):
            field.refused.connect(self.where.setText)
        self.minus.clicked.connect(self._subtract)
        self.bars.picked.connect(self._pick)
        self.map.chosen.connect(self._look)
        self.setFocusProxy(self.bars)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        super().draw(new, old)
        if old is not None and new.look != old.look:
            self._show_bars(new)

    def show_found(self, s: Snapshot, found: Found | None, note: str) -> None:
        self._show_question(s)
        if found is None and not note:
            return
        self.picture = None if found is None else attribution(s, found.inspection)
        position = inspected_position(s)
        at = "" if self.picture is None or position is None else f"at {named(s, position)}"
        self.where.setText(at)
        self.check.setText(note if self.picture is None else self.picture.check)
        said = note or self.help if self.picture is None else summary(self.picture)
        self.setAccessibleDescription(said)
        self.bars.setAccessibleDescription(said)
        self.versus.show_token(s, _named(s.inside.versus), self._other(s))
        self._show_bars(s)

    def dim(self, waiting: bool) -> None:
        for part in (self.bars, self.map):
            if part.waiting != waiting:
                part.waiting = waiting
                part.update()

    def restyle(self) -> None:
        px, font = self.looks.px, self.looks.font(0.9)
        self._row.setContentsMargins(px(8), px(5), px(8), px(2))
        self._row.setSpacing(px(8))
        self.check.setContentsMargins(px(10), 0, px(10), px(3))
        for widget in (self.minus, self.where, self.check):
            widget.setFont(font)
        for field in (self.token, self.versus):
            field.restyle()
        self.bars.fit()
        self.map.recolor()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        self.map.setVisible(self.width() >= self.looks.px(470))

    def _show_question(self, s: Snapshot) -> None:
        token = asked_token(s)
        label = "" if token is None or s.model is None else s.model.labels[token]
        self.token.show_token(s, s.inside.token, f"next: {label}" if label else "")
        self.minus.setChecked(s.inside.versus is not None)
        self.versus.setEnabled(s.inside.versus is not None)

    def _other(self, s: Snapshot) -> str:
        if self.picture is None or self.picture.versus is None or s.model is None:
            return ""
        return f"other: {s.model.labels[self.picture.versus]}"

    def _show_bars(self, s: Snapshot) -> None:
        picture = self.picture
        head = chosen_head(s)
        self.bars.show_picture(picture, head)
        if picture is not None and s.model is not None:
            columns = (*(f"H{head}" for head in range(s.model.heads)), "MLP")
            reach = picture.reach
            self.map.show_values(picture.grid, columns, (-reach, reach), "heads and MLPs", head,
                                 partial(describe_tile, picture))  # fmt: skip

    @Slot(int)
    def _pick(self, row: int) -> None:
        if self.picture is not None and (head := self.picture.bars[row].head):
            self.controller.apply(look_at, *head)

    @Slot(int, int)
    def _look(self, layer: int, column: int) -> None:
        model = self.controller.snapshot.model
        if model is not None and column < model.heads:
            self.controller.apply(look_at, layer, column)

    @Slot(object)
    def _ask(self, token: int | None) -> None:
        self.controller.apply(moves.ask_token, token)

    @Slot(object)
    def _compare(self, token: int | None) -> None:
        self.controller.apply(moves.ask_versus, RUNNER_UP if token is None else token)

    @Slot(bool)
    def _subtract(self, both: bool) -> None:
        self.controller.apply(moves.ask_versus, RUNNER_UP if both else None)


def _named(versus: int | None) -> int | None:
    """The token named to compare with; None for the one that is found by itself."""
    return None if versus == RUNNER_UP else versus
