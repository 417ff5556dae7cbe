"""The sentence that says what happens now."""

from __future__ import annotations

import pytest

from explorer.engine.edits import Edits, Off
from explorer.lens.narration import narrate, percent, place
from explorer.session import experiments, moves
from explorer.session.snapshot import Snapshot


@pytest.mark.parametrize(
    ("p", "text"),
    [(1.0, "100 %"), (0.434, "43 %"), (0.0312, "3.1 %"), (0.00051, "0.051 %"), (2e-7, "2.0e-07")],
)
def test_probabilities_are_said_as_people_say_them(p: float, text: str) -> None:
    assert percent(p) == text


def test_every_state_has_a_sentence(story) -> None:
    assert narrate(Snapshot())
    assert narrate(moves.working(Snapshot(), "Loading …")) == "Loading …"
    assert "6" not in narrate(story(0, prompt=""))
    assert "has read" in narrate(story(0))


def test_a_drawn_token_is_named_with_its_dice(story) -> None:
    s = story(3)
    draw = s.timeline.node.draw
    assert f"{draw.uniform:.3f}" in narrate(s)
    assert s.model.labels[draw.token] in narrate(s)


def test_a_token_chosen_by_hand_and_a_greedy_one_are_said_so(story) -> None:
    s = story(1)
    forced = moves.forced_draw(s, 5)
    assert "by hand" in narrate(moves.advance(s, 1, s.timeline.node.trace, forced))
    greedy = moves.next_draw(moves.heat(s, 0.0))
    assert "greedy" in narrate(moves.advance(s, 1, s.timeline.node.trace, greedy))


def test_the_reason_for_the_end_is_said(story) -> None:
    s = moves.limit_to(story(2), 2)
    assert "limit of 2" in narrate(s) or "stop token" in narrate(s)


def test_the_place_counts_the_begin_token(story) -> None:
    s = story(2)
    assert place(s) == f"{len(s.timeline.node.trace)} of {s.model.context} tokens"
    assert place(Snapshot()) == ""


def test_a_token_that_stood_before_the_edits_is_not_said_to_be_chosen_by_hand(
    reader, story
) -> None:
    s = story(8)
    *_, reread = experiments.reread(reader, s, Edits((Off("block", 1),)))
    edited = experiments.branch(s, reread)
    node = next(at for at in edited.timeline.line()[1:] if edited.timeline.nodes[at].draw.forced)
    assert "or before the edits" in narrate(moves.seek(edited, node))
