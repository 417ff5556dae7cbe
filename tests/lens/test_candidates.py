"""What the pictures of the draw share: one distribution, its stages, its numbers as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.sampling import REMOVERS, Sampling
from explorer.lens.candidates import (
    candidates,
    chances,
    exact,
    figure,
    followed,
    openness,
    pipeline,
)
from explorer.session import moves
from explorer.session.snapshot import Snapshot

Story = Callable[..., Snapshot]


def test_without_a_text_there_are_no_candidates(reader) -> None:
    assert candidates(Snapshot()) is None
    assert chances(moves.load(Snapshot(), reader.facts)) is None
    assert followed(Snapshot()) is None


def test_the_same_inputs_give_the_same_object(story: Story) -> None:
    s = story(2)
    first = chances(s)
    assert chances(moves.hover(s, 1)) is first
    assert chances(moves.heat(moves.heat(s, 2.0), 0.8)) is first
    assert chances(moves.heat(s, 2.0)) is not first
    assert chances(moves.back(s)) is not first


def test_the_dice_choose_what_the_next_step_will_draw(story: Story) -> None:
    s = story(3)
    for sampling in (Sampling(), Sampling(temperature=2, top_k=9, seed=5), Sampling(temperature=0)):
        there = moves.sample_with(s, sampling)
        found = chances(there)
        draw = moves.next_draw(there)
        assert (found.chosen, found.number) == (draw.token, draw.uniform)
        low, high = found.interval(int(found.ranks[found.chosen]))
        assert high - low == pytest.approx(draw.final, abs=1e-12)


def test_the_penalty_acts_on_the_tokens_of_this_text(story: Story) -> None:
    s = story(1)
    plain, penalised = chances(s), chances(
        moves.sample_with(s, replace(s.sampling, repetition_penalty=5.0))
    )  # fmt: skip
    seen = sorted(set(s.timeline.node.trace.ids))
    assert (penalised.distribution.scaled[seen] <= plain.distribution.scaled[seen] + 1e-12).all()
    np.testing.assert_array_equal(penalised.distribution.raw, plain.distribution.raw)


def test_the_token_walked_before_is_known_only_behind_the_tip(story: Story) -> None:
    s = story(3)
    assert followed(s) is None
    assert followed(moves.back(s)) == s.timeline.node.draw.token


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(temperature=0, top_k=40),
        Sampling(temperature=0.7, top_k=40, top_p=0.9, min_p=0.05, repetition_penalty=1.2),
    ],
)
def test_the_pipeline_counts_what_leaves_each_stage(story: Story, sampling) -> None:
    found = chances(moves.sample_with(story(1), sampling))
    stages = pipeline(found)
    assert [stage.name for stage in stages] == [
        "tokens", "penalty", "T", "top-k", "top-p", "min-p", "draw",
    ]  # fmt: skip
    left = [stage.left for stage in stages]
    assert left == sorted(left, reverse=True)
    assert left[-2] == np.count_nonzero(found.distribution.removed == 0) == found.kept
    for stage in stages[3:6]:
        gone = np.count_nonzero(found.distribution.removed == REMOVERS.index(stage.name))
        before = left[stages.index(stage) - 1]
        assert before - stage.left == gone
    assert stages[2].left == (1 if sampling.temperature == 0 else stages[0].left)


def test_openness_is_zero_for_greedy_and_ln_v_without_bound(story: Story) -> None:
    s = story(0)
    assert openness(chances(moves.heat(s, 0.0))).startswith("H = 0.000 nats = 0.000 bits")
    flat = chances(moves.sample_with(s, Sampling(temperature=1000)))
    assert flat.entropy == pytest.approx(np.log(s.model.vocabulary), abs=1e-3)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "100 %"), (1 - 1e-6, ">99.9 %"), (0.9994, "99.9 %"), (0.432, "43.2 %"),
        (0.0714, "7.1 %"), (0.01, "1.0 %"), (0.0043, "0.43 %"), (0.00031, "0.031 %"),
        (0.000012, "0.0012 %"), (1.2e-6, "1.2e-6"), (3.3e-12, "3.3e-12"), (0.0, "0"),
    ],
)  # fmt: skip
def test_a_probability_is_readable_down_to_the_smallest(p, text) -> None:
    assert figure(p) == text


def test_no_probability_is_shown_as_a_wrong_hundred_or_zero() -> None:
    for p in np.geomspace(1e-15, 1, 2000)[:-1]:
        text = figure(float(p))
        assert text != "0"
        shown = float(text.strip(">% ")) / (100 if "%" in text else 1)
        assert shown == pytest.approx(p, rel=0.06)


def test_tool_tips_have_five_digits() -> None:
    assert (exact(0.123456789), exact(1.23456789e-7), exact(0.0)) == (
        "12.346 %", "1.2346e-07", "0 %",
    )  # fmt: skip
