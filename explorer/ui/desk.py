"""Desk: the current snapshot of one workspace, its history, and the jobs that it has under way.

Every workspace (text, memories, ...) has a frozen snapshot of its own and one desk that says which
one is current. Pure moves go through `apply`; long work goes through `run`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from explorer.lens.export import Numbers
from explorer.ui.history import History
from explorer.ui.worker import Job, Worker

S = TypeVar("S")


class Desk(QObject, Generic[S]):
    """`changed(new, old)` follows every change; `snapshot` is the current one.

    quiet names the moves that cannot be taken back by themselves; carry(now, then) is the snapshot
    to travel to by undo or redo: what then lay there, with what must stay as it is now. `tables`
    says whether the panels of the workspace have numbers to be written, `coded` which of them
    `python` can tell.
    """

    changed = Signal(object, object)
    coded: tuple[str, ...] = ()
    quiet: tuple[Callable[..., Any], ...] = ()
    tables: bool = False

    def __init__(
        self,
        snapshot: S,
        worker: Worker,
        carry: Callable[[S, S], S],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.snapshot: S = snapshot
        self.worker = worker
        self.history: History[S] = History(carry)

    def apply(self, move: Callable[..., S], *arguments: Any, gesture: str = "") -> None:
        """Make a pure move. Moves of one `gesture` (a slider's drag) are undone together."""
        self.become(move(self.snapshot, *arguments), gesture, quiet=move in self.quiet)

    def become(self, new: S, gesture: str = "", quiet: bool = False) -> None:
        """Take a snapshot as the current one; the same one changes nothing."""
        old = self.snapshot
        if new is old:
            return
        if not quiet:
            self.history.keep(old, gesture)
        self.snapshot = new
        self.changed.emit(new, old)

    def run(
        self,
        slices: Iterator[Any],
        on_value: Callable[[Any], None],
        on_done: Callable[[], None] = lambda: None,
    ) -> Job:
        """Start long work on the worker; its failure becomes a sentence in the window."""
        return self.worker.run(slices, on_value, self.failed, on_done)

    def undo(self) -> None:
        """Take back the last change, whatever it was."""
        self.travel(self.history.undo(self.snapshot))

    def redo(self) -> None:
        """Make the change again that was taken back."""
        self.travel(self.history.redo(self.snapshot))

    def travel(self, then: S) -> None:
        """Become a snapshot of the history."""
        if then is not self.snapshot:
            old, self.snapshot = self.snapshot, then
            self.changed.emit(then, old)

    def failed(self, error: BaseException) -> None:
        """Say in the window what went wrong."""
        known = isinstance(error, (ValueError, OSError))
        logging.getLogger(__name__).error("worker failed", exc_info=error)
        what = str(error) if known else f"Something went wrong ({error!r}); your work is unharmed."
        self.say_failure(what)

    def numbers(self, panel: str) -> Numbers:
        """The numbers of a panel; raises ValueError with a sentence where there are none."""
        raise ValueError(f"The panel {panel!r} has no numbers.")

    def python(self, panel: str) -> str:
        """Lines of Python that compute a panel's numbers again; raises ValueError where none do."""
        raise ValueError("Only panels of the text and of memories can be copied as Python.")

    def say_failure(self, sentence: str) -> None:
        """Put the sentence into the snapshot; what was under way has ended."""
        raise NotImplementedError
