"""Pictures of weights: levels that keep order, pooling that keeps peaks, rows added in place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.trace import Step, Trace
from explorer.lens.heatmap import (
    LINEAR,
    ROOT,
    Zoom,
    capacity,
    ceiling_without_begin,
    columns,
    levels,
    moved,
    overview,
    picture,
    reaching,
    shown_labels,
    weight_table,
    zoomed,
)
from explorer.ui.style import DARK, LIGHT, Style

LAYERS, HEADS = 2, 3


def made_up(length: int, seed: int = 0) -> Trace:
    """A trace with random attention of 2 layers and 3 heads; nothing else in it matters."""
    random = np.random.default_rng(seed)
    steps = []
    for position in range(length):
        rows = random.exponential(size=(LAYERS, HEADS, position + 1)).astype(np.float32)
        nothing = np.zeros(1, np.float32)
        share = rows / rows.sum(-1, keepdims=True)
        steps.append(Step(position, nothing, share, nothing, nothing, nothing))
    return Trace(tuple(steps))


def test_absent_is_level_0_and_the_weight_zero_is_level_1() -> None:
    weights = np.array([np.nan, 0.0, 1e-9, 1.0], np.float32)
    assert levels(weights).tolist() == [0, 1, 1, 255]


@pytest.mark.parametrize("gamma", [ROOT, LINEAR])
def test_levels_rise_with_the_weight(gamma: float) -> None:
    found = levels(np.linspace(0, 1, 500, dtype=np.float32), gamma).astype(int)
    assert (np.diff(found) >= 0).all()
    assert found[0] == 1
    assert found[-1] == 255


def test_the_root_scale_puts_a_quarter_in_the_middle_and_a_ceiling_cuts() -> None:
    assert levels(np.array([0.25], np.float32), ROOT)[0] == 128
    assert levels(np.array([0.5], np.float32), LINEAR)[0] == 128
    assert levels(np.array([0.1, 0.2, 0.9], np.float32), LINEAR, 0.2).tolist() == [128, 255, 255]


def test_the_ceiling_without_the_first_key_ignores_its_column() -> None:
    weights = np.array([[1, np.nan, np.nan], [0.9, 0.1, np.nan], [0.6, 0.3, 0.1]], np.float32)
    assert ceiling_without_begin(weights) == pytest.approx(0.3)
    assert ceiling_without_begin(weights[:1, :1]) == 1.0


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_absent_has_the_colour_of_the_ground_and_weight_zero_another(theme, qapp) -> None:
    table = weight_table(Style(theme).heat_table())
    assert table.shape == (256,)
    assert f"#{table[0] & 0xFFFFFF:06x}" == theme.panel
    parts = np.array([(table >> shift) & 0xFF for shift in (16, 8, 0)]).astype(int).T
    assert np.abs(parts[1] - parts[0]).sum() > 30


def test_room_is_left_for_some_tokens_but_never_more_than_the_context() -> None:
    sizes = [capacity(tokens, 256) for tokens in range(1, 257)]
    assert all(size >= tokens for tokens, size in enumerate(sizes, start=1))
    assert all(size <= max(8, 1.25 * tokens + 1) for tokens, size in enumerate(sizes, start=1))
    assert sizes[-1] == 256
    assert len(set(sizes)) < 20


@pytest.mark.parametrize("side", [5, 17, 40, 90])
@pytest.mark.parametrize("length", [1, 8, 30, 64])
def test_a_tile_shows_the_strongest_weight_of_each_pixel(side: int, length: int) -> None:
    trace = made_up(length)
    found = overview(trace, 64, side, 2, None)
    span = found.capacity
    expected = np.zeros((side, side), np.uint8)
    whole = levels(trace.attention(1, 2))
    for query in range(length):
        for key in range(query + 1):
            rows = slice(
                query * side // span, max(query * side // span + 1, (query + 1) * side // span)
            )
            keys = slice(key * side // span, max(key * side // span + 1, (key + 1) * side // span))
            expected[rows, keys] = np.maximum(expected[rows, keys], whole[query, key])
    assert np.array_equal(found.levels[1, :side, 2, :side], expected)
    assert (found.levels[:, side:] == 0).all()
    assert (found.levels[..., side:] == 0).all()
    assert found.image.shape == (LAYERS * (side + 2), HEADS * (side + 2))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    side=st.integers(4, 60),
    walk=st.lists(st.tuples(st.integers(1, 64), st.integers(0, 1)), min_size=2, max_size=6),
)
def test_adding_rows_to_an_older_overview_gives_the_same_picture(
    side: int, walk: list[tuple[int, int]]
) -> None:
    stories = made_up(64, 1), made_up(64, 2)
    common = stories[0].steps[:20]
    stories = stories[0], Trace((*common, *stories[1].steps[20:]))
    old = None
    for length, branch in walk:
        trace = Trace(stories[branch].steps[:length])
        old = overview(trace, 64, side, 1, old)
        fresh = overview(trace, 64, side, 1, None)
        assert np.array_equal(old.levels, fresh.levels)


def test_an_overview_cannot_be_changed_and_needs_a_token() -> None:
    with pytest.raises(ValueError, match="read-only"):
        overview(made_up(3), 64, 10, 1, None).levels[0] = 1
    with pytest.raises(ValueError, match="at least one token"):
        overview(Trace(), 64, 10, 1, None)


@pytest.mark.parametrize("side", [1, 3, 7, 20, 31, 40])
def test_a_picture_that_does_not_fit_keeps_every_peak(side: int) -> None:
    matrix = np.random.default_rng(0).integers(0, 256, (31, 31)).astype(np.uint8)
    small = picture(matrix, side)
    if side >= 31:
        assert small is matrix
        return
    expected = np.zeros((side, side), np.uint8)
    for query in range(31):
        for key in range(31):
            at = query * side // 31, key * side // 31
            expected[at] = max(expected[at], matrix[query, key])
    assert np.array_equal(small, expected)


@given(
    whole=st.integers(8, 256),
    factor=st.floats(0.2, 4),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    data=st.data(),
)
def test_a_zoom_stays_inside_and_keeps_the_cell_under_the_mouse(whole, factor, at, data) -> None:
    span = data.draw(st.integers(8, whole))
    start = Zoom(
        data.draw(st.integers(0, whole - span)), data.draw(st.integers(0, whole - span)), span
    )
    found = zoomed(start, factor, at, whole)
    assert 8 <= found.span <= whole
    assert 0 <= found.query <= whole - found.span
    assert 0 <= found.key <= whole - found.span
    if found.span < span:
        assert abs((found.query + at[0] * found.span) - (start.query + at[0] * span)) <= 1
        assert abs((found.key + at[1] * found.span) - (start.key + at[1] * span)) <= 1


def test_a_zoom_follows_a_row_no_further_than_needed() -> None:
    assert reaching(Zoom(10, 5, 20), 15, 100) == Zoom(10, 5, 20)
    assert reaching(Zoom(10, 5, 20), 40, 100) == Zoom(21, 16, 20)
    assert reaching(Zoom(10, 5, 20), 4, 100) == Zoom(4, 0, 20)
    assert moved(Zoom(95, -3, 20), 100) == Zoom(80, 0, 20)


def test_labels_are_thinned_and_stay_with_their_token() -> None:
    assert list(shown_labels(0, 5, 0.4)) == [0, 1, 2, 3, 4]
    assert list(shown_labels(3, 10, 3.2)) == [4, 8, 12]
    assert set(shown_labels(0, 20, 3.2)) <= set(shown_labels(0, 30, 3.2))


@pytest.mark.parametrize("gamma", [ROOT, LINEAR, 0.3])
@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (np.full((2, 2), np.nan, np.float32), 0),
        (np.zeros((2, 2), np.float16), 1),
        (np.ones((2, 2), np.float16), 255),
        (np.ones((2, 2), np.int64), 255),
        (np.full((2, 2), 2**62), 255),
        (np.full((2, 2), np.inf), 255),
        (np.full((2, 2), -1e308), 1),
        (np.zeros((0, 0), np.float32), None),
        (np.zeros((3, 0)), None),
    ],
)
def test_numbers_of_any_type_and_size_are_levels(gamma, weights, expected) -> None:
    found = levels(weights, gamma)
    assert found.dtype == np.uint8 and found.shape == weights.shape
    assert expected is None or (found == expected).all()


@pytest.mark.parametrize(
    ("size", "span", "wide"), [(10, 12, 100.5), (12, 12, 5.9), (900, 1000, 340)]
)
def test_bars_that_share_a_pixel_keep_the_highest(size: int, span: int, wide: float) -> None:
    values = np.random.default_rng(3).random(size)
    heights, width = columns(values, wide, span)
    if span <= wide:
        assert heights is values and width * span == pytest.approx(wide)
        return
    assert len(heights) == -(-size * int(wide) // span) and width * int(wide) == pytest.approx(wide)
    for at, value in enumerate(values.tolist()):
        assert heights[at * int(wide) // span] >= value
    assert set(heights.tolist()) <= set(values.tolist())


@pytest.mark.parametrize("side", [7, 12, 60])
@pytest.mark.parametrize("most", [1, 5, 100])
def test_an_overview_made_in_parts_is_the_same(side: int, most: int) -> None:
    trace, found = made_up(23), None
    for _ in range(-(-23 // most)):
        found = overview(trace, 64, side, 2, found, (), most)
    whole = overview(trace, 64, side, 2, None)
    assert found.steps == trace.steps
    np.testing.assert_array_equal(found.levels, whole.levels)
