"""The dice: segments that fill the line, and the number that falls on one of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explorer.engine.sampling import Sampling
from explorer.lens.dice import dice, window
from explorer.session import moves
from explorer.session.snapshot import Snapshot

Story = Callable[..., Snapshot]


def test_nothing_read_gives_no_dice() -> None:
    assert dice(Snapshot()) is None


@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0, 5.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_number_falls_on_the_segment_of_the_token_drawn(
    story: Story, temperature, seed
) -> None:
    s = moves.sample_with(story(1), Sampling(temperature=temperature, seed=seed))
    found, draw = dice(s), moves.next_draw(s)
    assert found.tokens[found.chosen] == draw.token
    assert found.at(draw.uniform) == found.chosen
    start, end = found.interval(found.chosen)
    assert start <= draw.uniform < end
    assert end - start == pytest.approx(draw.final, abs=1e-12)


def test_the_segments_fill_the_line_without_a_gap(story: Story) -> None:
    found = dice(moves.sample_with(story(1), Sampling(top_p=0.8)))
    assert (np.diff(found.ends) >= 0).all()
    assert found.ends[-1] == 1
    widths = np.diff(found.ends, prepend=0)
    assert (np.diff(widths) <= 1e-12).all()


def test_the_dice_stay_while_the_temperature_moves(story: Story) -> None:
    s = story(1)
    numbers = {dice(moves.heat(s, t)).number for t in (0.0, 0.2, 1.0, 4.0)}
    assert len(numbers) == 1


def test_the_caption_names_seed_and_position(story: Story) -> None:
    s = moves.sample_with(story(2), Sampling(seed=77))
    found = dice(s)
    position = len(s.timeline.node.trace)
    assert found.caption == f"u = {found.number:.4f}, Philox(seed 77, position {position})"


def test_greedy_is_one_segment_and_says_that_the_dice_do_not_matter(story: Story) -> None:
    found = dice(moves.heat(story(1), 0.0))
    assert found.greedy and len(found.tokens) == 1 and "Greedy" in found.answer


def test_every_segment_says_its_token_and_its_bounds(story: Story) -> None:
    found = dice(story(1))
    tip = found.tip(1)
    assert found.label(1) in tip and f"{found.ends[0]:.6g}" in tip


def test_a_narrow_segment_is_magnified_to_a_fifth_of_the_window(story: Story) -> None:
    s, magnified = story(1), 0
    for seed in range(30):
        found = dice(moves.sample_with(s, Sampling(temperature=3, seed=seed)))
        part = window(found)
        if part is None:
            continue
        magnified += 1
        start, end = found.interval(found.chosen)
        low, high = part
        assert 0 <= low <= start < end <= high <= 1 + 1e-12
        assert (end - start) / (high - low) == pytest.approx(0.2)
    assert magnified


def test_a_wide_segment_needs_no_magnifier(story: Story) -> None:
    assert window(dice(moves.heat(story(1), 0.0))) is None
