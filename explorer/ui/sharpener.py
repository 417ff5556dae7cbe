"""The text under a sharpness that is tried out: read by the worker for panels that are seen.

A memo, not a state: what it holds follows from a text, edits and the network. The story, and what
the engine remembers of it, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject, Signal

from explorer.engine.edits import Edits
from explorer.lens.attention import chosen_head
from explorer.lens.two_temperatures import Seen, seen
from explorer.session.reader import Reader
from explorer.session.sharpness import Under, read_under
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.worker import Job

_KEPT = 6
Question = tuple[tuple[int, ...], Edits, int, int]


class Sharpener(QObject):
    """The last answers, and the question under way; one for each controller, found as its child."""

    arrived = Signal()

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._controller = controller
        self._kept: list[Under] = []
        self._asked: list[Question] = []
        self._job: Job | None = None

    @classmethod
    def of(cls, controller: Controller) -> Sharpener:
        """The one that belongs to a controller, made when it is asked for first."""
        return controller.findChild(cls) or cls(controller)

    def find(self, s: Snapshot, edits: Edits) -> Seen | None:
        """What the text at the cursor gives under edits; None while that is not known."""
        question = _question(s, edits)
        probe = next((one for one in self._kept if one.fits(*question)), None)
        return seen(s, edits, probe)

    def ask(self, s: Snapshot, under: Sequence[Edits]) -> None:
        """Have the text at the cursor read under these edits; the last question wins."""
        reader, wanted = self._controller.reader, [_question(s, edits) for edits in under]
        if reader is None or wanted == self._asked:
            return
        if self._job is not None:
            self._controller.worker.cancel(self._job)
        self._asked = wanted
        self._job = self._controller.run(_read(reader, wanted), self._take, self._done)

    def _take(self, found: Under) -> None:
        self._kept = [*self._kept[-(_KEPT - 1) :], found]
        self.arrived.emit()

    def _done(self) -> None:
        self._job, self._asked = None, []


def _question(s: Snapshot, edits: Edits) -> Question:
    layer, head = chosen_head(s)
    return s.timeline.node.trace.ids, edits, layer, head


def _read(reader: Reader, wanted: Sequence[Question]) -> Iterator[Under]:
    for question in wanted:
        yield read_under(reader, *question)
