"""Laws of the Boltzmann distribution, and the numbers of SCIENCE sections 1.1, 3.5e and 5.3."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from explorer.physics.boltzmann import (
    boltzmann,
    candidate_order,
    choice_at,
    flips,
    thermodynamics,
    token_energies,
)
from explorer.physics.information import entropy

STORY = -np.log([0.6, 0.3, 0.1])
FIVE = -np.log([0.5, 0.25, 0.15, 0.07, 0.03])
energies = hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(-50, 50))
temperatures = st.floats(0.05, 50)


@given(energies, st.one_of(st.just(0.0), st.just(math.inf), st.floats(1e-300, 1e300)))
def test_probabilities_sum_to_one_at_every_temperature(energy, temperature):
    p = boltzmann(energy, temperature)
    assert np.all(p >= 0)
    assert p.sum() == pytest.approx(1, abs=1e-12)


@given(energies)
def test_cold_is_greedy_with_ties_to_the_lowest_index(energy):
    expected = np.eye(energy.size)[np.argmin(energy)]
    assert np.array_equal(boltzmann(energy, 0), expected)
    winners = energy == energy.min()
    gap = np.min(energy[~winners], initial=np.inf) - energy.min()
    if gap > 1e-6:  # the limit shares evenly among exact ties, and only the rule at 0 picks one
        assert np.allclose(boltzmann(energy, 1e-9), winners / winners.sum(), atol=1e-12)


@given(energies)
def test_hot_is_uniform(energy):
    uniform = np.full(energy.size, 1 / energy.size)
    assert np.array_equal(boltzmann(energy, math.inf), uniform)
    assert np.allclose(boltzmann(energy, 1e12), uniform, atol=1e-9)


@given(energies, temperatures, st.floats(-100, 100))
def test_a_shift_of_all_energies_changes_nothing(energy, temperature, shift):
    moved = boltzmann(energy + shift, temperature)
    assert np.allclose(moved, boltzmann(energy, temperature), atol=1e-10)


@pytest.mark.parametrize("temperature", [0, 1e-300, 0.1, 1, 1e300, math.inf])
def test_forbidden_outcomes_stay_at_zero(temperature):
    # SCIENCE 1.2, row 25
    p = boltzmann([math.inf, 1.0, 2.0, math.inf], temperature)
    assert p[0] == p[3] == 0
    assert p.sum() == pytest.approx(1)


@pytest.mark.parametrize("temperature", [-1, -math.inf, math.nan])
def test_a_negative_or_nan_temperature_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature"):
        boltzmann([1.0, 2.0], temperature)


@pytest.mark.parametrize("energy", [[math.inf] * 2, [math.nan, 1], [-math.inf, 1], []])
def test_energies_without_a_distribution_are_refused(energy):
    for temperature in (0, 1, math.inf):
        with pytest.raises(ValueError):
            boltzmann(energy, temperature)


def test_rows_are_independent_and_float32_is_widened():
    rows = np.random.default_rng(0).normal(size=(2, 3, 7)).astype(np.float32)
    p = boltzmann(rows, 0.7)
    assert p.shape == (2, 3, 7)
    assert p.dtype == np.float64
    assert np.array_equal(p[1, 2], boltzmann(rows[1, 2], 0.7))
    assert np.array_equal(boltzmann(rows, 0)[1, 2], boltzmann(rows[1, 2], 0))


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (0.1, (0.9990243737, 0.0009756097, 1.65220e-8)),
        (0.5, (0.7826086957, 0.1956521739, 0.0217391304)),
        (1, (0.6, 0.3, 0.1)),
        (2, (0.4727338750, 0.3342733287, 0.1929927963)),
        (5, (0.3891993018, 0.3388176714, 0.2719830267)),
    ],
)
def test_the_temperature_example_has_its_exact_rows(temperature, expected):
    # SCIENCE 1.1
    assert np.allclose(boltzmann(STORY, temperature), expected, rtol=1e-6, atol=1e-10)


def test_the_coldest_row_is_the_exact_fraction():
    # SCIENCE 1.1
    exact = (30233088 / 30262613, 59049 / 60525226, 1 / 60525226)
    assert np.allclose(boltzmann(STORY, 0.1), exact, rtol=1e-12)


@pytest.mark.parametrize(
    ("temperature", "nats"),
    [(0.1, 0.007739), (0.5, 0.594257), (1, 0.897946), (2, 1.037971), (math.inf, 1.098612)],
)
def test_entropy_rises_along_the_temperature_example(temperature, nats):
    # SCIENCE 1.1
    assert float(entropy(boltzmann(STORY, temperature))) == pytest.approx(nats, abs=1e-6)


def test_the_middle_word_is_not_monotone_in_temperature():
    # SCIENCE 1.1: chair peaks at T = 3.8904 with .339097
    hot = np.linspace(0.2, 20, 19801)
    chair = np.array([boltzmann(STORY, t)[1] for t in hot[::20]])
    assert chair.max() == pytest.approx(0.339097, abs=1e-6)
    assert hot[::20][chair.argmax()] == pytest.approx(3.8904, abs=0.03)
    assert boltzmann(STORY, 3.8904)[1] == pytest.approx(0.339097, abs=1e-6)
    assert boltzmann(STORY, 0.99)[1] < 0.3


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (2, (0.347954, 0.246041, 0.190582, 0.130192, 0.085231)),
        (0.5, (0.733568, 0.183392, 0.066021, 0.014378, 0.002641)),
    ],
)
def test_the_five_token_vector_has_its_rows(temperature, expected):
    # SCIENCE 5.3
    assert np.allclose(boltzmann(FIVE, temperature), expected, atol=5e-7)


@pytest.mark.parametrize(("temperature", "slope"), [(0.5, 1.612668), (1, 0.513920), (2, 0.096248)])
def test_the_entropy_slope_of_the_five_tokens_is_var_log_p_over_t_cubed(temperature, slope):
    # SCIENCE 5.3: dH/dT = Var_q(log p) / T^3 = C / T
    capacity = thermodynamics(FIVE, temperature).heat_capacity
    assert capacity / temperature == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize(
    ("temperature", "f", "u", "s", "c"),
    [
        (0.5, 0.388264, 0.685393, 0.594257, 0.533277),
        (1, 0, 0.897946, 0.897946, 0.315314),
        (2, -0.987620, 1.088323, 1.037971, 0.111671),
    ],
)
def test_the_state_functions_of_the_example(temperature, f, u, s, c):
    # SCIENCE 3.5e
    state = thermodynamics(STORY, temperature)
    found = (state.free_energy, state.mean_energy, state.entropy, state.heat_capacity)
    assert found == pytest.approx((f, u, s, c), abs=1e-6)


@given(energies, st.floats(0.1, 20))
def test_free_energy_is_mean_energy_minus_temperature_times_entropy(energy, temperature):
    s = thermodynamics(energy, temperature)
    assert s.free_energy == pytest.approx(s.mean_energy - temperature * s.entropy, abs=1e-9)
    assert s.heat_capacity >= 0
    assert 0 <= s.entropy <= math.log(energy.size) + 1e-12


@given(energies, st.floats(0.5, 20))
def test_heat_capacity_is_the_slope_of_energy_and_of_entropy(energy, temperature):
    h = 1e-4 * temperature
    up, down = thermodynamics(energy, temperature + h), thermodynamics(energy, temperature - h)
    c = thermodynamics(energy, temperature).heat_capacity
    # the third derivative scales like (spread / T)^3 in units of C
    allowed = 1e-5 * (1 + np.ptp(energy) / temperature) ** 3
    slope_u = (up.mean_energy - down.mean_energy) / (2 * h)
    assert slope_u == pytest.approx(c, rel=1e-4, abs=allowed)
    slope_s = (up.entropy - down.entropy) / (2 * h)
    assert slope_s * temperature == pytest.approx(c, rel=1e-4, abs=allowed)


def test_the_greedy_limit_of_the_state_functions():
    state = thermodynamics([2.0, 3.0, math.inf], 0)
    assert (state.free_energy, state.mean_energy) == (2, 2)
    assert (state.entropy, state.heat_capacity) == (0, 0)
    near = thermodynamics([2.0, 3.0, math.inf], 1e-300)
    assert (near.mean_energy, near.entropy, near.heat_capacity) == (2, 0, 0)


def test_state_functions_refuse_an_infinite_temperature_and_batches():
    with pytest.raises(ValueError, match="finite temperature"):
        thermodynamics([1.0, 2.0], math.inf)
    with pytest.raises(ValueError, match="one axis"):
        thermodynamics([[1.0, 2.0]], 1)


@given(energies)
def test_token_energies_are_minus_log_p_with_free_energy_zero(energy):
    e = token_energies(-energy)
    p = boltzmann(energy, 1)
    assert np.allclose(np.exp(-e), p, atol=1e-12)
    assert thermodynamics(e, 1).free_energy == pytest.approx(0, abs=1e-9)


def test_a_removed_token_has_infinite_energy():
    e = token_energies([1.0, -math.inf, 1.0])
    assert np.array_equal(np.isinf(e), [False, True, False])
    with pytest.raises(ValueError, match="finite"):
        token_energies([-math.inf])


def test_equal_candidates_are_ordered_by_id():
    assert candidate_order([2.0, 1.0, 2.0, 1.0, math.inf]).tolist() == [1, 3, 0, 2, 4]


@given(energies, st.floats(0, 1, exclude_max=True), temperatures)
def test_the_choice_holds_u_in_its_share_of_the_cumulative_sum(energy, u, temperature):
    order = candidate_order(energy)
    p = boltzmann(energy, temperature)
    token = choice_at(energy, order, u, temperature)
    rank = order.tolist().index(token)
    assert p[token] > 0
    assert p[order[:rank]].sum() <= u + 1e-12
    assert u <= p[order[: rank + 1]].sum() + 1e-12


def test_the_choice_at_the_ends_of_the_temperature_scale():
    order = candidate_order(FIVE)
    assert choice_at(FIVE, order, 0.999, 0) == 0
    assert [choice_at(FIVE, order, u, math.inf) for u in (0.1, 0.3, 0.5, 0.7, 0.9)] == [*range(5)]
    forbidden = np.append(FIVE, math.inf)
    last = choice_at(forbidden, candidate_order(forbidden), 1 - 2**-53, 1)
    assert last == 4


def test_one_random_number_tells_two_tokens_apart_at_the_exact_temperature():
    # of two tokens the first keeps u while 1 / (1 + exp(-g / T)) > u, so T = g / log(u / (1 - u))
    (flip,) = flips([0.0, 1.5], [0, 1], 0.8)
    assert flip == (pytest.approx(1.5 / math.log(4), rel=1e-9), 0, 1)


@settings(deadline=None)
@given(
    hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 12)),
    st.floats(0, 0.999),
)
def test_the_choice_changes_exactly_at_the_flips(energy, u):
    order = candidate_order(energy)
    found = flips(energy, order, u)
    assert len(found) < energy.size or found == ()
    last = choice_at(energy, order, u, 0.05)
    for temperature, below, above in found:
        assert below == last
        last = above
        p, rank = boltzmann(energy, temperature)[order], order.tolist().index(below)
        assert p[: rank + 1].sum() == pytest.approx(u, abs=1e-7)
    assert last == choice_at(energy, order, u, 5.0)
    assert list(found) == sorted(found, key=lambda flip: flip.temperature)


def test_a_number_exactly_on_a_border_is_judged_alike_by_both():
    energy = np.array([2.0, 2] + [0] * 10)
    order = candidate_order(energy)
    # u meets a border exactly in the limit T = 0, and heating does not reach the next one
    assert choice_at(energy, order, 0.5, 0.05) == choice_at(energy, order, 0.5, 5.0) == 7
    assert flips(energy, order, 0.5) == ()


def test_both_sides_of_each_flip_differ_in_a_large_vocabulary():
    logits = np.random.default_rng(1).normal(size=4096) * 3
    energy = token_energies(logits)
    order = candidate_order(energy)
    for u in (0.1, 0.5, 0.9, 0.999):
        found = flips(energy, order, u)
        assert 2 <= len(found) <= 64
        for temperature, below, above in found:
            assert choice_at(energy, order, u, temperature * (1 - 1e-7)) == below
            assert choice_at(energy, order, u, temperature * (1 + 1e-7)) == above


def test_filtered_tokens_never_appear_among_the_flips():
    energy = np.append(FIVE, [math.inf, math.inf])
    for flip in flips(energy, candidate_order(energy), 0.9):
        assert max(flip.token_below, flip.token_above) < 5


@pytest.mark.parametrize(
    ("energy", "order", "u", "low", "match"),
    [
        ([1.0, 2.0], [1, 0], 0.5, 0.05, "ascending"),
        ([1.0, 2.0], [0, 0], 0.5, 0.05, "permutation"),
        ([1.0, 2.0], [0, 2], 0.5, 0.05, "permutation"),
        ([1.0, 2.0], [0], 0.5, 0.05, "same length"),
        ([1.0, 2.0], [0, 1], 1.0, 0.05, "u must be"),
        ([1.0, 2.0], [0, 1], 0.5, 0.0, "low"),
        ([math.inf, math.inf], [0, 1], 0.5, 0.05, "finite"),
        ([1.0, math.nan], [0, 1], 0.5, 0.05, "NaN"),
    ],
)
def test_flips_say_what_they_need(energy, order, u, low, match):
    with pytest.raises(ValueError, match=match):
        flips(energy, order, u, low=low)
