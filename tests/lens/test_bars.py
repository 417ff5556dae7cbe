"""The rows of bars: they add up, they are ordered, they say what removed a token."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from explorer.engine.sampling import REMOVERS, Sampling
from explorer.lens.bars import EMPTY, bars
from explorer.lens.candidates import chances
from explorer.session import moves
from explorer.session.snapshot import Snapshot

Story = Callable[..., Snapshot]
SETTINGS = [
    Sampling(),
    Sampling(temperature=0),
    Sampling(temperature=5, seed=4),
    Sampling(temperature=0.7, top_k=10, top_p=0.8, min_p=0.02, repetition_penalty=1.3),
]


def test_nothing_read_gives_no_rows() -> None:
    assert bars(Snapshot()) is EMPTY


@pytest.mark.parametrize("sampling", SETTINGS)
@pytest.mark.parametrize("count", [3, 20, 100])
def test_both_columns_add_up_to_one(story: Story, sampling, count) -> None:
    s = moves.show_bars(moves.sample_with(story(1), sampling), count)
    rows = bars(s).rows
    assert sum(row.raw for row in rows) == pytest.approx(1, abs=1e-12)
    assert sum(row.final for row in rows) == pytest.approx(1, abs=1e-12)
    assert rows[-1].token is None
    tokens = [row.token for row in rows]
    assert len(set(tokens)) == len(tokens)


@pytest.mark.parametrize("sampling", SETTINGS)
def test_rows_are_ranked_and_the_first_ones_are_complete(story: Story, sampling) -> None:
    rows = bars(moves.sample_with(story(1), sampling)).rows[:-1]
    ranks = [row.rank for row in rows]
    assert ranks[:20] == list(range(1, 21))
    assert ranks == sorted(ranks)


def test_the_digit_of_a_row_forces_the_token_in_it(story: Story) -> None:
    s = moves.sample_with(story(1), SETTINGS[3])
    for row in bars(s).rows[:9]:
        assert row.token == moves.token_at_rank(s, row.rank)


@pytest.mark.parametrize("sampling", SETTINGS)
def test_a_removed_token_has_no_final_probability_and_names_its_stage(
    story: Story, sampling
) -> None:
    s = moves.sample_with(story(1), sampling)
    d = chances(s).distribution
    for row in bars(s).rows[:-1]:
        assert row.remover == REMOVERS[d.removed[row.token]]
        if row.remover:
            assert row.final == 0
            assert row.remover in row.tip


def test_exactly_one_row_carries_the_dice_however_low_its_rank(story: Story) -> None:
    s = story(1)
    for seed in range(20):
        there = moves.sample_with(s, Sampling(temperature=5, seed=seed))
        (row,) = [row for row in bars(there).rows if row.chosen]
        assert row.token == moves.next_draw(there).token


def test_the_token_that_came_next_has_a_row(story: Story) -> None:
    s = story(2, temperature=5.0)
    assert not any(row.followed for row in bars(s).rows)
    (row,) = [row for row in bars(moves.back(s)).rows if row.followed]
    assert row.token == s.timeline.node.draw.token


def test_every_shown_token_fits_the_scale(story: Story) -> None:
    s = story(1)
    for sampling in SETTINGS:
        found = bars(moves.sample_with(s, sampling))
        top = max(max(row.raw, row.final) for row in found.rows[:-1])
        assert top <= found.scale <= max(0.0002, 2.5 * top)


def test_only_another_draw_makes_other_rows(story: Story) -> None:
    s = story(1)
    assert bars(moves.hover(s, 0)) is bars(s)
    assert bars(moves.show_bars(s, 7)) is not bars(s)
