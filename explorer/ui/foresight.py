"""Foresight: searches the line for where the present settings would have turned it.

The search throws every draw again, so it is the worker's; a new question ends the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, Slot

from explorer.lens.whatif import pending, search
from explorer.session import experiments
from explorer.session.findings import Turned
from explorer.session.snapshot import Snapshot
from explorer.ui.worker import Job

if TYPE_CHECKING:
    from explorer.ui.controller import Controller

# Between two searches: a slider that is dragged asks at every frame.
_APART_MS = 100


class Foresight(QObject):
    """Follows one controller; what it finds is among the findings of the snapshot."""

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._searching: Job | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._search)
        controller.changed.connect(self._follow)

    @property
    def _desk(self) -> Controller:
        # Held by Qt alone: a circle of references would be collected in any thread, and Qt's
        # objects must end in their own.
        return cast("Controller", self.parent())

    @Slot(object, object)
    def _follow(self, new: Snapshot, old: Snapshot) -> None:
        if (
            new.timeline is old.timeline
            and new.sampling is old.sampling
            and new.model is old.model
            and new.findings.turned is old.findings.turned
        ):
            return
        if self._searching is not None:
            self._desk.worker.cancel(self._searching)
            self._searching = None
        if not self._pause.isActive():
            self._search()

    @Slot()
    def _search(self) -> None:
        s = self._desk.snapshot
        if self._searching is None and pending(s):
            self._searching = self._desk.run(search(s), self._take)
            self._pause.start(_APART_MS)

    def _take(self, found: Turned | None) -> None:
        if found is not None:
            self._searching = None
            self._desk.become(experiments.foresee(self._desk.snapshot, found), quiet=True)
