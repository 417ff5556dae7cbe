"""The chi-square test against values known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.chance import chi_square, upper_gamma


@given(st.floats(0, 60))
def test_the_gamma_function_has_its_closed_forms(x):
    assert upper_gamma(1, x) == pytest.approx(math.exp(-x), rel=1e-9, abs=1e-13)
    assert upper_gamma(0.5, x) == pytest.approx(math.erfc(math.sqrt(x)), rel=1e-9, abs=1e-13)


@given(st.integers(1, 60), st.floats(0, 200))
def test_for_whole_numbers_it_is_the_sum_of_a_poisson_law(a, x):
    poisson = sum(math.exp(k * math.log(x) - x - math.lgamma(k + 1)) if x else k == 0
                  for k in range(a))  # fmt: skip
    assert upper_gamma(a, x) == pytest.approx(poisson, rel=1e-8, abs=1e-12)


@given(st.floats(0.5, 2000), st.floats(0, 4000), st.floats(0, 100))
def test_it_falls_from_1_to_0(a, x, more):
    high, low = upper_gamma(a, x), upper_gamma(a, x + more)
    assert -1e-12 <= low <= high + 1e-12 <= 1 + 2e-12
    assert upper_gamma(a, math.inf) == 0


@pytest.mark.parametrize(("freedom", "x", "p"), [(1, 3.841459, 0.05), (10, 23.209251, 0.01)])
def test_the_tables_of_the_textbooks_are_met(freedom, x, p):
    assert upper_gamma(freedom / 2, x / 2) == pytest.approx(p, rel=1e-6)


def test_a_statistic_by_hand():
    found = chi_square([60, 40], [0.5, 0.5])
    assert found.statistic == pytest.approx(4.0) and found.freedom == 1
    assert found.p_value == pytest.approx(0.0455003, rel=1e-5)


def test_true_counts_pass_as_often_as_p_says_and_false_ones_do_not():
    random = np.random.default_rng(7)
    p = random.dirichlet(np.full(300, 0.2))
    values = [chi_square(random.multinomial(10_000, p), p).p_value for _ in range(400)]
    assert 0.35 < float(np.mean(np.array(values) < 0.5)) < 0.65
    warmer = p**0.9 / (p**0.9).sum()
    assert chi_square(random.multinomial(10_000, warmer), p).p_value < 1e-6


def test_a_count_where_nothing_can_be_is_impossible():
    assert chi_square([50, 50, 1], [0.5, 0.5, 0.0]).p_value == 0


def test_a_single_outcome_has_nothing_to_differ_from():
    assert chi_square([100, 0, 0], [1.0, 0.0, 0.0]).p_value == 1


@pytest.mark.parametrize(
    ("counts", "probabilities"),
    [([1, 2], [1.0]), ([0, 0], [0.5, 0.5]), ([1, 1], [0.5, 0.6]), ([1, 1], [1.5, -0.5])],
)
def test_what_is_no_distribution_is_refused(counts, probabilities):
    with pytest.raises(ValueError, match=r"need|sum to 1"):
        chi_square(counts, probabilities)


@pytest.mark.parametrize(("a", "x"), [(0, 1), (1, -1), (math.nan, 1)])
def test_the_gamma_function_refuses_what_it_is_not_defined_for(a, x):
    with pytest.raises(ValueError, match="need a > 0"):
        upper_gamma(a, x)
