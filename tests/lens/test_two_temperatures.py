"""Sharpness and sampling temperature against the unturned text: numbers of the logits, laws."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from explorer.engine.edits import NO_EDITS
from explorer.engine.reader import LocalReader
from explorer.engine.trace import Trace
from explorer.lens.two_temperatures import (
    ROWS,
    Seen,
    TwoTemperatures,
    beta_words,
    describe,
    explain,
    explain_key,
    factor_at,
    place,
    seen,
    state_words,
    two_temperatures,
)
from explorer.session import experiments, moves, sharpness
from explorer.session.sharpness import FLATTEST, SHARPEST
from explorer.session.snapshot import Snapshot


@pytest.fixture(scope="module")
def tried(story) -> Snapshot:
    """A text with a head made four times as sharp beside it, at T = 1.5."""
    return sharpness.turn(moves.heat(moves.look_at(story(6), 2, 1), 1.5), 4.0)


def compared(reader: LocalReader, s: Snapshot) -> TwoTemperatures:
    ids, head = s.timeline.node.trace.ids, (s.look.layer, s.look.head)
    plain, sharp = (
        seen(s, edits, sharpness.read_under(reader, ids, edits, *head))
        for edits in (sharpness.unturned(s), sharpness.turned(s))
    )
    assert plain is not None and sharp is not None
    found = two_temperatures(s, plain, sharp)
    assert found is not None
    return found


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    wide = logits.astype(np.float64) / temperature
    weights = np.exp(wide - wide.max())
    return weights / weights.sum()


def test_each_chart_turns_one_thing_only(reader: LocalReader, tried: Snapshot) -> None:
    found = compared(reader, tried)
    trace = tried.timeline.node.trace
    edits = sharpness.turned(tried)
    other = reader.read(Trace((), edits), trace.ids, edits)
    plain = softmax(trace.steps[-1].logits)
    warm = softmax(trace.steps[-1].logits, 1.5)
    sharp = softmax(other.steps[-1].logits)
    assert len(found.rows) == ROWS
    for row in found.rows:
        assert row.plain == pytest.approx(plain[row.token], rel=1e-6)
        assert row.warm == pytest.approx(warm[row.token], rel=1e-6)
        assert row.sharp == pytest.approx(sharp[row.token], rel=1e-3)
    assert [row.plain for row in found.rows] == sorted((r.plain for r in found.rows), reverse=True)
    assert int(plain.argmax()) == found.rows[0].token
    np.testing.assert_allclose(found.head.before, trace.steps[-1].attention[2, 1])
    np.testing.assert_allclose(found.head.after, other.steps[-1].attention[2, 1], atol=1e-5)
    assert found.warm.entropy > found.plain
    assert found.sharp.divergence > 0 and found.warm.divergence > 0


@pytest.mark.parametrize("temperature", [0.05, 0.3, 0.9, 2.0, 5.0])
def test_the_sampling_temperature_never_changes_the_order(tried, temperature: float) -> None:
    s = moves.heat(tried, temperature)
    found = two_temperatures(s, seen(s, NO_EDITS, None), None)
    by_plain = [row.token for row in sorted(found.rows, key=lambda row: -row.plain)]
    by_warm = [row.token for row in sorted(found.rows, key=lambda row: (-row.warm, -row.plain))]
    assert by_plain == by_warm


def test_greedy_is_all_on_one_token(tried) -> None:
    s = moves.heat(tried, 0.0)
    found = two_temperatures(s, seen(s, NO_EDITS, None), None)
    assert found.rows[0].warm == 1.0 and found.warm.entropy == 0.0


def test_nothing_turned_is_nothing_changed(reader: LocalReader, story) -> None:
    s = moves.heat(moves.look_at(story(4), 1, 3), 1.0)
    plain = seen(s, sharpness.turned(s), None)
    found = two_temperatures(s, plain, plain)
    for row in found.rows:
        assert row.plain == row.sharp == row.warm
    assert found.sharp.divergence == found.warm.divergence == 0.0
    assert state_words(s) == "as the network is"


def test_while_the_text_is_read_the_other_chart_stands(tried) -> None:
    found = two_temperatures(tried, seen(tried, NO_EDITS, None), None)
    assert found.sharp is None and found.head.after is None
    assert all(math.isnan(row.sharp) for row in found.rows)
    assert "being read" in describe(found) and "being read" in explain(found, found.rows[0])
    assert "being read" in explain_key(found.head, 0)


def test_the_lit_row_is_drawn_without_reading_again(reader: LocalReader, tried: Snapshot) -> None:
    s = moves.select(tried, 3)
    found = compared(reader, s)
    assert len(found.head.before) == len(found.head.after) == len(found.head.labels) == 4
    np.testing.assert_allclose(found.head.before, s.timeline.node.trace.steps[3].attention[2, 1])


def test_a_kept_sharpness_is_compared_with_the_text_without_it(
    reader: LocalReader, tried: Snapshot
) -> None:
    edits = sharpness.turned(tried)
    *_, reread = experiments.reread(reader, tried, edits)
    s = experiments.branch(tried, reread)
    assert seen(s, edits, None) is not None  # the text itself
    assert seen(s, NO_EDITS, None) is None
    before, after = compared(reader, tried), compared(reader, s)
    for one, other in zip(before.rows, after.rows, strict=True):
        assert one.token == other.token
        assert one.plain == pytest.approx(other.plain, rel=1e-3)
        assert one.sharp == pytest.approx(other.sharp, rel=1e-3)
    assert state_words(tried) == "tried out" and state_words(s) == "in the text"
    assert state_words(sharpness.turn(s, 2.0)) == "tried out, × 4 in the text"


def test_numbers_that_are_not_finite_are_no_picture(tried) -> None:
    good = seen(tried, NO_EDITS, None)
    bad = Seen(np.full_like(good.logits, np.nan), good.row)
    assert two_temperatures(tried, bad, None) is None
    assert two_temperatures(tried, good, bad) is None


def test_words_give_beta_its_temperature_and_its_rule(tried, story) -> None:
    width = tried.model.head_width
    beta = 4 / math.sqrt(width)
    assert beta_words(tried) == f"β = 4 × 1/√{width} = {beta:.3g}, 1/β = {1 / beta:.3g}"
    assert beta_words(tried, short=True) == f"β = {beta:.3g}, 1/β = {1 / beta:.3g}"
    assert beta_words(moves.look_at(tried, 0, 0)).startswith(f"β = 1/√{width} = ")
    scaled = replace(tried, model=replace(tried.model, scale=0.25))
    assert beta_words(scaled) == "β = 4 × 0.25 = 1, 1/β = 1"


@given(st.floats(0, 1))
@example(0.505859375)
def test_the_slider_reads_what_it_writes(share: float) -> None:
    factor = factor_at(share)
    assert FLATTEST * 0.999 <= factor <= SHARPEST * 1.001
    assert place(factor) == pytest.approx(share, abs=0.006)
    assert factor_at(place(factor)) == pytest.approx(factor, rel=0.01)


def test_a_place_near_one_is_one() -> None:
    assert factor_at(0.5) == factor_at(0.503) == 1.0
    assert factor_at(-3.0) == pytest.approx(FLATTEST) and factor_at(9.0) == SHARPEST
