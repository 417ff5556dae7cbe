"""Laws of surprise, entropy and divergence, and the numbers of SCIENCE sections 3.4, 5.2, 5.3."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from explorer.physics.information import (
    effective_choices,
    entropy,
    kl_divergence,
    nats_to_bits,
    perplexity,
    smallest_support,
    surprise,
)

FIVE = (0.5, 0.25, 0.15, 0.07, 0.03)


@st.composite
def distributions(draw, size=None):
    n = size or draw(st.integers(1, 20))
    weights = draw(hnp.arrays(np.float64, n, elements=st.floats(0, 1)))
    weights[draw(st.integers(0, n - 1))] += 1
    return weights / weights.sum()


def test_the_five_tokens_have_their_entropy_and_perplexity():
    # SCIENCE 5.3
    assert float(entropy(FIVE)) == pytest.approx(1.269060, abs=1e-6)
    assert float(effective_choices(FIVE)) == pytest.approx(3.557507, abs=1e-6)
    distance = np.abs(surprise(FIVE) - entropy(FIVE))
    assert np.allclose(distance, (0.5759, 0.1172, 0.6281, 1.3902, 2.2375), atol=5e-5)


def test_three_losses_have_their_perplexity_and_bits():
    # SCIENCE 5.2
    assert perplexity([0.5, 1.2, 2.3]) == pytest.approx(3.793668, abs=1e-6)
    assert nats_to_bits(np.mean([0.5, 1.2, 2.3])) == pytest.approx(1.923593, abs=1e-6)


@given(distributions())
def test_entropy_is_the_mean_surprise_of_what_can_happen(p):
    possible = p[p > 0]
    assert float(entropy(p)) == pytest.approx(float(possible @ surprise(possible)), abs=1e-12)
    assert 0 <= entropy(p) <= math.log(p.size) + 1e-12
    assert 1 <= effective_choices(p) <= p.size + 1e-9


@pytest.mark.parametrize("n", [1, 2, 1000])
def test_a_uniform_choice_of_n_counts_as_n(n):
    assert float(effective_choices(np.full(n, 1 / n))) == pytest.approx(n)


def test_a_certain_outcome_surprises_nobody():
    assert float(entropy([0, 1, 0])) == 0
    assert not np.signbit(entropy([0, 1, 0]))
    assert surprise([1.0, 0.0]).tolist() == [0, math.inf]
    assert perplexity([0.0, math.inf]) == math.inf
    assert perplexity([1e6]) == math.inf


@given(st.integers(1, 10).flatmap(lambda n: st.tuples(distributions(n), distributions(n))))
def test_divergence_is_never_negative_and_zero_only_for_equals(pair):
    p, q = pair
    assert kl_divergence(p, q) >= 0
    assert float(kl_divergence(p, p)) == 0
    if np.isfinite(kl_divergence(p, q)):  # Pinsker's inequality
        assert kl_divergence(p, q) >= np.abs(p - q).sum() ** 2 / 2 - 1e-12


def test_divergence_is_infinite_where_the_model_forbids_the_truth():
    rows = kl_divergence([[0.5, 0.5], [1.0, 0.0]], [1.0, 0.0])
    assert rows.tolist() == [math.inf, 0]


@given(distributions())
def test_divergence_from_uniform_is_the_missing_entropy(p):
    uniform = np.full(p.size, 1 / p.size)
    missing = math.log(p.size) - float(entropy(p))
    assert float(kl_divergence(p, uniform)) == pytest.approx(missing, abs=1e-12)


@pytest.mark.parametrize(("n", "k"), [(64, 58), (512, 461), (22, 20), (10, 9), (1, 1)])
def test_uniform_attention_needs_nine_tenths_of_the_keys(n, k):
    # SCIENCE 3.4
    assert int(smallest_support(np.full(n, 1 / n))) == k


@given(distributions(), st.floats(0.01, 1))
def test_the_smallest_support_is_enough_and_one_less_is_not(p, mass):
    k = int(smallest_support(p, mass))
    top = np.sort(p)[::-1]
    assert top[:k].sum() >= mass - 1e-9
    assert top[: k - 1].sum() < mass


def test_rows_are_independent():
    rows = np.array([[FIVE, (0.2,) * 5]])
    assert entropy(rows).shape == effective_choices(rows).shape == (1, 2)
    assert smallest_support(rows).tolist() == [[3, 5]]
    assert kl_divergence(rows, FIVE)[0, 0] == 0


@pytest.mark.parametrize("p", [[], 0.5, [0.5, 0.4], [1.5, -0.5], [math.nan, 1.0]])
def test_what_is_no_distribution_is_refused(p):
    for measure in (entropy, effective_choices, smallest_support):
        with pytest.raises(ValueError, match="distribution"):
            measure(p)


def test_other_wrong_input_is_refused():
    with pytest.raises(ValueError, match="probability"):
        surprise([0.5, 1.1])
    with pytest.raises(ValueError, match="surprise"):
        perplexity([])
    with pytest.raises(ValueError, match="mass"):
        smallest_support([1.0], 0)


def test_one_nat_in_bits():
    assert nats_to_bits(math.log(2)) == pytest.approx(1)
    assert np.allclose(nats_to_bits(np.log([2.0, 8.0])), [1, 3])
