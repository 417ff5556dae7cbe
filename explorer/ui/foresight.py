"""Foresight: searches the line for where the present settings would have turned it.

The search throws every draw again, so it is the worker's; a new question ends the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Slot

from explorer.lens.whatif import pending, search
from explorer.session import experiments
from explorer.session.findings import Turned
from explorer.session.snapshot import Snapshot
from explorer.ui.worker import Job

if TYPE_CHECKING:
    from explorer.ui.controller import Controller


class Foresight(QObject):
    """Follows one controller; what it finds is among the findings of the snapshot."""

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._searching: Job | None = None
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
        if pending(new):
            self._searching = self._desk.run(search(new), self._take)

    def _take(self, found: Turned | None) -> None:
        if found is not None:
            self._searching = None
            self._desk.become(experiments.foresee(self._desk.snapshot, found), quiet=True)
