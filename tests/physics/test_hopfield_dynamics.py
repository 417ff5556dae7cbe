"""Laws of the dynamics: energy falls, cycles are found, dice are counted. SCIENCE 2.1 and 2.4."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.hopfield import configuration, energy, fields, network, overlaps, stable
from explorer.physics.hopfield_dynamics import (
    Dynamics,
    lyapunov,
    neurons,
    outcome,
    overlaps_along,
    settle,
    stretch,
)
from explorer.physics.hopfield_rules import stored

ORDERS = ["sweep", "random", "fixed"]


def patterns_of(seed, count, size):
    return np.random.default_rng(seed).choice([-1, 1], (count, size))


def walked(net, start, how, steps):
    return stretch(net, configuration(net, start), how, 0, steps)


def states_of(start, track):
    """Every state of a track: (S + 1, N)."""
    spins, rows, begin = np.array(start), [np.array(start)], 0
    for end in track.ends:
        spins[track.flips[begin:end]] = track.values[begin:end]
        rows.append(spins.copy())
        begin = end
    return np.array(rows)


@st.composite
def problems(draw):
    """A network of any symmetric weights with or without bias, a start that may hold zeros."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    size = draw(st.integers(1, 30))
    if draw(st.booleans()):
        w = rng.normal(size=(size, size))
        w = w + w.T
    else:
        xi = rng.choice([-1, 1], (draw(st.integers(1, 8)), size))
        w = xi.T @ xi / size
    bias = rng.normal(size=size) * draw(st.sampled_from([0, 0, 1]))
    start = rng.choice([-1, 0, 1] if draw(st.booleans()) else [-1, 1], size)
    how = Dynamics(order=draw(st.sampled_from(ORDERS)), seed=draw(st.integers(0, 2**63)))
    return network(w, bias), start, how


@given(problems())
def test_energy_never_rises_one_neuron_at_a_time(problem):
    # SCIENCE 2.1: dE of a flip = -(s_new - s_old) h_i <= 0
    net, start, how = problem
    track = walked(net, start, how, 5 * net.size)
    energies = np.concatenate(([float(energy(net, start))], track.energies))
    assert (np.diff(track.energies) <= 0).all()
    assert energies[1] <= energies[0] + 1e-9
    exact = energy(net, states_of(start, track))
    assert np.allclose(energies, exact, atol=1e-9)
    assert np.allclose(track.end.fields, fields(net, track.end.spins), atol=1e-9)


@given(problems())
def test_recall_ends_where_no_update_changes_anything(problem):
    net, start, how = problem
    parts = list(settle(net, configuration(net, start), how, 0, 100_000))
    end = parts[-1].end if parts else configuration(net, start)
    assert outcome(net, end, how) == "fixed point"
    assert stable(net, end.spins)
    assert len(stretch(net, end, how, 7, 3 * net.size).flips) == 0


@given(problems(), st.integers(0, 200), st.integers(0, 60), st.floats(0, 3))
def test_a_walk_in_two_parts_is_the_walk(problem, first, cut, temperature):
    net, start, how = problem
    how = dataclasses.replace(how, kind="glauber", temperature=temperature)
    begin = configuration(net, start)
    whole = stretch(net, begin, how, first, 60)
    head = stretch(net, begin, how, first, cut)
    tail = stretch(net, head.end, how, first + cut, 60 - cut)
    assert np.array_equal(whole.neurons, np.concatenate([head.neurons, tail.neurons]))
    assert np.array_equal(whole.flips, np.concatenate([head.flips, tail.flips]))
    assert np.array_equal(whole.energies, np.concatenate([head.energies, tail.energies]))
    assert np.array_equal(whole.end.spins, tail.end.spins)


@given(problems())
def test_overlaps_follow_from_the_flips(problem):
    net, start, how = problem
    xi = patterns_of(1, 3, net.size)
    track = walked(net, start, how, 40)
    expected = overlaps(states_of(start, track), xi)
    assert np.allclose(overlaps_along(np.array(start), track, xi), expected, atol=1e-12)


@given(problems())
def test_all_at_once_ends_in_at_most_two_states(problem):
    # SCIENCE 2.1: period 2; L(t) = -s(t) W s(t+1) never rises
    net, start, how = problem
    how = dataclasses.replace(how, kind="synchronous")
    parts = list(settle(net, configuration(net, start), how, 0, 2000))
    states = [np.array(start), *(part.end.spins for part in parts)]
    levels = [lyapunov(net, a, b) for a, b in itertools.pairwise(states)]
    assert (np.diff(levels) <= 1e-9).all()
    before = states[-2] if len(states) > 1 else None
    kind = outcome(net, configuration(net, states[-1]), how, before)
    again = stretch(net, configuration(net, states[-1]), how, 0, 2).end.spins
    assert kind in ("fixed point", "two-cycle")
    assert np.array_equal(again, states[-1])


def test_two_neurons_swap_for_ever():
    # SCIENCE 2.1: W = [[0, -1], [-1, 0]], s = (1, 1)
    net, how = network([[0, -1], [-1, 0]]), Dynamics("synchronous")
    one = walked(net, [1, 1], how, 1)
    two = walked(net, [1, 1], how, 2)
    assert (one.end.spins.tolist(), two.end.spins.tolist()) == ([-1, -1], [1, 1])
    assert outcome(net, one.end, how, np.array([1, 1], np.int8)) == "two-cycle"
    assert outcome(net, one.end, how) == "not settled"


