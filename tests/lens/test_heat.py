"""The scale of temperature, its marks, and what a person may type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.engine.flips import Flip
from explorer.engine.sampling import HIGHEST, LOWEST
from explorer.lens.heat import (
    TICKS,
    Marks,
    marks,
    marks_key,
    number,
    place,
    temperature_at,
    typed_temperature,
    whole,
)
from explorer.session import moves
from explorer.session.snapshot import Snapshot

Story = Callable[..., Snapshot]
THREE = Marks((Flip(0.5, 0, 1), Flip(1.25, 1, 2), Flip(3.0, 2, 0)), ("a", "b", "c"))


def test_nothing_read_gives_no_marks() -> None:
    assert marks(Snapshot()) is None


def test_marks_stay_the_same_object_while_only_the_temperature_moves(story: Story) -> None:
    s = story(1)
    warm = moves.heat(s, 3.0)
    assert marks(warm) is marks(s)
    assert marks_key(warm) == marks_key(s)


def test_marks_change_with_dice_stages_and_text(story: Story) -> None:
    s = story(2)
    others = [
        moves.sample_with(s, replace(s.sampling, seed=99)),
        moves.sample_with(s, replace(s.sampling, top_k=3)),
        moves.back(s),
    ]
    assert all(marks_key(other) != marks_key(s) for other in others)


def test_crossing_a_mark_changes_the_token_that_is_drawn(story: Story) -> None:
    start, crossed = story(1), 0
    for seed in range(1, 6):
        s = moves.sample_with(start, replace(start.sampling, top_k=5, seed=seed))
        for flip in marks(s).flips:
            below = moves.next_draw(moves.heat(s, flip.temperature / 1.0004)).token
            above = moves.next_draw(moves.heat(s, flip.temperature * 1.0004)).token
            if flip.temperature / 1.0004 > LOWEST and flip.temperature * 1.0004 < HIGHEST:
                assert (below, above) == (flip.below, flip.above)
                crossed += 1
    assert crossed


@pytest.mark.parametrize(
    ("temperature", "below", "above"),
    [(0.0, None, 0.5), (0.7, 0.5, 1.25), (1.25, 1.25, 3.0), (5.0, 3.0, None)],
)
def test_the_nearest_marks_stand_on_either_side(temperature, below, above) -> None:
    found = THREE.around(temperature)
    assert [flip and flip.temperature for flip in found] == [below, above]


def test_the_words_beside_name_what_would_be_chosen() -> None:
    assert THREE.beside(0.7) == ("“a” below 0.50", "“c” above 1.25")
    assert THREE.beside(0.1) == ("", "“b” above 0.50")
    assert THREE.beside(4.0) == ("“c” below 3.00", "")
    assert "“b”" in THREE.tip(THREE.flips[1]) and "“c”" in THREE.tip(THREE.flips[1])


def test_the_scale_is_logarithmic_and_its_own_inverse() -> None:
    assert (place(0.0), place(LOWEST), place(HIGHEST), place(99.0)) == (0, 0, 1, 1)
    assert place(0.5) == pytest.approx(0.5)
    for tick in TICKS:
        assert temperature_at(place(tick)) == tick
    assert (temperature_at(-1), temperature_at(2)) == (LOWEST, HIGHEST)


def test_one_is_easy_to_hit() -> None:
    assert temperature_at(place(1.01)) == 1.0
    assert temperature_at(place(1.02)) != 1.0


@pytest.mark.parametrize(
    ("text", "value"), [("1.5", 1.5), ("1,5", 1.5), (" 0 ", 0.0), ("5", 5.0), ("5e-2", 0.05)]
)
def test_a_temperature_is_read_with_point_or_comma(text, value) -> None:
    assert typed_temperature(text) == value


@pytest.mark.parametrize(
    "text", ["", "warm", "nan", "inf", "-inf", "-1", "−1", "0.01", "7", "1.000,5", "1e999"]
)
def test_other_temperatures_are_refused_with_a_sentence(text) -> None:
    with pytest.raises(ValueError, match=r"emperature.*\."):
        typed_temperature(text)


def test_a_number_outside_its_bounds_says_the_bounds() -> None:
    assert number("0,9", "top-p", 0, 1) == 0.9
    with pytest.raises(ValueError, match="between 0 and 1"):
        number("1.1", "top-p", 0, 1)


@pytest.mark.parametrize("text", ["", "4.5", "-1", "x", "1e3", "9" * 5000, "²"])
def test_only_whole_numbers_count(text) -> None:
    with pytest.raises(ValueError, match="top-k"):
        whole(text, "top-k", 0, 10_000_000)


def test_large_whole_numbers_may_be_grouped() -> None:
    assert whole(" 10 000 ", "top-k", 0, 10_000_000) == 10_000
