"""Capacity against dimension: seeds, error bars, exponents against the bounds of SCIENCE 3.1."""

from __future__ import annotations

import math

import pytest

from explorer.physics.capacity_growth import (
    SIZES,
    Grown,
    Growth,
    GrowthPlan,
    measure_growth,
    slope,
)
from explorer.physics.dense_powers import EXPONENTIAL, bound, growth


def last(slices):
    *_, end = slices
    return end


@pytest.fixture(scope="module")
def whole() -> Growth:
    return last(measure_growth(GrowthPlan(networks=4)))


def test_every_energy_is_measured_at_every_size_by_every_network(whole: Growth) -> None:
    assert whole.done == whole.total == 4 * sum(map(len, SIZES.values()))
    assert len(whole.points) == sum(map(len, SIZES.values()))
    for power, sizes in SIZES.items():
        assert tuple(one.size for one in whole.of(power)) == sizes
        for one in whole.of(power):
            assert len(one.counts) == 4 and not one.open_end
            assert one.theory == bound(one.size, power)
            assert 0 < one.error < 0.3


def test_a_network_holds_what_the_search_for_one_finds(whole: Growth) -> None:
    for network in range(4):
        alone = last(growth(SIZES[3.0], 3.0, 50_000, 40, network))
        counts = [one.counts[network] for one in whole.of(3.0)]
        assert counts == [math.sqrt(one.low * one.high) for one in alone]


@pytest.mark.parametrize("power", SIZES)
def test_counts_lie_above_the_nearly_error_free_bound(whole: Growth, power: float) -> None:
    for one in whole.of(power):
        assert one.mean > one.theory


def test_the_exponents_are_those_of_the_bounds(whole: Growth) -> None:
    # SCIENCE 3.1: N^(n-1) / ln N; ln N takes 0.2 to 0.3 at these sizes
    for power, window in ((2.0, 0.25), (3.0, 0.3), (4.0, 0.35)):
        found = slope(whole.of(power))
        assert found.theory == pytest.approx(power - 1, abs=0.4)
        assert found.value == pytest.approx(found.theory, abs=window)
    exponents = [slope(whole.of(power)).value for power in (2.0, 3.0, 4.0)]
    assert exponents[0] + 0.5 < exponents[1] < exponents[2] - 0.5


def test_the_exponential_energy_doubles_with_less_than_two_neurons(whole: Growth) -> None:
    found = slope(whole.of(EXPONENTIAL))
    assert found.theory == pytest.approx(0.5, abs=1e-9)
    assert 0.7 < found.value < 1.0  # patterns need only stay: nearly all 2^N states can


def test_from_flipped_neurons_less_comes_back() -> None:
    plan = GrowthPlan(powers=(3.0,), networks=2)
    still = last(measure_growth(plan))
    noisy = last(measure_growth(GrowthPlan(powers=(3.0,), networks=2, noise=0.1)))
    for one, other in zip(still.points, noisy.points, strict=True):
        assert other.mean < one.mean


def test_it_is_repeatable_grows_and_ends_where_it_is_stopped() -> None:
    plan = GrowthPlan(powers=(2.0,), networks=2, seed=7)
    steps = list(measure_growth(plan))
    assert [one.done for one in steps] == sorted(one.done for one in steps)
    assert last(measure_growth(plan)) == steps[-1]
    assert steps[-1] != last(measure_growth(GrowthPlan(powers=(2.0,), networks=2, seed=8)))


def test_more_patterns_than_are_tried_is_an_open_end() -> None:
    found = last(measure_growth(GrowthPlan(powers=(EXPONENTIAL,), networks=2, most=300)))
    assert [one.open_end for one in found.points] == [False, False, True, True, True]
    assert found.points[-1].mean == pytest.approx(300)
    assert slope(found.points) is None


def test_a_fit_finds_the_exponent_it_is_given() -> None:
    points = tuple(
        Grown(3.0, size, (2.0 * size**1.7,) * 2, float(size) ** 2) for size in (10, 20, 40, 80)
    )
    found = slope(points)
    assert found.value == pytest.approx(1.7) and found.theory == pytest.approx(2.0)
    assert found.error == pytest.approx(0.0, abs=1e-6)
    assert slope(points[:2]) is None and math.isnan(Grown(2.0, 5, (3.0,), 1.0).error)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"networks": 0}, "networks must lie between 1 and 100"),
        ({"networks": 101}, "between 1 and 100"),
        ({"noise": -0.1}, "flipped share"),
        ({"noise": 0.5}, "flipped share"),
        ({"noise": math.nan}, "flipped share"),
        ({"powers": (1.0,)}, "whole number from 2 up"),
    ],
)
def test_plans_that_cannot_be_end_in_a_sentence(change, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        GrowthPlan(**change)
