"""Where the choice of the dice flips, found in the background for the scales of temperature.

A memo, not a state: the marks follow from the snapshot. They are looked for when anything but the
temperature has changed and a panel that shows them is seen; during play, once it lingers.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from explorer.lens.heat import Marks, marks, marks_key
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.worker import Job

_PLAYING_MS = 60


class Flips(QObject):
    """The marks of the step at the cursor; one for each controller, found as its child.

    `marks` is None while they are not known, and `changed` is sent when they are.
    """

    changed = Signal()

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._controller = controller
        self._key: object = None
        self._wanted = controller.snapshot
        self._job: Job | None = None
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._ask)
        self.marks: Marks | None = None

    @classmethod
    def of(cls, controller: Controller) -> Flips:
        """The one that belongs to a controller, made when it is asked for first."""
        return controller.findChild(cls) or cls(controller)

    def follow(self, s: Snapshot) -> Marks | None:
        """The marks of a snapshot if they are known; else they are looked for."""
        key = marks_key(s) if s.model is not None and s.timeline else None
        if key is None or key != self._key:
            self._drop()
            self._key, self._wanted = key, s
            if key is not None:
                # After the paint: the step itself must not wait for them.
                self._clock.start(_PLAYING_MS if s.play.running else 0)
        return self.marks

    def _drop(self) -> None:
        if self._job is not None:
            self._controller.worker.cancel(self._job)
        self._job, self.marks = None, None
        self._clock.stop()

    @Slot()
    def _ask(self) -> None:
        self._job = self._controller.run(_found(self._wanted), self._take)

    def _take(self, found: Marks | None) -> None:
        self._job, self.marks = None, found
        self.changed.emit()


def _found(s: Snapshot) -> Iterator[Marks | None]:
    yield marks(s)
