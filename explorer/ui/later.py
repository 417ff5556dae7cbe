"""Later: what a window takes in after its first picture, so that the picture comes at once.

Modules are imported in the worker's thread; widgets are made piece by piece while nothing else is
under way. Whoever asks for something that is not there yet gets all of it first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer, Slot

from explorer.ui.worker import Worker
from explorer.ui.workspace import Workspace

_PAUSE_MS = 30
Take = Callable[[Workspace], None]


class Later(QObject):
    """`imports` loads modules, a slice at a time; `pieces` are workspaces with ever more panels."""

    def __init__(
        self, imports: Iterator[None], pieces: Iterator[Workspace], worker: Worker
    ) -> None:
        super().__init__()
        self._imports, self._pieces, self._worker = imports, pieces, worker
        self._take: Take | None = None
        self._imported = False
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._go_on)

    def give_to(self, take: Take) -> None:
        """Who takes the pieces in."""
        self._take = take

    def begin(self) -> None:
        """Give piece after piece once the work under way is done."""
        self._timer.start()

    def finish(self) -> None:
        """Give all that is left at once."""
        self._timer.stop()
        while self._next():
            pass

    @Slot()
    def _go_on(self) -> None:
        if self._worker.busy:
            return
        if not self._imported:
            self._imported = True
            self._worker.run(self._imports, lambda _: None, lambda _: None)
        elif not self._next():
            self._timer.stop()

    def _next(self) -> bool:
        piece = next(self._pieces, None)
        if piece is not None and self._take is not None:
            self._take(piece)
        return piece is not None
