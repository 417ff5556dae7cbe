"""Sampling: the vectors of the literature, and laws that hold for all logits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.sampling import (
    GREEDY,
    HIGHEST,
    KEPT,
    LOWEST,
    MIN_P,
    PRESETS,
    TOP_K,
    TOP_P,
    Sampling,
    choices,
    choose,
    distribution,
    draw,
    force,
    penalised,
    uniform,
    with_temperature,
)

MAT_CHAIR_MOON = np.log([0.6, 0.3, 0.1]).astype(np.float32)
FIVE = np.log([0.5, 0.25, 0.15, 0.07, 0.03]).astype(np.float32)

logits_of_any_kind = st.lists(
    st.floats(-30, 30, width=32), min_size=1, max_size=40
).map(lambda values: np.array(values, dtype=np.float32))  # fmt: skip
any_sampling = st.builds(
    Sampling,
    temperature=st.floats(LOWEST, HIGHEST),
    top_k=st.integers(0, 45),
    top_p=st.floats(0, 1),
    min_p=st.floats(0, 1),
    repetition_penalty=st.floats(0.5, 2.0),
)
any_number = st.floats(0, 1, exclude_max=True)


def kept(sampling: Sampling, logits: np.ndarray = FIVE) -> list[int]:
    return np.flatnonzero(distribution(logits, sampling).removed == KEPT).tolist()


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (0.1, [0.9990243737, 0.0009756097, 1.65220e-8]),
        (0.5, [0.7826086957, 0.1956521739, 0.0217391304]),
        (1.0, [0.6, 0.3, 0.1]),
        (2.0, [0.4727338750, 0.3342733287, 0.1929927963]),
        (5.0, [0.3891993018, 0.3388176714, 0.2719830267]),
    ],
)
def test_temperature_gives_the_exact_row_of_the_mat_example(temperature, expected) -> None:
    final = distribution(MAT_CHAIR_MOON, Sampling(temperature=temperature)).final
    np.testing.assert_allclose(final, expected, rtol=3e-6)


@pytest.mark.parametrize(
    ("temperature", "nats"),
    [(0.1, 0.007739), (0.5, 0.594257), (1.0, 0.897946), (2.0, 1.037971), (1000.0, 1.098612)],
)
def test_entropy_rises_with_temperature_towards_ln_3(temperature, nats) -> None:
    p = distribution(MAT_CHAIR_MOON, Sampling(temperature=temperature)).final
    assert -(p * np.log(p)).sum() == pytest.approx(nats, abs=2e-6)


def test_a_middle_token_is_most_probable_near_3_89() -> None:
    chair = [
        distribution(MAT_CHAIR_MOON, Sampling(temperature=t)).final[1] for t in (3.5, 3.8904, 4.3)
    ]
    assert chair[1] == pytest.approx(0.339097, abs=1e-6)
    assert chair[1] > chair[0] and chair[1] > chair[2]


@pytest.mark.parametrize(
    ("temperature", "expected"),
    [
        (2.0, [0.347954, 0.246041, 0.190582, 0.130192, 0.085231]),
        (0.5, [0.733568, 0.183392, 0.066021, 0.014378, 0.002641]),
    ],
)
def test_temperature_gives_the_row_of_five_tokens(temperature, expected) -> None:
    final = distribution(FIVE, Sampling(temperature=temperature)).final
    np.testing.assert_allclose(final, expected, atol=1e-6)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 9])
def test_top_k_keeps_the_k_most_probable(k) -> None:
    assert kept(Sampling(top_k=k)) == list(range(min(k, 5)))


@pytest.mark.parametrize(
    ("p", "count"), [(0.0, 1), (0.5, 1), (0.7, 2), (0.8, 3), (0.95, 4), (1.0, 5)]
)
def test_top_p_keeps_the_smallest_leading_set(p, count) -> None:
    assert kept(Sampling(top_p=p)) == list(range(count))


def test_top_p_at_an_exact_sum_keeps_no_token_too_many() -> None:
    quarters = np.zeros(4, dtype=np.float32)
    assert kept(Sampling(top_p=0.75), quarters) == [0, 1, 2]


@pytest.mark.parametrize(("m", "count"), [(0.05, 5), (0.1, 4), (0.2, 3), (0.5, 2), (1.0, 1)])
def test_min_p_keeps_what_reaches_its_share_of_the_highest(m, count) -> None:
    # In float32 the second token is a hair below half of the first.
    logits = FIVE + np.array([0, 1e-6, 0, 0, 0], dtype=np.float32)
    assert kept(Sampling(min_p=m), logits) == list(range(count))


@pytest.mark.parametrize(
    ("sampling", "count"),
    [
        (Sampling(temperature=2, top_p=0.8), 4),
        (Sampling(temperature=0.5, top_p=0.8), 2),
        (Sampling(temperature=2, min_p=0.2), 5),
        (Sampling(temperature=0.5, min_p=0.2), 2),
    ],
)
def test_temperature_comes_before_the_truncating_stages(sampling, count) -> None:
    assert kept(sampling) == list(range(count))


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (0, [0.501, 0.292, 0.029, 0.177]),
        (3, [0.336, 0.392, 0.034, 0.238]),
        (-3, [0.550, 0.273, 0.011, 0.166]),
    ],
)
def test_the_repetition_penalty_depends_on_the_zero_of_the_logits(shift, expected) -> None:
    z = np.array([2, 1, -1, 0.5], dtype=np.float32) + np.float32(shift)
    found = distribution(z, Sampling(repetition_penalty=1.3), (0, 2, 2))
    np.testing.assert_allclose(found.final, expected, atol=6e-4)


def test_each_token_is_labelled_with_the_first_stage_that_removes_it() -> None:
    found = distribution(FIVE, Sampling(top_k=4, top_p=0.8, min_p=0.4))
    assert found.removed.tolist() == [KEPT, KEPT, MIN_P, TOP_P, TOP_K]


def test_temperature_zero_takes_the_most_probable_and_says_greedy() -> None:
    found = distribution(FIVE, Sampling(temperature=0, top_k=3, min_p=0.1))
    assert found.final.tolist() == [1, 0, 0, 0, 0]
    assert found.removed.tolist() == [KEPT] + [GREEDY] * 4


def test_greedy_takes_the_lowest_id_among_ties() -> None:
    tied = np.array([1, 3, 3, 2], dtype=np.float32)
    for number in (0.0, 0.5, 0.999):
        assert choose(distribution(tied, Sampling(temperature=0)), number) == 1


def test_a_forbidden_token_stays_impossible_at_every_temperature() -> None:
    z = np.array([1, -np.inf, 0], dtype=np.float32)
    for temperature in (0, 1e-300, 0.05, 1, 1000):
        found = distribution(z, Sampling(temperature=temperature, repetition_penalty=1.5), (1,))
        assert found.final[1] == 0
        assert found.final.sum() == pytest.approx(1)


@pytest.mark.parametrize("temperature", [1e-300, 5e-4, 4e-3])
def test_a_minute_temperature_is_greedy_and_not_nan(temperature) -> None:
    final = distribution(MAT_CHAIR_MOON, Sampling(temperature=temperature)).final
    np.testing.assert_allclose(final, [1, 0, 0], atol=1e-70)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, -0.1])
@pytest.mark.parametrize("name", ["temperature", "top_p", "min_p", "repetition_penalty"])
def test_settings_that_make_no_sense_are_refused_in_words(name, bad) -> None:
    with pytest.raises(ValueError, match="must lie between"):
        Sampling(**{name: bad})


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_no_slider_can_set_a_temperature_that_makes_no_sense(bad) -> None:
    with pytest.raises(ValueError, match="temperature"):
        with_temperature(Sampling(), bad)


def test_the_slider_clamps_to_its_ends_and_keeps_zero() -> None:
    found = [with_temperature(Sampling(), t).temperature for t in (0.0, 0.001, 1.5, 80.0)]
    assert found == [0.0, LOWEST, 1.5, HIGHEST]


@pytest.mark.parametrize("bad", [[np.nan, 0.0], [-np.inf, -np.inf], [np.inf, 0.0]])
def test_damaged_logits_are_refused_in_words(bad) -> None:
    with pytest.raises(ValueError, match="damaged"):
        distribution(np.array(bad, dtype=np.float32), Sampling())


@given(logits_of_any_kind, any_sampling)
def test_both_columns_add_up_to_one_and_one_token_always_stays(logits, sampling) -> None:
    found = distribution(logits, sampling, (0,))
    assert found.raw.sum() == pytest.approx(1, abs=1e-12)
    assert found.final.sum() == pytest.approx(1, abs=1e-12)
    assert (found.removed == KEPT).any()
    assert (found.final[found.removed != KEPT] == 0).all()


@given(logits_of_any_kind, any_sampling)
def test_what_is_kept_is_a_leading_part_of_the_order(logits, sampling) -> None:
    found = distribution(logits, sampling, (0,))
    stages = found.removed[found.order]
    assert np.count_nonzero(stages == KEPT) == np.argmax(np.append(stages, 1) != KEPT)
    assert (np.diff(found.scaled[found.order]) <= 0).all()
    assert sorted(found.order.tolist()) == list(range(len(logits)))


@given(logits_of_any_kind)
def test_the_defaults_change_nothing(logits) -> None:
    found = distribution(logits, Sampling(), range(len(logits)))
    np.testing.assert_allclose(found.final, found.raw, atol=1e-15)


@given(logits_of_any_kind)
def test_ratios_are_raised_to_one_over_the_temperature(logits) -> None:
    warm = distribution(logits, Sampling(temperature=2.5)).final
    raw = distribution(logits, Sampling()).raw
    log_ratio = np.log(warm / warm[0])
    np.testing.assert_allclose(log_ratio, np.log(raw / raw[0]) / 2.5, atol=1e-9)


@given(logits_of_any_kind)
def test_a_temperature_without_bound_is_uniform(logits) -> None:
    final = distribution(logits, Sampling(temperature=1000)).final
    np.testing.assert_allclose(final, 1 / len(logits), rtol=0.07)


@given(st.lists(st.integers(-40, 40), min_size=2, max_size=30, unique=True), any_number)
def test_a_vanishing_temperature_is_greedy(values, number) -> None:
    logits = np.array(values, dtype=np.float32)
    cold = distribution(logits, Sampling(temperature=0.01))
    assert choose(cold, number) == int(logits.argmax())


@given(logits_of_any_kind, any_sampling, any_number)
def test_the_choice_lies_where_the_number_falls(logits, sampling, number) -> None:
    found = distribution(logits, sampling, (0,))
    token = choose(found, number)
    assert found.final[token] > 0
    rank = int(np.flatnonzero(found.order == token)[0])
    ends = found.cumulative
    assert ends[rank] >= number - 1e-12
    assert rank == 0 or ends[rank - 1] <= number + 1e-12


@given(logits_of_any_kind, any_sampling, st.integers(0, 2**53 - 1), st.integers(0, 10**6))
@settings(max_examples=200)
def test_choices_at_many_temperatures_agree_with_one_at_a_time(
    logits, sampling, bits, salt
) -> None:
    number = bits / 2**53
    temperatures = np.append(np.random.default_rng(salt).uniform(LOWEST, HIGHEST, 4), 0.0)
    many = choices(logits, sampling, (0,), number, temperatures)
    for temperature, token in zip(temperatures, many, strict=True):
        single = Sampling(
            temperature, sampling.top_k, sampling.top_p, sampling.min_p,
            sampling.repetition_penalty,
        )  # fmt: skip
        found = distribution(logits, single, (0,))
        if choose(found, number) != token:
            # Only a number that lies on the border up to rounding may fall on either side.
            borders = found.cumulative
            assert np.abs(borders - number).min() < 1e-12


def test_penalising_is_the_sign_rule_and_leaves_the_input_alone() -> None:
    z = np.array([2.0, -2.0, 1.0])
    assert penalised(z, 2.0, (0, 1)).tolist() == [1.0, -4.0, 1.0]
    assert z.tolist() == [2.0, -2.0, 1.0]


def test_the_dice_of_a_position_are_counted_not_consumed() -> None:
    numbers = [uniform(3, position) for position in range(200)]
    assert numbers == [uniform(3, position) for position in range(200)]
    assert len(set(numbers)) == 200
    assert numbers != [uniform(4, position) for position in range(200)]
    assert all(0 <= number < 1 for number in numbers)


def test_a_hundred_thousand_counted_draws_agree_with_the_bars() -> None:
    found = distribution(FIVE, Sampling())
    count = 100_000
    drawn = [choose(found, uniform(11, position)) for position in range(count)]
    expected = found.final * count
    statistic = (((np.bincount(drawn, minlength=5)) - expected) ** 2 / expected).sum()
    assert statistic < 18.467  # p = 0.001 with 4 degrees of freedom


def test_a_draw_records_token_probabilities_dice_and_settings() -> None:
    sampling = Sampling(temperature=0.5, top_k=3, seed=9)
    found = distribution(FIVE, sampling)
    drawn = draw(FIVE, sampling, (), 17)
    assert drawn.token == choose(found, uniform(9, 17))
    assert drawn.raw == found.raw[drawn.token] and drawn.final == found.final[drawn.token]
    assert (drawn.uniform, drawn.sampling, drawn.forced) == (uniform(9, 17), sampling, False)


def test_a_forced_token_keeps_its_true_probabilities() -> None:
    forced = force(FIVE, Sampling(top_k=2), (), 4, 4)
    assert forced.forced and forced.token == 4 and forced.final == 0
    assert forced.raw == pytest.approx(0.03, abs=1e-6)


def test_presets_change_temperature_and_top_p_only() -> None:
    assert list(PRESETS) == ["plain", "factual", "chat", "creative", "code"]
    for preset in PRESETS.values():
        assert Sampling(temperature=preset.temperature, top_p=preset.top_p) == preset
