"""State functions at many temperatures by squares: the same as one temperature at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.boltzmann import thermodynamics, token_energies
from explorer.physics.heat_curve import heat_curve

ENERGIES = st.lists(st.floats(-30, 30), min_size=1, max_size=12)


@given(ENERGIES, st.floats(0.02, 1.0), st.floats(1.0, 200.0), st.integers(1, 9))
def test_every_point_is_the_state_at_its_temperature(
    energies: list[float], coldest: float, ratio: float, per_octave: int
) -> None:
    curve = heat_curve(energies, coldest, coldest * ratio, per_octave)
    assert curve.temperatures[-1] == pytest.approx(coldest * ratio)
    assert coldest * (1 - 1e-9) <= curve.temperatures[0] < coldest * 2 ** (1 / per_octave)
    for at, heat in enumerate(curve.temperatures):
        state = thermodynamics(energies, float(heat))
        assert curve.free_energy[at] == pytest.approx(state.free_energy, abs=1e-9)
        assert curve.mean_energy[at] == pytest.approx(state.mean_energy, abs=1e-9)
        assert curve.entropy[at] == pytest.approx(state.entropy, abs=1e-9)
        assert curve.heat_capacity[at] == pytest.approx(state.heat_capacity, abs=1e-7)


def test_the_words_of_the_article_at_half_one_and_two() -> None:
    # SCIENCE 3.5 (e): p = .6 / .3 / .1
    curve = heat_curve(-np.log([0.6, 0.3, 0.1]), 0.5, 2.0, 1)
    assert curve.temperatures.tolist() == [0.5, 1.0, 2.0]
    np.testing.assert_allclose(curve.free_energy, [0.388264, 0, -0.987620], atol=1e-6)
    np.testing.assert_allclose(curve.mean_energy, [0.685393, 0.897946, 1.088323], atol=1e-6)
    np.testing.assert_allclose(curve.entropy, [0.594257, 0.897946, 1.037971], atol=1e-6)
    np.testing.assert_allclose(curve.heat_capacity, [0.533277, 0.315314, 0.111671], atol=1e-6)


def test_a_whole_vocabulary_over_seven_octaves_keeps_its_digits() -> None:
    energies = token_energies(3 * np.random.default_rng(1).normal(size=50_000))
    curve = heat_curve(energies, 0.05, 5.0)
    for at in range(0, len(curve.temperatures), 5):
        state = thermodynamics(energies, float(curve.temperatures[at]))
        assert curve.entropy[at] == pytest.approx(state.entropy, rel=1e-10, abs=1e-12)
        assert curve.heat_capacity[at] == pytest.approx(state.heat_capacity, rel=1e-8, abs=1e-10)


def test_removed_tokens_have_no_weight() -> None:
    some, all_ = [0.5, 1.5, math.inf, math.inf], [0.5, 1.5]
    np.testing.assert_array_equal(
        heat_curve(some, 0.1, 2.0).entropy, heat_curve(all_, 0.1, 2.0).entropy
    )


@pytest.mark.parametrize(
    ("energies", "ends", "sentence"),
    [
        ([1.0], (0.0, 1.0), "rise from above 0"),
        ([1.0], (2.0, 1.0), "rise from above 0"),
        ([1.0], (0.1, math.inf), "rise from above 0"),
        ([math.nan], (0.1, 1.0), "no NaN"),
        ([1.0, -math.inf], (0.1, 1.0), "no -inf"),
        ([[1.0]], (0.1, 1.0), "one axis"),
        ([math.inf], (0.1, 1.0), "must be finite"),
    ],
)
def test_what_cannot_be_ends_in_a_sentence(energies, ends, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        heat_curve(energies, *ends)
