"""What is drawn of the four memories, and the curve where they meet."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.capabilities import only_probabilities
from explorer.engine.reader import open_model
from explorer.lens.bridge import EMPTY, absent, describe_bar, frame, narrate, place, proof, rows
from explorer.lens.bridge_curve import bridge_curve, pair_sharpness, sharpness_at
from explorer.physics.information import smallest_support
from explorer.session.bridge import moves
from explorer.session.bridge.head import head_of, why_no_head
from explorer.session.snapshot import Snapshot
from explorer.session.story import open_story


@pytest.fixture
def s(story):
    return moves.follow(moves.opened(), head_of(story(6)))


def test_four_rows_have_the_same_columns(s) -> None:
    shown = rows(s)
    assert [row.kind for row in shown] == ["hopfield", "dense", "modern", "head"]
    for row in shown:
        assert row.query.shape == row.retrieved.shape == row.stored.shape[1:]
        assert len(row.weights) == len(row.names) == len(row.stored) == len(row.similarities)
        assert np.abs(row.weights).sum() == pytest.approx(1.0)
        assert np.abs(row.stored).max() <= 1 and np.abs(row.query).max() <= 1 + 1e-9
        assert len(row.facts) == 3 and row.verdict


def test_the_goal_weighs_more_from_row_to_row(s) -> None:
    shares = [float(row.weights[row.goal]) for row in rows(s)[:3]]
    assert shares == sorted(shares) and shares[0] < 0.2 and shares[2] > 0.9


def test_without_a_text_the_last_row_is_empty_and_says_what_to_do() -> None:
    s = moves.opened()
    assert rows(s)[3] is None and proof(s) is None
    assert "Ctrl+Alt+1" in EMPTY


def test_the_proof_states_the_difference_that_it_measured(s) -> None:
    found = proof(moves.as_trained(s))
    assert found.exact < 1e-6 and found.now == found.exact
    assert f"{found.exact:.0e}" in found.sentence and f"{found.keys} weights" in found.sentence
    spoilt = proof(moves.use(s, replace(s.setting, noise=0.3)))
    assert spoilt.exact == found.exact and spoilt.now > 1e-3
    assert "As the sliders stand" in spoilt.sentence


def test_a_soft_cap_is_named_where_it_breaks_the_bridge(family_folder) -> None:
    text = open_story(open_model(family_folder("gemma2")), Snapshot(), "there was a cat")
    said = proof(moves.follow(moves.opened(), head_of(text))).sentence
    assert "caps its scores at ±2" in said


def test_the_recorded_row_is_shown_for_the_layers_own_step_only(s) -> None:
    row = rows(s)[3]
    assert np.array_equal(row.recorded, s.head.attention)
    assert "recorded by the network" in describe_bar(row, 1)
    further = rows(moves.step(s))[3]
    assert further.recorded is None and "what if" in further.facts[-1]


def test_verdicts_name_what_came_back(s) -> None:
    assert rows(s)[2].verdict == "recalled A"
    head = rows(s)[3]
    count, most = int(smallest_support(head.weights)), head.names[int(np.argmax(head.weights))]
    assert head.verdict == f"“{most}” and {count - 1} more"
    soft = moves.use(s, replace(s.setting, sharpness=0.01))
    assert rows(soft)[2].verdict == "a mixture"


def test_words_follow_the_updates(s) -> None:
    assert "20 % of its cells flipped" in narrate(s) and place(s) == "update 0"
    further = moves.step(s)
    assert "Modern Hopfield: recalled A" in narrate(further) and place(further) == "update 1"
    assert narrate(moves.fail(s, "Broken.")) == "Broken."
    assert "keys are stored in all four" in narrate(moves.store(s, "keys"))


def test_an_engine_without_attention_is_quoted_in_place_of_its_head(story) -> None:
    text = story(2)
    can = only_probabilities("This engine gives probabilities only.")
    bare = replace(text, model=replace(text.model, can=can))
    s = moves.follow(moves.opened(), head_of(bare), why_no_head(bare))
    assert s.head is None and absent(s) == "This engine gives probabilities only."
    assert why_no_head(text) == "" and absent(moves.opened()) == EMPTY
    assert "probabilities only" in moves.store(s, "keys").error


@pytest.mark.parametrize(
    ("width", "shape"),
    [(40, (5, 8)), (64, (8, 8)), (1, (1, 1)), (12, (3, 4)), (13, (1, 13)), (128, (8, 16))],
)
def test_numbers_are_framed_as_squarely_as_they_can_be(width, shape) -> None:
    assert frame(width) == shape


def test_the_curve_has_the_fixed_points_of_both_equations(s) -> None:
    for sharpness in (0.03, 0.0625, 0.1, 1.0):
        curve = bridge_curve(moves.sharpen(s, sharpness))
        assert curve.beta == pytest.approx(16 * sharpness)
        assert curve.kept == pytest.approx(math.tanh(curve.beta * curve.kept), abs=1e-9)
        assert (curve.kept == 0.0) == (curve.temperature >= 1.0)
    # SCIENCE 2.4: m(T) at .5 and .8
    at = dict(zip(curve.temperatures.round(6).tolist(), curve.fixed.tolist(), strict=True))
    assert at[0.5] == pytest.approx(0.957504, abs=1e-6)
    assert at[0.8] == pytest.approx(0.71041, abs=1e-5)
    assert at[1.0] == 0.0 and at[2.0] == 0.0


def test_a_temperature_on_the_curve_is_a_sharpness_of_the_sliders(s) -> None:
    there = moves.sharpen(s, sharpness_at(s, 0.5))
    assert 1 / pair_sharpness(there) == pytest.approx(0.5)
    assert bridge_curve(there).kept == pytest.approx(0.957504, abs=1e-6)
    assert "melt" in bridge_curve(moves.sharpen(s, sharpness_at(s, 1.5))).sentence
