"""The workspace "Attention is a memory" in the real window, by mouse and by key."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QKeySequence
from PySide6.QtWidgets import QApplication

from explorer.session import moves as text_moves
from explorer.session.bridge import moves
from explorer.ui.actions import COMMON_ACTIONS
from explorer.ui.actions.bridge import BRIDGE_ACTIONS
from explorer.ui.bridge_desk import BridgeDesk
from explorer.ui.bridge_workspace import BRIDGE_LAYOUTS, BRIDGE_PANELS
from explorer.ui.controller import Controller
from explorer.ui.panels.bridge_ink import Bars
from explorer.ui.style import Style
from explorer.ui.window import Window
from explorer.ui.worker import Worker

CONTROL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(window: Window) -> BridgeDesk:
    """The desk of the workspace, which is shown."""
    window.open_workspace("bridge")
    desk = window.space.desk
    assert isinstance(desk, BridgeDesk)
    return desk


def kinds(desk: BridgeDesk) -> list[str]:
    return [line.kind for line in desk.snapshot.lines]


def test_a_key_opens_it_with_the_head_of_the_text_in_the_last_row(window: Window, qtbot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_3, CONTROL_ALT)
    assert window.space.id == "bridge"
    desk = window.space.desk
    assert kinds(desk) == ["hopfield", "dense", "modern", "head"]
    step = window.controller.snapshot.timeline.node.trace.steps[-1]
    look = window.controller.snapshot.look
    assert np.array_equal(desk.snapshot.head.attention, step.attention[look.layer, look.head])


def test_one_click_shows_that_the_update_is_the_heads_row(window: Window, desk, qtbot) -> None:
    panel = window.docks["bridge"].panel
    qtbot.mouseClick(panel.pushes[1], Qt.MouseButton.LeftButton)
    head = desk.snapshot.lines[-1]
    assert np.abs(head.updates[0].weights - desk.snapshot.head.attention).max() < 1e-6
    assert "largest difference" in panel._proof.text()
    assert "As the sliders stand" not in panel._proof.text()


def test_step_and_back_by_key_move_all_rows_and_repeat_each_other(window, desk, qtbot) -> None:
    desk.apply(moves.sharpen, 0.1)
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_Space)
    there = desk.snapshot
    assert there.cursor == 3 and all(len(line.updates) == 4 for line in there.lines)
    for _ in range(3):
        qtbot.keyClick(window, Qt.Key.Key_Left)
    assert desk.snapshot.cursor == 0
    qtbot.keyClick(window, Qt.Key.Key_End)
    assert desk.snapshot.cursor == 3 and desk.snapshot.lines is there.lines
    qtbot.keyClick(window, Qt.Key.Key_Home)
    assert desk.snapshot.cursor == 0


def test_play_updates_until_nothing_moves_and_stops_by_itself(window, desk, qtbot) -> None:
    desk.apply(moves.use, replace(desk.snapshot.setting, count=3, noise=0.1))
    desk.play_at(30)
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert desk.snapshot.play.running
    qtbot.waitUntil(lambda: not desk.snapshot.play.running, timeout=20_000)
    assert "Nothing moves" in desk.snapshot.notice or desk.snapshot.cursor == moves.LONGEST


def test_update_to_the_end_runs_in_the_background(window, desk, qtbot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: desk.snapshot.cursor > 2)
    qtbot.waitUntil(lambda: not desk.worker.busy)
    assert desk.snapshot.cursor == 30 or moves.resting(desk.snapshot)


def test_another_head_is_followed_by_key_and_shown_in_the_text(window, desk, qtbot) -> None:
    before = desk.snapshot.head
    qtbot.keyClick(window, Qt.Key.Key_L)
    qtbot.keyClick(window, Qt.Key.Key_J)
    look = window.controller.snapshot.look
    assert desk.snapshot.head.where[:2] == (look.layer, look.head) != before.where[:2]


def test_the_text_goes_on_by_key_and_the_row_follows(window, desk, qtbot) -> None:
    count = len(desk.snapshot.head.labels)
    qtbot.keyClick(window, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: len(desk.snapshot.head.labels) == count + 1)


def test_while_it_is_hidden_the_text_is_not_followed_and_caught_up_later(
    window, desk, qtbot
) -> None:
    before = desk.snapshot
    window.open_workspace("text")
    window.controller.apply(text_moves.look_at, 4, 3)
    assert desk.snapshot is before
    window.open_workspace("bridge")
    assert desk.snapshot.head.where[:2] == (4, 3)


def test_sliders_move_by_key_and_a_drag_is_undone_at_once(window, desk, qtbot) -> None:
    window.activateWindow()
    knobs = window.docks["bridge"].panel.knobs.knobs
    for name, key, low in (
        ("sharpness", Qt.Key.Key_Up, False), ("count", Qt.Key.Key_Down, True),
        ("noise", Qt.Key.Key_PageUp, False), ("power", Qt.Key.Key_Down, True),
    ):  # fmt: skip
        slider = knobs[name].slider
        slider.setFocus()
        before = getattr(desk.snapshot.setting, name)
        qtbot.keyClick(slider, key)
        after = getattr(desk.snapshot.setting, name)
        assert (after < before) if low else (after > before), name
    setting = desk.snapshot.setting
    desk.history.rest()
    for at in (3, 8, 20):
        knobs["noise"].turned.emit(at)
    knobs["noise"].rested.emit()
    assert desk.snapshot.setting.noise == 0.2
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert desk.snapshot.setting == setting


def test_undo_keeps_the_head_of_the_text(window, desk, qtbot) -> None:
    desk.apply(moves.throw)
    qtbot.keyClick(window, Qt.Key.Key_L)
    head = desk.snapshot.head
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert desk.snapshot.setting.throw == 0 and desk.snapshot.head is head


def test_dice_letters_temperature_and_store_have_keys(window, desk, qtbot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_N)
    assert desk.snapshot.setting.throw == 1
    qtbot.keyClick(window, Qt.Key.Key_4)
    qtbot.keyClick(window, Qt.Key.Key_G)
    assert desk.snapshot.setting.goal == 4
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    assert desk.snapshot.setting.sharpness < 1
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert desk.snapshot.setting.sharpness == 1
    qtbot.keyClick(window, Qt.Key.Key_S)
    assert desk.snapshot.setting.store == "keys"
    assert window.docks["bridge"].panel.stores["keys"].isChecked()


def test_a_click_on_a_stored_letter_spoils_it(window, desk, qtbot) -> None:
    canvas = window.docks["bridge"].panel.canvas
    window.grab()
    box = canvas.bar_box(2)
    spot = QPoint(int(box.left() + 7.5 * box.width() / 26), int(box.center().y()))
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=spot)
    assert desk.snapshot.setting.goal == 7
    head = canvas.bar_box(3)
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=head.center().toPoint())
    assert desk.snapshot.setting.goal == 7


def test_a_bar_explains_itself_under_the_mouse(window, desk, tips) -> None:
    canvas = window.docks["bridge"].panel.canvas
    window.grab()
    bars = Bars(window.looks, canvas.bar_box(3), canvas._rows[3])
    box = canvas.bar_box(3)
    middle = QPoint(int(box.left() + bars.slot / 2), int(box.center().y()))
    asked = QHelpEvent(QEvent.Type.ToolTip, middle, canvas.mapToGlobal(middle))
    QApplication.sendEvent(canvas, asked)
    assert "recorded by the network" in tips[-1] and "key of" in tips[-1]


def test_the_curve_is_dragged_and_the_sliders_follow(window, desk, qtbot) -> None:
    chart = window.docks["bridge_curve"].panel.charts[1]
    window.grab()
    at = chart.axes().point(0.5, 0.0).toPoint()
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=at)
    assert 1 / (16 * desk.snapshot.setting.sharpness) == pytest.approx(0.5, abs=0.02)
    assert "stays" in window.docks["bridge_curve"].panel._now.text()


def test_keys_and_ids_are_unique_in_the_workspace() -> None:
    table = (*BRIDGE_ACTIONS, *COMMON_ACTIONS)
    assert len({action.id for action in table}) == len(table)
    keys = [QKeySequence(key).toString() for action in table for key in action.keys]
    assert len(set(keys)) == len(keys) and all(keys)
    assert all(action.help.endswith(".") for action in table)


@pytest.mark.parametrize("name", BRIDGE_LAYOUTS)
def test_every_layout_shows_the_rows_and_the_curve(window: Window, desk, name: str) -> None:
    window.arrange(name)
    visible = {name for name, dock in window.docks.items() if dock.isVisible()}
    assert {"bridge", "bridge_curve"} <= visible
    assert window.docks["bridge"].width() > window.docks["bridge_curve"].width() > 100


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_both_panels_are_exported_as_pictures(window, desk, qtbot, tmp_path, suffix) -> None:
    for panel in ("bridge", "bridge_curve"):
        path = tmp_path / f"{panel}{suffix}"
        window.exporter.export_to(panel, path, 800)
        qtbot.waitUntil(lambda path=path: path.exists() and path.stat().st_size > 1000)


def test_numbers_are_exported_and_python_is_refused(window, desk, qtbot, tmp_path) -> None:
    for panel in ("bridge", "bridge_curve"):
        path = tmp_path / f"{panel}.csv"
        window.exporter.export_to(panel, path)
        qtbot.waitUntil(lambda path=path: path.exists())
        assert '# panel: "' in path.read_text(encoding="utf-8")
    assert "head" in (tmp_path / "bridge.csv").read_text(encoding="utf-8")
    window.exporter.copy_python("bridge")
    assert "Only panels of the text and of memories" in desk.snapshot.notice


def test_the_sliders_are_in_the_session_and_come_back(window, desk, qtbot, tmp_path) -> None:
    assert not window.isWindowModified()
    wanted = replace(desk.snapshot.setting, store="keys", noise=0.1, power=3)
    desk.apply(moves.use, wanted)
    assert window.isWindowModified()
    window.files.save_to(tmp_path / "a.explorer")
    qtbot.waitUntil(lambda: not window.isWindowModified())
    desk.apply(moves.as_trained)
    window.files._saved_others = window.files.neighbours.content()  # as if it need not be asked
    window.files.open_path(tmp_path / "a.explorer")
    qtbot.waitUntil(lambda: desk.snapshot.setting == wanted)
    qtbot.waitUntil(lambda: not desk.worker.busy)
    assert kinds(desk) == ["hopfield", "dense", "modern", "head"]
    assert desk.snapshot.head.where[2] == len(desk.snapshot.head.labels) - 1


def test_the_begin_token_alone_is_a_memory_of_one_pattern(
    story, worker: Worker, style: Style, qtbot
) -> None:
    text = story(0, prompt="")
    desk = BridgeDesk(moves.opened(), worker, Controller(text, worker))
    panel = BRIDGE_PANELS[0](desk, style)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    head = desk.snapshot.lines[-1]
    assert head.names == ("<|endoftext|>",) and head.updates[0].weights.tolist() == [1.0]
    panel.hide()
    desk.text.apply(text_moves.look_at, 1, 1)
    assert desk.snapshot.head.where[:2] == (0, 0)
