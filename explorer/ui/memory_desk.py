"""The desk of the memory workspace: steps recall, plays it, opens pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from explorer.lens.export import Numbers
from explorer.lens.export_memory import memory_numbers
from explorer.lens.snippet_memory import TOLD, memory_snippet
from explorer.session.memory import beats, experiments, moves, steps, walks
from explorer.session.memory.snapshot import Memory
from explorer.ui.desk import Desk
from explorer.ui.pixels import read_picture
from explorer.ui.teacher import Teacher
from explorer.ui.worker import Job, Worker

_FRAME = 0.05
_LATE = 0.1  # seconds by which play may run behind and still catch up
QUIET = (
    experiments.keep_curve,
    moves.found_valleys,
    moves.notice,
    moves.working,
    moves.fail,
    moves.play,
    moves.look_at,
)


class MemoryDesk(Desk[Memory]):
    """Every verb of the memory workspace."""

    quiet = QUIET
    tables = True
    coded = TOLD

    def __init__(self, snapshot: Memory, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(snapshot, worker, _carry, parent)
        self._awaited = snapshot
        self._batch = 0
        self._experiments: set[Job] = set()
        self._painted = self._due = 0.0
        self.teacher = Teacher(self)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._beat)

    @Slot()
    def step(self) -> None:
        """One beat further: as many neurons as the stride says."""
        if stopped := walks.why_stopped(self.snapshot):
            self.play(False)
            self.apply(moves.notice, stopped)
        elif self.snapshot.walks == "recall":
            self.apply(beats.beat, gesture="recall")
        else:
            self.teacher.step()

    def back(self) -> None:
        """One beat back; stepping again repeats it exactly."""
        self.play(False)
        if self.snapshot.walks == "recall":
            self.apply(beats.beat_back, gesture="recall")
        else:
            self.teacher.back()

    def go(self, end: bool) -> None:
        """To the last recorded step of what is walked, or to its start."""
        self.play(False)
        if self.snapshot.walks == "recall":
            self.apply(steps.to_end if end else steps.to_start)
        else:
            self.teacher.seek(walks.bounds(self.snapshot)[1] if end else 0)

    def play(self, running: bool) -> None:
        """Step again and again at the rate of play, or pause."""
        self.apply(moves.play, running)
        if running:
            self._due = time.monotonic()
            self._beat()
        else:
            self._clock.stop()

    def play_at(self, rate: float) -> None:
        """Change the rate of play, in beats per second."""
        self.apply(moves.play_at, rate, gesture="rate")

    def settle(self) -> None:
        """Recall, or learn, to the end in the background."""
        if stopped := walks.why_stopped(self.snapshot):
            self.apply(moves.notice, stopped)
            return
        self.play(False)
        if self.snapshot.walks != "recall":
            self.teacher.finish()
            return
        self._awaited = self.snapshot
        self.run(steps.settling(self.snapshot), self._settled)

    def open_picture(self, path: Path) -> None:
        """Show a picture file as the state, made as large as the grid and black or white."""
        shape = self.snapshot.shape
        self.apply(moves.working, f"Opening {path.name} …")

        def arrived(spins: Any) -> None:
            now = moves.working(self.snapshot, "")
            if now.shape != shape:
                self.become(moves.fail(now, "The grid has changed; open the picture again."))
            else:
                self.become(moves.put(now, spins, f"Opened {path.name}."))

        self.run(read_picture(path, shape), arrived)

    def stop_measuring(self) -> None:
        """End the experiments under way; what they found so far stays."""
        for job in self._experiments:
            self.worker.cancel(job)
        self._experiments.clear()
        self._batch += 1
        self.apply(moves.working, "")

    def travel(self, then: Memory) -> None:
        """Become a snapshot of the history; an experiment that it does not know ends."""
        self._clock.stop()
        if then.runs != self.snapshot.runs:
            self.stop_measuring()
            then = moves.working(then, "")
        super().travel(then)

    def numbers(self, panel: str) -> Numbers:
        """The numbers of a panel, as they are shown."""
        return memory_numbers(panel, self.snapshot)

    def python(self, panel: str) -> str:
        """The same network, patterns and steps for a panel of recall."""
        return memory_snippet(panel, self.snapshot)

    def say_failure(self, sentence: str) -> None:
        """Play stops; the state stays."""
        self._clock.stop()
        self.apply(moves.fail, sentence)

    def _settled(self, there: Memory) -> None:
        """A sweep has been made; it counts only while nothing else has happened."""
        now, awaited = self.snapshot, self._awaited
        if now.track is awaited.track and now.network is awaited.network:
            self._awaited = replace(now, here=there.here, track=there.track, notice="", error="")
            self.become(self._awaited, gesture="recall")

    def experiment(
        self,
        slices: Iterator[Any],
        keep: Callable[..., Memory],
        what: str = "Measuring",
        gesture: str = "",
    ) -> None:
        """Run an experiment in the background; with a gesture it can be taken back, in one step
        with those of the same batch."""
        gesture = f"{gesture} {self._batch}" if gesture else ""

        def arrived(found: Any) -> None:
            # As often as the eye can follow: a slice may be shorter than a frame.
            if found.done == found.total or time.monotonic() - self._painted > _FRAME:
                self._painted = time.monotonic()
                said = f"{what}: {found.done:,} of {found.total:,}" if running() else ""
                there = moves.working(keep(self.snapshot, found), said)
                self.become(there, gesture, quiet=not gesture)

        def running() -> bool:
            return job in self._experiments

        def done() -> None:
            self._experiments.discard(job)
            if not self._experiments:
                self.apply(moves.working, "")

        job = self.run(slices, arrived, done)
        self._experiments.add(job)

    @Slot()
    def _beat(self) -> None:
        if not self.snapshot.play.running:
            return
        self.step()
        # Whole milliseconds would make 59 beats of 60: the next one counts from when this was due.
        now = time.monotonic()
        self._due = max(self._due + 1 / self.snapshot.play.rate, now - _LATE)
        self._clock.start(max(0, round(1000 * (self._due - now))))


def _carry(now: Memory, then: Memory) -> Memory:
    return moves.carry(now, experiments.carry(now, then))
