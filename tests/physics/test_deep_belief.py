"""Stacked machines: a mirrored one changes nothing, learning raises the bound. SCIENCE 4.3."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.bars_and_stripes import bars_and_stripes, binary_states
from explorer.physics.deep_belief import (
    aggregated,
    mirrored,
    pretrained,
    raised,
    stack_bound,
    stack_log_likelihood,
)
from explorer.physics.restricted_learning import Course, trained
from explorer.physics.restricted_machine import fresh, log_likelihood, log_partition, machine


def last(steps):
    *_, end = steps
    return end


@st.composite
def machines(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    v, h = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    scale = draw(st.floats(0.1, 2))
    return machine(
        rng.normal(size=(v, h)) * scale, rng.normal(size=v) * scale, rng.normal(size=h) * scale
    )


@given(machines())
def test_a_mirrored_second_machine_changes_no_likelihood(m):
    # SCIENCE 4.3: exactly the same p(v): both -3.694163, to 1e-14
    v = binary_states(len(m.visible))
    alone = log_likelihood(m, v, log_partition(m))
    assert np.allclose(stack_log_likelihood(m, mirrored(m), v), alone, atol=1e-9)
    # the bound is tight there, since q is the true posterior
    assert np.allclose(stack_bound(m, mirrored(m), v), alone, atol=1e-9)


@given(machines(), st.integers(0, 1000))
def test_the_bound_is_below_and_the_stack_is_a_law(m, seed):
    rng = np.random.default_rng(seed)
    h = len(m.hidden)
    second = machine(rng.normal(size=(h, 3)), rng.normal(size=h), rng.normal(size=3))
    v = binary_states(len(m.visible))
    exact = stack_log_likelihood(m, second, v)
    assert np.exp(exact).sum() == pytest.approx(1, abs=1e-9)
    assert (stack_bound(m, second, v) <= exact + 1e-9).all()
    assert aggregated(m, v).sum() == pytest.approx(1, abs=1e-9)


def test_learning_the_posterior_raises_the_bound_and_the_likelihood():
    # SCIENCE 4.3: bound -3.6942 -> -3.5268, likelihood -> -3.4513
    data = bars_and_stripes(3)
    first = trained(data, 8, Course("cd", 1, 0.1, steps=2500, seed=3), 0.1)
    before = float(stack_log_likelihood(first, mirrored(first), data).mean())
    second = last(raised(first, mirrored(first), data, 0.3, 800))
    bound = float(stack_bound(first, second, data).mean())
    after = float(stack_log_likelihood(first, second, data).mean())
    assert before + 0.1 < bound <= after


def test_layers_learn_one_after_the_other():
    data = bars_and_stripes(3)
    course = Course("cd", 1, 0.1, steps=30, seed=1)
    stands = list(pretrained(data, (6, 4), course, 10))
    assert [stand.layer for stand in stands] == [0, 0, 0, 1, 1, 1]
    shapes = [m.weights.shape for m in stands[-1].machines]
    assert shapes == [(9, 6), (6, 4)]
    for one, two in itertools.pairwise(stands[3:]):
        assert one.finished[0] is two.finished[0]


def test_what_cannot_be_stacked_ends_in_a_sentence():
    with pytest.raises(ValueError, match="at least one layer"):
        next(pretrained(bars_and_stripes(2), (), Course()))
    with pytest.raises(ValueError, match="at most 16"):
        stack_log_likelihood(fresh(4, 17), fresh(17, 4), np.zeros((1, 4)))
    with pytest.raises(ValueError, match="hidden units of the first"):
        stack_bound(fresh(4, 3), fresh(4, 3), np.zeros((1, 4)))
