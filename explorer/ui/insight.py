"""What the worker found inside one token: asked for by the panels that are seen, kept for them.

A memo, not a state: everything in it follows from a recorded step and the network. Only the last
answer is kept, so stepping costs no memory. Panels show an answer that belongs to the step that is
looked at and no other; until it arrives the former picture, under its own heading, is dimmed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from explorer.engine.apart import Apart
from explorer.engine.kept import MissingError, only_here
from explorer.engine.trace import Step, Trace
from explorer.lens.inside import inspected_position, inspected_step
from explorer.lens.logit_lens import asked_token, read_layers
from explorer.session.reader import Reader
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.panel import Panel
from explorer.ui.style import Style
from explorer.ui.worker import Job

# A picture that comes within this time, in ms, replaces the former one without a blink.
PATIENCE = 90


@dataclass(frozen=True, eq=False)
class Found:
    """One pass taken apart, and what each layer would say.

    normed and plain (L + 1, V) are the lens' probabilities with and without the final norm.
    """

    inspection: Apart
    normed: NDArray[np.float64]
    plain: NDArray[np.float64]

    @property
    def step(self) -> Step:
        """The recorded step that it belongs to."""
        return self.inspection.step


class Insight(QObject):
    """The last answer, and the question under way; one for each controller, found as its child."""

    arrived = Signal()

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._controller = controller
        self._found: Found | None = None
        self._asked: Step | None = None
        self._job: Job | None = None
        self._fetching: set[Hashable] = set()

    @classmethod
    def of(cls, controller: Controller) -> Insight:
        """The one that belongs to a controller, made when it is asked for first."""
        return controller.findChild(cls) or cls(controller)

    def find(self, s: Snapshot) -> Found | None:
        """The answer for the step that is looked at; None while it is not known."""
        step = inspected_step(s)
        return self._found if self._found is not None and self._found.step is step else None

    def ask(self, s: Snapshot) -> None:
        """Have the step that is looked at taken apart, unless that is under way."""
        step, position, reader = inspected_step(s), inspected_position(s), self._controller.reader
        if step is self._asked or position is None or reader is None:
            return
        if self._job is not None:
            self._controller.worker.cancel(self._job)
        self._asked = step
        job = _take_apart(reader, s.timeline.node.trace, position)
        self._job = self._controller.run(job, self._take)

    def fetch(self, missing: MissingError) -> None:
        """Have brought here what a picture lacks; `arrived` says when."""
        if missing.wanted not in self._fetching:
            self._fetching.add(missing.wanted)
            self._controller.run(_fetch(missing), self._fetched)

    def why_not(self, s: Snapshot) -> str:
        """Why there is nothing to take apart, in words; empty when there is."""
        if not s.timeline or s.model is None:
            return s.busy or "Nothing has been read yet."
        if s.model.can.formulas:
            return s.model.can.formulas
        if self._controller.reader is None:
            return s.locked or "The network is not open, so its pass cannot be taken apart."
        return ""

    def _take(self, found: Found | None) -> None:
        if found is None:
            return
        self._job, self._found = None, found
        self.arrived.emit()

    def _fetched(self, wanted: Hashable) -> None:
        self._fetching.discard(wanted)
        self.arrived.emit()


class InsightPanel(Panel):
    """A panel that shows what Insight found; subclasses implement `show_found` and `dim`."""

    def __init__(self, controller: Controller, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(controller, style, parent)
        self.insight = Insight.of(controller)
        self.insight.arrived.connect(self._arrived)
        self._shown: tuple[object, ...] = ()
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._lose_patience)

    def show_found(self, s: Snapshot, found: Found | None, note: str) -> None:
        """Show an answer; without one the note says why, and all that needs none is shown."""
        raise NotImplementedError

    def dim(self, waiting: bool) -> None:
        """Show that the picture is that of another step, until the next one comes."""
        raise NotImplementedError

    def draw(self, new: Snapshot, old: Snapshot | None) -> None:
        note = self.insight.why_not(new)
        found = None if note else self.insight.find(new)
        key = (found, inspected_step(new), asked_token(new), new.inside, new.model, note)
        if old is not None and key == self._shown:
            return
        self._shown = key
        if found is None and not note:
            self.insight.ask(new)
            self._patience.start(PATIENCE)
        else:
            self._patience.stop()
            self.dim(False)
        try:
            with only_here():
                self.show_found(new, found, note)
        except MissingError as missing:
            self._shown = ()
            self.insight.fetch(missing)
            self._patience.start(PATIENCE)

    @Slot()
    def _lose_patience(self) -> None:
        self.dim(True)

    @Slot()
    def _arrived(self) -> None:
        if self.is_seen:
            self.draw(self.controller.snapshot, self._drawn)
        else:
            self._drawn = None


def _fetch(missing: MissingError) -> Iterator[Hashable]:
    missing.fetch()
    yield missing.wanted


def _take_apart(reader: Reader, trace: Trace, position: int) -> Iterator[Found | None]:
    inspection = reader.inspect(trace, position)
    # A large network is taken apart block by block, so that a step can come in between.
    for _ in inspection.take_apart():
        yield None
    normed = read_layers(inspection, final_norm=True)
    yield None
    yield Found(inspection, normed, read_layers(inspection, final_norm=False))
