"""The smallest change of a setting: with it the token is in, a hair less and it is out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from explorer.engine.admission import SEEDS, Admission, Change, admission
from explorer.engine.sampling import HIGHEST, LOWEST, Sampling, distribution, draw

SIZE = 60
ROW = {"deadline": None, "max_examples": 150}


@st.composite
def places(draw_):
    """Logits, settings, the text before, the position, a token."""
    random = np.random.default_rng(draw_(st.integers(0, 2**32)))
    logits = (draw_(st.sampled_from([1.0, 2.5, 5.0])) * random.normal(size=SIZE)).astype(np.float32)
    sampling = Sampling(
        temperature=draw_(st.sampled_from([0.0, 0.3, 0.8, 1.0, 1.7])),
        top_k=draw_(st.sampled_from([0, 1, 3, 10, 40])),
        top_p=draw_(st.sampled_from([1.0, 0.95, 0.7, 0.3])),
        min_p=draw_(st.sampled_from([0.0, 0.02, 0.1, 0.5])),
        repetition_penalty=draw_(st.sampled_from([1.0, 1.0, 1.3])),
        seed=draw_(st.integers(0, 10**6)),
    )
    history = random.integers(0, SIZE, draw_(st.integers(0, 10))).tolist()
    position = draw_(st.integers(1, 200))
    token = int(np.argsort(-logits)[draw_(st.integers(0, 25))])
    return logits, sampling, history, position, token


def is_in(place, sampling: Sampling) -> bool:
    logits, _, history, _, token = place
    return bool(distribution(logits, sampling, history).final[token] > 0)


def is_chosen(place, sampling: Sampling) -> bool:
    logits, _, history, position, token = place
    return draw(logits, sampling, history, position).token == token


def found(place) -> Admission:
    return admission(*place)


def a_hair_less(place, change: Change) -> Sampling | None:
    """The settings with the value one floating point number, or one candidate, further back."""
    now = place[1]
    if change.setting == "top_k":
        size = len(place[0])
        old, new = now.top_k or size, int(change.value) or size
        step = new - int(math.copysign(1, new - old))
        return replace(now, top_k=0 if step == size else step)
    old = float(getattr(now, change.setting))
    if change.setting == "temperature" and old == 0 and change.value == LOWEST:
        return None  # nothing lies between greedy and the lowest temperature
    value = math.nextafter(change.value, old)
    return replace(now, **{change.setting: value})


@settings(**ROW)
@given(places())
def test_it_says_what_the_sampler_says(place) -> None:
    a = found(place)
    logits, sampling, history, _, token = place
    d = distribution(logits, sampling, history)
    assert a.admitted is is_in(place, sampling)
    assert a.chosen is is_chosen(place, sampling)
    assert a.rank == 1 + int(np.flatnonzero(d.order == token)[0])
    assert a.end - a.start == pytest.approx(d.final[token], abs=1e-12)
    if a.admitted:
        assert a.chosen is (a.start <= a.number < a.end)


@settings(**ROW)
@given(places())
def test_the_smallest_change_lets_the_token_in_and_a_hair_less_does_not(place) -> None:
    a = found(place)
    assert bool(a.admit) <= (not a.admitted)
    for change in a.admit:
        assert is_in(place, change.sampling), change
        assert is_in(place, change.round), change
        less = a_hair_less(place, change)
        assert less is None or not is_in(place, less), change


@settings(**ROW)
@given(places())
def test_the_smallest_change_has_the_same_dice_choose_it_and_a_hair_less_does_not(place) -> None:
    a = found(place)
    assert bool(a.choose) <= (not a.chosen)
    for change in a.choose:
        assert is_chosen(place, change.sampling), change
        assert is_chosen(place, change.round), change
        less = a_hair_less(place, change)
        assert less is None or not is_chosen(place, less), change


@settings(**ROW)
@given(places())
def test_where_no_setting_alone_suffices_some_do_together(place) -> None:
    a = found(place)
    assume(not a.admitted and not a.admit)
    if a.together is None:
        assert place[1].temperature == 0
    else:
        assert is_in(place, a.together)
        moved = [
            name for name in ("top_k", "top_p", "min_p")
            if getattr(a.together, name) != getattr(place[1], name)
        ]  # fmt: skip
        assert len(moved) >= 2


@settings(**ROW)
@given(places())
def test_no_setting_on_a_grid_lies_nearer(place) -> None:
    a, now = found(place), place[1]
    assume(now.temperature and not a.admitted)
    best = {change.setting: change.value for change in a.admit}
    for name, grid in (
        ("top_p", np.linspace(now.top_p, 1, 40)),
        ("min_p", np.linspace(0, now.min_p, 40)),
        ("temperature", np.geomspace(now.temperature, HIGHEST, 40)),
    ):
        fitting = [x for x in grid if is_in(place, replace(now, **{name: float(x)}))]
        if name not in best:
            assert not fitting, name
        else:
            nearest = min(abs(x - getattr(now, name)) for x in fitting)
            assert abs(best[name] - getattr(now, name)) <= nearest + 1e-12


@settings(**ROW)
@given(places())
def test_the_next_seed_that_chooses_it_is_the_next(place) -> None:
    a = found(place)
    if a.seed is None:
        return
    now = place[1]
    assert is_chosen(place, replace(now, seed=a.seed))
    for seed in range(now.seed + 1, a.seed):
        assert not is_chosen(place, replace(now, seed=seed))
    assert a.seed <= now.seed + SEEDS


def test_a_token_beyond_top_k_needs_as_many_candidates_as_its_rank() -> None:
    logits = np.log(np.array([0.4, 0.3, 0.15, 0.1, 0.05], dtype=np.float32))
    a = admission(logits, Sampling(top_k=2), (), 5, 3)
    assert [(one.setting, one.short) for one in a.admit] == [("top_k", "4")]


def test_a_token_beyond_top_p_is_named_the_p_and_the_temperature() -> None:
    logits = np.log(np.array([0.5, 0.25, 0.15, 0.07, 0.03], dtype=np.float32))
    a = admission(logits, Sampling(top_p=0.8), (), 5, 3)
    top_p = next(one for one in a.admit if one.setting == "top_p")
    assert top_p.value == pytest.approx(0.9, abs=1e-6)
    assert float(top_p.short) >= top_p.value
    assert {one.setting for one in a.admit} == {"top_p", "temperature"}


def test_a_token_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(IndexError, match="not in the vocabulary"):
        admission(np.zeros(5, np.float32), Sampling(), (), 1, 5)
