"""Basins by Monte Carlo agree with what was measured elsewhere, and with exact enumeration."""

from itertools import combinations

import numpy as np
import pytest

from explorer.physics.hopfield_basins import SHARES, basins, half_way
from explorer.physics.hopfield_relax import relaxed
from explorer.physics.hopfield_rules import stored


def patterns_of(seed, count, size):
    return np.random.default_rng(seed).choice([-1, 1], (count, size))


def last(parts):
    *_, end = parts
    return end


def test_every_pattern_and_share_grows_together_and_counts_every_trial():
    xi = patterns_of(2, 3, 64)
    parts = list(basins(stored(xi, "hebb"), xi, (0.0, 0.2, 0.5), 25, seed=4))
    assert [part.done for part in parts] == sorted({part.done for part in parts})
    assert parts[-1].done == parts[-1].total == 3 * 3 * 25
    assert (parts[-1].trials == 25).all()
    for part in parts:
        assert part.trials.max() - part.trials.min() <= 10
        assert (part.hits <= part.trials).all()
        assert part.done == part.trials.sum()
    early, error = parts[0].shares()
    assert np.isnan(early[1:]).all() and np.isnan(error[1:]).all()


def test_from_ten_percent_noise_a_light_network_brings_all_back():
    # SCIENCE 2.3: N = 500, a = .05 (25 patterns): 10 % flipped: m .9999, exactly .985; 30 %: .99
    xi = patterns_of(0, 25, 500)
    found = last(basins(stored(xi, "hebb"), xi[:5], (0.0, 0.1, 0.3), 30, seed=1))
    back, error = found.shares()
    assert back[:, 0].mean() > 0.95 and back[:, 1].mean() > 0.95
    assert back[:, 2].mean() > 0.9
    assert (error > 0).all() and (error < 0.1).all()


def test_the_share_agrees_with_all_ways_to_flip_that_many():
    # Exact: each of the 66 ways to flip 2 of 12, averaged over orders of recall.
    xi = patterns_of(5, 3, 12)
    net = stored(xi, "hebb")
    dice = np.random.default_rng(0)
    starts = []
    for pair in combinations(range(12), 2):
        copy = xi[0].copy()
        copy[list(pair)] *= -1
        starts += [copy] * 20
    exact = (relaxed(net, np.array(starts), dice) == xi[0]).all(axis=1).mean()
    found = last(basins(net, xi[:1], (2 / 12,), 1000, seed=3))
    back, error = found.shares()
    assert abs(back[0, 0] - exact) < 4 * error[0, 0] + 0.01


def test_the_projection_near_its_capacity_has_no_basin_though_it_stores_all():
    # SCIENCE 2.3: pseudo-inverse at a = .7: from 10 % noise none, at the pattern all
    xi = patterns_of(1, 140, 200)
    found = last(basins(stored(xi, "projection"), xi[:4], (0.0, 0.1), 15))
    back, _ = found.shares()
    assert (back[:, 0] == 1.0).all()
    assert back[:, 1].mean() < 0.1


def test_the_same_seed_gives_the_same_shares_and_another_one_others():
    xi = patterns_of(3, 8, 49)
    net = stored(xi, "hebb")
    one, again, other = (last(basins(net, xi, SHARES, 12, seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.hits, again.hits)
    assert not np.array_equal(one.hits, other.hits)


def test_half_way_lies_between_the_points_around_it():
    flips = np.array([0.0, 0.1, 0.2, 0.3])
    assert half_way(flips, np.array([1.0, 1.0, 0.75, 0.25])) == pytest.approx(0.25)
    assert np.isnan(half_way(flips, np.array([1.0, 1.0, 0.9, 0.8])))
    assert np.isnan(half_way(flips, np.array([0.0, 0.0, 0.0, 0.0])))
    assert np.isnan(half_way(flips, np.array([1.0, np.nan, 0.2, 0.1])))


@pytest.mark.parametrize(("shares", "trials"), [((0.1, 1.5), 10), ((np.nan,), 10), ((0.1,), 0)])
def test_what_cannot_be_measured_is_refused(shares, trials):
    xi = patterns_of(0, 2, 25)
    with pytest.raises(ValueError, match="at least one trial"):
        next(basins(stored(xi, "hebb"), xi, shares, trials))
    with pytest.raises(ValueError, match="no pattern"):
        next(basins(stored(xi, "hebb"), np.zeros((0, 25))))
