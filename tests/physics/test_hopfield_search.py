"""What recall can end in, found by enumeration and by chance. SCIENCE 1.2, 2.1 and 2.3."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.hopfield import energy, network, stable
from explorer.physics.hopfield_relax import relaxed
from explorer.physics.hopfield_rules import stored
from explorer.physics.hopfield_search import (
    all_states,
    basin,
    classify,
    energies_by_distance,
    search,
    share_of,
)

HADAMARD = np.array([[(-1) ** bin(i & j).count("1") for j in range(8)] for i in range(8)])


def patterns_of(seed, count, size):
    return np.random.default_rng(seed).choice([-1, 1], (count, size))


def last(steps):
    *_, end = steps
    return end


@pytest.mark.parametrize("rows", [(1, 2, 4), (1, 2, 3)])
def test_eight_neurons_have_fourteen_strict_minima(rows):
    # SCIENCE 2.1: 3 patterns and 3 inverses at -2.5, 8 mixtures at -1.5
    xi = HADAMARD[list(rows)]
    found = last(search(stored(xi, "hebb"), xi))
    strict = [one for one in found.minima if one.strict]
    assert (found.exact, found.done) == (True, 256)
    assert [one.sort for one in strict].count("pattern") == 3
    assert [one.sort for one in strict].count("inverse") == 3
    assert [one.sort for one in strict].count("mixture") == 8
    assert {round(one.energy, 9) for one in strict if one.sort == "mixture"} == {-1.5}
    assert {round(one.energy, 9) for one in strict if one.sort != "mixture"} == {-2.5}


@given(st.integers(1, 10), st.integers(0, 2**32))
def test_enumeration_finds_every_fixed_point_and_nothing_else(size, seed):
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(size, size))
    net = network(w + w.T, rng.normal(size=size))
    found = last(search(net, rng.choice([-1, 1], (1, size))))
    states = all_states(size)
    expected = {row.tobytes() for row in states[stable(net, states)]}
    assert {one.spins.tobytes() for one in found.minima} == expected
    heights = [one.energy for one in found.minima]
    assert heights == sorted(heights, key=lambda value: round(value, 9))
    assert heights[0] == pytest.approx(energy(net, states).min())


def test_random_starts_end_as_measured():
    # SCIENCE 1.2, 14: N = 100, P = 7: 30 % pattern, 25 % inverse, 14 % 3-mixture.
    # The spread between nets is .06, so 20 nets give a standard error of .014 for either account
    shares = {"pattern": [], "inverse": [], "three": []}
    for seed in range(20):
        xi = patterns_of(seed, 7, 100)
        found = last(search(stored(xi, "hebb"), xi, 100, seed))
        assert sum(one.visits for one in found.minima) == found.done == 100
        shares["pattern"].append(found.share("pattern")[0])
        shares["inverse"].append(found.share("inverse")[0])
        shares["three"].append(
            sum(one.visits for one in found.minima if len(one.parts) == 3) / found.done
        )
    assert np.mean(shares["pattern"]) == pytest.approx(0.30, abs=0.06)
    assert np.mean(shares["inverse"]) == pytest.approx(0.25, abs=0.08)
    assert np.mean(shares["three"]) == pytest.approx(0.14, abs=0.045)


@given(st.integers(0, 2**32), st.integers(3, 8))
def test_mixtures_are_named_by_their_parts(seed, count):
    xi = patterns_of(seed, count, 400)
    signs = np.random.default_rng(seed).choice([-1, 1], 3)
    sort, parts = classify(np.sign(signs @ xi[:3]), xi)
    assert sort == "mixture"
    assert sorted(parts) == [(index, int(sign)) for index, sign in enumerate(signs)]
    assert classify(xi[1], xi) == ("pattern", ((1, 1),))
    assert classify(-xi[2], xi) == ("inverse", ((2, -1),))
    assert classify(np.random.default_rng(seed + 1).choice([-1, 1], 400), xi)[0] == "other"


@given(st.integers(0, 2**32), st.integers(2, 60), st.booleans())
def test_recall_of_many_ends_in_fixed_points_lower_down(seed, size, biased):
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(size, size))
    net = network(w + w.T, rng.normal(size=size) * biased)
    starts = rng.choice([-1, 0, 1], (5, size))
    ends = relaxed(net, starts, rng)
    assert stable(net, ends).all()
    assert (energy(net, ends) <= energy(net, starts) + 1e-9).all()


def test_a_basin_is_measured_with_error_bars():
    # SCIENCE 2.3: N = 500, P = 25: from 10 % noise about all exactly, N = 100 with 50 % none
    xi = patterns_of(1, 5, 100)
    net = stored(xi, "hebb")
    parts = list(basin(net, xi[0], [0.0, 0.2, 0.5], 60, seed=3))
    end = parts[-1]
    assert end.trials == 60
    assert end.recalled[0] == 1.0
    assert end.recalled[1] > 0.9
    assert end.recalled[2] < 0.4
    assert (end.error > 0).all()
    assert (np.diff([part.trials for part in parts]) > 0).all()


def test_error_bars_are_never_zero():
    assert share_of(0, 10) == (0.0, pytest.approx((1 / 12 * 11 / 12 / 10) ** 0.5))
    assert share_of(5, 10)[1] == pytest.approx((0.25 / 10) ** 0.5)
    assert np.isnan(share_of(0, 0)[1])


def test_energy_against_distance_shows_every_state():
    # SCIENCE 2.1 and 2.6: N = 4: one state at distance 0 with -1.5, four at 1 with 0, six with .5
    away, heights = energies_by_distance(stored([[1, -1, 1, -1]], "hebb"), [1, -1, 1, -1])
    assert np.bincount(away).tolist() == [1, 4, 6, 4, 1]
    expected = {0: -1.5, 1: 0.0, 2: 0.5, 3: 0.0, 4: -1.5}
    assert np.allclose(heights, [expected[int(one)] for one in away])
    with pytest.raises(ValueError, match="1 to 16"):
        all_states(17)
