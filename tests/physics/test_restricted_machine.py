"""The restricted Boltzmann machine against sums over all its states. SCIENCE 4.1 and 4.2."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics import restricted_machine as rbm
from explorer.physics.bars_and_stripes import bars_and_stripes, binary_states, likelihood_bound
from explorer.physics.restricted_likelihood import summed_log_z

HAND = rbm.machine([[1], [-1]], [0.5, 0], [0.2])


@st.composite
def machines(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    v, h = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    scale = draw(st.floats(0, 3))
    return rbm.machine(
        rng.normal(size=(v, h)) * scale, rng.normal(size=v) * scale, rng.normal(size=h) * scale
    )


def joint(m):
    """exp(-E) of all pairs of states: (2^V, 2^H)."""
    v, h = binary_states(len(m.visible)), binary_states(len(m.hidden))
    return np.exp(-rbm.energy(m, v[:, None, :], h[None, :, :]))


@given(machines())
def test_log_z_is_the_same_by_visible_by_hidden_and_by_both(m):
    # SCIENCE 4.3: to 1e-15 relative
    by_visible = rbm.log_sum_exp(-rbm.free_energy(m, binary_states(len(m.visible))))
    by_hidden = rbm.log_sum_exp(-rbm.free_energy(m.flipped, binary_states(len(m.hidden))))
    expected = math.log(joint(m).sum())
    for value in (by_visible, by_hidden, rbm.log_partition(m)):
        assert value == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(machines())
def test_chances_and_free_energy_are_those_of_the_joint_law(m):
    p = joint(m) / joint(m).sum()
    v, h = binary_states(len(m.visible)), binary_states(len(m.hidden))
    log_z = rbm.log_partition(m)
    assert np.allclose(np.exp(rbm.log_likelihood(m, v, log_z)), p.sum(axis=1), atol=1e-12)
    assert np.allclose(rbm.hidden_chances(m, v), p @ h / p.sum(axis=1)[:, None], atol=1e-9)
    assert np.allclose(rbm.visible_chances(m, h), p.T @ v / p.sum(axis=0)[:, None], atol=1e-9)
    w, a, b = rbm.model_means(m)
    assert np.allclose(w, v.T @ p @ h, atol=1e-12)
    assert np.allclose(a, p.sum(axis=1) @ v, atol=1e-12)
    assert np.allclose(b, p.sum(axis=0) @ h, atol=1e-12)


@given(machines(), st.integers(0, 100))
def test_the_gradient_is_that_of_the_likelihood(m, seed):
    # SCIENCE 4.3: against central differences, 7e-11
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 2, (3, len(m.visible))).astype(float)
    slopes = rbm.gradient(m, data)
    way = [rng.normal(size=part.shape) for part in slopes]

    def height(step):
        moved = rbm.machine(
            m.weights + step * way[0], m.visible + step * way[1], m.hidden + step * way[2]
        )
        return rbm.log_likelihood(moved, data, rbm.log_partition(moved)).mean()

    slope = sum(float((one * two).sum()) for one, two in zip(slopes, way, strict=True))
    assert (height(1e-5) - height(-1e-5)) / 2e-5 == pytest.approx(slope, abs=1e-6)


def test_log_z_of_many_units_comes_in_parts_that_are_short():
    rng = np.random.default_rng(2)
    m = rbm.machine(rng.normal(size=(60, 15)) * 0.3, rng.normal(size=60), rng.normal(size=15))
    parts = list(summed_log_z(m))
    assert len(parts) == parts[-1].total == 2 ** (15 - rbm.chunk_units(m)) > 1
    assert [one.exact for one in parts] == [False] * (len(parts) - 1) + [True]
    states = binary_states(15)
    direct = rbm.log_sum_exp(-rbm.free_energy(m.flipped, states))
    assert parts[-1].value == pytest.approx(direct, rel=1e-12)
    assert rbm.log_partition(m) == pytest.approx(direct, rel=1e-12)


def test_the_machine_that_was_computed_by_hand():
    # SCIENCE 4.2
    v, log_z = binary_states(2), rbm.log_partition(HAND)
    assert np.allclose(
        rbm.free_energy(HAND, v), (-0.798139, -0.371101, -1.963282, -1.298139), atol=1e-6
    )
    assert log_z == pytest.approx(2.671101, abs=1e-6)
    p = np.exp(rbm.log_likelihood(HAND, v, log_z))
    assert np.allclose(p, (0.153668, 0.100259, 0.492718, 0.253355), atol=1e-6)
    up = rbm.hidden_chances(HAND, v).ravel()
    assert np.allclose(up, (0.549834, 0.310026, 0.768525, 0.549834), atol=1e-6)
    one = np.array([[1.0, 0.0]])
    assert float(rbm.log_likelihood(HAND, one, log_z)[0]) == pytest.approx(-0.707818, abs=1e-6)
    w, a, b = rbm.gradient(HAND, one)
    assert np.allclose(w.ravel(), (0.250555, -0.170386), atol=1e-6)
    assert np.allclose(a, (0.253927, -0.353614), atol=1e-6)
    assert np.allclose(b, 0.134981, atol=1e-6)


@pytest.mark.parametrize(
    ("side", "count", "bound"), [(2, 6, -1.791759), (3, 14, -2.639057), (4, 30, -3.401197)]
)
def test_bars_and_stripes_and_their_bound(side, count, bound):
    # SCIENCE 4.1
    data = bars_and_stripes(side)
    assert data.shape == (count, side * side)
    assert len(np.unique(data, axis=0)) == count
    assert likelihood_bound(count) == pytest.approx(bound, abs=1e-6)
    pictures = data.reshape(-1, side, side)
    bars = (pictures == pictures[:, :1]).all(axis=(1, 2))
    stripes = (pictures == pictures[:, :, :1]).all(axis=(1, 2))
    assert (bars | stripes).all()


def test_no_two_members_of_three_by_three_differ_in_one_cell():
    # SCIENCE 4.1: so the ideal pseudo-likelihood is 0
    data = bars_and_stripes(3)
    apart = np.abs(data[:, None] - data[None]).sum(axis=2)
    assert apart[~np.eye(14, dtype=bool)].min() > 1


@pytest.mark.parametrize(("visible", "hidden"), [(4, 3), (9, 30), (30, 9)])
def test_zero_weights_give_every_picture_the_same_chance(visible, hidden):
    # SCIENCE 4.3: -n_v log 2 per pattern
    m = rbm.machine(np.zeros((visible, hidden)), np.zeros(visible), np.zeros(hidden))
    data = np.random.default_rng(0).integers(0, 2, (5, visible))
    seen = rbm.log_likelihood(m, data, rbm.log_partition(m))
    assert np.allclose(seen, -visible * math.log(2), atol=1e-10)


@given(machines(), st.floats(0.2, 5))
def test_heat_divides_the_energy(m, temperature):
    hot = rbm.log_partition(m.at(temperature))
    assert hot == pytest.approx(math.log((joint(m) ** (1 / temperature)).sum()), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rbm.machine([[1]], [0, 0], [0]), "do not fit"),
        (lambda: rbm.machine([[math.nan]], [0], [0]), "smaller learning rate"),
        (lambda: rbm.fresh(0, 3), "at least one unit"),
        (lambda: rbm.checked_data(np.empty((0, 4)), 4), "no pattern"),
        (lambda: rbm.checked_data([[0, 1]], 4), "4 visible units"),
        (lambda: rbm.checked_data([[0, 2]], 2), "between 0 and 1"),
        (lambda: rbm.checked_data([[0, math.nan]], 2), "between 0 and 1"),
        (lambda: HAND.at(0), "above 0"),
        (lambda: HAND.at(math.nan), "above 0"),
        (lambda: rbm.log_partition(rbm.fresh(21, 21)), "at most 20"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
