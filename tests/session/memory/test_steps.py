"""Recall goes forth and back in steps, with the same result whenever it is made."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.hopfield import energy, overlaps
from explorer.physics.hopfield_dynamics import Dynamics
from explorer.session.memory import moves, steps
from explorer.session.memory.snapshot import Spoil, empty
from explorer.session.memory.track import LONGEST


def picture(seed, size=100):
    return np.random.default_rng(seed).choice([-1, 1], size)


def spoilt(*seeds, share=0.2, how=None, shape=(10, 10)):
    """A workspace that stores these pictures and shows the first one spoilt."""
    s = empty(shape)
    for seed in seeds:
        s = moves.store(moves.put(s, picture(seed, shape[0] * shape[1])))
    s = moves.spoil_with(moves.show(s, 0), Spoil(share=share))
    return steps.use_dynamics(moves.corrupt(s), how or Dynamics())


def test_two_letters_one_spoilt_comes_back():
    s = spoilt(1, 2)
    assert not np.array_equal(s.here.spins, s.patterns[0])
    end = steps.settle(s)
    assert np.array_equal(end.here.spins, s.patterns[0])
    assert steps.why_stopped(end) == "A fixed point: no neuron wants to change. It is Pattern 1."
    assert steps.step(end) is end
    assert steps.to_start(end).here.spins.tolist() == s.here.spins.tolist()


def test_the_inverse_is_called_the_inverse():
    s = spoilt(1, 2)
    end = steps.settle(moves.put(s, -s.here.spins))
    assert steps.reached(end) == "It is the inverse of Pattern 1."


@given(
    st.sampled_from(["asynchronous", "synchronous", "glauber"]),
    st.sampled_from(["sweep", "random", "fixed"]),
    st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=12),
)
def test_back_then_step_repeats_the_state(kind, order, walk):
    how = Dynamics(kind, order, 0.5, seed=4)
    s = straight = spoilt(1, 2, 3, share=0.4, how=how)
    states = [straight.here.spins]
    for _ in range(12 * 40):
        straight = steps.step(straight)
        states.append(straight.here.spins)
        if straight.track.length < len(states) - 1:
            states.pop()
            break
    for forward, count in walk:
        s = steps.step(s, count) if forward else steps.back(s, count)
        at = min(s.track.cursor, len(states) - 1)
        assert np.array_equal(s.here.spins, states[at])
        assert s.here.energy == pytest.approx(float(energy(s.network, s.here.spins)), abs=1e-9)


def test_other_dynamics_after_going_back_take_the_place_of_the_old_steps():
    s = steps.step(spoilt(1, 2, 3, share=0.4), 60)
    s = steps.use_dynamics(steps.back(s, 25), Dynamics("glauber", "random", 1.5, seed=2))
    before = s.here.spins
    s = steps.step(s, 10)
    assert (s.track.cursor, s.track.length) == (45, 45)
    assert np.array_equal(steps.seek(s, 35).here.spins, before)
    assert len(s.track.energies) == 46
    m = s.track.overlaps(s.patterns)
    assert m.shape == (46, 3)
    assert np.allclose(m[-1], overlaps(s.here.spins, s.patterns))
    assert np.allclose(s.track.energies[35], float(energy(s.network, before)))


def test_a_two_cycle_is_seen_and_goes_on():
    s = moves.use_bias(spoilt(1, 2), 0)
    s = dataclasses.replace(
        s, network=dataclasses.replace(s.network, weights=-np.ones((100, 100)) + np.eye(100))
    )
    s = steps.use_dynamics(moves.put(s, np.ones(100)), Dynamics("synchronous"))
    end = steps.settle(s)
    assert steps.resting(end) == "two-cycle"
    assert steps.why_stopped(end) == ""
    assert np.array_equal(steps.step(end, 2).here.spins, end.here.spins)


def test_a_long_walk_forgets_its_oldest_steps_and_no_others():
    s = spoilt(1, 2, how=Dynamics("glauber", "random", 2.0))
    for _ in range(6):
        s = steps.step(s, 100_000)
    assert s.track.length == LONGEST
    assert s.track.step == 600_000
    again = steps.step(steps.back(s, 150_000), 150_000)
    assert np.array_equal(again.here.spins, s.here.spins)
    with pytest.raises(IndexError, match="500000 are recorded"):
        s.track.at(s.network, 500_001)


@pytest.mark.parametrize("temperature", [-0.1, float("nan"), float("inf")])
def test_a_temperature_that_is_none_is_refused_with_a_sentence(temperature):
    s = spoilt(1)
    after = steps.heat(s, temperature)
    assert after.error.startswith("The temperature must be a number from 0 up")
    assert after.how is s.how
    assert steps.heat(s, 0.0) is s
    assert steps.heat(s, 0.7).how.temperature == 0.7


def test_without_patterns_recall_says_what_to_do():
    s = empty()
    assert "store it first" in steps.why_stopped(s)
    assert steps.step(s) is s
    assert steps.settle(s) is s
    assert steps.back(s) is s


def test_the_last_step_is_told_as_recorded_and_single_steps_become_few_parts():
    s = spoilt(1, 2, 3, share=0.4, how=Dynamics("glauber", temperature=1.5))
    with pytest.raises(IndexError):
        s.track.last()
    for count in (1, 1, 7, 300, 1, 2000, *[1] * 50):
        s = steps.step(s, count)
    assert s.track.length == 2360
    assert len(s.track.parts) < 10
    for cursor in (1, 2, 9, 309, 310, 311, 2310, 2311, 2360):
        at = steps.seek(s, cursor)
        neuron, field, change = at.track.last()
        assert neuron == s.track.neurons[cursor - 1]
        assert field == s.track.felt[cursor - 1]
        assert change == s.track.energies[cursor] - s.track.energies[cursor - 1]
        following = at.track.following()
        assert following is None if cursor == 2360 else following == s.track.neurons[cursor]
        here = at.here
        assert np.allclose(here.energy, float(energy(s.network, here.spins)))
