"""What is said about a head: the lit row, its entropy, the keys that carry it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.edits import heads_off
from explorer.lens.attention import (
    chosen_head,
    describe_cell,
    describe_row,
    describe_tile,
    head_matrix,
    head_row,
    lit_row,
    named,
    row_words,
    sharpness,
    weight_text,
)
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Timeline


def with_row(s: Snapshot, weights: list[float]) -> Snapshot:
    """The story with the last row of every head replaced by made-up weights."""
    node = s.timeline.node
    last = node.trace.steps[-1]
    rows = np.broadcast_to(np.array(weights, np.float32), last.attention.shape).copy()
    trace = replace(node.trace, steps=(*node.trace.steps[:-1], replace(last, attention=rows)))
    return replace(s, timeline=Timeline((replace(node, trace=trace),), 0, 0))


def test_hover_lights_before_selection_before_the_last_token(story) -> None:
    s = story(3)
    last = len(s.timeline.node.trace) - 1
    assert lit_row(s) == last
    assert lit_row(moves.select(s, 2)) == 2
    assert lit_row(moves.hover(moves.select(s, 2), 4)) == 4


def test_a_hover_beyond_the_cursor_lights_nothing_new(story) -> None:
    s = moves.hover(moves.select(story(1), 2), 200)
    assert lit_row(s) == 2


def test_without_a_text_there_is_nothing_to_say(story) -> None:
    for empty in (Snapshot(), moves.load(Snapshot(), story(0).model)):
        assert lit_row(empty) is None
        assert head_matrix(empty) is None
        assert head_row(empty, 0, 0) is None
        assert describe_tile(empty, 0, 0) == ""


@pytest.mark.parametrize("head", [(0, 0), (1, 2)])
def test_a_matrix_made_from_an_older_one_is_the_same(story, head) -> None:
    s = story(4)
    old = head_matrix(moves.back(moves.back(s)))
    now = moves.look_at(s, *head)
    for then, before in ((now, old), (moves.back(now), head_matrix(s))):
        fresh, kept = head_matrix(then), head_matrix(then, before)
        np.testing.assert_array_equal(kept.weights, fresh.weights)
        assert kept.labels == fresh.labels


def test_the_matrix_is_that_of_the_chosen_head_at_the_cursor(story) -> None:
    s = moves.look_at(story(3), 2, 5)
    matrix = head_matrix(s)
    assert (matrix.layer, matrix.head) == chosen_head(s) == (2, 5)
    trace = s.timeline.node.trace
    np.testing.assert_array_equal(matrix.weights, trace.attention(2, 5))
    assert len(matrix.labels) == len(trace)
    back = head_matrix(moves.back(s))
    assert len(back.labels) == len(matrix.labels) - 1


def test_a_row_knows_its_entropy_and_its_strongest_keys(story) -> None:
    s = story(0)
    size = len(s.timeline.node.trace)
    assert size >= 5
    weights = [0.5, 0.25, 0.15, 0.07, 0.03] + [0.0] * (size - 5)
    row = head_row(with_row(s, weights), 1, 2)
    assert row.entropy == pytest.approx(1.269060, abs=1e-5)
    assert row.k90 == 3
    assert row.top == (0, 1, 2, 3, 4)
    assert row.position == size - 1


def test_ten_equal_weights_reach_ninety_percent_with_nine(story) -> None:
    s = story(20)
    while len(s.timeline.node.trace) != 10:
        s = moves.back(s)
    row = head_row(with_row(s, [0.1] * 10), 0, 0)
    assert row.k90 == 9
    assert row.entropy == pytest.approx(np.log(10), abs=1e-5)


def test_the_tip_of_a_tile_says_where_how_spread_and_how_many(story) -> None:
    s = story(0)
    size = len(s.timeline.node.trace)
    s = with_row(s, [0.03, 0.43, 0.27, 0.27] + [0.0] * (size - 4))
    tip = describe_tile(s, 2, 5)
    assert tip == describe_row(s, head_row(s, 2, 5))
    assert tip.startswith(f"layer 2, head 5: {named(s, size - 1)} puts 43 % on {named(s, 1)}")
    assert tip.endswith("nats; 3 tokens carry 90 %")


def test_the_tip_of_a_cell_gives_the_exact_weight_and_both_tokens(story) -> None:
    s = moves.look_at(story(2), 1, 3)
    weight = s.timeline.node.trace.steps[4].attention[1, 3, 2]
    text = describe_cell(s, 4, 2)
    assert text.startswith(f"attention {weight_text(weight)} of query {named(s, 4)}")
    assert named(s, 2) in text
    assert row_words(s, head_row(s, 1, 3), (4, 2)) == text.split("\n")[0]
    assert "comes after" in describe_cell(s, 2, 4)


def test_a_head_that_is_switched_off_is_said_to_be(story) -> None:
    s = moves.edit(story(1), heads_off((1, 2)))
    assert "switched off" in describe_tile(s, 1, 2)
    assert "switched off" not in describe_tile(s, 1, 3)
    assert "switched off" in row_words(s, head_row(s, 1, 2), None)


def test_small_weights_are_not_written_as_zero() -> None:
    assert weight_text(0.43121) == "0.4312"
    assert weight_text(3.2e-6) == "3.2e-06"


def test_the_sharpness_is_never_called_a_temperature(story) -> None:
    text = sharpness(story(0).model)
    assert "sharpness of attention β" in text
    assert "temperature" not in text
