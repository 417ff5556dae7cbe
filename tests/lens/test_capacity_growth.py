"""The chart of the growth: points and bounds on logarithmic axes, numbers in words."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.lens.capacity_growth import NAMES, facts, growth_chart
from explorer.lens.export_memory import memory_numbers
from explorer.physics.capacity_growth import SIZES, GrowthPlan, measure_growth
from explorer.physics.dense_powers import EXPONENTIAL, bound
from explorer.session.memory import experiments
from explorer.session.memory.snapshot import Memory, empty


@pytest.fixture(scope="module")
def measured() -> Memory:
    *_, found = measure_growth(GrowthPlan(networks=2))
    return experiments.keep_growth(empty((3, 3)), found)


def test_before_anything_is_measured_the_bounds_stand(measured: Memory) -> None:
    chart = growth_chart(empty((3, 3)))
    assert [line.name for line in chart.lines] == list(NAMES.values())
    assert all(len(line.x) == 0 for line in chart.lines)
    assert "Press Measure" in chart.facts
    assert experiments.forget_growth(measured).measured.growth is None


def test_points_are_logarithms_of_what_was_measured(measured: Memory) -> None:
    chart, found = growth_chart(measured), measured.measured.growth
    for line, power in zip(chart.lines, SIZES, strict=True):
        points = found.of(power)
        np.testing.assert_allclose(10**line.x, [one.size for one in points])
        np.testing.assert_allclose(10**line.y, [one.mean for one in points])
        np.testing.assert_allclose(line.error * np.log(10), [one.error for one in points])
        assert (line.y - line.error > chart.span_y[0]).all()
        assert (line.y + line.error < chart.span_y[1]).all()
        assert chart.span_x[0] < line.x.min() and line.x.max() < chart.span_x[1]


def test_the_numbers_are_those_of_every_network(measured: Memory) -> None:
    columns = memory_numbers("memory_growth", measured).columns
    found = measured.measured.growth
    assert len(columns["count"]) == 2 * len(found.points)
    one = found.of(EXPONENTIAL)[0]
    rows = (columns["power"] == EXPONENTIAL) & (columns["size"] == one.size)
    assert tuple(columns["count"][rows]) == one.counts
    assert (columns["theory"][rows] == one.theory).all() and not columns["open_end"].any()


def test_theory_lines_go_through_the_bounds() -> None:
    for line, (power, sizes) in zip(growth_chart(empty((3, 3))).lines, SIZES.items(), strict=True):
        for size in sizes:
            there = np.interp(np.log10(size), line.theory_x, line.theory_y)
            assert there == pytest.approx(np.log10(bound(size, power)), abs=0.03)


def test_marks_are_powers_of_ten_and_round_sizes(measured: Memory) -> None:
    chart = growth_chart(measured)
    assert [text for _, text in chart.up][:4] == ["1", "10", "100", "1,000"]
    assert [text for _, text in chart.across] == ["10", "20", "50", "100", "200", "400"]
    assert [text for _, text in chart.up][4:] == ["10⁴", "10⁵"]
    assert [place for place, _ in chart.up] == list(range(6))


def test_the_numbers_are_told_with_their_errors_and_the_bounds(measured: Memory) -> None:
    said = facts(measured.measured.growth)
    assert "classical: N^a, a = " in said and "exponential: 2^(a N), a = " in said
    assert "bound 0.5;" in said
    assert said.endswith("2 networks of each N")
    *_, noisy = measure_growth(GrowthPlan(powers=(2.0, EXPONENTIAL), networks=1, noise=0.1))
    assert "10 % flipped" in facts(noisy)
    first = next(iter(measure_growth(GrowthPlan(networks=3))))
    assert facts(first) == "Measuring 3 networks of each N …"
