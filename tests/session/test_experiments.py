"""Experiments as moves: a text read again under edits is a line of its own, the old one stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.edits import NO_EDITS, Edits, Off, Patch, Sharpening, Steering, heads_off
from explorer.engine.reader import LocalReader
from explorer.engine.trace import Trace
from explorer.session import experiments, moves
from explorer.session.files.archive import write_session
from explorer.session.files.reread import open_session
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow, open_story

OFF = heads_off((2, 1), (4, 0))


def edited(reader: LocalReader, s: Snapshot, edits: Edits) -> Snapshot:
    """The snapshot in which the text at the cursor was read again."""
    *_, last = experiments.reread(reader, s, edits)
    assert last is not None
    return experiments.branch(s, last)


def test_the_same_text_is_read_again_beside_the_old_line(reader: LocalReader, story) -> None:
    s = story(6)
    new = edited(reader, s, OFF)
    old, here = s.timeline.node.trace, new.timeline.node.trace
    assert here.ids == old.ids and here.edits == OFF == new.edits
    assert new.timeline.nodes[: len(s.timeline.nodes)] == s.timeline.nodes
    assert not np.allclose(here.steps[-1].logits, old.steps[-1].logits, atol=1e-2)
    fresh = reader.read(Trace((), OFF), old.ids, OFF)
    np.testing.assert_allclose(here.steps[-1].logits, fresh.steps[-1].logits, atol=1e-4)


def test_the_whole_line_is_under_the_edits_and_can_be_walked(reader: LocalReader, story) -> None:
    s = story(6)
    new = edited(reader, s, OFF)
    line = new.timeline.line()
    assert len(line) == 7
    assert all(new.timeline.nodes[node].trace.edits == OFF for node in line)
    assert new.timeline.nodes[line[0]].prompt == "The cat sat on the"
    back = moves.to_start(new)
    assert back.edits == OFF and len(back.timeline.node.trace) == 6
    assert moves.seek(back, s.timeline.cursor).edits == NO_EDITS
    walked = grow(reader, back)
    assert walked.timeline.node.trace.edits == OFF


def test_a_token_that_the_dice_would_not_choose_now_is_one_chosen_by_hand(
    reader: LocalReader, story
) -> None:
    s = story(12)
    new = edited(reader, s, Edits((Off("block", 1),)))
    forced = 0
    for node in new.timeline.line()[1:]:
        trace = new.timeline.nodes[new.timeline.nodes[node].parent].trace
        draw = new.timeline.nodes[node].draw
        at = replace(moves.seek(new, new.timeline.nodes[node].parent), sampling=draw.sampling)
        assert draw.forced == (moves.next_draw(at).token != draw.token)
        p = np.exp(trace.steps[-1].logits.astype(np.float64))
        assert draw.raw == pytest.approx(p[draw.token] / p.sum(), rel=1e-5)
        forced += draw.forced
    assert forced > 0


def test_a_text_read_before_under_the_same_edits_is_entered_again(
    reader: LocalReader, story
) -> None:
    s = story(3)
    new = edited(reader, s, OFF)
    assert experiments.enter(s, OFF) is None
    home = experiments.enter(new, NO_EDITS)
    assert home is not None and home.timeline.cursor == s.timeline.cursor
    assert home.edits == NO_EDITS and len(home.timeline.nodes) == len(new.timeline.nodes)
    again = experiments.enter(home, OFF)
    assert again is not None and again.timeline.cursor == new.timeline.cursor


def test_toggling_twice_changes_nothing_however_the_part_was_off() -> None:
    text = (0, 5, 7)
    mean = experiments.toggled(OFF, Off("mlp", 1, 0, "mean"), text)
    assert mean.reference == text and len(mean.off) == 3
    assert experiments.toggled(mean, Off("mlp", 1), text) == OFF
    more = experiments.toggled(mean, Off("neuron", 0, 3, "mean"), (0, 1))
    assert more.reference == text


def test_one_edit_is_taken_back_and_the_others_stay() -> None:
    steering, patch = Steering(1, (1.0,)), Patch("z", 0, 1, (1.0,))
    edits = experiments.patched(experiments.steered(OFF, steering), patch)
    assert experiments.without(edits, patch) == experiments.steered(OFF, steering)
    assert experiments.without(edits, steering) == experiments.patched(OFF, patch)
    assert experiments.without(edits, Off("head", 2, 1)).heads_off == {(4, 0)}
    newer = replace(patch, values=(2.0,))
    assert experiments.patched(edits, newer).patches == (newer,)


def test_a_steering_vector_is_the_difference_of_two_last_positions(reader: LocalReader) -> None:
    vector = experiments.difference(reader, "She was happy", "She was sad", 3)
    ends = [
        reader.read(Trace(), (0, *reader.encode(text).ids)).steps[-1].hidden[3]
        for text in ("She was happy", "She was sad")
    ]
    np.testing.assert_allclose(vector, ends[0] - ends[1], atol=1e-4)
    with pytest.raises(ValueError, match="nothing to add"):
        experiments.difference(reader, "She", "She", 3)


def test_steering_towards_a_word_makes_it_likelier(reader: LocalReader) -> None:
    s = open_story(reader, Snapshot(), "Once upon a time, there was a little girl named")
    before = s.timeline.node.trace.steps[-1].logits
    vector = experiments.difference(reader, "The dog", "The cat", 4)
    last = len(s.timeline.node.trace) - 1
    after = edited(reader, s, Edits(steering=(Steering(4, vector, 6.0, last),)))
    (dog,), (cat,) = reader.encode(" dog").ids, reader.encode(" cat").ids
    now = after.timeline.node.trace.steps[-1].logits
    assert now[dog] - now[cat] > before[dog] - before[cat]


@pytest.mark.parametrize("name", ["resid_pre", "z", "mlp_out", "mlp_post", "pattern"])
def test_a_patch_from_the_same_text_changes_nothing(reader: LocalReader, story, name: str) -> None:
    s = story(3)
    trace = s.timeline.node.trace
    patch = experiments.taken(reader, trace, Patch(name, 2, 4, (), 3))
    new = edited(reader, s, Edits(patches=(patch,)))
    np.testing.assert_allclose(
        new.timeline.node.trace.steps[-1].logits, trace.steps[-1].logits, atol=1e-4
    )


def test_a_patch_takes_the_same_position_or_the_last_one(reader: LocalReader) -> None:
    other = reader.read(Trace(), (0, *reader.encode("The dog").ids))
    for position, at in ((1, 1), (9, 2)):
        patch = experiments.taken(reader, "The dog", Patch("resid_pre", 2, position, ()))
        np.testing.assert_allclose(patch.values, other.steps[at].hidden[2], atol=1e-4)
        assert patch.position == position
    with pytest.raises(ValueError, match="no attention row at position 9"):
        experiments.taken(reader, "The dog", Patch("pattern", 2, 9, ()))


def test_the_plain_text_goes_on_from_what_is_known(reader: LocalReader, story) -> None:
    ids = story(6).timeline.node.trace.ids
    known = reader.read(Trace(), ids[:4])
    found = experiments.plain(reader, known, ids)
    assert found.ids == ids and found.steps[:4] == known.steps
    shorter = experiments.plain(reader, found, ids[:2])
    assert shorter.steps == found.steps[:2]


def test_a_sweep_asks_for_the_next_token_of_the_line_or_of_the_dice(story) -> None:
    s = story(4)
    assert experiments.asked_token(s) == moves.next_draw(s).token
    back = moves.back(s)
    assert experiments.asked_token(back) == s.timeline.node.draw.token


def test_choices_that_change_nothing_return_the_same_snapshot(story) -> None:
    s = story(1)
    assert experiments.choose_how(s, "zero") is s
    assert experiments.choose_how(s, "mean").findings.how == "mean"
    assert experiments.choose_measure(s, "log p") is s
    assert experiments.choose_measure(s, "KL").findings.measure == "KL"


def test_another_model_puts_the_edits_away_and_the_same_one_keeps_them(story) -> None:
    s = replace(story(1), edits=OFF)
    assert moves.load(s, s.model).edits == OFF
    assert moves.load(s, replace(s.model, fingerprint="other")).edits == NO_EDITS


def test_names_and_what_was_pruned_outlast_an_edit_and_a_pruned_line_is_not_entered(
    reader: LocalReader, story
) -> None:
    s = story(2)
    s = replace(s, timeline=s.timeline.named(1, "here"))
    new = edited(reader, s, OFF)
    assert new.timeline.names == {1: "here"}
    cut = replace(new, timeline=new.timeline.cut(0))
    assert experiments.enter(cut, NO_EDITS) is None
    assert edited(reader, cut, NO_EDITS).timeline.pruned == {0}


def test_edits_of_every_kind_survive_a_session(reader: LocalReader, story, tmp_path) -> None:
    s = story(3)
    trace = s.timeline.node.trace
    edits = Edits(
        (Off("head", 1, 2), Off("mlp", 0, 0, "mean"), Off("neuron", 3, 9), Off("block", 5)),
        (Steering(3, experiments.difference(reader, "a dog", "a cat", 3), 2.5, 4, False, "x"),),
        (experiments.taken(reader, trace, Patch("pattern", 2, 4, (), 3, "y")),),
        trace.ids,
        (Sharpening(1, 2, 2.5),),
    )
    new = edited(reader, s, edits)
    for _ in write_session(tmp_path / "a.explorer", new):
        pass
    *_, last = open_session(tmp_path / "a.explorer", reader)
    opened = last.snapshot
    assert opened.edits == edits == opened.timeline.node.trace.edits
    assert len(opened.timeline.nodes) == len(new.timeline.nodes)
    np.testing.assert_allclose(
        opened.timeline.node.trace.steps[-1].logits, new.timeline.node.trace.steps[-1].logits
    )
