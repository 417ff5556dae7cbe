"""Edits in words, and the next token before and after in numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.edits import EVERY, Edits, Off, Patch, Sharpening, Steering, heads_off
from explorer.lens.experiments import badges, banner, comparison, place_words, sources
from explorer.session import experiments, moves
from explorer.session.findings import Before
from explorer.session.snapshot import Snapshot

EDITS = Edits(
    (Off("head", 2, 1), Off("mlp", 0, 0, "mean"), Off("block", 3), Off("neuron", 4, 17)),
    (Steering(3, (3.0, 4.0), 2.0, 5, False, "“a” − “b”"),),
    (Patch("z", 1, 4, (0.0,), 6, "“c”"),),
    (0, 1),
    (Sharpening(1, 4, 2.5), Sharpening(EVERY, EVERY, 0.5)),
)


@pytest.fixture(scope="module")
def edited(reader, story) -> Snapshot:
    s = story(4)
    *_, reread = experiments.reread(reader, s, heads_off((2, 1), (0, 3)))
    new = experiments.branch(s, reread)
    logits = s.timeline.node.trace.steps[-1].logits
    return experiments.compare(new, Before(new.timeline.node.trace.ids, logits))


def test_every_edit_has_a_badge_with_its_explanation() -> None:
    found = badges(replace(Snapshot(), edits=EDITS))
    assert [badge.text for badge in found] == [
        "L3 off", "L2 · H1 off", "L0 · MLP to its mean", "L4 · neuron 17 off",
        "all heads β × 0.5", "L1 · H4 β × 2.5", "steer L3 × 2",
        "patch L1 · H6 z at 4",
    ]  # fmt: skip
    assert [badge.edit for badge in found] == [
        *EDITS.off,
        *EDITS.sharpening,
        *EDITS.steering,
        *EDITS.patches,
    ]
    assert "norm 5" in found[6].tip and "at position 5" in found[6].tip
    assert "“c”" in found[7].tip
    assert "every head" in found[4].tip and "more tokens" in found[4].tip
    assert "sharpness of attention β" in found[5].tip and "fewer tokens" in found[5].tip


def test_the_banner_names_few_edits_and_counts_many() -> None:
    assert banner(Snapshot()) == ""
    two = replace(Snapshot(), edits=heads_off((0, 0), (1, 1)))
    assert banner(two) == "L0 · H0 off, L1 · H1 off"
    assert banner(replace(Snapshot(), edits=EDITS)) == "L3 off and 7 more edits"


def test_probabilities_and_the_divergence_are_those_of_the_logits(edited: Snapshot, story) -> None:
    found = comparison(edited)
    p, q = (
        np.exp(s.timeline.node.trace.steps[-1].logits.astype(np.float64))
        for s in (story(4), edited)
    )
    p, q = p / p.sum(), q / q.sum()
    for row in found.rows:
        assert row.before == pytest.approx(p[row.token], rel=1e-9)
        assert row.after == pytest.approx(q[row.token], rel=1e-9)
    assert found.divergence == pytest.approx(float((p * np.log(p / q)).sum()), rel=1e-6)
    assert found.divergence > 0
    shown = [row.token for row in found.rows]
    assert set(np.argsort(-np.maximum(p, q))[:8]) <= set(shown)
    assert set(np.argsort(-np.abs(p - q))[:5]) == {row.token for row in found.rows if row.moved}
    assert len(shown) == len(set(shown))


def test_without_edits_or_for_another_text_there_is_nothing_to_compare(
    edited: Snapshot, story
) -> None:
    assert comparison(story(4)) is None
    assert comparison(Snapshot()) is None
    assert comparison(moves.back(edited)) is None


def test_the_same_comparison_is_found_once(edited: Snapshot) -> None:
    assert comparison(edited) is comparison(moves.hover(edited, 2))


def test_the_ends_of_other_lines_can_be_sources(edited: Snapshot, story) -> None:
    ((node, text),) = sources(edited)
    assert node == story(4).timeline.cursor
    assert "edited" not in text and "10 tokens" in text
    home = moves.seek(edited, node)
    assert "edited" in sources(home)[0][1]
    assert sources(Snapshot()) == ()


def test_the_place_is_the_lit_position(edited: Snapshot) -> None:
    assert place_words(moves.select(edited, 2)) == "·cat (2)"
    assert place_words(Snapshot()) == ""
