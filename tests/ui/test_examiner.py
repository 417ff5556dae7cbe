"""Questions to the network about the text shown: sweeps and proofs, in the worker."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.engine.edits import Sharpening, heads_off
from explorer.engine.trace import Trace
from explorer.session import moves
from explorer.ui.controller import Controller


def settled(controller: Controller, qtbot) -> None:
    """Wait until nothing is under way."""
    qtbot.waitUntil(lambda: not controller.worker.busy, timeout=20_000)


def test_a_sweep_fills_the_map_and_is_not_an_entry_of_undo(controller: Controller, qtbot) -> None:
    grown: list[int] = []
    controller.changed.connect(lambda new, old: grown.append(len(new.findings.sweep.effects)))
    controller.examiner.sweep()
    assert controller.snapshot.findings.sweep.running
    settled(controller, qtbot)
    found = controller.snapshot.findings.sweep
    assert not found.running and len(found.effects) == found.total == 54
    assert len(set(grown)) > 5
    assert not controller.history.can_undo


def test_a_sweep_is_ended_by_asking_again_and_keeps_what_it_found(
    controller: Controller, qtbot
) -> None:
    controller.examiner.sweep()
    qtbot.waitUntil(lambda: len(controller.snapshot.findings.sweep.effects) > 0)
    controller.examiner.sweep()
    found = controller.snapshot.findings.sweep
    assert not found.running and 0 < len(found.effects) < found.total
    settled(controller, qtbot)
    assert controller.snapshot.findings.sweep is found


def test_a_failing_sweep_is_a_sentence(controller: Controller, qtbot, monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(controller.reader.engine, "sweep", broken)
    controller.examiner.sweep()
    qtbot.waitUntil(lambda: "no memory" in controller.snapshot.error)
    assert not controller.snapshot.findings.sweep.running


def test_every_check_of_the_text_on_screen_holds(controller: Controller, qtbot) -> None:
    controller.examiner.prove()
    assert controller.snapshot.findings.proof.running
    settled(controller, qtbot)
    found = controller.snapshot.findings.proof
    assert not found.running and len(found.checks) == 6
    assert all(check.ok for check in found.checks), found.checks
    assert found.ids == controller.snapshot.timeline.node.trace.ids
    assert not controller.history.can_undo


def test_the_text_under_edits_is_proved_as_it_was_read(controller: Controller, qtbot) -> None:
    controller.lab.edit(heads_off((2, 1), (0, 3)))
    settled(controller, qtbot)
    controller.apply(moves.select, 2)
    controller.examiner.prove()
    settled(controller, qtbot)
    found = controller.snapshot.findings.proof
    assert found.edits == heads_off((2, 1), (0, 3))
    assert found.position == 2 and found.token == found.ids[3]
    assert all(check.ok for check in found.checks), found.checks


def test_a_wrong_number_on_screen_is_found(controller: Controller, qtbot) -> None:
    s = controller.snapshot
    *before, last = s.timeline.node.trace.steps
    logits = last.logits + np.float32(0.01)
    wrong = Trace((*before, replace(last, logits=logits)))
    controller.become(moves.begin(s, "wrong", wrong))
    controller.examiner.prove()
    settled(controller, qtbot)
    failed = [check.name for check in controller.snapshot.findings.proof.checks if not check.ok]
    assert failed == [
        "logits, cached against uncached",
        "nothing switched off against the plain run",
        "attribution sums to the logit",
    ]


def test_a_proof_that_fails_to_run_is_a_sentence(
    controller: Controller, qtbot, monkeypatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(controller.reader.engine, "activations", broken)
    controller.examiner.prove()
    qtbot.waitUntil(lambda: "no memory" in controller.snapshot.error)
    assert not controller.snapshot.findings.proof.running


def test_a_sharper_head_proves_as_the_plain_text_does(controller: Controller, qtbot) -> None:
    controller.lab.sharpen(Sharpening(2, 1, 5.0))
    qtbot.waitUntil(lambda: bool(controller.snapshot.edits), timeout=20_000)
    controller.examiner.prove()
    qtbot.waitUntil(
        lambda: (found := controller.snapshot.findings.proof) is not None and not found.running,
        timeout=20_000,
    )
    found = controller.snapshot.findings.proof
    assert found.edits == controller.snapshot.edits
    assert len(found.checks) > 4 and all(check.ok for check in found.checks)
