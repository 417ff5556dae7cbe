"""Laws of the Hopfield network, and the numbers of SCIENCE sections 2.1 and 2.2."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.hopfield import (
    checked_patterns,
    checked_spins,
    configuration,
    energy,
    fields,
    network,
    overlaps,
    stable,
)
from explorer.physics.hopfield_rules import one_step_error, rank, stored, storkey

HADAMARD = np.array([[(-1) ** bin(i & j).count("1") for j in range(8)] for i in range(8)])


def patterns_of(seed, count, size):
    return np.random.default_rng(seed).choice([-1, 1], (count, size))


def states(size):
    return np.array(list(itertools.product([-1, 1], repeat=size)))


@st.composite
def stores(draw):
    """Patterns (P, N) that the Hebb rule takes, and a seed."""
    seed, size = draw(st.integers(0, 2**32)), draw(st.integers(2, 40))
    return patterns_of(seed, draw(st.integers(1, 12)), size), seed


@given(stores())
def test_hebbs_energy_is_the_sum_of_squared_overlaps(store):
    # SCIENCE 2.1: E = -(N / 2) sum m^2 + P / 2 without a bias
    xi, seed = store
    s = patterns_of(seed + 1, 5, xi.shape[1])
    expected = -xi.shape[1] / 2 * (overlaps(s, xi) ** 2).sum(axis=1) + len(xi) / 2
    assert np.allclose(energy(stored(xi, "hebb"), s), expected, atol=1e-9)


@given(stores(), st.booleans())
def test_the_inverse_has_the_same_energy_exactly_without_a_bias(store, biased):
    # SCIENCE 2.1: E(-s) = E(s) iff b = 0
    xi, seed = store
    bias = np.random.default_rng(seed).uniform(0.1, 1, xi.shape[1]) * biased
    net, s = stored(xi, "hebb", bias), states(min(xi.shape[1], 6))
    s = np.hstack([s, np.ones((len(s), xi.shape[1] - s.shape[1]), int)])
    same = np.allclose(energy(net, s), energy(net, -s), atol=1e-12)
    assert same is not biased


@given(stores())
def test_a_configuration_knows_its_fields_and_energy(store):
    xi, seed = store
    bias = np.random.default_rng(seed).normal(size=xi.shape[1])
    net = stored(xi, "hebb", bias)
    here = configuration(net, -xi[0])
    assert np.allclose(here.fields, net.weights @ -xi[0] + bias)
    assert here.energy == pytest.approx(float(energy(net, -xi[0])), abs=1e-10)


def test_four_neurons_and_one_pattern():
    # SCIENCE 2.1: E(xi) = -1.5, one flip 0, two flips 0.5; 2, 8 and 6 of the 16 states
    net = stored([[1, -1, 1, -1]], "hebb")
    heights = np.round(energy(net, states(4)), 12)
    assert float(energy(net, [1, -1, 1, -1])) == pytest.approx(-1.5)
    assert float(energy(net, [-1, -1, 1, -1])) == pytest.approx(0)
    assert float(energy(net, [-1, 1, 1, -1])) == pytest.approx(0.5)
    values, counts = np.unique(heights, return_counts=True)
    assert (values.tolist(), counts.tolist()) == ([-1.5, 0, 0.5], [2, 8, 6])


@pytest.mark.parametrize("rows", [(1, 2, 4), (1, 2, 3)])
def test_three_orthogonal_patterns_bring_eight_mixtures(rows):
    # SCIENCE 2.1: N = 8, 14 strict minima, 3 + 3 at -2.5 and 8 mixtures at -1.5
    net = stored(HADAMARD[list(rows)], "hebb")
    s = states(8)
    strict = (s * fields(net, s) > 1e-9).all(axis=1)
    heights = np.round(energy(net, s[strict]), 9)
    assert sorted(heights.tolist()) == [-2.5] * 6 + [-1.5] * 8


def test_three_mixtures_are_stable_and_lie_higher():
    # SCIENCE 2.1: N = 1000, 20 nets: overlaps 0.5015 +- 0.024, stable in all, E / N = -0.3767
    seen, heights, stays = [], [], []
    for seed in range(20):
        xi = patterns_of(seed, 3, 1000)
        mixture = np.sign(xi.sum(axis=0))
        net = stored(xi, "hebb")
        seen.append(overlaps(mixture, xi))
        heights.append(float(energy(net, mixture)) / 1000)
        stays.append(bool(stable(net, mixture)))
    assert np.mean(seen) == pytest.approx(0.5, abs=0.012)
    assert np.std(seen) == pytest.approx(0.024, abs=0.01)
    assert np.mean(heights) == pytest.approx(-0.375, abs=0.008)
    assert all(stays)


@pytest.mark.parametrize("count", [1, 5, 20, 49])
def test_the_projection_holds_every_independent_pattern(count):
    # SCIENCE 2.2: W xi = xi and W^2 = W before the diagonal is cleared
    xi = patterns_of(count, count, 50)
    net = stored(xi, "projection")
    correlation = xi @ xi.T / 50
    projector = xi.T @ np.linalg.inv(correlation) @ xi / 50
    assert np.allclose(projector @ projector, projector, atol=1e-8)
    assert np.allclose(projector @ xi.T, xi.T, atol=1e-8)
    assert np.allclose(net.weights, projector - np.diag(np.diag(projector)), atol=1e-8)
    assert stable(net, xi).all()


def test_the_projection_refuses_dependent_patterns_in_a_sentence():
    # SCIENCE 2.2: equal or dependent patterns make C singular
    xi = patterns_of(0, 3, 30)
    for dependent in ([*xi, xi[0]], [*xi, -xi[1]], [*HADAMARD, HADAMARD[3]]):
        with pytest.raises(ValueError, match="independent patterns"):
            stored(dependent, "projection")
    assert rank([*xi, xi[0], -xi[1]]) == 3


def test_storkeys_test_vector():
    # SCIENCE 2.2: N = 4, W_14 = 0.75, W_23 = -0.75, all others 0; Hebb 0.5 and -0.5
    xi = [[1, 1, -1, 1], [1, -1, 1, 1]]
    expected = np.zeros((4, 4))
    expected[0, 3] = expected[3, 0] = 0.75
    expected[1, 2] = expected[2, 1] = -0.75
    assert np.allclose(stored(xi, "storkey").weights, expected, atol=1e-15)
    assert np.allclose(stored(xi, "hebb").weights, expected / 1.5, atol=1e-15)


@given(stores())
def test_storkeys_rule_is_its_definition(store):
    # SCIENCE 2.2, written out with the sums that leave out i and j
    xi, _ = store
    size = xi.shape[1]
    w = np.zeros((size, size))
    for pattern in xi:
        h = (w @ pattern)[:, None] - np.diag(w)[:, None] * pattern[:, None] - w * pattern
        change = np.outer(pattern, pattern) - pattern[:, None] * h.T - h * pattern
        w = w + change / size  # here the diagonal is kept
    np.fill_diagonal(w, 0)
    assert np.allclose(storkey(xi), w, atol=1e-12)
    assert np.allclose(storkey(xi[1:], storkey(xi[:1])), w, atol=1e-12)


def test_storkey_depends_on_the_order():
    xi = patterns_of(3, 4, 20)
    assert not np.allclose(storkey(xi), storkey(xi[::-1]), atol=1e-6)


@pytest.mark.parametrize(
    ("load", "error"), [(0.10, 0.000783), (0.138, 0.00355), (0.16, 0.00621), (0.20, 0.01267)]
)
def test_the_one_step_error_is_gaussian_crosstalk(load, error):
    # SCIENCE 2.3
    assert one_step_error(load) == pytest.approx(error, rel=2e-3)


@pytest.mark.parametrize("load", [0.10, 0.138, 0.16, 0.20])
def test_the_one_step_error_is_measured(load):
    # SCIENCE 2.3: N = 500, finite size (P - 1) / (N - 1); 10 nets, 3 standard errors
    size, count, wrong, seen = 500, round(500 * load), 0, 0
    for seed in range(10):
        xi = patterns_of(100 + seed, count, size)
        wrong += int((fields(stored(xi, "hebb"), xi) * xi < 0).sum())
        seen += xi.size
    expected = one_step_error((count - 1) / (size - 1))
    # neurons of one net share their patterns, so the spread is a little wider than binomial
    assert wrong / seen == pytest.approx(expected, abs=4 * (expected / seen) ** 0.5)


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        ([], "no pattern"),
        (np.empty((0, 25)), "no pattern"),
        ([[1, 0, 1]], "only"),
        ([[1, float("nan"), 1]], "only"),
        ([1, -1], "no pattern"),
    ],
)
def test_bad_patterns_end_in_a_sentence(patterns, words):
    with pytest.raises(ValueError, match=words):
        checked_patterns(patterns)


def test_bad_networks_end_in_a_sentence():
    with pytest.raises(ValueError, match="symmetric"):
        network([[0, 1], [0, 0]])
    with pytest.raises(ValueError, match="finite"):
        network([[0, np.nan], [np.nan, 0]])
    with pytest.raises(ValueError, match="bias"):
        network(np.zeros((3, 3)), [1, np.inf, 0])
    with pytest.raises(ValueError, match="rule"):
        stored([[1, -1]], "oja")
    with pytest.raises(ValueError, match="3 neurons"):
        checked_spins([1, -1], 3)
    with pytest.raises(ValueError, match="erased"):
        checked_spins([1, -1, 2], 3)


@pytest.mark.parametrize("count", [31, 32, 33, 70])
def test_storkeys_rule_in_blocks_is_storkeys_rule_one_by_one(count):
    xi = patterns_of(count, count, 120)
    w = np.zeros((120, 120))
    for pattern in xi:
        w = storkey([pattern], w)
    assert np.allclose(storkey(xi), w, atol=1e-12)
    assert np.array_equal(np.diag(storkey(xi)), np.zeros(120))
