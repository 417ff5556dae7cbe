"""Solutions of the mean-field equations: SCIENCE 2.3, 2.4 and 2.6."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.dense_memory import descend
from explorer.physics.mean_field import (
    CRITICAL_LOAD,
    cold_overlap,
    critical_load,
    free_energy,
    glass_line,
    magnet,
    retrieval,
    retrieval_line,
)


@pytest.mark.parametrize(
    ("temperature", "m"),
    [
        (0.2, 0.99991),
        (0.4, 0.98562),
        (0.5, 0.95750),
        (0.6, 0.90733),
        (0.8, 0.71041),
        (0.9, 0.52543),
        (0.95, 0.37949),
    ],
)
def test_few_patterns_follow_the_magnet(temperature, m):
    # SCIENCE 2.4: m = tanh(m / T)
    assert magnet(temperature) == pytest.approx(m, abs=6e-6)


@given(st.floats(0.02, 3))
def test_the_magnet_solves_its_equation_and_dies_at_one(temperature):
    m = magnet(temperature)
    assert m == pytest.approx(math.tanh(m / temperature), abs=1e-12)
    assert (m == 0) is (temperature >= 1)


@pytest.mark.parametrize("beta", [1.5, 2.0, 4.0])
def test_two_patterns_of_a_modern_network_are_the_magnet(beta):
    # SCIENCE 3.2: x = tanh(beta x) is m = tanh(m / T) with T = 1 / beta, the exact bridge
    path = descend([[1.0], [-1.0]], [0.9], beta, tolerance=1e-14, max_steps=2000)
    assert path.states[-1, 0] == pytest.approx(magnet(1 / beta), abs=1e-9)


@pytest.mark.parametrize(
    ("load", "m", "tolerance"),
    [
        (0.05, 0.99999, 6e-6),
        (0.10, 0.99800, 6e-6),
        (0.12, 0.99322, 6e-6),
        (0.13, 0.98721, 6e-6),
        (0.135, 0.98079, 6e-6),
        (0.1379, 0.9681, 6e-5),
        (0.14, 0.0, 0),
    ],
)
def test_overlap_at_zero_temperature(load, m, tolerance):
    # SCIENCE 2.3
    assert cold_overlap(load) == pytest.approx(m, abs=tolerance)


def test_the_critical_load_is_where_the_root_is_lost():
    # SCIENCE 2.3: 0.137906, m there 0.9674
    assert critical_load() == pytest.approx(0.137906, abs=1e-6)
    assert pytest.approx(critical_load(), abs=1e-6) == CRITICAL_LOAD
    assert cold_overlap(critical_load()) == pytest.approx(0.9674, abs=3e-4)


@pytest.mark.parametrize(
    ("load", "temperature", "m"),
    [
        (0.05, 0.2, 0.9989),
        (0.05, 0.4, 0.9662),
        (0.05, 0.5, 0.9041),
        (0.05, 0.6, 0.0),
        (0.1, 0.2, 0.9891),
        (0.1, 0.3, 0.9530),
        (0.1, 0.4, 0.0),
    ],
)
def test_overlap_at_finite_load_and_temperature(load, temperature, m):
    # SCIENCE 2.4
    assert retrieval(load, temperature).overlap == pytest.approx(m, abs=6e-5)


@given(st.floats(0.005, 0.2), st.floats(0.1, 2.2))
def test_solutions_solve_their_equations(load, temperature):
    found = retrieval(load, temperature)
    z, weights = np.polynomial.hermite_e.hermegauss(64)
    weights = weights / weights.sum()
    values = np.tanh((found.overlap + math.sqrt(load * found.noise) * z) / temperature)
    assert found.overlap == pytest.approx(float(weights @ values), abs=1e-4)
    assert found.freezing == pytest.approx(float(weights @ values**2), abs=1e-4)
    # SCIENCE 2.4: T_g = 1 + sqrt(a) parts the glass from the paramagnet
    if abs(temperature - glass_line(load)) > 0.02:
        assert (found.freezing > 1e-6) is bool(temperature < glass_line(load))


def test_a_little_heat_or_load_is_the_limit_of_none():
    assert retrieval(1e-6, 0.5).overlap == pytest.approx(magnet(0.5), abs=1e-4)
    assert retrieval(0.1, 0.06).overlap == pytest.approx(cold_overlap(0.1), abs=1e-3)
    assert retrieval(0.1, 0.0).overlap == cold_overlap(0.1)
    assert retrieval(0.0, 0.5).overlap == magnet(0.5)


def test_retrieval_ends_at_the_line():
    line = retrieval_line([0.0, 0.4, 1.0])
    assert line[0] == pytest.approx(0.1379, abs=1e-4)
    assert 0.05 < line[1] < 0.1  # SCIENCE 2.4: at T = .4 m is .9662 at .05 and 0 at .1
    assert line[2] == 0
    assert retrieval(line[1] - 0.002, 0.4).overlap > 0.5
    assert retrieval(line[1] + 0.002, 0.4).overlap == 0


def test_free_energy_of_one_and_of_two_patterns():
    # SCIENCE 2.6: T = .5: f(0) = -0.346574, f(.957504) = -0.509836; T -> 0: f(1) = -0.5
    one = np.ones((1, 4))
    assert np.allclose(
        free_energy([[0.0], [0.957504]], one, 0.5), (-0.346574, -0.509836), atol=1e-6
    )
    assert float(free_energy([1.0], one, 0.0)) == -0.5
    two = np.array([[1, 1, -1, -1], [1, -1, 1, -1]])
    m1, m2 = 0.7, -0.2
    expected = (m1**2 + m2**2) / 2 - 0.25 * (
        math.log(2 * math.cosh((m1 + m2) / 0.5)) + math.log(2 * math.cosh((m1 - m2) / 0.5))
    )
    assert float(free_energy([m1, m2], two, 0.5)) == pytest.approx(expected, abs=1e-12)


@given(st.floats(0.1, 2))
def test_the_free_energy_is_lowest_at_the_magnet(temperature):
    # SCIENCE 2.6: minima at (+-m, 0), (0, +-m); a single well at 0 for T >= 1
    two = np.array([[1, 1, -1, -1], [1, -1, 1, -1]])
    m = magnet(temperature)
    best = float(free_energy([m, 0.0], two, temperature))
    grid = np.stack(np.meshgrid(*[np.linspace(-1.2, 1.2, 49)] * 2), axis=-1)
    assert (free_energy(grid, two, temperature) >= best - 1e-12).all()


@pytest.mark.parametrize(
    "call", [magnet, lambda t: retrieval(0.1, t), lambda t: free_energy([1.0], [[1, 1]], t)]
)
@pytest.mark.parametrize("temperature", [-0.1, float("nan"), float("inf")])
def test_a_temperature_that_is_none_ends_in_a_sentence(call, temperature):
    with pytest.raises(ValueError, match="from 0 up"):
        call(temperature)


def test_a_load_that_is_none_ends_in_a_sentence():
    for load in (-0.1, float("nan")):
        with pytest.raises(ValueError, match="load must be 0 or more"):
            retrieval(load, 0.5)
        with pytest.raises(ValueError, match="load must be 0 or more"):
            cold_overlap(load)
