"""What is drawn of a Boltzmann machine that learns: the numbers of its record, nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.lens.boltzmann_machine import (
    UnitMap,
    describe_study,
    distance_chart,
    narrate_study,
    study_place,
    unit_maps,
)
from explorer.session.memory import studies
from explorer.session.memory.snapshot import empty
from explorer.session.memory.study import Study, advanced, sampled, seek


@pytest.fixture(scope="module")
def taught() -> Study:
    *_, study = advanced(Study(), 40)
    return study


def test_the_third_map_is_the_difference_of_the_first_two(taught: Study) -> None:
    clamped, free, climb, weights = unit_maps(taught)
    assert np.allclose(climb.values, clamped.values - free.values, atol=1e-12)
    assert climb.limit == pytest.approx(np.abs(climb.values).max())
    assert ((free.values >= 0) & (free.values <= 1)).all()
    machine = taught.here.machine
    assert np.array_equal(np.diag(weights.values), machine.bias)
    off = ~np.eye(machine.units, dtype=bool)
    assert np.array_equal(weights.values[off], machine.couplings[off])
    assert "v1 with h1" in climb.explain(0, 4) and "bias gradient of v2" in climb.explain(1, 1)


def test_the_clamped_phase_of_the_visible_units_is_that_of_the_data(taught: Study) -> None:
    clamped = unit_maps(taught)[0].values
    data = taught.patterns.astype(float)
    assert np.allclose(clamped[:4, :4], data.T @ data / len(data), atol=1e-12)


def test_the_curve_is_the_record_and_marks_the_cursor(taught: Study) -> None:
    chart = distance_chart(seek(taught, 7))
    assert chart.steps[chart.cursor] == 7
    assert chart.distance[-1] == taught.here.divergence < chart.distance[0]
    assert distance_chart(Study()) is None and unit_maps(Study()) == ()


def test_words_name_the_pair_that_differs_most(taught: Study) -> None:
    climb, _ = taught.here.phases.slope
    row, column = divmod(int(np.abs(climb).argmax()), len(climb))
    names = [f"v{one + 1}" if one < 4 else f"h{one - 3}" for one in (row, column)]
    assert f"{names[0]} and {names[1]} are both on" in narrate_study(taught)
    assert f"{taught.here.divergence:.4f} nats" in describe_study(taught)
    assert study_place(taught) == "update 40"


def test_words_at_the_start_at_the_end_and_without_data() -> None:
    assert "Press Step" in narrate_study(Study())
    assert "no pattern" in narrate_study(studies.clear_patterns(empty()).machines.study)
    assert "no pattern" in describe_study(studies.clear_patterns(empty()).machines.study)
    sampling = studies.look_to(empty(), "sample").machines.study
    assert "chain" in narrate_study(sampling) and study_place(sampling) == "sweep 0"
    *_, there = sampled(sampling, 3)
    assert "Sweep 3" in narrate_study(there) and study_place(there) == "sweep 3"


@pytest.mark.parametrize(
    ("limit", "value", "span", "text"),
    [
        (1.3, -0.554, "±1.3", "−.55"),
        (1.3, 1.257, "±1.3", "1.26"),
        (9.2e-4, -4.6e-4, "±9.2 in 10⁻⁴", "−4.60"),
        (9.2e-4, -1e-9, "±9.2 in 10⁻⁴", "0"),
    ],
)
def test_small_gradients_are_written_in_a_unit_that_shows_them(limit, value, span, text) -> None:
    table = UnitMap("gradient", np.array([[value]]), limit, "bias gradient", 1)
    assert (table.span(), table.written(0, 0)) == (span, text)
