"""Rolling 1,000 times: fair, repeatable, and without a word to the story's own dice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.sampling import Sampling, choose, uniform
from explorer.lens.bars import bars
from explorer.lens.candidates import chances
from explorer.lens.rolls import ROLLS, rolls
from explorer.session import asked, moves
from explorer.session.snapshot import Snapshot


def test_every_roll_is_a_choice_as_the_story_makes_it(story) -> None:
    s = asked.roll(story(4))
    c = chances(s)
    philox = np.random.Philox(key=(1 << 64) | s.sampling.seed, counter=c.position << 64)
    numbers = np.random.Generator(philox).random(ROLLS)
    wanted = np.bincount(
        [choose(c.distribution, float(u)) for u in numbers], minlength=len(c.distribution.final)
    )
    assert np.array_equal(rolls(s).counts, wanted)
    assert rolls(s).counts.sum() == ROLLS


def test_rolling_again_gives_other_numbers_and_the_same_series_the_same(story) -> None:
    once = asked.roll(story(4))
    twice = asked.roll(once)
    assert (rolls(once).series, rolls(twice).series) == (1, 2)
    assert not np.array_equal(rolls(once).counts, rolls(twice).counts)
    assert np.array_equal(rolls(once).counts, rolls(asked.roll(story(4))).counts)


def test_the_dice_of_the_story_are_untouched(story) -> None:
    s = story(4)
    assert moves.next_draw(asked.roll(asked.roll(s))) == moves.next_draw(s)
    position = len(s.timeline.node.trace)
    story_numbers = {uniform(s.sampling.seed, position + i) for i in range(ROLLS)}
    philox = np.random.Philox(key=(1 << 64) | s.sampling.seed, counter=position << 64)
    assert not story_numbers & set(np.random.Generator(philox).random(ROLLS))


@pytest.mark.parametrize(
    "sampling",
    [Sampling(), Sampling(temperature=0.5), Sampling(top_k=7), Sampling(top_p=0.6, min_p=0.02),
     Sampling(temperature=2.0, repetition_penalty=1.3)],
)  # fmt: skip
def test_the_test_passes_fair_dice_at_every_setting(story, sampling) -> None:
    s = moves.sample_with(story(4), sampling)
    values = []
    for _ in range(40):
        s = asked.roll(s)
        found = rolls(s)
        values.append(found.test.p_value)
        assert not found.counts[chances(s).distribution.final == 0].any()
    assert min(values) > 1e-4
    assert 0.2 < float(np.mean(values)) < 0.8


def test_the_same_numbers_fall_on_other_tokens_at_another_temperature(story) -> None:
    s = asked.roll(story(4))
    cold = moves.heat(s, 0.3)
    best = chances(s).distribution.order[0]
    assert rolls(cold).counts[best] > rolls(s).counts[best]
    assert rolls(moves.heat(s, 0.0)).counts[best] == ROLLS
    assert "nothing to test" in rolls(moves.heat(s, 0.0)).sentence


def test_the_rolls_stay_behind_when_the_cursor_goes_on_and_wait_there(story) -> None:
    s = asked.roll(story(4))
    back = moves.back(s)
    assert rolls(back) is None
    assert rolls(moves.forward(back)) is rolls(s)
    assert asked.roll(back).asked.roll.series == 1


def test_the_rows_of_the_bars_hold_all_rolls(story) -> None:
    s = asked.roll(story(4))
    found = bars(s)
    assert sum(row.rolled for row in found.rows) == ROLLS
    assert found.rows[0].rolled == rolls(s).counts[found.rows[0].token]
    assert f"{found.rows[0].rolled} times" in found.rows[0].tip
    assert "1,000 rolls: χ² = " in found.summary and found.rolls is rolls(s)
    assert all(row.rolled is None for row in bars(story(4)).rows)


def test_without_a_text_nothing_is_rolled() -> None:
    s = asked.roll(Snapshot())
    assert s.notice and rolls(s) is None and s.asked.roll is None


def test_a_token_that_the_model_does_not_have_is_not_asked_about(story) -> None:
    s = asked.name(story(1), 17)
    assert asked.named(s) == 17 and asked.name(s, 17) is s
    assert asked.named(asked.name(s, 99_999)) is None
    few = replace(s.model, pieces=s.model.pieces[:5], labels=s.model.labels[:5])
    assert asked.named(moves.load(s, few)) is None
