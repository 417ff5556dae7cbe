"""Panel: what each attention head does, as a table that sorts and can be searched, and rollout."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from explorer.engine.trace import Trace, shared_steps
from explorer.lens.attention import chosen_head
from explorer.lens.head_scores import (
    COLUMNS,
    TITLES,
    HeadScores,
    describe_tile,
    head_scores,
    matching,
    reordered,
    rollout,
    summary,
    table,
)
from explorer.lens.inside import inspected_position
from explorer.session.inside import HeadSearch, search_heads
from explorer.session.moves import look_at
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.elided import Elided
from explorer.ui.paint import tip
from explorer.ui.panel import Panel
from explorer.ui.panels.head_scores_table import Header, HeadTable
from explorer.ui.panels.rollout import Rollout
from explorer.ui.panels.tiles import Tiles
from explorer.ui.rows import scrolled
from explorer.ui.style import Style
from explorer.ui.worker import Job

# Rows of scores that are found at once, and in one slice of the worker's time.
_AT_ONCE, _SLICE = 64, 256


class Search(QLineEdit):
    """The words of the search; Escape empties it."""

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.clear()
                self.textEdited.emit("")
                return True
        return super().event(event)


class HeadScoresPanel(Panel):
    """A search, the table beside a map of its column, and the rollout of the lit token below."""

    id = "headscores"
    title = "Head scores"
    tab = "Scores"
    help = (
        "Means over the queries so far: entropy −Σ A ln A, weight on the first and the previous "
        "token, on earlier copies of the token, on what followed them (induction). Click to look."
    )

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.search = Search()
        self.search.setPlaceholderText("search: L2 H1, induction > 0.3")
        self.search.setAccessibleName("Search heads")
        self.search.setToolTip(
            tip("L2, H1, 2.1, or a column with a number: induction > 0.3, entropy < 1.")
        )
        self.note = Elided()
        self.note.setMinimumWidth(1)
        self.table = HeadTable(style)
        self.header = Header(style, self.table)
        self._area = scrolled(self.table)
        self.map = Tiles(style, "Map of the score over layers and heads")
        self.rollout = Rollout(style)
        self._row = QHBoxLayout()
        self._row.addWidget(self.search, 2)
        self._row.addWidget(self.note, 3)
        left, body, column = QVBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        for box in (left, body, column):
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(0)
        left.addWidget(self.header)
        left.addWidget(self._area, 1)
        body.addLayout(left, 3)
        body.addWidget(self.map, 2)
        column.addLayout(self._row)
        column.addLayout(body, 1)
        column.addWidget(self.rollout)
        self.scores: HeadScores | None = None
        self._scoring: Job | None = None
        self.search.textEdited.connect(self._typed)
        self.search.returnPressed.connect(self.table.setFocus)
        self.header.ordered.connect(self._order)
        self.table.picked.connect(self._pick)
        self.map.chosen.connect(self._look)
        self.setFocusProxy(self.table)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        fresh = old is None or new.timeline is not old.timeline or new.model is not old.model
        same = old is not None and (new.inside.heads, new.look) == (old.inside.heads, old.look)
        if not fresh and same and old is not None and new.busy == old.busy:
            return
        if not new.timeline or new.model is None:
            self._empty(new)
            return
        if not self._score(new.timeline.node.trace):
            return
        assert self.scores is not None
        search = new.inside.heads
        lines, note = table(self.scores, search)
        self.header.show_search(search)
        self.table.show_lines(lines, search.order, chosen_head(new))
        if not self.search.hasFocus() and self.search.text() != search.text:
            self.search.setText(search.text)
        shown = _mapped(search)
        count = self.scores.defined(shown)
        over = f"{len(lines)} of {new.model.layers * new.model.heads} heads; {shown}: "
        over += f"mean over {count} queries" if count else "not defined, no token came twice yet"
        self.note.setText(note or over)
        self._show_map(new, shown)
        self._show_rollout(new)
        said = summary(self.scores, search)
        self.setAccessibleDescription(said)
        self.table.setAccessibleDescription(said)

    def _score(self, trace: Trace) -> bool:
        """Find the scores, or have the worker find them where that takes long."""
        known = 0 if self.scores is None else shared_steps(self.scores.steps, trace.steps)
        if self.scores is not None and known == len(trace) == len(self.scores.steps):
            return True
        if len(trace) - known <= _AT_ONCE:
            self.scores = head_scores(trace, self.scores)
            return True
        if self._scoring is None:
            self.note.setText("Looking through all heads …")
            self._scoring = self.controller.run(_scored(trace), self._take)
        return False

    def _take(self, found: HeadScores | None) -> None:
        if found is not None:
            self._scoring, self.scores, self._drawn = None, found, None
            if self.is_seen:
                self.catch_up()

    def restyle(self) -> None:
        px, font = self.looks.px, self.looks.font(0.9)
        self._row.setContentsMargins(px(8), px(5), px(8), px(3))
        self._row.setSpacing(px(8))
        self.search.setFont(font)
        self.note.setFont(self.looks.font(0.86))
        self.header.setFixedHeight(px(20))
        self.table.fit()
        self.map.recolor()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        px = self.looks.px
        self.map.setVisible(self.width() >= px(540))
        tall = self.height() >= px(240)
        self.rollout.setVisible(tall)
        self.rollout.setFixedHeight(px(84))

    def _empty(self, s: Snapshot) -> None:
        self.scores = None
        self.table.show_lines((), "", (0, 0))
        self.map.show_values(np.zeros((0, 0)), (), (0, 1), "", None)
        self.rollout.show_shares(np.zeros(0), ())
        self.note.setText(s.busy or "Nothing has been read yet.")
        self.setAccessibleDescription(self.help)

    def _show_map(self, s: Snapshot, column: str) -> None:
        assert self.scores is not None and s.model is not None
        values = self.scores.score(column)
        keep, _ = matching(self.scores, s.inside.heads.text)
        known = values[~np.isnan(values)]
        top = float(known.max()) if len(known) else 1.0
        heads = [f"H{head}" for head in range(s.model.heads)]
        shown = np.where(keep, values, np.nan)
        self.map.show_values(shown, heads, (0.0, top or 1.0), TITLES[column], chosen_head(s),
                             partial(describe_tile, self.scores, column))  # fmt: skip

    def _show_rollout(self, s: Snapshot) -> None:
        position = inspected_position(s)
        assert self.scores is not None and position is not None and s.model is not None
        labels = tuple(s.model.labels[token] for token in s.timeline.node.trace.ids[: position + 1])
        self.rollout.show_shares(rollout(self.scores, position), labels)

    @Slot(str)
    def _typed(self, text: str) -> None:
        heads = self.controller.snapshot.inside.heads
        search = HeadSearch(heads.order, heads.rising, text)
        self.controller.apply(search_heads, search, gesture="search heads")

    @Slot(str)
    def _order(self, column: str) -> None:
        heads = self.controller.snapshot.inside.heads
        self.controller.apply(search_heads, reordered(heads, column), gesture="order heads")

    @Slot(int)
    def _pick(self, row: int) -> None:
        line = self.table.lines[row]
        self._look(line.layer, line.head)

    @Slot(int, int)
    def _look(self, layer: int, head: int) -> None:
        self.controller.apply(look_at, layer, head)


def _mapped(search: HeadSearch) -> str:
    """The column that the map shows: that of the order, induction when it is by place."""
    return search.order if search.order in COLUMNS else "induction"


def _scored(trace: Trace) -> Iterator[HeadScores | None]:
    """The scores of a trace in slices; the last value is the answer."""
    scores = None
    for end in range(_SLICE, len(trace), _SLICE):
        scores = head_scores(Trace(trace.steps[:end], trace.edits), scores)
        yield None
    yield head_scores(trace, scores)
