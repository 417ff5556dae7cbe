"""The tree as rows: probability and luck of each path, what changed, what is kept."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.lens.tree import FORMULAS, describe, probability, signed, summary, tree
from explorer.physics.boltzmann import token_energies
from explorer.session import branches, moves
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow


def branched(story, reader) -> Snapshot:
    """The demo story of 6 steps; a forced branch at the prompt; another temperature on it."""
    s = moves.seek(story(6), 0)
    draw = moves.forced_draw(s, moves.token_at_rank(s, 2))
    trace = reader.read(s.timeline.node.trace, [draw.token], s.edits)
    s = moves.advance(s, 0, trace, draw)
    for _ in range(3):
        s = grow(reader, s)
    s = moves.seek(s, s.timeline.cursor - 1)
    return grow(reader, moves.sample_with(s, replace(s.sampling, temperature=3.0, seed=11)))


def test_nothing_read_is_no_tree() -> None:
    assert tree(Snapshot()) is None
    assert summary(None)


def test_the_sums_are_those_of_the_formulas(story, reader) -> None:
    s = branched(story, reader)
    picture = tree(s)
    for row in picture.rows:
        line = s.timeline.line(row.segment.end)
        log_p = greedy = expected = 0.0
        for index in line[1:]:
            node = s.timeline.nodes[index]
            before = s.timeline.nodes[node.parent].trace.steps[-1]
            logs = -token_energies(before.logits)
            log_p += logs[node.draw.token]
            greedy += logs.max()
            expected += np.sum(np.exp(logs) * logs)
        assert row.log_p == pytest.approx(log_p, abs=1e-6)
        assert row.greedy == pytest.approx(greedy, abs=1e-6)
        assert row.expected == pytest.approx(expected, abs=1e-6)
        assert row.against_greedy <= 0
        assert row.tokens == len(line) - 1


def test_a_greedy_path_has_no_distance_from_the_greedy_path(story) -> None:
    row = tree(story(8, temperature=0.0)).rows[0]
    assert row.against_greedy == pytest.approx(0, abs=1e-5)


def test_luck_against_the_expected_value_is_zero_on_average(story) -> None:
    """E[ln p(x)] = -H at every step: the exact mean over the next token, at three steps."""
    for step in story(3).timeline.node.trace.steps[-3:]:
        logs = -token_energies(step.logits)
        p = np.exp(logs)
        assert np.sum(p * (logs + -np.sum(p * logs))) == pytest.approx(0, abs=1e-9)


def test_a_row_says_how_its_branch_began(story, reader) -> None:
    s = branched(story, reader)
    rows = tree(s).rows
    assert next((row.kind, row.why) for row in rows if row.segment.lane == 0) == ("prompt", "")
    forced = [row for row in rows if row.kind == "forced"]
    assert len(forced) == 1
    other = [row for row in rows if row.why]
    assert [row.why for row in other] == ["T 3, seed 11"]


def test_what_is_kept_from_the_picture_before_equals_what_is_made_anew(story, reader) -> None:
    s = branched(story, reader)
    picture = None
    states = [moves.seek(s, 0), s, branches.rename(s, 7, "x"), branches.prune(s, 7), s, story(2)]
    for state in states:
        picture, fresh = tree(state, picture), tree(state)
        assert np.array_equal(picture.sums, fresh.sums)
        assert (picture.on_line, picture.here, picture.read) == (
            fresh.on_line, fresh.here, fresh.read,
        )  # fmt: skip
        for mine, other in zip(picture.rows, fresh.rows, strict=True):
            assert (mine.segment, mine.words, mine.kind, mine.why, mine.name) == (
                other.segment, other.words, other.kind, other.why, other.name,
            )  # fmt: skip


def test_going_back_and_forth_makes_no_row_anew(story, reader) -> None:
    s = branched(story, reader)
    picture = tree(s)
    assert tree(moves.seek(s, 2), picture).rows is picture.rows


def test_the_cursor_splits_its_row(story) -> None:
    picture = tree(moves.seek(story(6), 2))
    assert (picture.here, picture.read) == (0, 3)
    assert "".join(picture.rows[0].words).startswith("The cat sat on the")


@pytest.mark.parametrize(
    ("log_p", "said"),
    [
        (0.0, "100 %"),
        (math.log(0.5), "50.0 %"),
        (math.log(1.24e-9), "1.2e-9"),
        (math.log(9.99e-5), "1.0e-4"),
        (-2000.0, "2.6e-869"),
    ],
)
def test_probabilities_are_said_even_where_the_machine_has_no_number(
    log_p: float, said: str
) -> None:
    assert probability(log_p) == said


def test_signs_are_shown() -> None:
    assert (signed(2.13), signed(-0.04), signed(-7.0)) == ("+2.1", "0", "−7.0")


def test_a_row_is_described_with_formulas_and_numbers(story, reader) -> None:
    picture = tree(branched(story, reader))
    said = describe(picture.rows[-1])
    for part in ("Σ ln p", "Σ max ln p", "−Σ H", "against greedy", "against expected"):
        assert part in said
    assert "3 branches" in summary(picture)
    assert set(FORMULAS) == {"path", "greedy", "expected"}
    only = tree(story(0))
    assert "nothing has been drawn" in describe(only.rows[0])
