"""What is drawn of a restricted machine while it learns."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.lens.restricted import (
    describe_learning,
    learning_chart,
    learning_pictures,
)
from explorer.physics.restricted_learning import Course
from explorer.session.memory import teaching
from explorer.session.memory.lessons import study
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
