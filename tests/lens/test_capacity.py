"""Recall against load and the phase diagram, as they are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.lens.capacity import (
    LOADS,
    capacity_chart,
    phase_levels,
    phase_picture,
    plans,
)
from explorer.physics.capacity import Plan, sweep
from explorer.physics.phase_diagram import measured, theory
from explorer.session.memory import experiments
from explorer.session.memory.snapshot import empty


def test_a_curve_is_what_was_measured_with_its_error() -> None:
    plan = Plan(60, "hebb", (0.05, 0.3), nets=2, starts=3)
    s = empty()
    for found in sweep(plan):
        s = experiments.keep_curve(s, plan, found)
    chart = capacity_chart(s)
    assert [curve.name for curve in chart.curves] == ["Hebb, N = 60"]
    points = s.measured.curves[0][1].points
    np.testing.assert_allclose(chart.curves[0].recalled, [one.recalled for one in points])
    np.testing.assert_allclose(chart.curves[0].error, [one.recalled_error for one in points])
    assert chart.curves[0].recalled[0] > chart.curves[0].recalled[1]
    assert ("0.138 N", 0.138) in chart.lines
    assert "12 recalls" in chart.facts


def test_a_plan_measured_again_replaces_its_curve_and_others_stay() -> None:
    s = empty()
    first, second = Plan(30, "hebb", (0.1,), 1, 2), Plan(30, "storkey", (0.1,), 1, 2)
    for plan in (first, second, first):
        s = experiments.keep_curve(s, plan, list(sweep(plan))[-1])
    assert [plan.rule for plan, _ in s.measured.curves] == ["storkey", "hebb"]
    assert experiments.forget_curves(s).measured.curves == ()


def test_the_empty_chart_says_what_to_do() -> None:
    assert "Measure" in capacity_chart(empty()).facts
    assert phase_picture(empty()) is None


def test_plans_have_ten_loads_for_each_rule_and_refuse_bad_sizes() -> None:
    made = plans(("hebb", "projection"), 100, 0.1)
    assert [len(plan.loads) for plan in made] == [10, 10]
    assert made[0].noise == 0.1 and set(LOADS) == {"hebb", "storkey", "projection"}
    with pytest.raises(ValueError, match="neurons"):
        plans(("hebb",), 1, 0.0)


def test_the_maps_fill_as_cells_arrive() -> None:
    s = empty()
    loads, heats = (0.02, 0.2), (0.1, 1.2)
    for number, found in enumerate(theory(loads, heats)):
        s = experiments.keep_theory(s, found)
        picture = phase_picture(s)
        assert int((picture.theory >= 0).sum()) == number + 1
        assert (picture.measured == -1).all()
    assert picture.theory[0, 0] > 0.95 and picture.theory[1, 1] == 0
    for found in measured(40, loads, heats, starts=1, sweeps=8):
        s = experiments.keep_diagram(s, found)
    assert (phase_picture(s).measured >= 0).all()
    assert "N = 40" in phase_picture(s).facts


def test_unknown_cells_are_lighter_than_any_known_one() -> None:
    levels = phase_levels(np.array([[-1.0, 0.0], [0.5, 1.0]]))
    assert levels.shape == (2, 2)
    assert levels[-1, 0] == 0  # first load, lowest temperature: bottom left
    assert levels[0, 0] == 24 and levels[0, 1] == 255
