"""Every height of the landscape is the energy of a state that can be written down. SCIENCE 2.6."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.hopfield import energy, overlaps
from explorer.physics.hopfield_landscape import (
    distances,
    heights,
    plane_of,
    sampled_corners,
    shadows,
    surface,
)
from explorer.physics.hopfield_rules import RULES, stored


def patterns_of(seed, count, size):
    return np.random.default_rng(seed).choice([-1, 1], (count, size))


@st.composite
def planes(draw):
    """A network of any rule and bias, the plane through its first two patterns, a point on it."""
    seed, size = draw(st.integers(0, 2**32)), draw(st.integers(12, 40))
    xi = patterns_of(seed, draw(st.integers(2, 6)), size)
    bias = np.random.default_rng(seed).normal(size=size) * draw(st.sampled_from([0, 1]))
    net = stored(xi, draw(st.sampled_from([rule for rule in RULES if rule != "projection"])), bias)
    point = draw(st.tuples(st.floats(-2, 2), st.floats(-2, 2)))
    return net, xi, plane_of(net, xi[0], xi[1]), point


@given(planes(), st.floats(0.05, 3))
def test_heights_are_the_energies_of_the_states_themselves(problem, temperature):
    net, xi, plane, (x, y) = problem
    there = x * xi[0] + y * xi[1]
    assert float(heights(plane, x, y, "plane")) == pytest.approx(float(energy(net, there)))
    inside = np.clip(there, -1, 1)
    assert float(heights(plane, x, y, "clipped")) == pytest.approx(float(energy(net, inside)))
    mean = np.tanh(there / temperature)
    up, down = (1 + mean) / 2, (1 - mean) / 2
    logs = [p * np.log(p, where=p > 0, out=np.zeros_like(p)) for p in (up, down)]
    free = float(energy(net, mean)) + temperature * float(np.sum(logs))
    assert float(heights(plane, x, y, "free", temperature)) == pytest.approx(free, abs=1e-6)


@given(planes())
def test_patterns_and_inverses_stand_on_their_own_energy(problem):
    net, xi, plane, _ = problem
    for sign, (which, corner) in itertools.product((1, -1), enumerate([(1, 0), (0, 1)])):
        here = heights(plane, sign * corner[0], sign * corner[1], "clipped")
        assert float(here) == pytest.approx(float(energy(net, sign * xi[which])))


@given(planes())
def test_a_shadow_is_the_nearest_point(problem):
    _, xi, plane, (x, y) = problem
    s = np.random.default_rng(7).choice([-1, 1], xi.shape[1])
    foot = shadows(plane, overlaps(s, xi[:2]))
    off = float(distances(plane, s))
    assert off == pytest.approx(np.sqrt(np.mean((s - foot @ xi[:2]) ** 2)))
    assert off <= np.sqrt(np.mean((s - np.array([x, y]) @ xi[:2]) ** 2)) + 1e-12
    assert np.allclose(shadows(plane, overlaps(xi[:2], xi[:2])), np.eye(2), atol=1e-12)


def test_patterns_are_the_valleys_of_the_clipped_ground():
    xi = patterns_of(1, 2, 400)
    net = stored(xi, "hebb")
    ground = surface(plane_of(net, xi[0], xi[1]))
    deepest = ground.height.min()
    assert ground.height.shape == (200, 200)
    assert deepest == pytest.approx(min(energy(net, xi)))
    mixture = heights(plane_of(net, xi[0], xi[1]), 1, 1, "clipped")
    assert float(mixture) > deepest / 2 - 20


def test_free_energy_has_one_well_above_the_critical_temperature():
    # SCIENCE 2.6: minima at (+-m, 0), (0, +-m) with m = tanh(m / T), a single one at 0 for T >= 1
    xi = np.array([[1, 1, 1, 1], [1, 1, -1, -1]]).repeat(250, axis=1)
    plane = plane_of(stored(xi, "hebb"), xi[0], xi[1])
    hot = surface(plane, "free", 1.2, (101, 101))
    assert np.unravel_index(hot.height.argmin(), (101, 101)) == (50, 50)
    cold = surface(plane, "free", 0.5, (101, 101))
    row, column = np.unravel_index(cold.height.argmin(), (101, 101))
    place = sorted([abs(cold.x[column]), abs(cold.y[row])])
    assert place == pytest.approx([0, 0.9575], abs=0.031)  # the argument of tanh is m there
    assert cold.height.min() / 1000 == pytest.approx(-0.509836, abs=2e-3)


def test_sampled_corners_keep_to_the_diamond_and_know_their_energy():
    # SCIENCE 2.6: |m1 + m2| <= 2 f, |m1 - m2| <= 2 (1 - f)
    xi = patterns_of(2, 3, 60)
    net = stored(xi, "hebb")
    plane = plane_of(net, xi[0], xi[1])
    corners = sampled_corners(net, plane, 300, seed=5)
    q = 2 * plane.agreement - 1
    m = corners.shadow + q * corners.shadow[:, ::-1]
    assert (np.abs(m.sum(axis=1)) <= 2 * plane.agreement + 1e-9).all()
    assert (np.abs(m[:, 0] - m[:, 1]) <= 2 * (1 - plane.agreement) + 1e-9).all()
    # Hebb: E = -(N / 2) (m1^2 + m2^2 + rest) + P / 2 with rest = m3^2 >= 0
    most = -30 * (m**2).sum(axis=1) + 1.5
    assert (corners.energy <= most + 1e-9).all()


def test_what_spans_no_plane_ends_in_a_sentence():
    xi = patterns_of(3, 1, 30)[0]
    net = stored([xi], "hebb")
    for other in (xi, -xi):
        with pytest.raises(ValueError, match="equal or inverse"):
            plane_of(net, xi, other)
    plane = plane_of(net, xi, patterns_of(4, 1, 30)[0])
    for temperature in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="above 0"):
            surface(plane, "free", temperature)
    with pytest.raises(ValueError, match="plane, clipped or free"):
        surface(plane, "valley")
    with pytest.raises(ValueError, match="2 x 2"):
        surface(plane, size=(1, 200))
