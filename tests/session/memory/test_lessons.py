"""A restricted machine learns in the workspace: slices, figures, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.physics.restricted_learning import Course
from explorer.physics.restricted_likelihood import meters
from explorer.physics.restricted_machine import log_likelihood, log_partition
from explorer.session.memory import moves, teaching
from explorer.session.memory.lessons import LOOKS, go_on, study, walked
from explorer.session.memory.snapshot import empty


def test_a_lesson_is_learned_in_slices_and_its_figures_are_those_of_its_machine() -> None:
    lesson = teaching.prepare(
        empty(), teaching.Plan("bars 3", 8, Course("exact", rate=0.5, steps=400))
    )
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
    lesson = teaching.prepare(empty(), teaching.Plan("bars 3", 4, Course("cd", steps=60, seed=3)))
    one, two = (list(study(lesson))[-1] for _ in range(2))
    assert np.array_equal(one.stand.machine.weights, two.stand.machine.weights)
    assert np.array_equal(one.dreams, two.dreams)


def test_beyond_sixteen_hidden_units_the_likelihood_has_a_band() -> None:
    lesson = teaching.prepare(empty(), teaching.Plan("bars 5", 17, Course("cd", steps=2)))
    found = list(study(lesson))[-1].figures[-1][1]
    assert not found.log_z.exact
    assert found.low < found.log_likelihood < found.high


def test_stored_patterns_can_be_learned_and_repeats_count_once() -> None:
    s = empty((6, 6))
    with pytest.raises(ValueError, match="Store two or more"):
        teaching.prepare(s, teaching.Plan("stored", 4, Course()))
    for ink in ([1, 2], [3, 4], [20, 21]):
        s = moves.store(moves.draw(moves.clear(s), ink, 1))
    lesson = teaching.prepare(s, teaching.Plan("stored", 4, Course(steps=10)))
    assert lesson.patterns.shape == (3, 36)
    assert set(np.unique(lesson.patterns)) == {0.0, 1.0}


@pytest.mark.parametrize("hidden", [0, -1, 10_000])
def test_machines_of_impossible_size_are_refused(hidden: int) -> None:
    with pytest.raises(ValueError, match="hidden units"):
        teaching.prepare(empty(), teaching.Plan("bars 3", hidden, Course()))


@pytest.mark.parametrize("method", ["exact", "cd", "pcd"])
def test_every_update_is_reached_again_forwards_and_back(method: str) -> None:
    course = Course(method, 2, batch=5, steps=120, seed=4)
    lesson = teaching.prepare(empty(), teaching.Plan("bars 3", 5, course))
    everything = list(study(lesson))
    end = everything[-1]
    *_, back = walked(end, 118)
    assert back.done == 118 and back.figures[-1][0] == 120
    *_, forth = walked(back, 120)
    assert np.array_equal(forth.stand.machine.weights, end.stand.machine.weights)
    *_, early = walked(end, 31)
    *_, rest = go_on(early)
    assert np.array_equal(rest.stand.machine.weights, end.stand.machine.weights)
    assert [step for step, _ in rest.figures] == sorted({step for step, _ in rest.figures})
    *_, first = walked(end, -5)
    assert first.done == 0 and first.figure is end.figures[0][1]


def test_patterns_that_are_held_out_are_measured_and_not_learned() -> None:
    course = Course("cd", rate=0.2, steps=400, seed=1)
    lesson = teaching.prepare(empty(), teaching.Plan("bars 4", 12, course, held_out=0.3))
    assert (len(lesson.patterns), len(lesson.unseen)) == (21, 9)
    both = {tuple(row) for row in lesson.patterns} | {tuple(row) for row in lesson.unseen}
    assert len(both) == 30
    found = list(study(lesson))[-1].figures[-1][1]
    assert found.unseen_energy > found.free_energy + 0.5  # over-fitting, in nats
    assert found.unseen_likelihood < found.log_likelihood
    machine = list(study(lesson))[-1].stand.machine
    log_p = log_likelihood(machine, lesson.unseen, log_partition(machine))
    assert found.unseen_likelihood == pytest.approx(log_p.mean())
    for share in (1.0, -0.1, math.nan):
        with pytest.raises(ValueError, match="held out"):
            teaching.prepare(empty(), teaching.Plan("bars 3", 4, course, share))
    with pytest.raises(ValueError, match="Nothing would be left"):
        teaching.prepare(empty(), teaching.Plan("bars 3", 4, course, 0.99))


def test_noisy_copies_of_the_letters_can_be_learned() -> None:
    s = empty((6, 6))
    for ink in ([1, 2, 3, 4], [20, 21, 22]):
        s = moves.store(moves.draw(moves.clear(s), ink, 1))
    plan = teaching.Plan("copies", 8, Course(steps=4), 0.25)
    lesson = teaching.prepare(s, plan)
    assert 15 < len(lesson.patterns) <= 30 and 5 <= len(lesson.unseen) <= 10
    clean = (s.patterns > 0).astype(float)
    apart = np.abs(lesson.patterns[:, None] - clean).sum(axis=2).min(axis=1)
    assert 0.5 < apart.mean() < 4
    assert np.array_equal(teaching.prepare(s, plan).patterns, lesson.patterns)
