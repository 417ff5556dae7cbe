"""The examiner: verbs of the controller that ask the network about the text that is shown.

They change nothing but the findings; a new question ends the old one of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Slot

from explorer.engine.checks import Check
from explorer.engine.effects import Effect, parts
from explorer.engine.trace import Trace
from explorer.session import experiments
from explorer.session.findings import Proof, Sweep
from explorer.session.reader import Reader
from explorer.session.snapshot import Snapshot
from explorer.ui.worker import Job

if TYPE_CHECKING:
    from explorer.ui.controller import Controller


class Examiner(QObject):
    """Which head matters, and whether the numbers hold."""

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._sweeping: Job | None = None
        self._proving: Job | None = None

    @property
    def _desk(self) -> Controller:
        # Held by Qt alone: a circle of references would be collected in any thread, and Qt's
        # objects must end in their own.
        return cast("Controller", self.parent())

    def sweep(self) -> None:
        """Switch every head and MLP off in turn; once more while it runs ends it."""
        if self._sweeping is not None:
            self.cancel_sweep()
            return
        missing = "A sweep needs a text that has been read."
        s, reader = self._desk.snapshot, self._desk.reader_for(missing, lambda can: can.sweep)
        if reader is None:
            return
        facts, how, ids = reader.facts, s.findings.how, s.timeline.node.trace.ids
        token = experiments.asked_token(s)
        total = len(parts(facts.layers, facts.heads, how, True))
        self._keep(experiments.sweep, Sweep(ids, s.edits, token, how, total))
        slices = _swept(reader, ids, token, s)
        run = self._desk.worker.run
        self._sweeping = run(slices, self._swept, self._sweep_failed, self.cancel_sweep)

    @Slot()
    def cancel_sweep(self) -> None:
        """End the sweep; what it has found stays."""
        if self._sweeping is not None:
            self._desk.worker.cancel(self._sweeping)
            self._sweeping = None
        found = self._desk.snapshot.findings.sweep
        if found is not None and found.running:
            self._keep(experiments.sweep, replace(found, running=False))

    def prove(self) -> None:
        """Check the numbers on screen: the text at the cursor, taken apart at the lit position."""
        missing = "There is nothing to prove: read a text first."
        s, reader = self._desk.snapshot, self._desk.reader_for(missing, lambda can: can.proof)
        if reader is None:
            return
        if self._proving is not None:
            self._desk.worker.cancel(self._proving)
        position, token = experiments.proved(s)
        trace = s.timeline.node.trace
        self._keep(experiments.prove, Proof(trace.ids, s.edits, position, token))
        run = self._desk.worker.run
        slices = _proved(reader, trace, position, token)
        self._proving = run(slices, self._checked, self._proof_failed, self._end_proof)

    def _checked(self, check: Check) -> None:
        found = self._desk.snapshot.findings.proof
        if found is not None:
            self._keep(experiments.prove, replace(found, checks=(*found.checks, check)))

    def _proof_failed(self, error: BaseException) -> None:
        self._end_proof()
        self._desk.failed(error)

    def _end_proof(self) -> None:
        self._proving, found = None, self._desk.snapshot.findings.proof
        if found is not None and found.running:
            self._keep(experiments.prove, replace(found, running=False))

    def _swept(self, effects: tuple[Effect, ...]) -> None:
        found = self._desk.snapshot.findings.sweep
        if effects and found is not None:
            found = replace(found, effects=(*found.effects, *effects))
            self._keep(experiments.sweep, found)

    def _sweep_failed(self, error: BaseException) -> None:
        self.cancel_sweep()
        self._desk.failed(error)

    def _keep(self, move: Callable[[Snapshot, Any], Snapshot], found: object) -> None:
        """Make a move that is a finding, not a step: undo passes over it."""
        self._desk.become(move(self._desk.snapshot, found), quiet=True)


def _swept(
    reader: Reader, ids: tuple[int, ...], token: int, s: Snapshot
) -> Iterator[tuple[Effect, ...]]:
    yield from reader.sweep(ids, token, s.edits, s.findings.how, True)


def _proved(reader: Reader, trace: Trace, position: int, token: int) -> Iterator[Check]:
    yield from reader.prove(trace, position, token)
