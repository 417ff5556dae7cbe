"""What a restricted Boltzmann machine learns in the workspace, step by step. No Qt, no torch.

Letters: n patterns of V = rows x columns visible units, H hidden units. A lesson is learned by a
generator in slices, so that everything can be watched and ended at any time. Every update throws
counted dice, so any one can be reached again from the mark before it, forwards or back.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from explorer.physics.restricted_gibbs import fantasies
from explorer.physics.restricted_learning import Course, Stand, begun, learn
from explorer.physics.restricted_likelihood import (
    SOON_SUMMED,
    LogZ,
    Meters,
    data_bias,
    log_z_of,
    meters,
)
from explorer.physics.restricted_machine import fresh, reconstructed

FloatArray = NDArray[np.float64]
LOOKS = 40  # how often the figures are read during a lesson
PARTICLES, GIBBS = 12, 100
_MARKS = 4e6  # numbers kept in marks: 32 MB
_SLICE = 20  # updates in a slice while a step is looked for


@dataclass(frozen=True, eq=False)
class Lesson:
    """Patterns (n, V) of 0 and 1 on a grid, the number of hidden units, and how to learn.

    unseen (m, V) are held out: they are not learned, only measured; m may be 0.
    """

    name: str
    patterns: FloatArray
    shape: tuple[int, int]
    hidden: int
    course: Course
    unseen: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))


@dataclass(frozen=True, eq=False)
class Learned:
    """How far a lesson has come: the machine, the figures (step, Meters) in order, and samples.

    rebuilt (n, V) are means of one pass up and down from the patterns; dreams (C, V) the chances of
    the visible units after 100 Gibbs steps from coins. marks are stands that other steps are
    reached from. done of total updates. A session must keep lesson, stand, figures and marks.
    """

    lesson: Lesson
    stand: Stand
    figures: tuple[tuple[int, Meters], ...]
    rebuilt: FloatArray
    dreams: FloatArray
    marks: tuple[Stand, ...] = ()

    @property
    def done(self) -> int:
        """Updates made."""
        return self.stand.step

    @property
    def total(self) -> int:
        """Updates of the whole lesson."""
        return self.lesson.course.steps

    @property
    def figure(self) -> Meters | None:
        """The last figures up to the stand."""
        seen = [one for step, one in self.figures if step <= self.stand.step]
        return seen[-1] if seen else None


def study(lesson: Lesson) -> Iterator[Learned]:
    """Learn a lesson; yields after every slice, the figures are read about 40 times.

    Raises ValueError when the parameters leave the finite numbers.
    """
    start = begun(fresh(lesson.patterns.shape[1], lesson.hidden, lesson.course.seed), lesson.course)
    nothing = np.zeros((0, lesson.patterns.shape[1]))
    now = Learned(lesson, start, (), lesson.patterns, nothing, (start,))
    now = yield from _looked_at(now)
    yield from go_on(now)


def go_on(now: Learned) -> Iterator[Learned]:
    """Learn what is left of the lesson, as `study` does."""
    steps = now.total
    every, looks = max(1, steps // (LOOKS * 8)), max(1, steps // LOOKS)
    last = now.done
    for stand in learn(now.stand, now.lesson.patterns, now.lesson.course, every):
        now = replace(now, stand=stand)
        if stand.step - last >= looks or stand.step == steps:
            last = stand.step
            now = yield from _looked_at(_marked(now))
        else:
            yield now


def walked(now: Learned, step: int) -> Iterator[Learned]:
    """To the stand after `step` updates, forwards or back; the last yield is there.

    Figures are read where log Z can be summed at once.
    """
    step = min(max(step, 0), now.total)
    known = [one for one in (*now.marks, now.stand) if one.step <= step]
    stand = max(known, key=lambda one: one.step)
    while stand.step < step:
        size = min(_SLICE, step - stand.step)
        stand = next(learn(stand, now.lesson.patterns, now.lesson.course, size))
        yield now
    yield from _looked_at(replace(now, stand=stand), quick=True)


def _marked(now: Learned) -> Learned:
    """With the stand among the marks, if there is room for it."""
    stand = now.stand
    parts = (stand.machine.weights, stand.velocity[0], stand.chains, stand.above)
    room = max(int(_MARKS / sum(part.size for part in parts)), 2)
    apart = max(1, now.total // room)
    if any(one.step == stand.step or 0 <= stand.step - one.step < apart for one in now.marks):
        return now
    return replace(now, marks=tuple(sorted((*now.marks, stand), key=lambda one: one.step)))


def _looked_at(now: Learned, quick: bool = False) -> Generator[Learned, None, Learned]:
    """The same stand, in the end with its figures; log Z may take many slices.

    quick leaves the figures out where log Z takes longer than a slice.
    """
    machine, data, step = now.stand.machine, now.lesson.patterns, now.stand.step
    figures = dict(now.figures)
    slow = min(machine.weights.shape) > SOON_SUMMED
    if step not in figures and not (quick and slow):
        known: LogZ | None = None
        for part in log_z_of(machine, step, data_bias(data)):
            known = part
            yield now
        figures[step] = meters(machine, data, known, unseen=now.lesson.unseen)
    dice = np.random.Generator(np.random.Philox(key=[now.lesson.course.seed, 5]))
    coins = dice.integers(0, 2, (PARTICLES, data.shape[1])).astype(float)
    *_, last = fantasies(machine, coins, GIBBS, step)
    looked = replace(
        now,
        figures=tuple(sorted(figures.items(), key=lambda one: one[0])),
        rebuilt=reconstructed(machine, data),
        dreams=last.chances,
    )
    yield looked
    return looked
