"""Panel: the stops of play and of runs. Build one in the form or type it; edit it in place."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout

from explorer.lens.stops import stop_rows, summary
from explorer.session import stops
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.panels.sampling_form import Form, button, label, scrolled
from explorer.ui.panels.stop_form import StopForm
from explorer.ui.panels.stop_rows import StopLines
from explorer.ui.run import run_back, run_to
from explorer.ui.style import Style


class StopsPanel(Panel):
    """Two buttons that run, the form for a new stop, the list."""

    id = "stops"
    title = "Stops"
    help = (
        'Conditions at which play and runs stop, such as entropy > 4 or token = "·cat". F5 runs '
        "to the next place where one holds, Shift+F5 back to the one before; F9 adds the token."
    )

    def __init__(self, controller: Controller, style: Style) -> None:
        super().__init__(controller, style)
        self.form = StopForm(style)
        self.form.asked.connect(self._add)
        self.list = StopLines(style)
        self.list.switched.connect(self._switch)
        self.list.rewritten.connect(self._rewrite)
        self.list.removed.connect(self._remove)
        self.back = button("◂ Run back", "Back to the stop before (Shift+F5).",
                           lambda: run_back(controller))  # fmt: skip
        self.run = button("Run to ▸", "On to the next stop (F5); P or Esc ends the run.",
                          lambda: run_to(controller))  # fmt: skip
        self._empty = label("")
        self._empty.setWordWrap(True)
        self._body, self._column = scrolled(self)
        self._buttons = QHBoxLayout()
        self._buttons.addWidget(self.back)
        self._buttons.addWidget(self.run)
        self._buttons.addStretch(1)
        self._column.addLayout(self._buttons)
        for part in (self.list, self._empty, self.form):
            self._column.addWidget(part)
        self._column.addStretch(1)
        self.setFocusProxy(self.form.field)
        self.restyle()

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        if old is not None and not _differs(new, old):
            return
        rows = stop_rows(new)
        self.list.show_rows(rows)
        self._empty.setText("" if rows else summary(rows))
        self._empty.setVisible(not rows)
        self.back.setEnabled(bool(new.timeline))
        self.run.setEnabled(bool(new.timeline))
        self.form.show_snapshot(new)
        self.setAccessibleDescription(summary(rows))

    def restyle(self) -> None:
        px = self.looks.px
        self._column.setContentsMargins(px(10), px(6), px(10), px(6))
        self._column.setSpacing(px(8))
        self._buttons.setSpacing(px(6))
        for push in (self.back, self.run):
            push.setFont(self.looks.font(0.92))
            push.setFixedHeight(px(24))
        self._empty.setFont(self.looks.font(0.92))
        self._body.setStyleSheet(Form.sheet(self.looks))
        self.form.restyle()
        self.list.restyle()

    @Slot(str)
    def _add(self, text: str) -> None:
        self.controller.apply(stops.add, text)

    @Slot(int, bool)
    def _switch(self, index: int, on: bool) -> None:
        self.controller.apply(stops.switch, index, on)

    @Slot(int, str)
    def _rewrite(self, index: int, text: str) -> None:
        self.controller.apply(stops.rewrite, index, text)

    @Slot(int)
    def _remove(self, index: int) -> None:
        self.controller.apply(stops.remove, index)


def _differs(new: Snapshot, old: Snapshot) -> bool:
    return (
        new.stops is not old.stops
        or new.timeline is not old.timeline
        or new.model is not old.model
        or new.look != old.look
    )
