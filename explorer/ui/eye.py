"""The eye: has the rows fetched that the screen shows of a network on another machine.

It changes nothing about the text: the snapshot gets the same steps with more of their numbers. A
network in this process has everything at once, and the eye rests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QObject, QTimer, Slot

from explorer.engine.interface import Distant
from explorer.engine.partial import Rows
from explorer.engine.trace import Trace
from explorer.lens.distant import wanted
from explorer.session.fetched import enrich
from explorer.ui.controller import Controller
from explorer.ui.dock import PanelDock
from explorer.ui.worker import Job

# How often it looks which panels are seen: Qt does not say it for every way of covering one.
_EVERY_MS = 150


class Eye(QObject):
    """Follows a controller and the panels in the docks of a window, and goes with it."""

    def __init__(
        self, controller: Controller, docks: Mapping[str, PanelDock], window: QObject
    ) -> None:
        super().__init__(window)
        self._controller, self._docks = controller, docks
        self._job: Job | None = None
        self._asked: tuple[Trace, Rows] | None = None
        self._ticks = QTimer(self)
        self._ticks.setInterval(_EVERY_MS)
        self._ticks.timeout.connect(self.look)
        controller.changed.connect(self._follow)

    @Slot()
    def look(self) -> None:
        """Ask for what is on the screen and not here."""
        reader, s = self._controller.reader, self._controller.snapshot
        if not isinstance(reader, Distant):
            self._ticks.stop()
            return
        seen = [name for name, dock in self._docks.items() if dock.panel.is_seen]
        rows = wanted(seen, s)
        reader.want(rows)
        if not s.timeline or s.locked or self._job is not None:
            return
        trace = s.timeline.node.trace
        if self._asked == (trace, rows) or not reader.lacks(trace, rows):
            return
        self._asked = (trace, rows)
        self._job = self._controller.worker.run(
            _fetched(reader, trace, rows), self._take, self._failed
        )

    @Slot(object, object)
    def _follow(self, new: object, old: object) -> None:
        if isinstance(self._controller.reader, Distant):
            self._ticks.start()
            self.look()

    def _take(self, answer: tuple[Trace, Trace]) -> None:
        self._job = None
        new = enrich(self._controller.snapshot, *answer)
        if new is not self._controller.snapshot:
            self._controller.become(new, quiet=True)

    def _failed(self, error: BaseException) -> None:
        self._job = None
        self._controller.failed(error)


def _fetched(reader: Distant, trace: Trace, rows: Rows) -> Iterator[tuple[Trace, Trace]]:
    yield trace, reader.fetch(trace, rows)
