"""Panel: why not this token? It and the chosen one compared, and the smallest change that helps."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout

from explorer.engine.admission import Admission
from explorer.engine.kept import MissingError, only_here
from explorer.lens.why_not import Line, Question, change_lines, headline, question, sampling_lines
from explorer.lens.why_not_inside import component_lines, layer_lines
from explorer.session import asked, moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.insight import Found, Insight
from explorer.ui.panel import Panel
from explorer.ui.panels.sampling_form import Form, ground, label
from explorer.ui.panels.token_field import TokenField
from explorer.ui.panels.why_not_rows import WhyNotRows
from explorer.ui.rows import scrolled
from explorer.ui.style import Style
from explorer.ui.worker import Job

BEGIN = "Name a token to see why the dice do not choose it, and what would let it in."


class WhyNotPanel(Panel):
    """A field, the answer in a sentence, the table."""

    id = "whynot"
    title = "Why not?"
    help = (
        "The token that the dice choose beside a named one: down the layers, by component, through "
        "the stages of sampling; and the smallest change of each setting that would let it in."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self.field = TokenField("Why not", style)
        self.field.named.connect(self._name)
        self.said = label("")
        self.said.setWordWrap(True)
        self.rows = WhyNotRows(style)
        self.rows.picked.connect(self._pick)
        self._area = scrolled(self.rows)
        self._area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._head, self._top = ground()
        for part in (self.field, self.said):
            self._top.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self._area, 1)
        self.setFocusProxy(self.field)
        self.insight = Insight.of(controller)
        self.insight.arrived.connect(self._arrived)
        self._question: Question | None = None
        self._answer: Admission | None = None
        self._job: Job | None = None
        self._shown: tuple[object, ...] = ()
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        self.field.show_token(new, asked.named(new))
        now = question(new)
        if _key(now) != _key(self._question):
            self._question, self._answer = now, None
            self._ask(new)
        elif self._answer is None and self._job is None:
            self._ask(new)
        found = None if now is None or self.insight.why_not(new) else self.insight.find(new)
        if found is not None and now is not None and found.step is not now.step:
            found = None
        waiting = (bool(new.timeline), new.busy, new.play.running)
        key = (*_key(now), self._answer, found, *waiting)
        if old is None or key != self._shown:
            self._shown = key
            self._show(new, now, found)

    def restyle(self) -> None:
        px = self.looks.px
        self._top.setContentsMargins(px(10), px(5), px(10), px(5))
        self._top.setSpacing(px(4))
        self.said.setFont(self.looks.font(0.96))
        self._head.setStyleSheet(Form.sheet(self.looks))
        self.field.restyle()
        self.rows.fit()

    def _show(self, s: Snapshot, now: Question | None, found: Found | None) -> None:
        if now is None:
            said = BEGIN if s.timeline else s.busy or "Nothing has been read yet."
            self.rows.show_lines(())
        else:
            said = headline(now, self._answer)
            lines = sampling_lines(now)
            if self._answer is not None:
                lines = (*change_lines(now, self._answer), *lines)
            if found is not None and now.token != now.chosen:
                lines += layer_lines(now, found.normed)
                lines += self._components(now, found)
            self.rows.show_lines(lines)
        self.said.setText(said)
        self.setAccessibleDescription(said)
        self.rows.setAccessibleDescription(said)

    def _components(self, now: Question, found: Found) -> tuple[Line, ...]:
        """The table of components; empty until the rows of weights that it needs are here."""
        try:
            with only_here():
                return component_lines(now, found.inspection)
        except MissingError as missing:
            self._shown = ()
            self.insight.fetch(missing)
            return ()

    def _ask(self, s: Snapshot) -> None:
        """Have the answer found on the worker; during play the question changes too fast."""
        if self._job is not None:
            self.controller.worker.cancel(self._job)
            self._job = None
        if self._question is None or s.play.running:
            return
        self._job = self.controller.run(_find(self._question), self._take)
        if not self.insight.why_not(s) and self.insight.find(s) is None:
            self.insight.ask(s)

    def _take(self, answer: Admission) -> None:
        self._answer, self._job = answer, None
        self._arrived()

    @Slot()
    def _arrived(self) -> None:
        if self.is_seen:
            self.draw(self.controller.snapshot, self._drawn)
        else:
            self._drawn = None

    @Slot(int)
    def _name(self, token: int) -> None:
        self.controller.apply(asked.name, token)

    @Slot(int)
    def _pick(self, row: int) -> None:
        """Apply the settings of a row, or look at its head."""
        line = self.rows.lines[row]
        if line.sampling is not None:
            self.controller.apply(moves.sample_with, line.sampling)
        elif line.head is not None:
            self.controller.apply(moves.look_at, *line.head)


def _key(q: Question | None) -> tuple[object, ...]:
    return () if q is None else (q.chances, q.token)


def _find(q: Question) -> Iterator[Admission]:
    yield q.answer()
