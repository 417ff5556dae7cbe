"""Moves that change what the general Boltzmann machine is taught and asked. Pure functions.

Other data, another grid, another number of units or another seed begin a new machine: what had
been learned comes back by undo. Another rate, other momentum or phases go on from where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.physics.bars_and_stripes import bars_and_stripes, binary_states
from explorer.physics.boltzmann_learning import Lesson
from explorer.physics.boltzmann_machine import LARGEST
from explorer.session.memory.moves import fail
from explorer.session.memory.snapshot import Memory
from explorer.session.memory.study import LONGEST, Focus, Study

Kind = TypeVar("Kind", bound=np.generic)
MOST_PATTERNS, MOST_SAMPLES, LARGEST_SEED = 64, 5000, 10**15
PRESETS = {"bars 2": "bars and stripes, 2 × 2", "bars 3": "bars and stripes, 3 × 3",
           "parity": "parity of 3 cells"}  # fmt: skip
UNKNOWN = -1


def keep_study(s: Memory, study: Study) -> Memory:
    """The study as it is now."""
    if study is s.machines.study:
        return s
    return replace(s, machines=replace(s.machines, study=study), notice="", error="")


def draw_entry(s: Memory, cells: Iterable[int], value: int) -> Memory:
    """Paint cells of the picture being drawn with ink (above 0) or paper."""
    study = s.machines.study
    entry = np.array(study.entry)
    entry[[cell for cell in cells if 0 <= cell < len(entry)]] = value > 0
    if np.array_equal(entry, study.entry):
        return s
    return keep_study(s, replace(study, entry=_frozen(entry)))


def add_entry(s: Memory) -> Memory:
    """The picture drawn becomes a pattern of the data; the same picture may count twice."""
    study = s.machines.study
    if len(study.patterns) >= MOST_PATTERNS:
        return fail(s, f"The data can hold {MOST_PATTERNS} pictures; remove one first.")
    return keep_study(s, _taught(study, np.concatenate([study.patterns, study.entry[None]])))


def remove_pattern(s: Memory, index: int) -> Memory:
    """Take a picture out of the data."""
    study = s.machines.study
    if not 0 <= index < len(study.patterns):
        return s
    return keep_study(s, _taught(study, np.delete(study.patterns, index, axis=0)))


def clear_patterns(s: Memory) -> Memory:
    """No data, to begin a set of one's own."""
    study = s.machines.study
    if len(study.patterns) == 0:
        return s
    return keep_study(s, _taught(study, np.zeros((0, study.visible), np.int8)))


def edit_pattern(s: Memory, index: int) -> Memory:
    """Copy a picture of the data into the one being drawn."""
    study = s.machines.study
    if not 0 <= index < len(study.patterns) or np.array_equal(study.patterns[index], study.entry):
        return s
    return keep_study(s, replace(study, entry=study.patterns[index]))


def use_preset(s: Memory, name: str) -> Memory:
    """A data set from the literature."""
    if name == "parity":
        rows = binary_states(3)
        return keep_study(s, _on_grid(s.machines.study, (1, 3), rows[rows.sum(axis=1) % 2 == 0]))
    side = int(name.removeprefix("bars "))
    return keep_study(s, _on_grid(s.machines.study, (side, side), bars_and_stripes(side)))


def use_grid(s: Memory, rows: int, columns: int) -> Memory:
    """Another grid: pictures keep the cells that both have, new cells are paper."""
    study = s.machines.study
    if (rows, columns) == study.shape:
        return s
    if not (1 <= rows <= LARGEST and 1 <= columns <= LARGEST and rows * columns <= LARGEST):
        return fail(s, f"The grid can have 1 to {LARGEST} cells in all, not {rows} x {columns}.")
    pictures = np.zeros((len(study.patterns), rows, columns), np.int8)
    both = (slice(None), slice(min(rows, study.shape[0])), slice(min(columns, study.shape[1])))
    pictures[both] = study.patterns.reshape(-1, *study.shape)[both]
    data = pictures.reshape(-1, rows * columns)
    return keep_study(s, _on_grid(study, (rows, columns), data))


def use_hidden(s: Memory, hidden: int) -> Memory:
    """Another number of hidden units."""
    study = s.machines.study
    most = LARGEST - study.visible
    if not 0 <= hidden <= most:
        return fail(s, f"{study.visible} cells leave room for 0 to {most} hidden units of the "
                       f"{LARGEST} whose states can be listed, not {hidden}.")  # fmt: skip
    if hidden == study.hidden:
        return s
    return keep_study(s, _taught(replace(study, hidden=hidden), study.patterns))


def use_lesson(s: Memory, lesson: Lesson) -> Memory:
    """Another way of learning; another seed begins anew."""
    study = s.machines.study
    if lesson == study.lesson:
        return s
    if lesson.steps > LONGEST:
        return fail(s, f"A lesson has 1 to {LONGEST:,} updates, not {lesson.steps:,}.")
    if lesson.samples > MOST_SAMPLES:
        return fail(s, f"A phase takes 1 to {MOST_SAMPLES:,} samples, not {lesson.samples:,}.")
    if not 0 <= lesson.seed < LARGEST_SEED:
        return fail(s, "The seed must be a whole number from 0 to 999,999,999,999,999.")
    after = replace(study, lesson=lesson)
    if lesson.seed != study.lesson.seed:
        after = _taught(after, study.patterns)
    return keep_study(s, after)


def restart(s: Memory) -> Memory:
    """Back to the small random couplings of the seed, nothing recorded."""
    study = s.machines.study
    return keep_study(s, _taught(study, study.patterns)) if study.moments else s


def ask(s: Memory, cell: int, value: int) -> Memory:
    """Hold a visible unit at ink (1) or paper (0), or let it free (-1)."""
    study = s.machines.study
    if not 0 <= cell < study.visible:
        return s
    known, pattern = np.array(study.known), np.array(study.pattern)
    known[cell] = value != UNKNOWN
    pattern[cell] = value == 1
    if np.array_equal(known, study.known) and np.array_equal(pattern, study.pattern):
        return s
    return keep_study(s, replace(study, known=_frozen(known), pattern=_frozen(pattern)))


def ask_nothing(s: Memory) -> Memory:
    """Let every visible unit free."""
    study = s.machines.study
    if not study.known.any():
        return s
    return keep_study(s, replace(study, known=_frozen(np.zeros(study.visible, dtype=bool))))


def look_to(s: Memory, focus: Focus) -> Memory:
    """What a step is from now on: an update of the couplings, or a sweep of the chains."""
    study = s.machines.study
    return s if focus == study.focus else keep_study(s, replace(study, focus=focus))


def _taught(study: Study, patterns: NDArray[Any]) -> Study:
    """A study of these patterns (n, V) that has learned nothing yet."""
    data = _frozen(patterns.astype(np.int8))
    return replace(study, patterns=data, moments=(), cursor=0, made_by=None, chains=None)


def _on_grid(study: Study, shape: tuple[int, int], patterns: NDArray[Any]) -> Study:
    cells = shape[0] * shape[1]
    blank = _frozen(np.zeros(cells, np.int8))
    free = _frozen(np.zeros(cells, dtype=bool))
    hidden = min(study.hidden, LARGEST - cells)
    after = replace(study, shape=shape, hidden=hidden, entry=blank, pattern=blank, known=free)
    return _taught(after, patterns)


def _frozen(values: NDArray[Kind]) -> NDArray[Kind]:
    values.setflags(write=False)
    return values
