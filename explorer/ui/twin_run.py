"""Lets the twin grow beside us, one token at a time, and compares the layers of both in the worker.

A memo and a job, no state: what B is stands in the snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal, Slot

from explorer.engine.sampling import Draw
from explorer.engine.trace import Trace
from explorer.lens.logit_lens import read_layers
from explorer.lens.twin import LayerGaps, layer_gaps
from explorer.session import twin
from explorer.session.reader import Reader
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.worker import Job


class TwinRun(QObject):
    """Follows a controller; `compared` says that `gaps` of the layers have arrived."""

    compared = Signal()

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._controller = controller
        self._growing: Job | None = None
        self._comparing: Job | None = None
        self._key: tuple[Trace, Trace] | None = None
        self.gaps: LayerGaps | None = None
        controller.changed.connect(self._follow)

    @Slot(object, object)
    def _follow(self, new: Snapshot, old: Snapshot) -> None:
        reader = self._controller.reader
        if self._growing is not None or reader is None:
            return
        draw = twin.wanted(new)
        if draw is None:
            return
        here = twin.known(new, draw)
        if here is not None:
            self._controller.become(here, quiet=True)
            return
        parent = twin.aligned(new)
        assert parent is not None
        node = new.timeline.nodes[parent]

        def take(trace: Trace) -> None:
            self._growing = None
            now = self._controller.snapshot
            same = twin.aligned(now) == parent and now.timeline.nodes[parent] is node
            if same and twin.wanted(now) == draw:
                self._controller.become(twin.advance(now, parent, trace, draw), quiet=True)
            else:
                self._follow(now, now)

        self._growing = self._controller.worker.run(
            _read(reader, node.trace, draw), take, self._failed
        )

    def compare(self, s: Snapshot) -> None:
        """Have the layers at the ends of both texts compared, unless that is known."""
        other, reader = twin.aligned(s), self._controller.reader
        if other is None or reader is None or s.model is None or s.model.can.formulas:
            self.gaps, self._key = None, None
            return
        key = (s.timeline.node.trace, s.timeline.nodes[other].trace)
        if key == self._key:
            return
        if self._comparing is not None:
            self._controller.worker.cancel(self._comparing)
        self._key = key
        self._comparing = self._controller.worker.run(
            _compare(reader, *key, s.model.labels), self._take_gaps, self._failed
        )

    def _take_gaps(self, gaps: LayerGaps) -> None:
        self.gaps, self._comparing = gaps, None
        self.compared.emit()

    def _failed(self, error: BaseException) -> None:
        self._growing = self._comparing = None
        if twin.is_on(self._controller.snapshot):
            self._controller.become(twin.toggle(self._controller.snapshot), quiet=True)
        self._controller.failed(error)


def _read(reader: Reader, trace: Trace, draw: Draw) -> Iterator[Trace]:
    yield reader.read(trace, [draw.token], trace.edits)


def _compare(reader: Reader, a: Trace, b: Trace, labels: tuple[str, ...]) -> Iterator[LayerGaps]:
    mine = read_layers(reader.inspect(a, len(a) - 1), True)
    yield layer_gaps(labels, mine, read_layers(reader.inspect(b, len(b) - 1), True))
