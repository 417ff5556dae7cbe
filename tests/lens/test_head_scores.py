"""Scores of heads: their definitions on patterns made by hand, laws of rollout, order, search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.trace import Step, Trace
from explorer.lens.head_scores import (
    COLUMNS,
    head_scores,
    matching,
    reordered,
    rollout,
    score_text,
    summary,
    table,
)
from explorer.session.inside import HeadSearch


def made(ids: list[int], look: dict[int, int] | None = None, heads: int = 2) -> Trace:
    """A trace whose last head looks where `look` says (query to key), the others at all alike."""
    steps = []
    for position, token in enumerate(ids):
        weights = np.full((1, heads, position + 1), 1 / (position + 1), np.float32)
        key = (look or {}).get(position)
        if key is not None:
            weights[0, -1] = 0
            weights[0, -1, key] = 1
        zeros = np.zeros((1, heads, 2), np.float32)
        steps.append(Step(token, np.zeros(3, np.float32), weights, np.zeros((2, 4), np.float32),
                          zeros, zeros.copy()))  # fmt: skip
    return Trace(tuple(steps))


def test_a_head_that_looks_at_the_token_before_has_score_one() -> None:
    found = head_scores(made([1, 2, 3, 4], {1: 0, 2: 1, 3: 2}))
    assert found.score("previous")[0, 1] == 1
    assert found.score("previous")[0, 0] == pytest.approx((1 / 2 + 1 / 3 + 1 / 4) / 3)
    assert found.score("entropy")[0, 1] == 0
    assert found.score("entropy")[0, 0] == pytest.approx(np.log([2, 3, 4]).mean())
    assert found.score("first")[0, 1] == pytest.approx(1 / 3)


def test_an_induction_head_looks_at_what_came_after_the_same_token() -> None:
    """In A B C A B the second A looks at B, the second B at C."""
    found = head_scores(made([1, 2, 3, 1, 2], {3: 1, 4: 2}))
    assert found.score("induction")[0, 1] == 1
    assert found.defined("induction") == 2
    assert found.score("duplicate")[0, 1] == 0
    assert found.score("duplicate")[0, 0] == pytest.approx((1 / 4 + 1 / 5) / 2)


def test_a_duplicate_token_head_looks_at_the_same_token() -> None:
    found = head_scores(made([1, 2, 3, 1, 2], {3: 0, 4: 1}))
    assert found.score("duplicate")[0, 1] == 1
    assert found.score("induction")[0, 1] == 0


def test_the_token_itself_is_no_earlier_one() -> None:
    """In A A the key after the first A is the query itself: no induction is defined."""
    found = head_scores(made([1, 1], {1: 1}))
    assert np.isnan(found.score("induction")).all()
    assert found.defined("duplicate") == 1


def test_without_repeats_there_is_no_score_and_a_dash_says_so() -> None:
    found = head_scores(made([1, 2, 3]))
    assert np.isnan(found.score("duplicate")).all()
    assert score_text("duplicate", float("nan")) == "–"
    assert np.isnan(head_scores(made([1])).means).all()


def test_scores_of_the_shipped_model_agree_with_the_formulas_written_out(story) -> None:
    trace = story(40).timeline.node.trace
    found, ids = head_scores(trace), trace.ids
    expected: dict[str, list[np.ndarray]] = {name: [] for name in COLUMNS}
    for i in range(1, len(ids)):
        A = trace.steps[i].attention.astype(float)
        expected["entropy"].append(-(A * np.log(A, where=A > 0, out=np.zeros_like(A))).sum(-1))
        expected["first"].append(A[:, :, 0])
        expected["previous"].append(A[:, :, i - 1])
        same = [j for j in range(i) if ids[j] == ids[i]]
        after = [j for j in range(1, i) if ids[j - 1] == ids[i]]
        for name, keys in (("duplicate", same), ("induction", after)):
            if keys:
                expected[name].append(A[:, :, keys].sum(-1))
    for name, rows in expected.items():
        np.testing.assert_allclose(found.score(name), np.mean(rows, 0), atol=1e-5)
        assert found.defined(name) == len(rows)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20))
def test_going_on_and_back_gives_what_a_fresh_start_gives(story, one: int, other: int) -> None:
    trace = story(20).timeline.node.trace
    first = head_scores(Trace(trace.steps[:one]))
    walked, fresh = head_scores(Trace(trace.steps[:other]), first), head_scores(
        Trace(trace.steps[:other])
    )  # fmt: skip
    np.testing.assert_array_equal(walked.rows, fresh.rows)
    np.testing.assert_array_equal(walked.mixing, fresh.mixing)


def test_rollout_is_a_share_of_each_token(story) -> None:
    trace = story(20).timeline.node.trace
    found = head_scores(trace)
    for position in (0, 1, 9, len(trace) - 1):
        row = rollout(found, position)
        assert row.shape == (position + 1,)
        assert row.sum() == pytest.approx(1, abs=1e-5)
        assert (row >= 0).all()


def test_rollout_is_the_product_of_the_paper(story) -> None:
    trace = story(10).timeline.node.trace
    size = len(trace)
    product = np.eye(size)
    for layer in range(6):
        mean = np.nan_to_num(np.mean([trace.attention(layer, h) for h in range(8)], axis=0))
        product = (0.5 * mean + 0.5 * np.eye(size)) @ product
    for position in (3, size - 1):
        expected = product[position, : position + 1]
        np.testing.assert_allclose(rollout(head_scores(trace), position), expected, atol=1e-6)


@pytest.mark.parametrize("order", COLUMNS)
@pytest.mark.parametrize("rising", [False, True])
def test_the_table_is_sorted_by_any_column(story, order: str, rising: bool) -> None:
    lines, note = table(head_scores(story(30).timeline.node.trace), HeadSearch(order, rising))
    values = [line.scores[COLUMNS.index(order)] for line in lines]
    assert len(lines) == 48
    assert note == ""
    assert values == sorted(values, reverse=not rising)


def test_by_head_the_table_stands_in_the_order_of_the_network(story) -> None:
    lines, _ = table(head_scores(story(3).timeline.node.trace), HeadSearch("head", True))
    assert [(line.layer, line.head) for line in lines][:9] == [*((0, h) for h in range(8)), (1, 0)]


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 48), ("L2", 8), ("H1", 6), ("L2 H1", 1), ("l2h1", 1), ("2.1", 1), ("L9", 0)],
)
def test_heads_are_found_by_their_place(story, text: str, count: int) -> None:
    keep, note = matching(head_scores(story(10).timeline.node.trace), text)
    assert keep.sum() == count
    assert bool(note) == (count == 0)


@pytest.mark.parametrize(
    ("text", "column", "admits"),
    [
        ("induction > 0.1", "induction", lambda values: values > 0.1),
        ("ind>.1", "induction", lambda values: values > 0.1),
        ("entropy<=1.5", "entropy", lambda values: values <= 1.5),
        ("PREV < 0.2", "previous", lambda values: values < 0.2),
    ],
)
def test_heads_are_found_by_their_scores(story, text: str, column: str, admits) -> None:
    found = head_scores(story(40).timeline.node.trace)
    keep, _ = matching(found, text)
    np.testing.assert_array_equal(keep, admits(found.score(column)))
    both, _ = matching(found, f"{text}, L3")
    np.testing.assert_array_equal(both, keep & (np.arange(6) == 3)[:, None])


@pytest.mark.parametrize("text", ["nonsense", "L2 what", "induction >", "foo > 1"])
def test_a_search_that_cannot_be_read_says_so(story, text: str) -> None:
    _, note = matching(head_scores(story(3).timeline.node.trace), text)
    assert "cannot be read" in note


def test_a_second_click_on_a_column_turns_the_order_round() -> None:
    search = reordered(HeadSearch("induction"), "entropy")
    assert search == HeadSearch("entropy", True)
    assert reordered(search, "entropy") == HeadSearch("entropy", False)
    assert reordered(search, "previous").rising is False


def test_the_summary_names_the_first_head(story) -> None:
    said = summary(head_scores(story(10).timeline.node.trace), HeadSearch("head", True))
    assert "layer 0, head 0" in said
