"""Experiments in the window's hands: edits, steering, patches and sweeps by the controller."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.edits import NO_EDITS, Edits, Off, Patch, Steering, heads_off
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller
from explorer.ui.worker import Worker


def settled(controller: Controller, qtbot) -> None:
    """Wait until nothing is under way."""
    qtbot.waitUntil(lambda: not controller.worker.busy, timeout=20_000)


def step(controller: Controller, qtbot, count: int = 1) -> None:
    for _ in range(count):
        before = controller.snapshot.timeline
        controller.step()
        qtbot.waitUntil(lambda before=before: controller.snapshot.timeline is not before)


def test_a_head_switched_off_changes_the_line_and_undo_brings_the_old_one_back(
    controller: Controller, qtbot
) -> None:
    step(controller, qtbot, 3)
    old = controller.snapshot
    controller.lab.toggle(Off("head", 2, 1))
    settled(controller, qtbot)
    new = controller.snapshot
    assert new.edits == heads_off((2, 1)) == new.timeline.node.trace.edits
    assert new.timeline.node.trace.ids == old.timeline.node.trace.ids
    assert set(old.timeline.nodes) <= set(new.timeline.nodes)
    controller.undo()
    assert controller.snapshot.edits == NO_EDITS
    assert controller.snapshot.timeline is old.timeline
    controller.redo()
    assert controller.snapshot.edits == heads_off((2, 1))


def test_switching_on_again_reads_nothing(controller: Controller, reader, qtbot) -> None:
    old = controller.snapshot.timeline.node.trace
    controller.lab.toggle(Off("mlp", 0))
    settled(controller, qtbot)
    passes = reader.engine.forwards
    controller.lab.toggle(Off("mlp", 0))
    settled(controller, qtbot)
    assert reader.engine.forwards == passes
    assert controller.snapshot.timeline.node.trace is old
    controller.lab.toggle(Off("mlp", 0))
    settled(controller, qtbot)
    assert reader.engine.forwards == passes
    assert controller.snapshot.edits


def test_the_text_without_edits_is_known_at_once_and_after_every_step(
    controller: Controller, reader, qtbot
) -> None:
    controller.lab.toggle(Off("block", 3))
    settled(controller, qtbot)
    step(controller, qtbot, 2)
    settled(controller, qtbot)
    s = controller.snapshot
    assert s.findings.before.ids == s.timeline.node.trace.ids
    plain = reader.read(type(s.timeline.node.trace)(), s.timeline.node.trace.ids)
    np.testing.assert_allclose(s.findings.before.logits, plain.steps[-1].logits, atol=1e-4)


def test_means_steering_and_patches_act_together_and_are_cleared_at_once(
    controller: Controller, qtbot
) -> None:
    lab = controller.lab
    lab.toggle(Off("head", 1, 2, "mean"))
    settled(controller, qtbot)
    lab.steer("The dog", "The cat", Steering(3, (), 2.0, 4, source="dog"))
    settled(controller, qtbot)
    lab.patch("The dog sat on the", Patch("resid_pre", 2, 2, (), source="dog"))
    settled(controller, qtbot)
    edits = controller.snapshot.edits
    assert (len(edits.off), len(edits.steering), len(edits.patches)) == (1, 1, 1)
    assert edits.reference == controller.snapshot.timeline.node.trace.ids
    assert controller.snapshot.timeline.node.trace.edits == edits
    lab.remove(edits.steering[0])
    settled(controller, qtbot)
    assert controller.snapshot.edits.steering == ()
    lab.clear()
    settled(controller, qtbot)
    assert controller.snapshot.edits == NO_EDITS


def test_a_patch_from_another_branch_is_that_branchs_activation(
    controller: Controller, qtbot
) -> None:
    step(controller, qtbot, 2)
    source = controller.snapshot.timeline.node.trace
    controller.apply(moves.to_start)
    controller.force(300)
    settled(controller, qtbot)
    controller.lab.patch(source, Patch("resid_pre", 3, 6, ()))
    settled(controller, qtbot)
    (patch,) = controller.snapshot.edits.patches
    np.testing.assert_allclose(patch.values, source.steps[6].hidden[3], atol=1e-4)
    hidden = controller.snapshot.timeline.node.trace.steps[6].hidden
    np.testing.assert_allclose(hidden[3], patch.values, atol=1e-6)


def test_what_cannot_be_done_is_a_sentence_and_the_text_stays(
    controller: Controller, qtbot
) -> None:
    before = controller.snapshot.timeline
    controller.lab.steer("The", "The", Steering(0, ()))
    qtbot.waitUntil(lambda: "nothing to add" in controller.snapshot.error)
    controller.lab.edit(Edits((Off("head", 9, 9),)))
    qtbot.waitUntil(lambda: "there is no head 9.9" in controller.snapshot.error)
    assert controller.snapshot.timeline is before
    assert not controller.snapshot.busy


def test_an_edit_made_while_a_step_is_under_way_holds_for_the_longer_text(
    controller: Controller, qtbot
) -> None:
    controller.step()
    controller.lab.toggle(Off("head", 0, 0))
    qtbot.waitUntil(lambda: bool(controller.snapshot.edits))
    settled(controller, qtbot)
    assert controller.snapshot.timeline.node.trace.edits == heads_off((0, 0))


def test_without_a_text_an_edit_waits_for_the_first_prompt(worker: Worker) -> None:
    controller = Controller(Snapshot(), worker)
    controller.lab.toggle(Off("head", 0, 0))
    assert controller.snapshot.edits == heads_off((0, 0))
    controller.examiner.sweep()
    assert "needs a text" in controller.snapshot.notice
    controller.lab.steer("a", "b", Steering(0, ()))
    assert "needs a text" in controller.snapshot.notice


@pytest.mark.parametrize("keys", ["X", "Shift+X"])
def test_the_keys_switch_the_chosen_head_off_and_everything_on(window, qtbot, keys) -> None:
    controller = window.controller
    controller.apply(moves.look_at, 3, 5)
    qtbot.keyClick(window, "x")
    settled(controller, qtbot)
    assert controller.snapshot.edits == heads_off((3, 5))
    ribbon = window._top._strips["text"]
    assert ribbon._warning.isVisible() and ribbon._warning.text() == "L3 · H5 off"
    if keys == "X":
        qtbot.keyClick(window, "x")
    else:
        window.commands["clear_edits"].trigger()
    settled(controller, qtbot)
    assert controller.snapshot.edits == NO_EDITS
    assert not ribbon._warning.isVisible()


def test_a_session_of_another_model_is_not_read_with_this_one(
    controller: Controller, qtbot
) -> None:
    settled(controller, qtbot)
    controller.become(replace(controller.snapshot, locked="Another model wrote this."))
    controller.lab.toggle(Off("head", 0, 0))
    assert controller.snapshot.notice == "Another model wrote this."
    assert not controller.worker.busy and controller.snapshot.edits == NO_EDITS
    for ask in (controller.examiner.sweep, controller.examiner.prove):
        controller.apply(moves.notice, "")
        ask()
        assert controller.snapshot.notice == "Another model wrote this."
        assert not controller.worker.busy


def test_changes_asked_for_while_one_is_read_all_count(controller: Controller, qtbot) -> None:
    lab = controller.lab
    lab.toggle(Off("head", 0, 0))
    lab.toggle(Off("head", 1, 1))
    lab.steer("The dog", "The cat", Steering(3, (), 2.0, 4))
    lab.toggle(Off("head", 0, 0))
    settled(controller, qtbot)
    edits = controller.snapshot.edits
    assert edits.heads_off == {(1, 1)} and len(edits.steering) == 1
    assert controller.snapshot.timeline.node.trace.edits == edits
    assert not controller.snapshot.busy


def test_off_and_on_again_at_once_ends_where_it_began(controller: Controller, qtbot) -> None:
    before = controller.snapshot.timeline
    controller.lab.toggle(Off("head", 0, 0))
    controller.lab.toggle(Off("head", 0, 0))
    settled(controller, qtbot)
    assert controller.snapshot.edits == NO_EDITS
    assert controller.snapshot.timeline is before and not controller.snapshot.busy


def test_undo_while_the_text_is_read_again_drops_the_edit(controller: Controller, qtbot) -> None:
    step(controller, qtbot, 2)
    controller.lab.toggle(Off("head", 0, 0))
    controller.undo()
    settled(controller, qtbot)
    assert controller.snapshot.edits == NO_EDITS and not controller.snapshot.busy
    assert len(controller.snapshot.timeline.nodes) == 2


def test_an_edit_pauses_play(controller: Controller, qtbot) -> None:
    controller.apply(moves.play_at, 60.0)
    controller.play(True)
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) > 3)
    controller.lab.toggle(Off("head", 0, 0))
    qtbot.waitUntil(lambda: bool(controller.snapshot.edits))
    settled(controller, qtbot)
    assert not controller.snapshot.play.running
    controller.play(True)
    qtbot.waitUntil(lambda: controller.snapshot.play.running)
    controller.lab.toggle(Off("head", 0, 0))
    qtbot.waitUntil(lambda: not controller.snapshot.edits)
    assert not controller.snapshot.play.running
