"""A recorded way has the fields and energies that it had when it was made."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.hopfield import configuration
from explorer.physics.hopfield_dynamics import Dynamics, stretch
from explorer.physics.hopfield_replay import replayed
from explorer.physics.hopfield_rules import stored


def made(seed, kind, count, size=30):
    rng = np.random.default_rng(seed)
    net = stored(rng.choice([-1, 1], (4, size)), "hebb", rng.normal(size=size))
    start = configuration(net, rng.choice([-1, 0, 1], size))
    return net, start, stretch(net, start, Dynamics(kind, temperature=1.0, seed=seed), 0, count)


@given(
    st.integers(0, 2**20),
    st.sampled_from(["asynchronous", "synchronous", "glauber"]),
    st.integers(0, 80),
)
def test_fields_and_energies_follow_from_the_record(seed, kind, count):
    net, start, part = made(seed, kind, count)
    again = replayed(net, start, part.neurons, part.flips, part.values, part.ends)
    np.testing.assert_allclose(again.felt, part.felt, atol=1e-12)
    np.testing.assert_allclose(again.energies, part.energies, atol=1e-10)
    assert np.array_equal(again.end.spins, part.end.spins)
    np.testing.assert_allclose(again.end.fields, part.end.fields, atol=1e-12)


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("not there", {"neurons": [5, 99]}),
        ("not there", {"flips": [-1, 3]}),
        ("to the value", {"values": [9, 9]}),
        ("only", {"values": [0, 1]}),
        ("belong", {"ends": [2, 1]}),
        ("belong", {"ends": [1, 5]}),
        ("differ", {"ends": [1]}),
        ("does not update", {"flips": [6, 3]}),
        ("does not update", {"ends": [2, 2]}),
    ],
)
def test_a_record_that_cannot_be_is_refused(what, change):
    net, start, _ = made(1, "asynchronous", 0)
    start = configuration(net, np.full(30, -1))
    good = {"neurons": [5, 3], "flips": [5, 3], "values": [1, 1], "ends": [1, 2]}
    parts = {name: np.array(value) for name, value in good.items()}
    replayed(net, start, **parts)
    bad = {name: np.array(value) for name, value in change.items()}
    if what == "to the value":
        bad = {"values": np.array([-1, 1])}
    with pytest.raises(ValueError, match=what):
        replayed(net, start, **(parts | bad))
