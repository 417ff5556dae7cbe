"""Running to stops and back in the window, by keys: nothing blocks, everything can be ended."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from explorer.lens.narration import narrate
from explorer.session import moves, stops
from explorer.session.snapshot import Snapshot
from explorer.session.stop_language import parse
from explorer.session.stop_meaning import holds
from explorer.session.stop_values import Moment
from explorer.ui.controller import Controller
from explorer.ui.window import Window

KEY, SHIFT = Qt.Key, Qt.KeyboardModifier.ShiftModifier


def press(qtbot, window: Window, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(window, key, modifier)


def here(s: Snapshot, text: str) -> bool:
    node = s.timeline.node
    return holds(parse(text), Moment(node.trace, node.draw is not None, s.model))


def ran(controller: Controller, qtbot) -> None:
    qtbot.waitUntil(lambda: not controller.snapshot.play.running, timeout=20_000)


def test_f5_runs_to_a_stop_shift_f5_back_and_f5_to_it_again(window: Window, qtbot) -> None:
    c = window.controller
    c.apply(stops.add, "surprise > 3")
    press(qtbot, window, KEY.Key_F5)
    assert c.snapshot.play.to_stop
    ran(c, qtbot)
    there = c.snapshot
    assert here(there, "surprise > 3") and there.stops.items[0].hits == 1
    before = [
        node for node in there.timeline.line()[1:-1]
        if holds(parse("surprise > 3"), Moment(there.timeline.nodes[node].trace, True, there.model))
    ]  # fmt: skip
    assert before == []
    assert narrate(there) == there.stops.hit.sentence
    press(qtbot, window, KEY.Key_F5, SHIFT)
    assert c.snapshot.timeline.cursor == 0 and "prompt" in c.snapshot.notice
    press(qtbot, window, KEY.Key_F5)
    assert c.snapshot.timeline.cursor == there.timeline.cursor
    assert c.snapshot.stops.hit == there.stops.hit
    assert len(c.snapshot.timeline.nodes) == len(there.timeline.nodes)


@pytest.mark.parametrize("key", [KEY.Key_Escape, KEY.Key_P])
def test_a_run_is_ended_by_escape_and_by_p(window: Window, qtbot, key) -> None:
    c = window.controller
    c.apply(stops.add, "position > 9999")
    press(qtbot, window, KEY.Key_F5)
    qtbot.waitUntil(lambda: len(c.snapshot.timeline.nodes) > 4)
    press(qtbot, window, key)
    assert not c.snapshot.play.running
    count = len(c.snapshot.timeline.nodes)
    qtbot.waitUntil(lambda: c._reading is None)
    press(qtbot, window, KEY.Key_Left)
    assert len(c.snapshot.timeline.nodes) <= count + 1


def test_a_run_that_meets_no_stop_ends_with_a_sentence(window: Window, qtbot) -> None:
    c = window.controller
    c.apply(moves.limit_to, 5)
    c.apply(stops.add, "position > 9999")
    press(qtbot, window, KEY.Key_F5)
    ran(c, qtbot)
    assert "No stop was reached. The limit of 5" in c.snapshot.notice
    press(qtbot, window, KEY.Key_F5)
    assert "No stop was reached. The limit of 5" in c.snapshot.notice


def test_play_stops_at_stops_and_goes_on_behind_them(window: Window, qtbot) -> None:
    c = window.controller
    c.apply(moves.play_at, 60.0)
    c.apply(stops.add, "position = 8 or position = 10")
    for position in (8, 10):
        press(qtbot, window, KEY.Key_P)
        ran(c, qtbot)
        assert len(c.snapshot.timeline.node.trace) - 1 == position
    assert c.snapshot.stops.items[0].hits == 2


def test_a_step_by_hand_is_not_held_up_and_counts_nothing(controller: Controller, qtbot) -> None:
    controller.apply(stops.add, "entropy > 0")
    for count in (2, 3, 4):
        controller.step()
        qtbot.waitUntil(lambda count=count: len(controller.snapshot.timeline.nodes) == count)
    assert controller.snapshot.stops.items[0].hits == 0 and controller.snapshot.stops.hit is None


def test_the_temperature_acts_between_the_tokens_of_a_run(window: Window, qtbot) -> None:
    c = window.controller
    c.apply(stops.add, "position > 9999")
    c.apply(moves.limit_to, 12)
    press(qtbot, window, KEY.Key_F5)
    qtbot.waitUntil(lambda: len(c.snapshot.timeline.nodes) > 3)
    press(qtbot, window, KEY.Key_G)
    ran(c, qtbot)
    drawn = [node.draw.sampling.temperature for node in c.snapshot.timeline.nodes[1:]]
    assert drawn[0] > 0 and drawn[-1] == 0


def test_undo_takes_a_stop_away_and_redo_brings_it_back(window: Window, qtbot) -> None:
    c = window.controller
    press(qtbot, window, KEY.Key_F9)
    assert c.snapshot.stops.items[0].text == 'token = "·the"'
    assert "·the" in c.snapshot.notice
    press(qtbot, window, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert c.snapshot.stops.items == ()
    press(qtbot, window, KEY.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert len(c.snapshot.stops.items) == 1


def test_f5_without_stops_says_what_to_do(window: Window, qtbot) -> None:
    press(qtbot, window, KEY.Key_F5)
    assert "F9" in window.controller.snapshot.notice
