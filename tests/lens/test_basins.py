"""What is drawn of basins is what was measured, in the network as it is."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.lens.basins import basin_chart
from explorer.physics.hopfield_basins import basins
from explorer.physics.hopfield_search import search
from explorer.session.memory import experiments, moves
from explorer.session.memory.snapshot import Memory, Valleys, empty


def stored(count: int = 3, seed: int = 1) -> Memory:
    dice, s = np.random.default_rng(seed), empty((10, 10))
    for index in range(count):
        s = moves.store(moves.put(s, dice.choice([-1, 1], 100)), f"P{index}")
    return s


def measured(s: Memory, trials: int = 20) -> Memory:
    *_, found = basins(s.network, s.patterns, trials=trials)
    *_, ends = search(s.network, s.patterns, 200)
    s = experiments.keep_basins(s, s.network, found)
    return moves.found_valleys(s, Valleys(s.network, ends))


def test_curves_and_ends_carry_the_measured_shares_and_errors() -> None:
    s = measured(stored())
    chart = basin_chart(s)
    assert s.measured.basins is not None and s.valleys is not None
    back, error = s.measured.basins.basins.shares()
    assert [curve.name for curve in chart.curves] == ["P0", "P1", "P2"]
    for number, curve in enumerate(chart.curves):
        assert np.array_equal(curve.back, back[number])
        assert np.array_equal(curve.error, error[number])
        assert curve.back[0] == 1.0 and 0.2 < curve.half < 0.5
    assert sum(end.share for end in chart.ends) == pytest.approx(1.0)
    assert sum(share for _, share, _ in chart.sorts) == pytest.approx(1.0)
    assert all(end.error > 0 for end in chart.ends)
    shares = [end.share for end in chart.ends]
    assert shares == sorted(shares, reverse=True)
    names = {end.name: end.sort for end in chart.ends}
    assert names["P0"] == "pattern" and names["−P1"] == "inverse"
    assert all(sort == "mixture" for name, sort in names.items() if "+" in name)
    assert "660 of 660 spoilt starts" in chart.facts and "200 random starts" in chart.facts


def test_another_network_shows_nothing_of_the_old_one() -> None:
    s = measured(stored())
    other = moves.use_rule(s, "projection")
    chart = basin_chart(other)
    assert not chart.curves and not chart.ends and "press Measure again" in chart.facts
    assert basin_chart(moves.show(s, 1)).curves


def test_late_results_for_another_network_are_dropped() -> None:
    s = stored()
    *_, found = basins(s.network, s.patterns, trials=2)
    other = moves.remove(s, 0)
    assert experiments.keep_basins(other, s.network, found) is other


def test_without_patterns_it_says_what_to_do() -> None:
    assert "Store a pattern first" in basin_chart(empty()).facts
    assert "Press Measure" in basin_chart(stored()).facts
