"""The outline says where we are; the inspector explains an entry with numbers that add up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.anatomy import GPT2
from explorer.engine.passage import passage
from explorer.engine.reader import open_model
from explorer.lens.inside import (
    as_grid,
    cell_of,
    describe_entry,
    entry_of,
    inspected_position,
    inspector,
    moved_entry,
    outline,
    valid_entry,
)
from explorer.session import inside, moves
from explorer.session.snapshot import Snapshot
from explorer.session.story import open_story

NAMES = passage(GPT2).names(6)


@pytest.fixture(scope="module")
def opened(reader, story):
    """`opened(name, entry)` is the snapshot and the inspector of one activation."""
    s = story(12)
    trace = s.timeline.node.trace
    inspection = reader.inspect(trace, len(trace) - 1)

    def look(name: str, entry=None):
        at = inside.choose_entry(inside.go(s, name), name, entry)
        return at, inspector(at, inspection)

    return look


def test_the_outline_folds_all_blocks_but_the_one_where_we_are(story) -> None:
    s = story(0)
    folded = outline(s)
    assert [row.title for row in folded][:3] == ["Token embedding", "Position embedding", "Block 0"]
    assert len(folded) == 2 + 6 + 3
    deep = outline(inside.go(s, "blocks.2.z"))
    assert len(deep) == len(folded) + 15
    assert [row.name for row in deep if row.here] == ["blocks.2.z"]
    assert [row.layer for row in deep if row.around] == [2]
    assert len(outline(inside.fold(s, 4))) == len(folded) + 15
    assert outline(Snapshot()) == ()


@pytest.mark.parametrize("name", NAMES)
def test_exactly_one_row_is_marked_everywhere(story, name: str) -> None:
    rows = outline(inside.go(story(0), name))
    assert [row.name for row in rows if row.here] == [name]


def test_the_position_is_the_selected_token_or_the_last(story) -> None:
    s = story(5)
    assert inspected_position(s) == len(s.timeline.node.trace) - 1
    assert inspected_position(moves.select(s, 2)) == 2
    assert inspected_position(moves.hover(s, 2)) == inspected_position(s)
    assert inspected_position(Snapshot()) is None


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_the_numbers_on_screen_add_up_to_the_entry(opened, data) -> None:
    """The largest addends, the rest and the offset sum to the value that the array holds."""
    name = data.draw(st.sampled_from(NAMES))
    _, picture = opened(name)
    entry = tuple(data.draw(st.integers(0, size - 1)) for size in picture.activation.shape)
    _, picture = opened(name, entry)
    assert picture.entry == entry
    value = float(picture.activation.values[entry])
    assert picture.sum.value == pytest.approx(value, abs=3e-5)
    if picture.sum.addends:
        total = sum(one.amount for one in picture.sum.addends) + picture.sum.rest
        assert total + (picture.sum.offset or 0.0) == pytest.approx(value, abs=3e-5)
        largest = [abs(one.amount) for one in picture.sum.addends]
        assert len(largest) + picture.sum.others == len(picture.activation.fill(entry).products)


def test_the_equation_can_be_worked_out_by_hand(opened) -> None:
    """The printed text itself, read as arithmetic, gives the printed value to its digits."""
    _, picture = opened("blocks.2.q", (1, 3))
    left, right = picture.sum.equation.removeprefix("= ").rsplit(" = ", 1)
    assert "315 more" not in left
    assert "[314 more:" in left
    total = 0.0
    for part in left.split(" + "):
        factors = re.sub(r"\[\d+ more: (.*)\]", r"\1", part).replace("−", "-")
        product = 1.0
        for factor in factors.split(" × "):
            product *= float(factor.strip("()"))
        total += product
    assert total == pytest.approx(float(right), abs=2e-3)


def test_without_a_choice_the_largest_entry_is_explained(opened) -> None:
    _, picture = opened("blocks.3.mlp_post")
    assert abs(picture.activation.values[picture.entry]) == picture.scale


def test_an_entry_outside_the_array_is_brought_into_it() -> None:
    values = np.zeros((2, 3), np.float32)
    assert valid_entry(values, (5, 7)) == (1, 2)
    assert valid_entry(values, (1,)) == (0, 0)


@pytest.mark.parametrize(
    ("size", "shape"), [(320, (8, 40)), (1280, (32, 40)), (4096, (64, 64)), (7, (3, 3))]
)
def test_one_axis_is_wrapped_into_rows(size: int, shape: tuple[int, int]) -> None:
    grid = as_grid(np.arange(size, dtype=np.float32), 40)
    assert grid.shape == shape
    flat = grid.reshape(-1)
    np.testing.assert_array_equal(flat[:size], np.arange(size))
    assert np.isnan(flat[size:]).all()


@pytest.mark.parametrize("name", ["embed", "blocks.0.pattern", "blocks.0.mlp_pre", "logits"])
def test_cells_and_entries_belong_to_each_other(opened, name: str) -> None:
    _, picture = opened(name)
    rows, columns = picture.grid.shape
    seen = {entry_of(picture, row, column) for row in range(rows) for column in range(columns)}
    assert len(seen - {None}) == picture.activation.values.size
    for entry in list(seen - {None})[::97]:
        row, column = cell_of(picture, entry)
        assert picture.grid[row, column] == picture.activation.values[entry]
    assert entry_of(picture, rows, 0) is None
    assert moved_entry(picture, -rows, 0) == picture.entry


def test_the_histogram_counts_every_value(opened) -> None:
    for name in ("blocks.1.resid_post", "logits", "blocks.0.pattern"):
        _, picture = opened(name)
        assert picture.counts.sum() == picture.activation.values.size


def test_keys_and_tokens_are_named_by_their_text(opened) -> None:
    s, picture = opened("blocks.2.pattern", (1, 2))
    trace = s.timeline.node.trace
    assert picture.where == f"head h = 1, key s = 2 {s.model.labels[trace.steps[2].token]}"
    said = describe_entry(picture, (1, 2), s.model, trace)
    assert float(said.split("\n")[1]) == pytest.approx(float(trace.steps[-1].attention[2, 1, 2]))
    s, picture = opened("logits", (40,))
    assert picture.where == f"token t = 40 {s.model.labels[40]}"
    _, mixed = opened("blocks.2.z", (1, 5))
    assert "(" in mixed.sum.addends[0].name


def test_keys_before_a_window_are_absent_and_the_others_keep_their_positions(
    family_folder: Callable[[str], Path],
) -> None:
    reader = open_model(family_folder("mistral"))
    s = open_story(reader, Snapshot(), "there where the cat sat")
    trace = s.timeline.node.trace
    last = len(trace) - 1
    inspection = reader.inspect(trace, last)
    found = inspector(inside.choose_entry(inside.go(s, "blocks.1.pattern"), "pattern", (2, 0)),
                      inspection)  # fmt: skip
    assert found.grid.shape == (4, 8)
    assert ("keys", f"{last - 7} … {last}") in found.facts
    assert f"key s = {last - 7} " in found.where
    mixed = inspector(inside.go(s, "blocks.1.z"), inspection)
    positions = [int(one.name.rpartition("(")[2].rstrip(")")) for one in mixed.sum.addends]
    assert min(positions) >= last - 7 and max(positions) <= last


def test_a_capped_sum_is_written_with_its_cap(family_folder: Callable[[str], Path]) -> None:
    reader = open_model(family_folder("gemma2"))
    s = open_story(reader, Snapshot(), "there where the cat sat")
    inspection = reader.inspect(s.timeline.node.trace, 3)
    scores = inspector(inside.go(s, "blocks.1.attn_scores"), inspection)
    logits = inspector(inside.go(s, "logits"), inspection)
    assert scores.sum.equation.startswith("= 2 × tanh((") and ") / 2) = " in scores.sum.equation
    assert logits.sum.equation.startswith("= 3 × tanh((")
    assert inspector(inside.go(s, "blocks.1.k"), inspection).where.startswith("key group g = ")
