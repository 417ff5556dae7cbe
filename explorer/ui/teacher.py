"""The teacher: verbs of the memory desk that let Boltzmann machines learn and walk that learning.

Every update and every sweep is made in the worker; an answer counts only while nothing has changed
that it rests on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, Slot

from explorer.physics.hopfield import Spins
from explorer.physics.pretraining_contest import Contest, Task, contest
from explorer.session.memory import lessons, machines, moves, studies, study, teaching, walks
from explorer.session.memory.lessons import Learned, Lesson
from explorer.session.memory.snapshot import Memory, Walks
from explorer.session.memory.study import LONGEST, Study
from explorer.ui.worker import Job

if TYPE_CHECKING:
    from explorer.ui.memory_desk import MemoryDesk

_FRAME = 0.05
MANY = 100  # sweeps of Gibbs chains at once


class Teacher(QObject):
    """Boltzmann machines of one desk."""

    def __init__(self, desk: MemoryDesk) -> None:
        super().__init__(desk)
        self._job: Job | None = None
        self._awaited: Study | None = None
        self._latest: Study | None = None
        self._painted = 0.0
        self._measuring = False
        self._said = ""
        # Later, when everybody has heard of a change: what follows from it is another change.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._measure)
        desk.changed.connect(self._follow)

    @property
    def _desk(self) -> MemoryDesk:
        # Held by Qt alone, as in the laboratory.
        return cast("MemoryDesk", self.parent())

    def walk(self, what: Walks) -> None:
        """Step, Back and Play walk this from now on."""
        desk = self._desk
        if desk.snapshot.walks != what:
            desk.play(False)
            desk.become(machines.walk(desk.snapshot, what), quiet=True)
        self.measure_soon()

    def measure_soon(self) -> None:
        """Measure the phases of the machine that is shown, if that has not been done."""
        self._soon.start(0)

    def step(self) -> None:
        """One update further, or one sweep of the chains."""
        s = self._desk.snapshot
        if s.walks == "restricted":
            self.seek(walks.bounds(s)[0] + 1)
        elif self._free():
            self._go(_forward(s.machines.study, 1), "machine")

    def back(self) -> None:
        """One step back; stepping again repeats it exactly."""
        self.seek(walks.bounds(self._desk.snapshot)[0] - 1)

    def seek(self, place: int) -> None:
        """To another step of what is walked; the restricted machine learns its way there again."""
        s = self._desk.snapshot
        if s.walks == "boltzmann":
            self.stop()
            s = self._desk.snapshot
            self._desk.become(studies.keep_study(s, study.seek(s.machines.study, place)), "machine")
        elif s.machines.learned is not None and self._free() and not s.busy:
            self._reach(s.machines.learned, place)

    def finish(self) -> None:
        """Learn to the end of the lesson, or draw a hundred sweeps, in the background."""
        self.stop()
        s = self._desk.snapshot
        if s.walks == "boltzmann":
            count = LONGEST if s.machines.study.focus == "learn" else MANY
            self._said = "Learning" if s.machines.study.focus == "learn" else "Sampling"
            self._go(_forward(s.machines.study, count), "machine")
        elif s.machines.learned is not None:
            _study(self._desk, lessons.go_on(s.machines.learned))

    def learn(self, lesson: Lesson) -> None:
        """Let a restricted machine learn from small random weights, in the background."""
        self.stop()
        _study(self._desk, lessons.study(lesson))

    def compare(
        self, letters: Spins, shape: tuple[int, int], plan: Contest, tasks: Sequence[Task]
    ) -> None:
        """Compare a network with and without pretraining in these tasks, which take turns."""
        self.stop()
        for task in tasks:
            slices = contest(letters, shape, plan, task)
            self._desk.experiment(slices, machines.keep_contest, "Comparing", "contest")

    def stop(self) -> None:
        """End what is under way; what was learned so far stays."""
        if self._job is not None:
            self._desk.worker.cancel(self._job)
            self._arrived("machine")
        self._desk.stop_measuring()

    def _free(self) -> bool:
        """Whether nothing is under way; a mere measurement is dropped."""
        if self._job is not None and self._measuring:
            self._desk.worker.cancel(self._job)
            self._job = None
        return self._job is None

    def _go(self, slices: Iterator[Study], gesture: str) -> None:
        """Run the study on; the screen follows as often as the eye can."""
        self._awaited, self._latest = self._desk.snapshot.machines.study, None
        self._measuring = not gesture
        self._job = self._desk.worker.run(
            slices, partial(self._hear, gesture), self._failed, partial(self._arrived, gesture)
        )

    def _hear(self, gesture: str, found: Study) -> None:
        self._latest = found
        if time.monotonic() - self._painted > _FRAME:
            self._painted = time.monotonic()
            self._show(gesture)

    def _arrived(self, gesture: str) -> None:
        """The job has ended or was ended: show the last that it found."""
        self._said = ""
        self._show(gesture)
        self._job = self._awaited = None
        self._desk.apply(moves.working, "")

    def _show(self, gesture: str) -> None:
        """Take over what was found, unless the study is another one by now."""
        s, found, awaited = self._desk.snapshot, self._latest, self._awaited
        self._latest = None
        if found is None or awaited is None:
            return
        now = s.machines.study
        if not _same(now, awaited):
            if self._job is not None:
                self._desk.worker.cancel(self._job)
            self._job, self._said = None, ""
            self._desk.apply(moves.working, "")
            self._soon.start(0)
            return
        self._awaited = replace(
            now, moments=found.moments, cursor=found.cursor, made_by=found.made_by,
            chains=found.chains,
        )  # fmt: skip
        there = moves.working(studies.keep_study(s, self._awaited), _words(self._said, found))
        self._desk.become(there, gesture, quiet=not gesture)

    def _failed(self, error: BaseException) -> None:
        self._show("machine")
        self._job, self._awaited, self._said = None, None, ""
        self._desk.failed(error)

    def _reach(self, learned: Learned, place: int) -> None:
        """Walk the restricted machine to a step, in the worker."""
        ends: list[Learned] = []

        def arrived() -> None:
            self._job = None
            s = self._desk.snapshot
            if ends and s.machines.learned is learned:
                self._desk.become(teaching.keep_learned(s, ends[-1]), "machine")

        self._measuring, self._awaited = False, None
        slices = lessons.walked(learned, place)
        self._job = self._desk.worker.run(slices, ends.append, self._failed, arrived)

    @Slot(object, object)
    def _follow(self, new: Memory, old: Memory) -> None:
        if new.machines is not old.machines:
            self._soon.start(0)

    @Slot()
    def _measure(self) -> None:
        now = self._desk.snapshot.machines.study
        if self._job is None and len(now.patterns) and not now.ready:
            self._go(study.readied(now), "")


def _study(desk: MemoryDesk, slices: Iterator[Learned]) -> None:
    """Let the restricted machine learn in the background; one undo takes it back."""
    desk.experiment(slices, teaching.keep_learned, "Learning", "lesson")


def _forward(now: Study, count: int) -> Iterator[Study]:
    """Updates or sweeps, as the study's focus says."""
    return study.sampled(now, count) if now.focus == "sample" else study.advanced(now, count)


def _words(said: str, found: Study) -> str:
    """What is under way and how far it is; empty when nothing long is."""
    if not said:
        return ""
    at, _ = study.place(found)
    whole = found.lesson.steps if found.focus == "learn" else study.SWEEPS
    return f"{said}: {at:,} of {whole:,}"


def _same(one: Study, other: Study) -> bool:
    """Whether what was found for one study is true of the other as well."""
    return (
        one.patterns is other.patterns and one.hidden == other.hidden
        and one.lesson == other.lesson and one.moments is other.moments
        and one.cursor == other.cursor and one.chains is other.chains
        and one.pattern is other.pattern and one.known is other.known
    )  # fmt: skip
