"""Where the line would have gone elsewhere: the same answer as drawing every step again."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from explorer.engine import sampling as stages
from explorer.engine.sampling import Sampling
from explorer.lens.whatif import brief, explain, turn
from explorer.session import moves
from explorer.session.snapshot import Snapshot


def searched(s: Snapshot) -> tuple[int, int] | None:
    """(position, token) of the first draw that differs, found by drawing every step again."""
    line = s.timeline.line()
    for before, index in itertools.pairwise(line):
        node, trace = s.timeline.nodes[index], s.timeline.nodes[before].trace
        if node.draw.forced:
            continue
        again = stages.draw(trace.steps[-1].logits, s.sampling, trace.ids, len(trace))
        if again.token != node.draw.token:
            return len(trace), again.token
    return None


CHANGES = [
    {"temperature": 0.0},
    {"temperature": 0.79},
    {"temperature": 0.6},
    {"temperature": 1.4},
    {"temperature": 3.0},
    {"top_k": 3},
    {"top_p": 0.7},
    {"top_p": 0.95, "repetition_penalty": 1.02},
    {"min_p": 0.1},
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.9},
    {"seed": 9},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("steps", [12, 60])
def test_the_first_turn_is_that_of_drawing_every_step_again(
    story, change: dict[str, float], steps: int
) -> None:
    s = story(steps)
    s = moves.sample_with(s, replace(s.sampling, **change))
    found = turn(s)
    expected = searched(s)
    assert (None if found is None else (found.position, found.now.token)) == expected
    if found is not None:
        assert moves.next_draw(moves.seek(s, found.node)) == found.now
        assert found.was is s.timeline.nodes[s.timeline.line()[found.position - 5]].draw


def test_settings_that_changed_nothing_turn_nothing(story) -> None:
    assert turn(story(12)) is None
    assert turn(moves.back(story(12))) is None
    assert turn(Snapshot()) is None
    assert turn(moves.heat(story(0), 5.0)) is None


def test_a_forced_token_is_no_turn(story, reader) -> None:
    s = story(0)
    draw = moves.forced_draw(s, moves.token_at_rank(s, 40))
    s = moves.advance(s, 0, reader.read(s.timeline.node.trace, [draw.token], s.edits), draw)
    assert turn(moves.sample_with(s, Sampling(temperature=0.05))) is None


def test_the_turn_is_explained_with_setting_token_and_probability(story) -> None:
    s = moves.heat(story(20), 3.0)
    found = turn(s)
    said = explain(s, found)
    assert said.startswith("At T = 3 the dice would choose “")
    assert s.model.labels[found.now.token] in said
    assert f"instead of “{s.model.labels[found.was.token]}”" in said
    assert "at T = 3" in brief(s, found)
