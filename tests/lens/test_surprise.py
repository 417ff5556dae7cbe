"""Surprise, entropy and rank of the tokens of a line."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.sampling import distribution
from explorer.engine.trace import Step, Trace
from explorer.lens import surprise as lens
from explorer.lens.surprise import (
    course,
    describe,
    draws,
    foresee,
    limit,
    lit,
    outlook,
    prompt_length,
    rank,
    surprise,
    unnamed,
    walk,
)
from explorer.lens.timeline import readout, summary, timeline
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Node, Timeline

Story = Callable[..., Snapshot]
EMPTY = np.zeros(0, np.float32)


def step(*logits: float) -> Step:
    """A step that expects its next token by these logits."""
    return Step(0, np.array(logits, np.float32), EMPTY, EMPTY, EMPTY, EMPTY)


def test_equal_logits_surprise_by_the_log_of_their_number() -> None:
    even = step(3.0, 3.0, 3.0, 3.0)
    assert surprise(even, 2) == pytest.approx(math.log(4))
    assert outlook(even).entropy == pytest.approx(math.log(4))


def test_entropy_is_the_surprise_to_be_expected() -> None:
    uneven = step(2.0, 0.5, -1.0, 0.0, 7.5)
    nats = np.array([surprise(uneven, token) for token in range(5)])
    p = np.exp(-nats)
    assert p.sum() == pytest.approx(1.0)
    assert outlook(uneven).entropy == pytest.approx(float(p @ nats), abs=1e-6)


def test_a_token_that_the_model_rules_out_surprises_without_end() -> None:
    closed = step(0.0, -math.inf)
    assert surprise(closed, 1) == math.inf
    assert surprise(closed, 0) == 0.0
    assert outlook(closed).entropy == 0.0


def test_extreme_logits_keep_their_meaning() -> None:
    assert surprise(step(1e4, -1e4), 1) == pytest.approx(2e4)
    assert surprise(step(1e4, -1e4), 0) == 0.0


def test_ranks_number_every_token_once_ties_to_the_lowest() -> None:
    tied = step(1.0, 5.0, 1.0, 5.0, 0.0)
    assert [rank(tied, token) for token in range(5)] == [3, 1, 4, 2, 5]


def test_surprise_agrees_with_the_probability_recorded_at_the_draw(story: Story) -> None:
    s = story(6)
    nats = course(walk(s.timeline)).surprise
    for position, draw in enumerate(draws(s.timeline)):
        if draw is not None:
            assert nats[position] == pytest.approx(-math.log(draw.raw), abs=1e-5)


def test_rank_agrees_with_the_order_of_the_candidates(story: Story) -> None:
    s = moves.heat(story(0), 1.0)
    last = s.timeline.node.trace.steps[-1]
    order = distribution(last.logits, s.sampling).order
    assert [rank(last, int(token)) for token in order[:30]] == list(range(1, 31))


def test_the_line_goes_on_beyond_the_cursor(story: Story) -> None:
    s = story(5)
    behind = moves.back(moves.back(s))
    assert walk(behind.timeline) == s.timeline.node.trace.steps
    assert len(draws(behind.timeline)) == len(walk(behind.timeline))
    assert np.array_equal(
        course(walk(behind.timeline)).surprise,
        course(walk(s.timeline)).surprise,
        equal_nan=True,
    )


def test_an_empty_timeline_has_no_steps_and_no_draws() -> None:
    assert walk(Timeline()) == ()
    assert draws(Timeline()) == ()
    assert lit(Snapshot()) == -1


def test_the_prompt_ends_where_the_draws_begin(story: Story) -> None:
    s = story(4)
    assert prompt_length(draws(s.timeline)) == s.timeline.prompt_length()
    assert prompt_length(draws(story(0).timeline)) == s.timeline.prompt_length()


def test_the_mouse_lights_before_the_selection_and_that_before_the_last(story: Story) -> None:
    s = story(3)
    last = len(s.timeline.node.trace) - 1
    assert lit(s) == last
    chosen = moves.select(s, 2)
    assert lit(chosen) == 2
    assert lit(moves.hover(chosen, 1)) == 1


def test_the_words_name_token_numbers_and_origin(story: Story) -> None:
    s = story(3, temperature=0.7)
    position = len(s.timeline.node.trace) - 1
    token, draw = s.timeline.node.trace.steps[-1].token, s.timeline.node.draw
    said = describe(s, position)
    assert f"token {token}" in said
    assert f"position {position}" in said
    assert s.model.labels[token] in said
    assert f"{-math.log(draw.raw):.2f} nats" in said
    assert f"{-math.log2(draw.raw):.2f} bits" in said
    assert "T = 0.7" in said
    assert "rank" in said


def test_the_words_say_what_was_forced_greedy_or_given(story: Story, reader) -> None:
    s = story(0)
    draw = moves.forced_draw(s, 77)
    trace = reader.read(s.timeline.node.trace, [77])
    forced = moves.advance(s, s.timeline.cursor, trace, draw)
    assert "forced by hand" in describe(forced, len(trace) - 1)
    assert "greedy" in describe(story(1, temperature=0.0), len(trace) - 1)
    assert "prompt" in describe(s, 1)
    assert "starts from this token" in describe(s, 0)


@pytest.mark.parametrize("position", [-1, 9999])
def test_there_are_no_words_beyond_the_line(story: Story, position: int) -> None:
    assert describe(story(0), position) == ""
    assert describe(Snapshot(), 0) == ""


def test_what_an_engine_does_not_name_counts_as_one_rest() -> None:
    p = np.array([0.5, 0.2, 0.0, 0.0])
    with np.errstate(divide="ignore"):
        logits = np.log(p).astype(np.float32)
    step = Step(0, logits, EMPTY, EMPTY, EMPTY, EMPTY, rest=0.3)
    assert surprise(step, 1) == pytest.approx(-math.log(0.2))
    assert math.isnan(surprise(step, 2))
    parts = np.array([0.5, 0.2, 0.3])
    assert outlook(step).entropy == pytest.approx(-(parts * np.log(parts)).sum())


def test_a_course_that_is_grown_equals_one_from_the_start(story: Story) -> None:
    s, old = story(6), None
    way = (moves.to_start(s), moves.back(s), s)
    other = moves.seek(s, 3)
    way = (*(walk(one.timeline)[: len(one.timeline.node.trace)] for one in (*way, other)),)
    for steps in way:
        old, fresh = course(steps, old), course(steps)
        assert old.steps == steps
        assert np.array_equal(old.surprise, fresh.surprise, equal_nan=True)
        assert np.array_equal(old.entropy, fresh.entropy)


def test_nothing_of_a_text_is_kept_once_it_is_gone(story: Story) -> None:
    here = step(1.0, 2.0)
    outlook(here)
    gone = weakref.ref(here)
    del here
    gc.collect()
    assert gone() is None


def test_tokens_left_out_leave_bounds() -> None:
    none = -math.inf
    logits = np.array([math.log(0.5), none, math.log(0.3), none, none], np.float32)
    one = Step(0, logits, EMPTY, EMPTY, EMPTY, EMPTY, rest=0.2)
    named = -(0.5 * math.log(0.5) + 0.3 * math.log(0.3))
    assert outlook(one).entropy == pytest.approx(named - 0.2 * math.log(0.2), abs=1e-6)
    assert outlook(one).most == pytest.approx(named - 0.2 * math.log(0.2 / 3), abs=1e-6)
    assert math.isnan(surprise(one, 1)) and rank(one, 1) == 0
    assert surprise(one, 2) == pytest.approx(-math.log(0.3), abs=1e-6) and rank(one, 2) == 2
    assert limit(one) == pytest.approx(0.2)
    assert unnamed(one) == 3


def test_a_token_that_was_not_named_is_told_by_its_bound(story: Story) -> None:
    s = story(2)
    *before, last, final = s.timeline.node.trace.steps
    exact = last.logits - np.logaddexp.reduce(last.logits.astype(np.float64))
    logits = np.full(len(exact), -np.inf, np.float32)
    kept = [int(i) for i in np.argsort(-exact)[:21] if i != final.token][:20]
    logits[kept] = exact[kept]
    known = replace(last, logits=logits, rest=1 - float(np.exp(exact[kept]).sum()))
    trace = Trace((*before, known, final))
    told = replace(s, timeline=Timeline().grown(Node(trace, prompt="x")))
    text, picture = describe(told, len(trace) - 1), timeline(told)
    assert "one of the tokens that the engine did not name: p ≤" in text
    assert "not among the 20 named tokens" in text and "nan" not in text
    assert "H between" in text and "tokens are missing" in text
    assert picture is not None
    assert "ln p = ?  H ≥" in readout(picture, len(trace) - 1)[0]
    assert "an unknown amount" in summary(picture)


def test_what_was_foreseen_in_slices_is_not_found_again(story: Story) -> None:
    steps = tuple(step(*row) for row in np.random.default_rng(0).normal(size=(70, 9)))
    slices = list(foresee(steps))
    assert slices == [None] * 3
    assert all(one in lens._OUTLOOKS for one in steps)
    assert not any(step(*row) in lens._OUTLOOKS for row in np.eye(9))
