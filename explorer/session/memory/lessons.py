"""What a restricted Boltzmann machine learns in the workspace, step by step. No Qt, no torch.

Letters: n patterns of V = rows x columns visible units, H hidden units. A lesson is learned by a
generator in slices, so that everything can be watched and ended at any time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.physics.restricted_gibbs import fantasies
from explorer.physics.restricted_learning import Course, Stand, begun, learn
from explorer.physics.restricted_likelihood import LogZ, Meters, data_bias, log_z_of, meters
from explorer.physics.restricted_machine import fresh, reconstructed

FloatArray = NDArray[np.float64]
LOOKS = 40  # how often the figures are read during a lesson
PARTICLES, GIBBS = 12, 100


@dataclass(frozen=True, eq=False)
class Lesson:
    """Patterns (n, V) of 0 and 1 on a grid, the number of hidden units, and how to learn."""

    name: str
    patterns: FloatArray
    shape: tuple[int, int]
    hidden: int
    course: Course


@dataclass(frozen=True, eq=False)
class Learned:
    """How far a lesson has come: the machine, the figures (step, Meters) so far, and samples.

    rebuilt (n, V) are means of one pass up and down from the patterns; dreams (C, V) the chances of
    the visible units after 100 Gibbs steps from coins. done of total updates.
    """

    lesson: Lesson
    stand: Stand
    figures: tuple[tuple[int, Meters], ...]
    rebuilt: FloatArray
    dreams: FloatArray

    @property
    def done(self) -> int:
        """Updates made."""
        return self.stand.step

    @property
    def total(self) -> int:
        """Updates of the whole lesson."""
        return self.lesson.course.steps


def study(lesson: Lesson) -> Iterator[Learned]:
    """Learn a lesson; yields after every slice, the figures are read about 40 times.

    Raises ValueError when the parameters leave the finite numbers.
    """
    start = begun(fresh(lesson.patterns.shape[1], lesson.hidden, lesson.course.seed), lesson.course)
    now = Learned(lesson, start, (), lesson.patterns, np.zeros((0, lesson.patterns.shape[1])))
    now = yield from _looked_at(now)
    every = max(1, lesson.course.steps // (LOOKS * 8))
    looks = max(1, lesson.course.steps // LOOKS)
    last = 0
    for stand in learn(start, lesson.patterns, lesson.course, every):
        now = replace(now, stand=stand)
        if stand.step - last >= looks or stand.step == lesson.course.steps:
            last = stand.step
            now = yield from _looked_at(now)
        else:
            yield now


def _looked_at(now: Learned) -> Generator[Learned, None, Learned]:
    """The same stand, in the end with its figures; log Z may take many slices."""
    machine, data = now.stand.machine, now.lesson.patterns
    known: LogZ | None = None
    for part in log_z_of(machine, now.stand.step, data_bias(data)):
        known = part
        yield now
    found = meters(machine, data, known)
    dice = np.random.Generator(np.random.Philox(key=[now.lesson.course.seed, 5]))
    coins = dice.integers(0, 2, (PARTICLES, data.shape[1])).astype(float)
    *_, last = fantasies(machine, coins, GIBBS, now.stand.step)
    looked = replace(
        now,
        figures=(*now.figures, (now.stand.step, found)),
        rebuilt=reconstructed(machine, data),
        dreams=last.chances,
    )
    yield looked
    return looked
