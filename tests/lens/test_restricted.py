"""What is drawn of a restricted machine while it learns."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.lens.restricted import (
    describe_learning,
    energy_words,
    learning_chart,
    learning_pictures,
    narrate_learning,
)
from explorer.physics.restricted_learning import Course
from explorer.session.memory import teaching
from explorer.session.memory.lessons import study, walked
from explorer.session.memory.snapshot import Memory, empty


@pytest.fixture(scope="module")
def learned() -> Memory:
    s = empty()
    lesson = teaching.prepare(s, teaching.Plan("bars 3", 10, Course("cd", rate=0.2, steps=600)))
    for found in study(lesson):
        s = teaching.keep_learned(s, found)
    return s


def test_the_curves_are_the_figures_and_never_above_the_bound(learned: Memory) -> None:
    chart = learning_chart(learned)
    figures = learned.machines.learned.figures
    np.testing.assert_array_equal(chart.likelihood, [one.log_likelihood for _, one in figures])
    assert chart.bound == pytest.approx(-math.log(14))
    assert (chart.likelihood <= chart.bound + 1e-9).all()
    assert chart.exact and (chart.low == chart.high).all()


def test_the_misleading_figures_stand_beside_the_exact_one(learned: Memory) -> None:
    chart = learning_chart(learned)
    assert chart.pseudo[-1] > chart.likelihood[-1]
    said = describe_learning(learned)
    assert "mislead" in said and "exact" in said and "KL" in said


def test_pictures_have_the_shape_of_the_grid(learned: Memory) -> None:
    found = learning_pictures(learned)
    for rows in (found.data, found.rebuilt, found.filters, found.dreams):
        assert rows.shape[1:] == (3, 3)
    assert np.abs(found.filters).max() == pytest.approx(1.0)
    assert len(found.activity) == len(found.filters) == 10
    assert ((found.activity >= 0) & (found.activity <= 1)).all()


def test_nothing_is_drawn_before_a_lesson() -> None:
    assert learning_chart(empty()) is None and learning_pictures(empty()) is None
    assert "press Learn" in describe_learning(empty())


def test_over_fitting_shows_beside_the_data() -> None:
    s = empty()
    course = Course("cd", rate=0.2, steps=800, seed=1)
    for found in study(teaching.prepare(s, teaching.Plan("bars 4", 14, course, 0.3))):
        s = teaching.keep_learned(s, found)
    chart, now = learning_chart(s), s.machines.learned.figure
    assert chart.unseen_energy[-1] > chart.data_energy[-1] + 0.5
    assert chart.unseen[-1] < chart.likelihood[-1]
    assert chart.noise_energy[-1] > chart.data_energy[-1]
    assert "it over-fits" in describe_learning(s)
    assert f"{now.unseen_energy - now.free_energy:+.2f} nats" in energy_words(s)
    assert f"Update {800:,}" in narrate_learning(s) and chart.cursor == 800


def test_without_held_out_patterns_the_words_say_so(learned: Memory) -> None:
    assert np.isnan(learning_chart(learned).unseen).all()
    assert "Nothing is held out" in describe_learning(learned)
    assert "held out" not in energy_words(learned)


def test_hidden_activity_is_the_chance_of_each_unit_for_each_picture(learned: Memory) -> None:
    found, machine = learning_pictures(learned), learned.machines.learned.stand.machine
    data = found.data.reshape(len(found.data), -1)
    expected = 1 / (1 + np.exp(-(data @ machine.weights + machine.hidden)))
    assert np.allclose(found.above, expected, atol=1e-12)


def test_the_figures_are_those_of_the_machine_that_is_shown(learned: Memory) -> None:
    *_, early = walked(learned.machines.learned, 150)
    s = teaching.keep_learned(learned, early)
    assert learning_chart(s).cursor == 150
    assert s.machines.learned.figure is dict(early.figures)[150]
    assert "150" in narrate_learning(s)
