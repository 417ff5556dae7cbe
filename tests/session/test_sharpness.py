"""The sharpness of a head is tried out beside the story, and only kept as an edit."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.engine.edits import EVERY, NO_EDITS, Edits, Off, Sharpening
from explorer.engine.reader import LocalReader
from explorer.engine.trace import Trace
from explorer.session import experiments, moves, sharpness
from explorer.session.sharpness import Sharpness


def test_turning_changes_nothing_of_the_story(story) -> None:
    s = moves.look_at(story(3), 2, 1)
    turned = sharpness.turn(s, 4.0)
    assert turned.timeline is s.timeline and turned.edits is s.edits
    assert sharpness.factor(turned) == 4.0 and sharpness.held(turned) == 1.0
    assert sharpness.turn(turned, 4.0) is turned
    assert sharpness.widen(turned, False) is turned


def test_what_is_tried_out_belongs_to_its_head(story) -> None:
    s = sharpness.turn(moves.look_at(story(3), 2, 1), 4.0)
    assert sharpness.factor(moves.look_at(s, 2, 2)) == 1.0
    assert sharpness.factor(sharpness.widen(s, True)) == 1.0
    assert sharpness.target(sharpness.widen(s, True)) == (EVERY, EVERY)
    assert sharpness.turned(s).sharpening == (Sharpening(2, 1, 4.0),)
    assert sharpness.unturned(s) == NO_EDITS


@pytest.mark.parametrize(("asked", "got"), [(1e9, 16.0), (1e-9, 1 / 16), (2.0, 2.0)])
def test_the_slider_has_ends(story, asked: float, got: float) -> None:
    assert sharpness.factor(sharpness.turn(story(0), asked)) == got


def test_the_other_edits_of_the_text_stay_in_the_comparison(reader: LocalReader, story) -> None:
    edits = Edits((Off("mlp", 1),), sharpening=(Sharpening(2, 1, 3.0), Sharpening(0, 0, 2.0)))
    *_, reread = experiments.reread(reader, story(2), edits)
    s = moves.look_at(experiments.branch(story(2), reread), 2, 1)
    assert sharpness.held(s) == sharpness.factor(s) == 3.0
    assert sharpness.turned(s) == edits
    plain = sharpness.unturned(s)
    assert plain.off == edits.off and plain.sharpening == (Sharpening(0, 0, 2.0),)
    again = sharpness.turned(sharpness.turn(s, 5.0))
    assert set(again.sharpening) == {Sharpening(2, 1, 5.0), Sharpening(0, 0, 2.0)}


def test_a_text_under_a_sharpness_is_what_reading_it_gives(reader: LocalReader, story) -> None:
    s = moves.look_at(story(4), 3, 5)
    edits = sharpness.turned(sharpness.turn(s, 6.0))
    ids = s.timeline.node.trace.ids
    found = sharpness.read_under(reader, ids, edits, 3, 5)
    read = reader.read(Trace((), edits), ids, edits)
    np.testing.assert_allclose(found.logits, read.steps[-1].logits, atol=1e-4)
    for at, step in enumerate(read.steps):
        np.testing.assert_allclose(found.rows[at, : at + 1], step.attention[3, 5], atol=1e-5)
        assert not found.rows[at, at + 1 :].any()
    assert found.fits(ids, edits, 3, 5)
    assert not found.fits(ids[:-1], edits, 3, 5) and not found.fits(ids, NO_EDITS, 3, 5)
    assert not found.fits(ids, edits, 3, 4)


def test_trying_out_leaves_the_memory_of_the_story_alone(reader: LocalReader, story) -> None:
    s = story(4)
    trace = s.timeline.node.trace
    reader.read(Trace(), trace.ids)
    for factor in (0.1, 0.5, 2.0, 3.0, 4.0, 8.0):
        edits = Edits(sharpening=(Sharpening(0, 0, factor),))
        sharpness.read_under(reader, trace.ids, edits, 0, 0)
    # The memo of the story was not pushed out.
    assert any(one.ids == list(trace.ids) and one.edits == NO_EDITS for one in reader.engine._memos)


def test_another_model_begins_with_a_slider_at_rest(reader: LocalReader, story) -> None:
    s = sharpness.turn(moves.look_at(story(2), 2, 1), 4.0)
    assert moves.load(s, reader.facts).sharpness == Sharpness()


def test_taking_a_sharpness_back_leaves_no_edit() -> None:
    one = Sharpening(1, 2, 3.0)
    edits = sharpness.with_sharpening(NO_EDITS, one)
    assert edits.sharpening == (one,)
    assert sharpness.with_sharpening(edits, Sharpening(1, 2, 1.0)) == NO_EDITS
    assert experiments.without(edits, one) == NO_EDITS
