"""The next token as a Boltzmann machine, against the temperature."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.lens.thermo import COLDEST, HOTTEST, describe_thermo, thermo_chart
from explorer.session import moves
from explorer.session.snapshot import Snapshot


def test_free_energy_is_mean_energy_less_temperature_times_entropy(story) -> None:
    curve = thermo_chart(story(4)).curve
    np.testing.assert_allclose(
        curve.free_energy, curve.mean_energy - curve.temperatures * curve.entropy, atol=1e-9
    )


def test_heat_capacity_is_the_slope_of_the_mean_energy(story) -> None:
    chart = thermo_chart(story(4))
    slope = np.gradient(chart.curve.mean_energy, chart.curve.temperatures)
    inner = slice(3, -3)
    np.testing.assert_allclose(
        slope[inner], chart.curve.heat_capacity[inner], atol=0.03 * chart.curve.heat_capacity.max()
    )
    assert (np.diff(chart.curve.entropy) >= -1e-9).all()


def test_at_temperature_one_the_free_energy_is_nothing_and_energy_equals_entropy(story) -> None:
    now = thermo_chart(moves.heat(story(4), 1.0)).now
    assert now.free_energy == pytest.approx(0, abs=1e-6)
    assert now.mean_energy == pytest.approx(now.entropy, abs=1e-6)


def test_turning_the_temperature_moves_the_mark_only(story) -> None:
    cold, hot = (thermo_chart(moves.heat(story(4), t)) for t in (0.5, 2.0))
    assert cold.curve is hot.curve
    assert cold.now.entropy < hot.now.entropy
    assert "T = 2" in describe_thermo(hot)


def test_greedy_has_no_entropy_and_nothing_is_drawn_before_a_text(story) -> None:
    assert thermo_chart(moves.heat(story(4), 0.0)).now.entropy == 0
    assert thermo_chart(Snapshot()) is None


def test_turning_the_temperature_computes_one_state_and_no_curve(story, monkeypatch) -> None:
    s = story(5)
    thermo_chart(s)
    asked: list[float] = []
    monkeypatch.setattr("explorer.lens.thermo.heat_curve", lambda *_: asked.append(1))
    monkeypatch.setattr("explorer.lens.thermo.token_energies", lambda *_: asked.append(2))
    for temperature in (0.0, 0.3, 2.0):
        assert thermo_chart(moves.heat(s, temperature)).temperature == temperature
    assert asked == []


def test_the_curve_reaches_over_the_whole_scale_and_through_the_present_state(story) -> None:
    for temperature in (0.06, 0.4, 1.0, 4.9):
        chart = thermo_chart(moves.heat(story(4), temperature))
        curve = chart.curve
        assert COLDEST <= curve.temperatures[0] < 1.1 * COLDEST
        assert curve.temperatures[-1] == HOTTEST
        entropy = np.interp(temperature, curve.temperatures, curve.entropy)
        assert entropy == pytest.approx(chart.now.entropy, abs=0.02)


def test_logits_that_are_not_finite_have_no_curve(story) -> None:
    s = story(1)
    node = s.timeline.node
    bad = replace(node.trace.steps[-1], logits=np.full_like(node.trace.steps[-1].logits, np.nan))
    trace = replace(node.trace, steps=(*node.trace.steps[:-1], bad))
    nodes = (*s.timeline.nodes[:-1], replace(node, trace=trace))
    assert thermo_chart(replace(s, timeline=replace(s.timeline, nodes=nodes))) is None
