"""Where the line would have gone elsewhere: the same answer as drawing every step again."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from explorer.engine import sampling as stages
from explorer.engine.sampling import Sampling
from explorer.lens.whatif import brief, explain, known, pending, search, turn
from explorer.session import experiments, moves
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow


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


def foreseen(s: Snapshot) -> Snapshot:
    """With the line searched for its turn."""
    *_, found = search(s)
    return experiments.foresee(s, found)


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
    s = foreseen(moves.sample_with(s, replace(s.sampling, **change)))
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
    assert turn(foreseen(moves.sample_with(s, Sampling(temperature=0.05)))) is None


def test_the_turn_is_explained_with_setting_token_and_probability(story) -> None:
    s = foreseen(moves.heat(story(20), 3.0))
    found = turn(s)
    said = explain(s, found)
    assert said.startswith("At T = 3 the dice would choose “")
    assert s.model.labels[found.now.token] in said
    assert f"instead of “{s.model.labels[found.was.token]}”" in said
    assert "at T = 3" in brief(s, found)


def test_settings_under_which_all_was_drawn_need_no_search(story) -> None:
    s = story(12)
    assert not pending(s) and not pending(Snapshot())
    assert pending(moves.heat(s, 0.2))
    assert not pending(moves.heat(moves.heat(s, 0.2), s.sampling.temperature))


@pytest.mark.parametrize("temperature", [0.0, 0.81, 3.0])
def test_what_was_found_holds_for_the_longer_line_and_not_for_another(
    story, reader, temperature: float
) -> None:
    s = foreseen(moves.heat(story(12, temperature=0.8), temperature))
    longer = grow(reader, s)
    assert not pending(longer) and known(longer) is known(s)
    assert turn(longer) == turn(s)
    colder = moves.heat(longer, 0.3)
    assert pending(colder) and turn(colder) is None
    *_, again = search(colder)
    *_, fresh = search(replace(colder, findings=Snapshot().findings))
    assert (again.place, again.now) == (fresh.place, fresh.now)
    assert not pending(moves.back(moves.back(s)))
