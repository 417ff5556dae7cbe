"""One update of four memories: SCIENCE 2.4, 3.1 to 3.3."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.dense_memory import memory
from explorer.physics.hopfield import energy as classical_energy
from explorer.physics.hopfield_dynamics import Dynamics, thresholds
from explorer.physics.hopfield_rules import stored
from explorer.physics.mean_field import magnet
from explorer.physics.one_update import (
    classical,
    cosine,
    dense,
    dense_energy,
    modern,
    shares,
    turned,
)

SEEDS = st.integers(0, 2**32)
HEATS = st.just(0.0) | st.floats(0.05, 3.0)


def patterns_of(seed, count, size):
    return np.random.default_rng(seed).choice([-1.0, 1.0], (count, size))


@given(SEEDS, st.integers(1, 8), st.integers(3, 24), HEATS, st.integers(0, 9))
def test_with_the_power_two_a_dense_memory_is_hopfields_network_dice_and_all(
    seed, count, size, heat, time
):
    # SCIENCE 3.1: n = 2 is the classical model
    xi, s = patterns_of(seed, count, size), patterns_of(seed + 1, 1, size)[0]
    dice = Dynamics("glauber", "sweep", heat, seed)
    one = classical(stored(xi, "hebb"), xi, s, dice, time)
    other = dense(xi, s, 2, dice, time)
    assert np.array_equal(one.after, other.after)
    assert np.allclose(one.weights, other.weights)
    assert one.drop == pytest.approx(other.drop, abs=1e-9)


@given(SEEDS, st.integers(1, 8), st.integers(3, 20))
def test_the_energy_of_the_square_is_hebbs_without_the_neurons_own_terms(seed, count, size):
    # SCIENCE 2.1: E = -(N/2) sum m^2 + P/2
    xi, s = patterns_of(seed, count, size), patterns_of(seed + 1, 1, size)[0]
    hebb = float(classical_energy(stored(xi, "hebb"), s))
    assert float(dense_energy(xi, s, 2)) == pytest.approx(hebb - count / 2, abs=1e-9)


@given(SEEDS, st.integers(1, 10), st.integers(3, 24), st.sampled_from([2, 3, 4, 6]))
def test_without_dice_the_energy_of_a_dense_memory_never_rises(seed, count, size, power):
    xi, s = patterns_of(seed, count, size), patterns_of(seed + 1, 1, size)[0]
    update = dense(xi, s, power, Dynamics("glauber", "sweep", 0.0, seed), 0)
    assert update.drop >= -1e-9 * max(1.0, abs(update.energy_before))


@given(SEEDS, st.integers(1, 10), st.integers(1, 24), st.floats(0.05, 5.0))
def test_the_energy_of_a_modern_memory_falls_by_half_the_squared_step(seed, count, width, beta):
    # SCIENCE 3.2: E(xi) - E(f(xi)) >= |xi - f(xi)|^2 / 2
    rng = np.random.default_rng(seed)
    update = modern(memory(rng.normal(size=(count, width)), beta), rng.normal(size=width))
    step = float(((update.before - update.after) ** 2).sum())
    assert update.drop >= 0.5 * step - 1e-9 * max(1.0, abs(update.energy_before))
    assert update.weights.sum() == pytest.approx(1.0)


def test_the_worked_example_of_attention_comes_out():
    # SCIENCE 3.2, worked example
    store = memory([(1, 0), (0, 1), (-1, 0)], 1 / math.sqrt(2))
    update = modern(store, (0.5, 0.2))
    assert update.weights == pytest.approx([0.434419, 0.351383, 0.214198], abs=1e-6)
    assert update.after == pytest.approx([0.220220, 0.351383], abs=1e-6)
    assert update.energy_before == pytest.approx(0.519577, abs=1e-6)
    assert update.energy_after == pytest.approx(0.448474, abs=1e-6)


@pytest.mark.parametrize(("beta", "fixed"), [(1.5, 0.858560), (2.0, 0.957504), (4.0, 0.999326)])
def test_a_pair_of_patterns_keeps_the_magnetisation_of_the_mean_field(beta, fixed):
    # SCIENCE 3.2, two patterns +-1 in one dimension: x = tanh(beta x) is m = tanh(m / T)
    store, state = memory([[1.0], [-1.0]], beta), np.array([1.0])
    for _ in range(400):
        state = modern(store, state).after
    assert float(state[0]) == pytest.approx(fixed, abs=1e-6)
    assert magnet(1 / beta) == pytest.approx(fixed, abs=1e-6)


@given(SEEDS, st.integers(2, 40), st.floats(0.05, 4.0))
def test_a_pattern_and_its_inverse_are_updated_as_the_mean_field_says(seed, size, beta):
    # the exact bridge: for x = m xi the new m is tanh(beta N m), so tau = 1 / (beta N)
    xi = patterns_of(seed, 1, size)[0]
    m = float(np.random.default_rng(seed).uniform(-1, 1))
    update = modern(memory(np.stack([xi, -xi]), beta), m * xi)
    assert update.after == pytest.approx(math.tanh(beta * size * m) * xi, abs=1e-9)


def test_neurons_at_that_temperature_hold_the_overlap_of_the_mean_field():
    # SCIENCE 2.4: m(T = .5) = .95750, measured .959 with N = 1000; here T = 1 / (beta N)
    size, beta = 1000, 1 / (0.5 * 1000)
    xi = patterns_of(3, 1, size)
    state, seen = xi[0], []
    for time in range(60):
        dice = Dynamics("glauber", "sweep", 1 / (beta * size), 5)
        state = dense(xi, state, 2, dice, time).after
        seen.append(cosine(state, xi[0]))
    assert np.mean(seen[20:]) == pytest.approx(0.9575, abs=0.006)


def test_weights_sharpen_from_row_to_row():
    m = np.array([0.6, 0.3, -0.1])
    assert shares(m, 2) == pytest.approx([0.6, 0.3, -0.1])
    largest = [float(shares(m, power)[0]) for power in (2, 3, 4, 6, 8)]
    assert largest == sorted(largest) and largest[-1] > 0.99
    assert not shares(np.zeros(3), 3).any()


@given(SEEDS, st.integers(2, 64), st.floats(0.0, 0.5))
def test_a_query_is_turned_to_the_overlap_of_flipped_cells_and_keeps_its_length(seed, width, noise):
    query = np.random.default_rng(seed).normal(size=width)
    dice = np.random.Generator(np.random.Philox(key=seed))
    spoilt = turned(query, 1 - 2 * noise, dice)
    assert cosine(spoilt, query) == pytest.approx(1 - 2 * noise, abs=1e-6)
    assert np.linalg.norm(spoilt) == pytest.approx(np.linalg.norm(query))


def test_a_threshold_is_passed_as_often_as_glauber_says():
    # SCIENCE 2.4: P(+1) = 1 / (1 + exp(-2 h / T))
    limits = np.array(thresholds(Dynamics("glauber", "sweep", 0.7, 11), 0, 40_000))
    for field in (-0.5, 0.0, 0.3):
        expected = 1 / (1 + math.exp(-2 * field / 0.7))
        assert (field > limits).mean() == pytest.approx(expected, abs=0.01)


@given(SEEDS, st.integers(2, 12), st.integers(2, 32), st.floats(0.1, 4.0), st.floats(0.0, 0.5))
def test_the_one_step_error_keeps_the_bound_of_ramsauer(seed, count, width, beta, noise):
    # SCIENCE 3.2, theorem 5, with the fixed point x* of x_1 in place of x_1 itself:
    # |f(xi) - x_1| <= 2 (N - 1) M exp(-b (D_1 - 2 max(|xi - x_1|, |x* - x_1|) M))
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, width))
    store, longest = memory(x, beta), float(np.linalg.norm(x, axis=1).max())
    state = x[0] + noise * rng.normal(size=width) / math.sqrt(width)
    fixed = x[0]
    for _ in range(50):
        fixed = modern(store, fixed).after
    products = x @ x[0]
    away = max(np.linalg.norm(state - x[0]), np.linalg.norm(fixed - x[0]))
    margin = float(products[0] - products[1:].max()) - 2 * away * longest
    bound = 2 * (count - 1) * longest * math.exp(min(-beta * margin, 700.0))
    assert np.linalg.norm(modern(store, state).after - x[0]) <= bound + 1e-9
