"""Study: what a general Boltzmann machine is taught, how far it has come, what is asked of it.

Letters: V visible units, one for each cell of a grid of rows x columns; n units with the hidden
ones; C chains. A session must keep every field: `moments` may be computed again from the first, by
the lesson that made them, and `chains` from their machine (both throw counted dice). No Qt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.physics.bars_and_stripes import bars_and_stripes
from explorer.physics.boltzmann_gibbs import coins, swept
from explorer.physics.boltzmann_learning import Lesson, Taught, begun, measured, teach
from explorer.physics.boltzmann_machine import Boltzmann, codes, fresh

FloatArray = NDArray[np.float64]
Bits = NDArray[np.int8]
Focus = Literal["learn", "sample"]

LONGEST = 4000  # updates that are kept, 36 MB with 16 units
SWEEPS = 2000  # sweeps that are kept, 4 MB
CHAINS, BURN = 500, 10  # chains, and the sweeps of each that are not counted
SPREAD = 0.5  # standard deviation of the first couplings
_SLICE = 8  # updates in a slice: 20 ms with 16 units


@dataclass(frozen=True, eq=False)
class Chains:
    """Gibbs chains of a machine; visible units that are `known` (V,) are held at `pattern` (V,).

    record: the state of every chain as a number in binary order, (C,) each, before the first
    sweep and after every one. cursor counts the sweeps at the states shown.
    """

    machine: Boltzmann
    pattern: Bits
    known: NDArray[np.bool_]
    record: tuple[NDArray[np.int32], ...]
    cursor: int = 0

    def counted(self) -> NDArray[np.int32]:
        """The visible states of all chains after each sweep that counts: (S, C)."""
        kept = self.record[BURN + 1 : self.cursor + 1]
        if not kept:
            return np.zeros((0, len(self.record[0])), np.int32)
        return np.stack(kept) >> (self.machine.units - self.machine.visible)

    def states(self) -> FloatArray:
        """The states of all units of all chains at the cursor: (C, n)."""
        shifts = np.arange(self.machine.units - 1, -1, -1)
        bits: FloatArray = (self.record[self.cursor][:, None] >> shifts & 1).astype(np.float64)
        return bits


def _bits(values: FloatArray) -> Bits:
    made = values.astype(np.int8)
    made.setflags(write=False)
    return made


@dataclass(frozen=True, eq=False)
class Study:
    """patterns (n, V) of 0 and 1 on a grid, `hidden` units, how to learn, and the record of it.

    entry (V,) is the picture being drawn. moments are the machine before the first update and
    after every one, cursor the one that is shown, made_by the lesson of the last ones. pattern and
    known (V,) are the partial picture that is to be completed, chains the samples that do it.
    focus says what a step is: an update, or a sweep of the chains.
    """

    shape: tuple[int, int] = (2, 2)
    hidden: int = 4
    patterns: Bits = field(default_factory=lambda: _bits(bars_and_stripes(2)))
    entry: Bits = field(default_factory=lambda: _bits(np.zeros(4)))
    lesson: Lesson = field(default_factory=lambda: Lesson(steps=2000))
    moments: tuple[Taught, ...] = ()
    cursor: int = 0
    made_by: Lesson | None = None
    pattern: Bits = field(default_factory=lambda: _bits(np.zeros(4)))
    known: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(4, dtype=bool))
    chains: Chains | None = None
    focus: Focus = "learn"

    @property
    def visible(self) -> int:
        """The number of visible units V."""
        return self.shape[0] * self.shape[1]

    @property
    def here(self) -> Taught | None:
        """The machine that is shown; None while its phases have not been measured yet."""
        return self.moments[self.cursor] if self.moments else None

    @property
    def ready(self) -> bool:
        """Whether the phases that are shown are measured as the lesson says."""
        phases = (self.lesson.phases, self.lesson.samples, self.lesson.sweeps)
        made = self.made_by
        known = made is not None and phases == (made.phases, made.samples, made.sweeps)
        return bool(self.moments) and known

    @property
    def sampled(self) -> Chains | None:
        """The chains, if they are those of the machine and of the partial picture shown."""
        found, here = self.chains, self.here
        if found is None or here is None or found.machine is not here.machine:
            return None
        alike = np.array_equal(found.known, self.known) and np.array_equal(
            found.pattern[self.known], self.pattern[self.known]
        )
        return found if alike else None


def why_stopped(study: Study) -> str:
    """Why no further step can be made, in words; empty when one can."""
    if len(study.patterns) == 0:
        return "There is no pattern to learn: draw one on the grid and press Add."
    if study.focus == "sample":
        found = study.sampled
        full = found is not None and found.cursor >= SWEEPS
        return f"{SWEEPS:,} sweeps are recorded; another seed begins anew." if full else ""
    here = study.here
    if here is None or study.cursor < len(study.moments) - 1 or here.step < study.lesson.steps:
        return ""
    return f"All {study.lesson.steps:,} updates of the lesson are made; raise them to go on."


def readied(study: Study) -> Iterator[Study]:
    """The same study with the phases of its machine measured as its lesson says; one slice."""
    yield _ready(study)


def advanced(study: Study, count: int) -> Iterator[Study]:
    """Up to `count` updates further, in slices; recorded ones are repeated, not made again.

    Raises ValueError when the parameters leave the finite numbers.
    """
    same = study.made_by == study.lesson and study.moments
    recorded = len(study.moments) - 1 - study.cursor if same else 0
    if recorded:
        step = min(count, recorded)
        study, count = replace(study, cursor=study.cursor + step), count - step
        yield study
    if count <= 0:
        return
    study = _ready(study)
    moments = list(study.moments[: study.cursor + 1])
    size = _SLICE if study.lesson.phases == "exact" else 1
    for done, moment in enumerate(teach(moments[-1], study.patterns, study.lesson), 1):
        moments.append(moment)
        if done % size == 0 or done == count or moment.step == study.lesson.steps:
            kept = tuple(moments[-LONGEST - 1 :])
            yield replace(study, moments=kept, cursor=len(kept) - 1, made_by=study.lesson)
        if done == count:
            return


def sampled(study: Study, count: int) -> Iterator[Study]:
    """Up to `count` sweeps of the chains further, one in each slice."""
    study = _ready(study)
    found = study.sampled
    if found is None:
        found = _chains(study)
    seed = study.lesson.seed
    for _ in range(count):
        if found.cursor >= SWEEPS:
            return
        record = found.record
        if found.cursor == len(record) - 1:
            after = swept(found.machine, found.states(), found.cursor, seed, known=found.known)
            record = (*record, codes(after).astype(np.int32))
        found = replace(found, record=record, cursor=found.cursor + 1)
        yield replace(study, chains=found)


def seek(study: Study, cursor: int) -> Study:
    """To another recorded moment, or sweep; the same study where there is none."""
    if study.focus == "sample":
        found = study.sampled
        if found is None or cursor == found.cursor or not 0 <= cursor < len(found.record):
            return study
        return replace(study, chains=replace(found, cursor=cursor))
    if cursor == study.cursor or not 0 <= cursor < len(study.moments):
        return study
    return replace(study, cursor=cursor)


def place(study: Study) -> tuple[int, int]:
    """(where we stand, where the record ends), in updates or in sweeps."""
    if study.focus == "sample":
        found = study.sampled
        return (0, 0) if found is None else (found.cursor, len(found.record) - 1)
    return study.cursor, max(len(study.moments) - 1, 0)


def _ready(study: Study) -> Study:
    if study.ready or len(study.patterns) == 0:
        return study
    if study.here is None:
        start = fresh(study.visible, study.hidden, study.lesson.seed, SPREAD)
        first = begun(start, study.patterns, study.lesson)
        return replace(study, moments=(first,), cursor=0, made_by=study.lesson)
    now = measured(study.here, study.patterns, study.lesson)
    kept = (*study.moments[: study.cursor], now)
    return replace(study, moments=kept, made_by=study.lesson)


def _chains(study: Study) -> Chains:
    here = study.here
    if here is None:
        raise ValueError("there is no machine to sample from; give it a pattern first")
    begin = coins(here.machine, CHAINS, study.lesson.seed, study.pattern, study.known)
    return Chains(here.machine, study.pattern, study.known, (codes(begin).astype(np.int32),))
