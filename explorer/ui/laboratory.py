"""The laboratory: verbs of the controller that change something inside the network.

Every verb that needs the network hands a generator to the worker and makes a move when the answer
arrives; an answer for a text that is no longer there is asked for again, or dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, QTimer, Slot

from explorer.engine.edits import NO_EDITS, Edit, Edits, Off, Patch, Sharpening, Steering
from explorer.engine.trace import Trace
from explorer.lens.surprise import foresee
from explorer.session import experiments, moves, sharpness
from explorer.session.experiments import Reread
from explorer.session.findings import Before
from explorer.session.reader import Reader
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Node
from explorer.ui.worker import Job

if TYPE_CHECKING:
    from explorer.ui.controller import Controller

Change = Callable[[Reader], Edits]


class Laboratory(QObject):
    """Edits, steering and patches of one controller."""

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._plain = Trace()
        self._editing: Job | None = None
        self._asked: Node | None = None
        self._change: Change = lambda _: NO_EDITS
        self._comparing: Job | None = None
        # Later, when everybody has heard of a change: what follows from it is another change.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._compare)
        controller.changed.connect(self._follow)

    @property
    def _desk(self) -> Controller:
        # Held by Qt alone: a circle of references would be collected in any thread, and Qt's
        # objects must end in their own.
        return cast("Controller", self.parent())

    def toggle(self, off: Off) -> None:
        """Switch a part off, or on again."""
        s = self._desk.snapshot
        text = s.timeline.node.trace.ids if s.timeline else ()
        if off.how == "mean" and not text and not s.edits.reference:
            self._desk.apply(moves.notice, "A mean is taken over a text; read one first.")
            return
        self._alter(lambda edits: experiments.toggled(edits, off, text))

    def remove(self, one: Edit) -> None:
        """Take one edit back, the others stay."""
        self._alter(lambda edits: experiments.without(edits, one))

    def clear(self) -> None:
        """Take every edit back."""
        self.edit(NO_EDITS)

    def steer(self, wanted: str, unwanted: str, like: Steering) -> None:
        """Add the difference of two prompts to the residual stream, as `like` says but for it."""

        def change(reader: Reader) -> Edits:
            vector = experiments.difference(reader, wanted, unwanted, like.layer)
            return experiments.steered(before(reader), replace(like, vector=vector))

        before = self._before()
        self._edit(change)

    def sharpen(self, one: Sharpening) -> None:
        """Multiply the scores of a head, or of all; a factor of 1 takes that back."""
        self._alter(lambda edits: sharpness.with_sharpening(edits, one))

    def patch(self, source: Trace | str, like: Patch) -> None:
        """Put an activation of another text here, as `like` says but for its values."""
        before = self._before()
        self._edit(
            lambda reader: experiments.patched(
                before(reader), experiments.taken(reader, source, like)
            )
        )

    def edit(self, edits: Edits) -> None:
        """Read the text at the cursor under these edits; where it was so read before, go there."""
        self._alter(lambda _: edits)

    def drop(self) -> None:
        """The reading under way, if there is one, is not wanted any more."""
        if self._editing is not None:
            self._desk.worker.cancel(self._editing)
            self._editing = None

    def _alter(self, alter: Callable[[Edits], Edits]) -> None:
        """Change the edits without asking the network, and read the text if it has to be read."""
        s, before = self._desk.snapshot, self._before()
        if self._editing is not None:
            self._edit(lambda reader: alter(before(reader)))
            return
        edits = alter(s.edits)
        if edits == s.edits:
            return
        if s.model is not None and s.model.can.edits:
            self._desk.apply(moves.notice, s.model.can.edits)
            return
        if not s.timeline:
            self._desk.apply(moves.edit, edits)
            return
        here = experiments.enter(s, edits)
        if here is None:
            self._edit(lambda _: edits)
        else:
            self._desk.play(False)
            self._desk.become(replace(here, play=self._desk.snapshot.play))

    def _before(self) -> Change:
        """The edits that the next change is made to: those being read, else those that hold."""
        edits = self._desk.snapshot.edits
        return self._change if self._editing is not None else lambda _: edits

    def _edit(self, change: Change) -> None:
        """Find the edits and read the text under them, in the worker."""
        missing = "An experiment needs a text that has been read."
        reader = self._desk.reader_for(missing, lambda can: can.edits)
        if reader is None:
            return
        self.drop()
        self._desk.play(False)
        self._desk.apply(moves.working, "Reading the text again …")
        s = self._desk.snapshot
        self._asked, self._change = s.timeline.node, change
        self._editing = self._desk.worker.run(
            _changed(reader, s, change), self._arrive, self._edit_failed
        )

    def _arrive(self, answer: Reread | None) -> None:
        if answer is None:
            return
        self._editing = None
        s = moves.working(self._desk.snapshot, "")
        if not s.timeline:
            self._desk.become(s, quiet=True)
        elif s.timeline.node is not self._asked:
            self._edit(self._change)  # the text has moved on meanwhile
        else:
            here = experiments.enter(s, answer.trace.edits)
            self._desk.become(experiments.branch(s, answer) if here is None else here)

    def _edit_failed(self, error: BaseException) -> None:
        self._editing = None
        self._desk.failed(error)

    @Slot(object, object)
    def _follow(self, new: Snapshot, old: Snapshot) -> None:
        if new.timeline is not old.timeline and new.edits:
            self._soon.start(0)

    @Slot()
    def _compare(self) -> None:
        """Keep ready what the text leads to without edits, while there are edits."""
        new = self._desk.snapshot
        if not new.timeline or not new.timeline.node.trace.edits or self._desk.reader is None:
            return
        ids, before = new.timeline.node.trace.ids, new.findings.before
        if before is not None and before.ids == ids:
            return
        known = experiments.plain_node(new)
        if known is not None:
            self._compared(known)
            return
        if self._comparing is not None:
            self._desk.worker.cancel(self._comparing)
        slices = _read_plain(self._desk.reader, self._plain, ids)
        self._comparing = self._desk.run(slices, self._compared)

    def _compared(self, trace: Trace) -> None:
        self._comparing, self._plain = None, trace
        self._keep(experiments.compare, Before(trace.ids, trace.steps[-1].logits))

    def _keep(self, move: Callable[[Snapshot, Any], Snapshot], found: object) -> None:
        """Make a move that is a finding, not a step: undo passes over it."""
        self._desk.become(move(self._desk.snapshot, found), quiet=True)


def _changed(reader: Reader, s: Snapshot, change: Change) -> Iterator[Reread | None]:
    edits = change(reader)
    yield None
    for answer in experiments.reread(reader, s, edits):
        yield from foresee(() if answer is None else answer.trace.steps)
        yield answer


def _read_plain(reader: Reader, known: Trace, ids: tuple[int, ...]) -> Iterator[Trace]:
    yield experiments.plain(reader, known, ids)
