"""The controller: verbs that need the network, undo, play, failures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from explorer.engine.reader import LocalReader
from explorer.session import moves
from explorer.session.snapshot import DEMO_PROMPT, FIRST_SAMPLING, Snapshot
from explorer.ui.controller import Controller
from explorer.ui.worker import Worker


def step(controller: Controller, qtbot) -> int:
    """One step, waited for; returns the token."""
    before = len(controller.snapshot.timeline.node.trace)
    controller.step()
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.node.trace) == before + 1)
    return controller.snapshot.timeline.node.draw.token


def test_the_demo_prompt_is_read_and_ready_to_step(controller: Controller) -> None:
    s = controller.snapshot
    assert s.timeline.node.prompt == DEMO_PROMPT
    assert moves.why_stopped(s) == ""
    assert not s.busy
    assert not controller.history.can_undo


def test_back_and_then_step_gives_the_same_token(controller: Controller, qtbot) -> None:
    token = step(controller, qtbot)
    controller.apply(moves.back)
    controller.step()
    assert controller.snapshot.timeline.node.draw.token == token
    assert len(controller.snapshot.timeline.nodes) == 2


def test_the_same_seed_gives_the_same_text(
    worker: Worker, reader: LocalReader, controller: Controller, qtbot
) -> None:
    first = [step(controller, qtbot) for _ in range(12)]
    other = Controller(Snapshot(), worker)
    other.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(other.snapshot.timeline))
    assert [step(other, qtbot) for _ in range(12)] == first


def test_turning_the_temperature_runs_no_forward_pass(
    controller: Controller, reader: LocalReader, qtbot
) -> None:
    step(controller, qtbot)
    before = reader.engine.forwards
    for temperature in (0.05, 0.5, 2.0, 5.0, 0.0):
        controller.apply(moves.heat, temperature, gesture="temperature")
    assert reader.engine.forwards == before
    assert controller.snapshot.sampling.temperature == 0


def test_a_forced_token_starts_a_branch_and_the_old_one_is_kept(
    controller: Controller, qtbot
) -> None:
    drawn = step(controller, qtbot)
    controller.apply(moves.back)
    other = (drawn + 1) % controller.snapshot.model.vocabulary
    controller.force(other)
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) == 3)
    timeline = controller.snapshot.timeline
    assert timeline.node.draw.forced
    assert timeline.node.trace.ids[-1] == other
    assert {timeline.nodes[i].draw.token for i in timeline.children(0)} == {drawn, other}


def test_undo_takes_back_a_step_a_setting_and_a_new_prompt(controller: Controller, qtbot) -> None:
    start = controller.snapshot
    step(controller, qtbot)
    controller.apply(moves.heat, 2.0)
    controller.read("Once upon a time")
    qtbot.waitUntil(lambda: controller.snapshot.timeline.node.prompt == "Once upon a time")
    for _ in range(3):
        controller.undo()
    assert controller.snapshot.timeline is start.timeline
    assert controller.snapshot.sampling == start.sampling
    for _ in range(3):
        controller.redo()
    assert controller.snapshot.timeline.node.prompt == "Once upon a time"
    assert controller.snapshot.sampling.temperature == 2.0


def test_one_drag_of_a_slider_is_undone_at_once(controller: Controller) -> None:
    for temperature in (1.1, 1.2, 1.3, 1.4):
        controller.apply(moves.heat, temperature, gesture="temperature")
    controller.undo()
    assert controller.snapshot.sampling == FIRST_SAMPLING
    assert not controller.history.can_undo


def test_two_drags_of_a_slider_are_undone_one_by_one(controller: Controller) -> None:
    controller.apply(moves.heat, 1.2, gesture="temperature")
    controller.history.rest()
    controller.apply(moves.heat, 1.5, gesture="temperature")
    controller.undo()
    assert controller.snapshot.sampling.temperature == 1.2


def test_a_move_that_changes_nothing_is_not_heard(controller: Controller) -> None:
    heard: list[object] = []
    controller.changed.connect(lambda new, old: heard.append(new))
    controller.apply(moves.heat, controller.snapshot.sampling.temperature)
    controller.apply(moves.back)
    controller.apply(moves.forward)
    controller.undo()
    assert heard == []


def test_play_steps_until_it_is_paused(controller: Controller, qtbot) -> None:
    controller.apply(moves.play_at, 60.0)
    controller.play(True)
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) > 6)
    controller.play(False)
    count = len(controller.snapshot.timeline.nodes)
    assert not controller.snapshot.play.running
    controller.apply(moves.to_start)
    assert len(controller.snapshot.timeline.nodes) <= count + 1


def test_play_stops_with_a_sentence_at_the_limit(controller: Controller, qtbot) -> None:
    controller.apply(moves.limit_to, 4)
    controller.apply(moves.play_at, 60.0)
    controller.play(True)
    qtbot.waitUntil(lambda: not controller.snapshot.play.running)
    assert "limit of 4" in controller.snapshot.notice or "stop token" in controller.snapshot.notice


def test_stepping_a_thousand_times_at_once_queues_only_one(controller: Controller, qtbot) -> None:
    for _ in range(1000):
        controller.step()
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) == 3)
    token = step(controller, qtbot)
    assert controller.snapshot.timeline.node.draw.token == token
    assert len(controller.snapshot.timeline.nodes) == 4


def test_going_back_while_a_step_is_under_way_drops_its_answer(
    controller: Controller, qtbot
) -> None:
    step(controller, qtbot)
    controller.step()
    controller.apply(moves.back)
    qtbot.waitUntil(lambda: controller._reading is None)
    assert len(controller.snapshot.timeline.nodes) == 2
    assert controller.snapshot.timeline.cursor == 0


def test_a_prompt_that_is_too_long_says_by_how_much_and_keeps_the_text(
    controller: Controller, qtbot
) -> None:
    before = controller.snapshot.timeline
    controller.read("word " * 3000)
    qtbot.waitUntil(lambda: "tokens too long" in controller.snapshot.notice)
    assert controller.snapshot.timeline is before


@pytest.mark.parametrize(
    "prompt", ["", "🙂 héllo", "e\u0301\u0323" * 5, "שלום עולם", "a\0b", "a\ud800b", "<b>bold</b>"]
)
def test_every_kind_of_text_can_be_read(controller: Controller, qtbot, prompt: str) -> None:
    old = controller.snapshot.timeline
    controller.read(prompt)
    qtbot.waitUntil(lambda: controller.snapshot.timeline is not old)
    assert controller.snapshot.timeline.node.trace.ids[0] == controller.snapshot.model.begin_token
    step(controller, qtbot)


def test_a_megabyte_of_text_is_refused_in_words(controller: Controller, qtbot) -> None:
    controller.draft("h" * (1 << 20))
    qtbot.waitUntil(lambda: "tokens too long" in controller.snapshot.draft.note, timeout=20_000)


def test_a_failure_of_the_worker_is_a_sentence_and_the_story_goes_on(
    controller: Controller, qtbot, monkeypatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(controller.reader.engine, "read", broken)
        controller.step()
        qtbot.waitUntil(lambda: "unharmed" in controller.snapshot.error)
    step(controller, qtbot)
    assert controller.snapshot.error == ""


def test_a_model_that_cannot_be_opened_is_a_sentence(worker: Worker, qtbot) -> None:
    def opening() -> Iterator[LocalReader]:
        raise ValueError("there is no folder /nowhere")
        yield

    controller = Controller(Snapshot(), worker)
    controller.start(opening())
    qtbot.waitUntil(lambda: "no folder" in controller.snapshot.error)
    controller.step()
    assert controller.snapshot.model is None
    assert controller.snapshot.notice


def test_text_typed_before_the_model_is_ready_is_read_when_it_is(
    worker: Worker, reader: LocalReader, qtbot
) -> None:
    controller = Controller(Snapshot(), worker)
    controller.draft("Once")
    controller.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(controller.snapshot.timeline))
    assert controller.snapshot.timeline.node.prompt == "Once"


def test_steps_before_the_model_is_ready_and_back_at_the_start_change_nothing(
    worker: Worker, reader: LocalReader, qtbot
) -> None:
    early = Controller(Snapshot(), worker)
    early.step()
    early.apply(moves.back)
    early.play(True)
    assert not early.snapshot.timeline and not early.snapshot.play.running
    early.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(early.snapshot.timeline))
    only = early.snapshot.timeline
    for _ in range(1000):
        early.apply(moves.back)
    assert early.snapshot.timeline is only
    early.step()
    qtbot.waitUntil(lambda: len(early.snapshot.timeline.nodes) == 2)


def test_undo_stops_play(controller: Controller, qtbot) -> None:
    controller.apply(moves.play_at, 60.0)
    controller.play(True)
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) > 3)
    controller.undo()
    assert not controller.snapshot.play.running
    assert replace(controller.snapshot.play, running=True).rate == 60.0
