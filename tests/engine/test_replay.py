"""Past draws thrown again: what is called certain has the outcome of sampling.draw, exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine import sampling as stages
from explorer.engine.replay import PastDraws, chunks, doubtful
from explorer.engine.sampling import Sampling
from explorer.engine.trace import Step

EMPTY = np.zeros(0, np.float32)

SAMPLINGS = st.builds(
    Sampling,
    temperature=st.one_of(st.sampled_from([0.0, 0.05, 1.0, 5.0, 1e-3]), st.floats(0.05, 5)),
    top_k=st.sampled_from([0, 1, 2, 5, 40, 200]),
    top_p=st.one_of(st.sampled_from([0.0, 0.5, 0.75, 1.0]), st.floats(0, 1)),
    min_p=st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1)),
    repetition_penalty=st.sampled_from([0.5, 1.0, 1.3, 2.0]),
    seed=st.integers(0, 50),
)


def step(token: int, logits: np.ndarray) -> Step:
    return Step(token, logits.astype(np.float32), EMPTY, EMPTY, EMPTY, EMPTY)


def text_of(sampling: Sampling, seed: int, size: int, count: int, coarse: bool) -> list[Step]:
    """Steps drawn from noise; coarse logits are small whole numbers, full of ties."""
    noise = np.random.default_rng(seed)
    steps = [step(0, _logits(noise, size, coarse))]
    for position in range(1, count + 1):
        ids = [one.token for one in steps]
        drawn = stages.draw(steps[-1].logits, sampling, ids, position)
        steps.append(step(drawn.token, _logits(noise, size, coarse)))
    return steps


def _logits(noise: np.random.Generator, size: int, coarse: bool) -> np.ndarray:
    return noise.integers(-2, 3, size) if coarse else 4 * noise.normal(size=size)


def past_of(steps: list[Step], seed: int) -> PastDraws:
    positions = range(1, len(steps))
    return PastDraws(
        tuple(steps[:-1]),
        np.array([one.token for one in steps[1:]]),
        np.array(positions),
        np.array([stages.uniform(seed, position) for position in positions]),
        tuple(one.token for one in steps),
    )


@settings(max_examples=150, deadline=None)
@given(
    was=SAMPLINGS,
    now=SAMPLINGS,
    seed=st.integers(0, 1000),
    size=st.sampled_from([3, 64, 100, 150]),
    coarse=st.booleans(),
)
def test_a_certain_draw_falls_as_the_program_would_draw_it(
    was: Sampling, now: Sampling, seed: int, size: int, coarse: bool
) -> None:
    steps = text_of(was, seed, size, 12, coarse)
    past = past_of(steps, now.seed)
    for index, doubt in enumerate(doubtful(past, now)):
        ids = past.ids[: index + 1]
        again = stages.draw(steps[index].logits, now, ids, index + 1)
        if not doubt:
            assert again.token == past.tokens[index]


@pytest.mark.parametrize(
    "change",
    [{}, {"top_p": 0.9}, {"top_k": 50}, {"min_p": 0.02}, {"repetition_penalty": 1.2},
     {"temperature": 0.4, "top_p": 0.8, "repetition_penalty": 1.1}],
)  # fmt: skip
def test_draws_thrown_again_with_the_same_settings_are_certain(change: dict[str, float]) -> None:
    sampling = replace(Sampling(temperature=0.9, seed=3), **change)
    steps = text_of(sampling, 5, 500, 60, False)
    assert not doubtful(past_of(steps, 3), sampling).any()


def test_doubt_is_rare_where_the_outcome_is_the_same() -> None:
    """Or the exact draw would be made for every step and the search be slow."""
    was = Sampling(temperature=0.9, seed=3)
    steps = text_of(was, 5, 500, 200, False)
    past = past_of(steps, 3)
    for temperature in (0.85, 0.95):
        now = replace(was, temperature=temperature)
        doubt = doubtful(past, now)
        same = [
            stages.draw(steps[i].logits, now, past.ids[: i + 1], i + 1).token == past.tokens[i]
            for i in range(len(doubt))
        ]
        assert [not one for one in doubt] == same


def test_chunks_cover_everything_once() -> None:
    assert [list(part) for part in chunks(6, 1, 2)] == [[0], [1, 2], [3, 4], [5]]
    assert [list(part) for part in chunks(3, 8, 2)] == [[0, 1, 2]]
    assert list(chunks(0, 1, 2)) == []