def test_all_at_once_cycles_and_rises_about_as_often_as_measured():
    # SCIENCE 2.1: N = 100, P = 30, 200 runs: 60 end in a cycle, 89 show a rise; 3 standard errors
    how, cycles, rises = Dynamics("synchronous"), 0, 0
    for seed in range(200):
        net = stored(patterns_of(seed, 30, 100), "hebb")
        start = configuration(net, patterns_of(10_000 + seed, 1, 100)[0])
        parts = list(settle(net, start, how, 0, 500))
        heights = [start.energy, *(part.energies[0] for part in parts)]
        rises += bool((np.diff(heights) > 1e-9).any())
        cycles += outcome(net, parts[-1].end, how, parts[-2].end.spins) == "two-cycle"
    assert cycles == pytest.approx(60, abs=28)
    assert rises == pytest.approx(89, abs=30)


def test_no_flip_of_two_hundred_networks_raises_the_energy():
    # SCIENCE 2.1: N = 100, P 1 to 39, half with bias; largest change never above 0
    flips = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        bias = rng.normal(size=100) * 0.3 if seed % 2 else None
        net = stored(rng.choice([-1, 1], (1 + seed % 39, 100)), "hebb", bias)
        track = walked(net, rng.choice([-1, 1], 100), Dynamics(seed=seed), 500)
        assert np.diff(track.energies).max() <= 0
        flips += len(track.flips)
    assert flips > 5000


def test_every_order_visits_as_it_says():
    sweep = neurons(Dynamics(order="sweep", seed=3), 10, 0, 30).reshape(3, 10)
    assert (np.sort(sweep, axis=1) == np.arange(10)).all()
    assert not np.array_equal(sweep[0], sweep[1])
    assert neurons(Dynamics(order="fixed"), 4, 3, 5).tolist() == [3, 0, 1, 2, 3]
    counts = np.bincount(neurons(Dynamics(order="random", seed=1), 5, 0, 50_000), minlength=5)
    assert np.abs(counts - 10_000).max() < 4 * 8000**0.5
    for order in ORDERS:
        how = Dynamics(order=order, seed=9)
        assert np.array_equal(neurons(how, 7, 20, 9), neurons(how, 7, 0, 29)[20:])
        assert neurons(how, 7, 5, 0).shape == (0,)


def rates(net, temperature):
    """Exact transition probabilities between all 2^N states under random Glauber updates."""
    states = np.array(list(itertools.product([-1, 1], repeat=net.size)))
    moves = np.zeros((len(states), len(states)))
    up = 1 / (1 + np.exp(-2 * fields(net, states) / temperature))  # P(s_i = +1)
    for index, state in enumerate(states):
        for neuron in range(net.size):
            other = index ^ (1 << (net.size - 1 - neuron))
            leave = up[index, neuron] if state[neuron] < 0 else 1 - up[index, neuron]
            moves[index, other] += leave / net.size
            moves[index, index] += (1 - leave) / net.size
    return states, moves


def test_glauber_keeps_detailed_balance():
    # SCIENCE 2.4: N = 6, P = 2, T = .7, all 64 states: to 5e-18
    net = stored(patterns_of(5, 2, 6), "hebb", 0.2 * patterns_of(6, 1, 6)[0])
    states, moves = rates(net, 0.7)
    weights = np.exp(-energy(net, states) / 0.7)
    flow = (weights / weights.sum())[:, None] * moves
    assert np.abs(flow - flow.T).max() < 1e-16


def test_glauber_samples_the_boltzmann_law():
    # SCIENCE 2.4: 400,000 single-spin steps: total variation .011 from exact
    net = stored(patterns_of(5, 2, 6), "hebb")
    states, _ = rates(net, 0.7)
    how = Dynamics("glauber", "random", 0.7, seed=1)
    here, counts = configuration(net, states[0]), np.zeros(64)
    powers = 1 << np.arange(5, -1, -1)
    for part in range(10):
        track = stretch(net, here, how, part * 40_000, 40_000)
        visited = states_of(here.spins, track)[1:]
        counts += np.bincount(((visited + 1) // 2) @ powers, minlength=64)
        here = track.end
    weights = np.exp(-energy(net, states) / 0.7)
    assert 0.5 * np.abs(counts / counts.sum() - weights / weights.sum()).sum() < 0.02


@pytest.mark.parametrize("temperature", [-1, float("nan"), float("inf")])
def test_a_temperature_that_is_none_ends_in_a_sentence(temperature):
    with pytest.raises(ValueError, match="temperature must be"):
        Dynamics("glauber", temperature=temperature)


def test_glauber_at_zero_is_recall_without_noise():
    net = stored(patterns_of(2, 4, 60), "hebb")
    start = patterns_of(3, 1, 60)[0]
    cold = walked(net, start, Dynamics("glauber", temperature=0), 300)
    plain = walked(net, start, Dynamics(), 300)
    assert np.array_equal(cold.end.spins, plain.end.spins)
    assert outcome(net, cold.end, Dynamics("glauber")) == "fixed point"
