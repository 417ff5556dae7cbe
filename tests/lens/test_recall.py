"""What is drawn of recall: the state, the patterns, the curves, the words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.lens.recall import (
    WINDOW,
    energy_limits,
    narrate,
    pattern_rows,
    place,
    recall_chart,
    round_ticks,
    state_picture,
    thinned,
    verdict,
)
from explorer.physics.hopfield import energy, overlaps
from explorer.physics.hopfield_dynamics import Dynamics
from explorer.session.memory import beats, moves, steps
from explorer.session.memory.snapshot import Memory, empty


def stored(count: int = 2, shape: tuple[int, int] = (6, 6), seed: int = 3) -> Memory:
    random = np.random.default_rng(seed)
    s = empty(shape)
    for index in range(count):
        s = moves.put(s, random.choice([-1, 1], s.size))
        s = moves.store(s, f"P{index}")
    return s


def spoilt(s: Memory) -> Memory:
    return moves.corrupt(moves.show(s, 0))


def test_the_neuron_announced_is_the_one_that_the_next_step_updates() -> None:
    s = spoilt(stored())
    for _ in range(80):
        picture = state_picture(s)
        after = steps.step(s)
        if after is s:
            break
        neuron = int(after.track.neurons[after.track.cursor - 1])
        assert picture.next == neuron
        assert picture.field == pytest.approx(float(after.track.felt[after.track.cursor - 1]))
        s = after
    assert s.track.length > 5


def test_a_recorded_step_is_announced_after_going_back() -> None:
    s = steps.step(spoilt(stored()), 20)
    s = steps.back(s, 7)
    assert state_picture(s).next == int(s.track.neurons[13])


def test_no_neuron_is_announced_without_patterns_or_when_all_move_at_once() -> None:
    assert state_picture(empty()).next is None
    s = steps.use_dynamics(spoilt(stored()), Dynamics("synchronous"))
    assert state_picture(s).next is None


def test_the_curves_are_energy_and_overlap_of_every_state_on_the_way() -> None:
    s = steps.step(spoilt(stored()), 50)
    chart = recall_chart(s)
    assert chart.cursor == s.track.cursor == len(chart.energies) - 1
    for step in range(0, 51, 5):
        there = steps.seek(s, step)
        assert chart.energies[step] == pytest.approx(float(energy(s.network, there.here.spins)))
        np.testing.assert_allclose(
            chart.overlaps[step], overlaps(there.here.spins, s.patterns), atol=1e-12
        )


def test_a_long_track_is_cut_to_a_window_around_the_cursor() -> None:
    how = Dynamics("glauber", "random", temperature=2.0)
    s = steps.use_dynamics(spoilt(stored()), how)
    for _ in range(30):
        s = steps.step(s, 500)
    chart = recall_chart(s)
    assert len(chart.energies) <= WINDOW + 501
    assert chart.first + chart.cursor == s.track.step
    assert chart.energies[chart.cursor] == pytest.approx(s.here.energy)
    early = steps.seek(s, 700)
    chart = recall_chart(early)
    assert chart.first == 0
    assert chart.energies[chart.cursor] == pytest.approx(early.here.energy)


def test_rows_tell_the_overlap_with_each_pattern() -> None:
    s = moves.show(stored(3), 1)
    rows = pattern_rows(s)
    assert [row.name for row in rows] == ["P0", "P1", "P2"]
    assert rows[1].overlap == 1
    assert (rows[1].cells.ravel() == s.here.spins).all()
    assert pattern_rows(empty()) == ()


def test_the_sentences_lead_a_newcomer_from_nothing_to_a_memory() -> None:
    s = empty()
    assert "Type a letter" in narrate(s)
    s = moves.draw(s, [0, 1, 2], 1)
    assert "Store" in narrate(s)
    s = moves.store(s, "bar")
    assert "Store another letter, or spoil this one" in narrate(s)
    s = moves.corrupt(s)
    assert "Play" in narrate(s)
    s = steps.step(s)
    assert "feels h" in narrate(s)
    s = steps.settle(s)
    assert "It is bar" in narrate(s)
    assert verdict(s) == "It is bar."
    assert "sweep" in place(s)


def test_an_error_is_said_before_anything_else() -> None:
    s = moves.store(moves.store(moves.draw(empty(), [0], 1), "a"), "b")
    assert narrate(s) == s.error != ""


def test_the_closest_memory_is_named_with_its_overlap() -> None:
    s = spoilt(stored())
    assert verdict(s).startswith("Most like P0: overlap +")
    inverse = moves.put(s, -s.here.spins)
    assert verdict(inverse).startswith("Most like the inverse of P0")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=2000), st.integers(2, 200))
def test_thinning_keeps_the_ends_and_the_extremes(values: list[float], most: int) -> None:
    curve = np.array(values)
    at, kept = thinned(curve, most)
    assert len(at) <= 2 * most + 2
    assert (curve[at] == kept).all()
    assert {0, len(curve) - 1} <= set(at.tolist())
    assert (kept.min(), kept.max()) == (curve.min(), curve.max())


@given(st.floats(-1e5, 1e5), st.floats(1e-3, 1e5), st.integers(2, 12))
def test_ticks_are_round_and_inside(low: float, span: float, most: int) -> None:
    ticks = round_ticks(low, low + span, most)
    assert len(ticks) <= most + 1
    for tick in ticks:
        assert low - 1e-6 * span <= tick <= low + span * (1 + 1e-6)


def test_the_axis_is_wider_than_the_curve() -> None:
    low, high = energy_limits(np.array([-3.0, -1.0]))
    assert low < -3 and high > -1
    low, high = energy_limits(np.array([2.0]))
    assert low < 2 < high


def test_a_beat_is_one_neuron_a_stride_or_a_sweep() -> None:
    s = spoilt(stored())
    assert beats.beat(s).track.length == 1
    assert beats.beat(beats.use_stride(s, 10)).track.length == 10
    swept = beats.beat(beats.use_stride(s, 0))
    assert swept.track.length == s.size
    assert np.array_equal(beats.beat_back(swept).here.spins, s.here.spins)
    assert beats.use_stride(s, 1) is s


def test_the_chart_stays_whole_when_the_stride_changes_on_a_long_way() -> None:
    s = spoilt(stored())
    s = steps.use_dynamics(s, Dynamics("glauber", temperature=2.0))
    for count in (36, 4000, *[10] * 150, 36, 1000, 1):
        s = steps.step(s, count)
        chart = recall_chart(s)
        whole = s.track.energies
        begin = s.track.cursor - chart.cursor
        assert np.array_equal(chart.energies, whole[begin : begin + len(chart.energies)])
        assert len(chart.energies) >= min(len(whole), 4000)
        assert np.allclose(chart.overlaps[chart.cursor], overlaps(s.here.spins, s.patterns))
