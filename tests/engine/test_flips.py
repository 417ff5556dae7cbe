"""Flips: the temperatures at which the same dice choose another token."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.flips import flips
from explorer.engine.sampling import HIGHEST, LOWEST, Sampling, choices

NARROW = (HIGHEST / LOWEST) ** (0.5 / (48 * 128))  # half of the last interval, 0.04 %
TWO = np.array([1.5, 0.0], dtype=np.float32)


def random_logits(seed: int, size: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3, size).astype(np.float32)


def test_two_tokens_flip_where_the_logistic_function_says() -> None:
    (flip,) = flips(TWO, Sampling(), (), 0.8)
    # p_0 = 1 / (1 + exp(-1.5 / T)) = 0.8 at T = 1.5 / ln 4
    assert flip.temperature == pytest.approx(1.5 / math.log(4), rel=1e-3)
    assert (flip.below, flip.above) == (0, 1)


def test_a_number_in_the_first_half_never_flips() -> None:
    assert flips(TWO, Sampling(), (), 0.3) == ()


@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 700])
@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(top_k=7),
        Sampling(top_p=0.9),
        Sampling(min_p=0.05),
        Sampling(top_k=100, top_p=0.8, min_p=0.01, repetition_penalty=1.3),
    ],
)
def test_the_choice_is_another_one_just_below_and_just_above(size, sampling) -> None:
    logits = random_logits(size, size)
    for number in (0.03, 0.41, 0.9):
        found = flips(logits, sampling, (0,), number)
        assert [flip.temperature for flip in found] == sorted(flip.temperature for flip in found)
        for flip in found:
            assert LOWEST <= flip.temperature <= HIGHEST
            assert flip.below != flip.above
            sides = np.array([flip.temperature / NARROW, flip.temperature * NARROW])
            tokens = choices(logits, sampling, (0,), number, sides)
            assert tokens.tolist() == [flip.below, flip.above]


@given(st.integers(0, 10**6), st.integers(2, 60), st.floats(0.01, 0.99))
@settings(max_examples=60)
def test_between_two_flips_that_are_far_apart_the_choice_stays(seed, size, number) -> None:
    logits = random_logits(seed, size)
    found = flips(logits, Sampling(), (), number)
    edges = [LOWEST, *(flip.temperature for flip in found), HIGHEST]
    for index in range(len(edges) - 1):
        low, high = edges[index] * 1.013, edges[index + 1] / 1.001
        if low < high:
            tokens = choices(logits, Sampling(), (), number, np.geomspace(low, high, 20))
            assert len(set(tokens.tolist())) == 1


def test_tokens_that_top_k_removes_are_never_named() -> None:
    logits = random_logits(5, 300)
    best = set(np.argsort(-logits)[:6].tolist())
    found = flips(logits, Sampling(top_k=6), (), 0.93)
    assert found
    assert {token for flip in found for token in (flip.below, flip.above)} <= best


def test_the_temperature_of_the_settings_does_not_matter() -> None:
    logits = random_logits(1, 80)
    cold, warm = (flips(logits, Sampling(temperature=t), (), 0.7) for t in (0.0, 3.0))
    assert cold == warm and cold


def test_forbidden_tokens_do_no_harm() -> None:
    logits = np.array([1.0, -np.inf, 0.5, -np.inf], dtype=np.float32)
    found = flips(logits, Sampling(top_p=0.95), (), 0.6)
    assert all({flip.below, flip.above} <= {0, 2} for flip in found)


@pytest.mark.parametrize("spread", [0.5, 3.0])
@pytest.mark.parametrize("sampling", [Sampling(), Sampling(top_p=0.9), Sampling(min_p=0.02)])
def test_blocks_summed_by_their_moments_choose_as_every_token_summed(spread, sampling) -> None:
    logits = np.random.default_rng(3).normal(0, spread, 20_000).astype(np.float32)
    found = flips(logits, sampling, (), 0.63)
    assert len(found) > 50
    for flip in found:
        sides = np.array([flip.temperature / NARROW, flip.temperature * NARROW])
        tokens = choices(logits, sampling, (), 0.63, sides)
        assert tokens.tolist() == [flip.below, flip.above]


def test_the_last_of_the_equally_probable_goes_where_the_sums_say() -> None:
    logits = np.zeros(1000, dtype=np.float32)
    logits[:500] = 2.0
    leaves = [one for one in flips(logits, Sampling(), (), 0.9) if one.above >= 500]
    # 0.9 of 500 (e^(2/T) + 1) is 500 e^(2/T) at T = 2 / ln 9
    assert leaves[0].temperature == pytest.approx(2 / math.log(9), rel=2e-3)
