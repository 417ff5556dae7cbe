"""The next token as a Boltzmann machine, against the temperature."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.lens.thermo import describe_thermo, thermo_chart
from explorer.session import moves
from explorer.session.snapshot import Snapshot


def test_free_energy_is_mean_energy_less_temperature_times_entropy(story) -> None:
    chart = thermo_chart(story(4))
    np.testing.assert_allclose(
        chart.free_energy, chart.mean_energy - chart.temperatures * chart.entropy, atol=1e-9
    )


def test_heat_capacity_is_the_slope_of_the_mean_energy(story) -> None:
    chart = thermo_chart(story(4))
    slope = np.gradient(chart.mean_energy, chart.temperatures)
    inner = slice(3, -3)
    np.testing.assert_allclose(
        slope[inner], chart.heat_capacity[inner], atol=0.03 * chart.heat_capacity.max()
    )
    assert (np.diff(chart.entropy) >= -1e-9).all()


def test_at_temperature_one_the_free_energy_is_nothing_and_energy_equals_entropy(story) -> None:
    now = thermo_chart(moves.heat(story(4), 1.0)).now
    assert now.free_energy == pytest.approx(0, abs=1e-6)
    assert now.mean_energy == pytest.approx(now.entropy, abs=1e-6)


def test_turning_the_temperature_moves_the_mark_only(story) -> None:
    cold, hot = (thermo_chart(moves.heat(story(4), t)) for t in (0.5, 2.0))
    assert cold.entropy is hot.entropy or (cold.entropy == hot.entropy).all()
    assert cold.now.entropy < hot.now.entropy
    assert "T = 2" in describe_thermo(hot)


def test_greedy_has_no_entropy_and_nothing_is_drawn_before_a_text(story) -> None:
    assert thermo_chart(moves.heat(story(4), 0.0)).now.entropy == 0
    assert thermo_chart(Snapshot()) is None
