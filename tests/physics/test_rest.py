"""The weight of what is not known lies within its bounds, whatever it turns out to be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.rest import most_of_one, rest_entropy, rest_weight

TEMPERATURES = st.floats(0.05, 5.0)


@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=30), st.floats(1e-3, 1.0), TEMPERATURES)
def test_any_outcomes_weigh_between_the_bounds(parts, rest, temperature):
    p = rest * np.array(parts) / np.sum(parts)
    low, high = rest_weight(float(p.sum()), len(p), float(p.max()), temperature)
    weight = float((p ** (1 / temperature)).sum())
    assert low * (1 - 1e-9) <= weight <= high * (1 + 1e-9)


@given(st.floats(0.0, 1.0), st.integers(1, 10**6), st.floats(1e-9, 1.0))
def test_at_temperature_1_the_weight_is_the_mass(rest, count, most):
    assert rest_weight(rest, count, most, 1.0) == pytest.approx((rest, rest), rel=1e-6)


@given(st.floats(1e-6, 1.0), st.integers(1, 10**6), TEMPERATURES)
def test_the_bounds_are_reached_by_spreading_and_by_heaping(rest, count, temperature):
    bounds = rest_weight(rest, count, rest, temperature)
    even = count * (rest / count) ** (1 / temperature)
    heaped = rest ** (1 / temperature)
    assert sorted((even, heaped)) == pytest.approx(bounds, rel=1e-6)


def test_nothing_missing_weighs_nothing():
    assert rest_weight(0.0, 5, 0.1, 0.5) == (0.0, 0.0)


@pytest.mark.parametrize("arguments", [(0.1, 0, 0.1, 1.0), (0.1, 3, 0.1, 0.0), (-0.1, 3, 0.1, 1.0)])
def test_what_makes_no_sense_is_refused(arguments):
    with pytest.raises(ValueError, match="no weight"):
        rest_weight(*arguments)


@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=30), st.floats(1e-3, 1.0))
def test_the_entropy_of_any_outcomes_lies_between_its_bounds(parts, rest):
    p = rest * np.array(parts) / np.sum(parts)
    low, high = rest_entropy(float(min(p.sum(), 1.0)), len(p))
    nats = float(-(p * np.log(p)).sum())
    assert low - 1e-9 <= nats <= high + 1e-9


@given(st.floats(1e-6, 1.0), st.integers(1, 10**6))
def test_the_bounds_of_the_entropy_are_reached_by_one_and_by_all_alike(rest, count):
    even = rest / count
    assert rest_entropy(rest, count) == pytest.approx(
        (-rest * np.log(rest), -count * even * np.log(even)), rel=1e-9, abs=1e-12
    )


@pytest.mark.parametrize("arguments", [(1.5, 3), (-0.1, 3), (0.1, 0)])
def test_a_mass_that_cannot_be_has_no_entropy(arguments):
    with pytest.raises(ValueError, match="no entropy of"):
        rest_entropy(*arguments)
    assert rest_entropy(0.0, 0) == (0.0, 0.0)


@given(st.lists(st.floats(1e-6, 1.0), min_size=2, max_size=40), st.data())
def test_no_outcome_left_out_is_above_the_most(parts, data):
    p = np.sort(np.array(parts) / np.sum(parts))[::-1]
    named = data.draw(st.integers(1, len(p) - 1))
    rest = float(p[named:].sum())
    most = most_of_one(rest, len(p) - named, float(p[named - 1]))
    assert (p[named:] <= most * (1 + 1e-9)).all() and most <= rest
