"""Checks of Boltzmann machines that come from a file: shapes and ranges. Raises ValueError."""

from __future__ import annotations

import numpy as np

from explorer.physics.boltzmann_learning import Taught
from explorer.physics.boltzmann_machine import LARGEST
from explorer.physics.pretraining_contest import Curves
from explorer.physics.restricted_learning import Stand
from explorer.session.memory.lessons import Learned
from explorer.session.memory.snapshot import Machines
from explorer.session.memory.study import LONGEST, Study

_MOST_UNITS, _MOST_STEPS = 1 << 12, 10_000_000
_HUGE = 1e9


def check_machines(machines: Machines) -> None:
    """Raise ValueError unless every array fits the others and every number can be."""
    _check_study(machines.study)
    if machines.learned is not None:
        _check_learned(machines.learned)
    if len({curves.task for curves in machines.contests}) != len(machines.contests):
        raise ValueError("two comparisons are of the same task")
    for curves in machines.contests:
        _check_curves(curves)


def _check_study(study: Study) -> None:
    rows, columns = study.shape
    visible = rows * columns
    fits = rows >= 1 and columns >= 1 and study.hidden >= 0
    if not fits or visible + study.hidden > LARGEST:
        raise ValueError(f"a machine of {rows} x {columns} and {study.hidden} units cannot be")
    count = len(study.patterns)
    _array(study.patterns, (count, visible), 0, 1, "the data of a machine")
    for name, row in (("entry", study.entry), ("pattern", study.pattern)):
        _array(row, (visible,), 0, 1, f"the {name} of a machine")
    if study.known.shape != (visible,) or study.chains is not None:
        raise ValueError("what a machine is asked does not fit it")
    if study.lesson.steps > LONGEST or len(study.moments) > LONGEST + 1:
        raise ValueError(f"a machine has made more than {LONGEST} updates")
    if not 0 <= study.cursor <= max(len(study.moments) - 1, 0):
        raise ValueError("the update shown was not made")
    if study.moments and not count:
        raise ValueError("a machine has learned without data")
    for moment in study.moments:
        _check_moment(moment, visible, visible + study.hidden)


def _check_moment(moment: Taught, visible: int, units: int) -> None:
    what, square = "a machine", (units, units)
    _array(moment.machine.couplings, square, -_HUGE, _HUGE, what)
    _array(moment.machine.bias, (units,), -_HUGE, _HUGE, what)
    if not np.array_equal(moment.machine.couplings, moment.machine.couplings.T):
        raise ValueError("the couplings of a machine are not symmetric")
    if moment.machine.visible != visible or not 0 <= moment.step <= _MOST_STEPS:
        raise ValueError("a machine has other units than its data")
    for pairs in (moment.phases.clamped_pairs, moment.phases.free_pairs):
        _array(pairs, square, -0.001, 1.001, what)
    for means in (moment.phases.clamped_means, moment.phases.free_means):
        _array(means, (units,), -0.001, 1.001, what)
    _array(moment.speed[0], square, -_HUGE, _HUGE, what)
    _array(moment.speed[1], (units,), -_HUGE, _HUGE, what)


def _check_learned(learned: Learned) -> None:
    lesson = learned.lesson
    rows, columns = lesson.shape
    visible, hidden = rows * columns, lesson.hidden
    if not (1 <= rows <= 64 and 1 <= columns <= 64 and 1 <= hidden <= _MOST_UNITS):
        raise ValueError(f"a machine of {rows} x {columns} and {hidden} units cannot be")
    if not 1 <= lesson.course.steps <= _MOST_STEPS or not len(lesson.patterns):
        raise ValueError("a lesson without data or end cannot be")
    _array(lesson.patterns, (len(lesson.patterns), visible), 0, 1, "the data of a lesson")
    if lesson.unseen.size:
        _array(lesson.unseen, (len(lesson.unseen), visible), 0, 1, "the data of a lesson")
    _array(learned.rebuilt, learned.lesson.patterns.shape, 0, 1, "a reconstruction")
    _array(learned.dreams, (len(learned.dreams), visible), 0, 1, "a fantasy")
    for stand in (learned.stand, *learned.marks):
        _check_stand(stand, visible, hidden, lesson.course.steps)
    steps = [step for step, _ in learned.figures]
    if steps != sorted(set(steps)) or not all(0 <= one <= lesson.course.steps for one in steps):
        raise ValueError("the figures of a lesson are not in order")
    if not learned.marks:
        raise ValueError("a lesson has no start")


def _check_stand(stand: Stand, visible: int, hidden: int, steps: int) -> None:
    what = "the machine of a lesson"
    parts = (stand.machine.weights, stand.machine.visible, stand.machine.hidden)
    for array, shape in zip(
        (*parts, *stand.velocity), 2 * ((visible, hidden), (visible,), (hidden,)), strict=True
    ):
        _array(array, shape, -_HUGE, _HUGE, what)
    count = len(stand.chains)
    _array(stand.chains, (count, visible), 0, 1, what)
    _array(stand.above, (count, hidden), 0, 1, what)
    if not 0 <= stand.step <= steps:
        raise ValueError(f"{what} has made {stand.step} updates of {steps}")


def _check_curves(curves: Curves) -> None:
    count = len(curves.steps)
    if curves.steps.shape != (count,) or not count or (np.diff(curves.steps) <= 0).any():
        raise ValueError("the steps of a comparison are not in order")
    shape = (len(curves.with_), count)
    for errors in (curves.with_, curves.without):
        if errors.shape != shape or not ((errors >= 0) | np.isnan(errors)).all():
            raise ValueError("the errors of a comparison do not fit its steps")
    if len(curves.phase) > 200 or not 0 <= curves.done <= curves.total:
        raise ValueError("a comparison has come further than it goes")


def _array(values: np.ndarray, shape: tuple[int, ...], low: float, high: float, what: str) -> None:
    if values.shape != shape:
        raise ValueError(f"{what} has the shape {values.shape}, not {shape}")
    if not ((values >= low) & (values <= high)).all():
        raise ValueError(f"{what} holds numbers that cannot be")
