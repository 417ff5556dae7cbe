"""Load against temperature, theory and Glauber's rule side by side. SCIENCE 2.4."""

import numpy as np
import pytest

from explorer.physics.hopfield import overlaps
from explorer.physics.hopfield_heat import heated
from explorer.physics.hopfield_rules import stored
from explorer.physics.phase_diagram import coarse_to_fine, measured, theory


def patterns_of(seed, count, size):
    return np.random.default_rng(seed).choice([-1, 1], (count, size))


def last(steps):
    *_, end = steps
    return end


def mean_overlaps(xi, start, temperatures, sweeps, skip, seed):
    """Time average of the overlap of every temperature with every pattern: (B, P)."""
    dice = np.random.default_rng(seed)
    starts = np.tile(start, (len(temperatures), 1))
    kept = [
        overlaps(spins, xi)
        for sweep, spins in enumerate(
            heated(stored(xi, "hebb"), starts, temperatures, sweeps, dice)
        )
        if sweep >= skip
    ]
    return np.mean(kept, axis=0)


def test_one_pattern_follows_the_magnet():
    # SCIENCE 2.4: N = 1000, P = 1, 120 sweeps, the last 80
    heat = [0.2, 0.4, 0.5, 0.6, 0.8]
    xi = patterns_of(1, 1, 1000)
    m = mean_overlaps(xi, xi[0], [*heat, 1.2], 120, 40, 2)[:, 0]
    assert m[:5] == pytest.approx([1.0, 0.9845, 0.9592, 0.9106, 0.6964], abs=0.02)
    assert abs(m[5]) < 0.2  # .107 in the mean of |m|


def test_three_patterns_are_as_good_as_one():
    # SCIENCE 2.4: within .007 of theory to T = .8; three standard errors of one run
    xi = patterns_of(2, 3, 1000)
    m = mean_overlaps(xi, xi[0], [0.2, 0.4, 0.5, 0.6, 0.8], 120, 40, 3)[:, 0]
    assert m == pytest.approx([0.99991, 0.98562, 0.9575, 0.90733, 0.71041], abs=0.03)


def test_finite_load_agrees_with_theory_where_memories_are_deep():
    # SCIENCE 2.4: a = .05, 3 nets: T = .2 .9986, .4 .9669, .5 .908
    seen = []
    for seed in range(3):
        xi = patterns_of(10 + seed, 50, 1000)
        seen.append(mean_overlaps(xi, xi[0], [0.2, 0.4, 0.5, 0.8], 100, 50, seed)[:, 0])
    m = np.mean(seen, axis=0)
    assert m[:2] == pytest.approx([0.9986, 0.9669], abs=0.006)
    assert m[2] == pytest.approx(0.908, abs=0.03)
    assert abs(m[3]) < 0.3


def test_a_mixture_melts_into_one_pattern():
    # SCIENCE 2.4: N = 2000: T = .2 stays (.50, .48, .52); T = .5: falls into one pattern
    xi = patterns_of(4, 3, 2000)
    mixture = np.sign(xi.sum(axis=0))
    cold, warm = mean_overlaps(xi, mixture, [0.2, 0.5], 150, 120, 5)
    assert cold == pytest.approx([0.5, 0.5, 0.5], abs=0.06)
    assert sorted(np.abs(warm))[2] > 0.85
    assert sorted(np.abs(warm))[1] < 0.25


@pytest.mark.parametrize("count", [1, 2, 3, 16, 17, 30])
def test_coarse_to_fine_visits_every_cell_once(count):
    order = coarse_to_fine(count)
    assert sorted(order) == list(range(count))
    assert coarse_to_fine(9)[:5] == [0, 8, 4, 2, 6]


def test_theory_fills_the_map():
    end = last(theory((0.05, 0.1), (0.2, 0.4, 1.1)))
    assert np.allclose(end.overlap, [[0.9989, 0.9662, 0], [0.9891, 0, 0]], atol=1e-4)
    assert (end.done, end.total, end.neurons) == (6, 6, 0)
    first = next(theory((0.05, 0.1), (0.2, 0.4)))
    assert np.isnan(first.overlap).sum() == 3


def test_a_measured_map_lies_on_the_theory_away_from_the_transition():
    steps = list(measured(400, (0.02, 0.05, 0.25), (0.1, 0.4, 1.3), 3, 40, seed=1))
    end = steps[-1]
    assert end.overlap[:2, :2] == pytest.approx(
        np.array([[1.0, 0.985], [1.0, 0.966]]), abs=0.02
    )  # fmt: skip
    assert (end.overlap[:, 2] < 0.25).all()
    assert end.overlap[2, 1] < 0.6
    assert np.isnan(steps[0].overlap).all()
    assert [one.done for one in steps] == sorted(one.done for one in steps)
    again = last(measured(400, (0.02, 0.05, 0.25), (0.1, 0.4, 1.3), 3, 40, seed=1))
    assert np.array_equal(again.overlap, end.overlap)


def test_a_bad_temperature_ends_in_a_sentence():
    net = stored(patterns_of(0, 1, 10), "hebb")
    with pytest.raises(ValueError, match="from 0 up"):
        next(heated(net, np.ones((1, 10)), [float("nan")], 1, np.random.default_rng(0)))
    with pytest.raises(ValueError, match="2 sweeps"):
        next(measured(10, sweeps=1))
