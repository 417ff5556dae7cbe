"""A restricted machine learns in the workspace: slices, figures, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.physics.restricted_learning import Course
from explorer.physics.restricted_likelihood import meters
from explorer.session.memory import moves, teaching
from explorer.session.memory.lessons import LOOKS, study
from explorer.session.memory.snapshot import empty


def test_a_lesson_is_learned_in_slices_and_its_figures_are_those_of_its_machine() -> None:
    lesson = teaching.prepare(empty(), "bars 3", 8, Course("exact", rate=0.5, steps=400))
    steps, last = [], None
    for last in study(lesson):
        steps.append(last.done)
    assert steps == sorted(steps) and steps[-1] == last.total == 400
    assert LOOKS <= len(last.figures) <= LOOKS + 2
    step, found = last.figures[-1]
    assert step == 400
    assert found.log_likelihood == pytest.approx(
        meters(last.stand.machine, lesson.patterns).log_likelihood
    )
    assert found.log_likelihood > last.figures[0][1].log_likelihood + 0.5
    assert last.rebuilt.shape == lesson.patterns.shape
    assert last.dreams.shape[1] == 9 and ((last.dreams >= 0) & (last.dreams <= 1)).all()


def test_the_same_lesson_is_learned_the_same_again() -> None:
    lesson = teaching.prepare(empty(), "bars 3", 4, Course("cd", steps=60, seed=3))
    one, two = (list(study(lesson))[-1] for _ in range(2))
    assert np.array_equal(one.stand.machine.weights, two.stand.machine.weights)
    assert np.array_equal(one.dreams, two.dreams)


def test_beyond_twenty_hidden_units_the_likelihood_has_a_band() -> None:
    lesson = teaching.prepare(empty(), "bars 5", 24, Course("cd", steps=2))
    found = list(study(lesson))[-1].figures[-1][1]
    assert not found.log_z.exact
    assert found.low < found.log_likelihood < found.high


def test_stored_patterns_can_be_learned_and_repeats_count_once() -> None:
    s = empty((6, 6))
    with pytest.raises(ValueError, match="Store two or more"):
        teaching.prepare(s, "stored", 4, Course())
    for ink in ([1, 2], [3, 4], [20, 21]):
        s = moves.store(moves.draw(moves.clear(s), ink, 1))
    lesson = teaching.prepare(s, "stored", 4, Course(steps=10))
    assert lesson.patterns.shape == (3, 36)
    assert set(np.unique(lesson.patterns)) == {0.0, 1.0}


@pytest.mark.parametrize("hidden", [0, -1, 10_000])
def test_machines_of_impossible_size_are_refused(hidden: int) -> None:
    with pytest.raises(ValueError, match="hidden units"):
        teaching.prepare(empty(), "bars 3", hidden, Course())
