"""The window as people use it: keys, mouse, layouts, presenter mode, themes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolBar, QWidget

from explorer.app import build
from explorer.engine.reader import LocalReader
from explorer.session import moves
from explorer.session.snapshot import FIRST_SAMPLING, Snapshot
from explorer.ui.actions import ACTIONS
from explorer.ui.commands import Commands
from explorer.ui.layouts import LAYOUTS
from explorer.ui.settings import LAYOUT_VERSION
from explorer.ui.style import Style
from explorer.ui.window import Window
from explorer.ui.worker import Worker

KEYS = {
    " ": Qt.Key.Key_Space,
    "right": Qt.Key.Key_Right,
    "left": Qt.Key.Key_Left,
    "home": Qt.Key.Key_Home,
    "end": Qt.Key.Key_End,
}


def press(window: Window, qtbot, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(window, key, modifier)


def length(window: Window) -> int:
    return len(window.controller.snapshot.timeline.node.trace)


def test_space_and_right_step_and_left_goes_back(window: Window, qtbot) -> None:
    start = length(window)
    press(window, qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: length(window) == start + 1)
    press(window, qtbot, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: length(window) == start + 2)
    press(window, qtbot, Qt.Key.Key_Left)
    assert length(window) == start + 1
    press(window, qtbot, Qt.Key.Key_End)
    assert length(window) == start + 2
    press(window, qtbot, Qt.Key.Key_Home)
    assert length(window) == start


def test_a_digit_forces_that_candidate(window: Window, qtbot) -> None:
    token = moves.token_at_rank(window.controller.snapshot, 3)
    start = length(window)
    press(window, qtbot, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: length(window) == start + 1)
    node = window.controller.snapshot.timeline.node
    assert node.draw.token == token
    assert node.draw.forced


def test_p_plays_and_p_pauses(window: Window, qtbot) -> None:
    window.controller.apply(moves.play_at, 60.0)
    start = length(window)
    press(window, qtbot, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: length(window) > start + 4)
    press(window, qtbot, Qt.Key.Key_P)
    assert not window.controller.snapshot.play.running


def test_brackets_turn_the_temperature_and_g_is_greedy(window: Window, qtbot) -> None:
    first = FIRST_SAMPLING.temperature
    assert window.controller.snapshot.sampling.temperature == first
    press(window, qtbot, Qt.Key.Key_BracketRight)
    assert window.controller.snapshot.sampling.temperature == pytest.approx(1.1 * first)
    press(window, qtbot, Qt.Key.Key_G)
    assert window.controller.snapshot.sampling.temperature == 0
    press(window, qtbot, Qt.Key.Key_G)
    assert window.controller.snapshot.sampling.temperature == first
    press(window, qtbot, Qt.Key.Key_BracketLeft)
    assert window.controller.snapshot.sampling.temperature < first
    press(window, qtbot, Qt.Key.Key_T)
    assert window.controller.snapshot.sampling.temperature == 1


def test_enter_presses_the_button_that_has_the_keyboard_and_space_steps(
    window: Window, qtbot
) -> None:
    window.activateWindow()
    panel = window.docks["sampling"].panel
    count = len(window.controller.snapshot.timeline.nodes)
    chat = next(one for one in panel.findChildren(QPushButton) if one.text() == "chat")
    chat.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(chat, Qt.Key.Key_Return)
    assert window.controller.snapshot.sampling.temperature == 0.7
    qtbot.keyClick(chat, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) == count + 1)
    panel._greedy.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(panel._greedy, Qt.Key.Key_Enter)
    assert window.controller.snapshot.sampling.temperature == 0


def test_heads_are_walked_by_keys(window: Window, qtbot) -> None:
    before = window.controller.snapshot.look
    press(window, qtbot, Qt.Key.Key_L)
    press(window, qtbot, Qt.Key.Key_K)
    look = window.controller.snapshot.look
    assert (look.layer, look.head) == (before.layer - 1, before.head + 1)
    press(window, qtbot, Qt.Key.Key_J)
    press(window, qtbot, Qt.Key.Key_H)
    assert window.controller.snapshot.look == before


def test_the_key_overlay_comes_and_goes(window: Window, qtbot) -> None:
    press(window, qtbot, Qt.Key.Key_F1)
    assert window.keys.isVisible()
    for action in ACTIONS:
        if action.keys and not action.id.startswith("pick_"):
            assert action.text in window.keys.accessibleDescription()
    qtbot.keyClick(window.keys, Qt.Key.Key_Escape)
    assert not window.keys.isVisible()


def test_presenter_mode_enlarges_type_and_hides_menus(window: Window, qtbot) -> None:
    before = window.looks.font().pointSizeF()
    press(window, qtbot, Qt.Key.Key_F11)
    assert window.looks.font().pointSizeF() > 1.5 * before
    assert not window.menuBar().isVisible()
    press(window, qtbot, Qt.Key.Key_Escape)
    assert window.looks.font().pointSizeF() == before
    assert window.menuBar().isVisible()


def test_presenter_mode_from_the_start_keeps_the_prompt(worker: Worker, qtbot, style) -> None:
    window = build(worker, "light")
    qtbot.addWidget(window)
    before = window.controller.snapshot.draft.text
    window.looks.set_presenter(True)
    window.show()
    assert before == window.controller.snapshot.draft.text != ""


def test_text_is_zoomed_by_keys(window: Window, qtbot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    press(window, qtbot, Qt.Key.Key_Equal, control)
    assert window.looks.zoom == pytest.approx(1.1)
    press(window, qtbot, Qt.Key.Key_Minus, control)
    press(window, qtbot, Qt.Key.Key_Minus, control)
    assert window.looks.zoom == pytest.approx(1 / 1.1)
    press(window, qtbot, Qt.Key.Key_0, control)
    assert window.looks.zoom == 1


def test_a_double_click_on_a_title_maximises_and_a_second_one_restores(
    window: Window, qtbot
) -> None:
    dock = window.docks["attention"]
    before = [name for name, one in window.docks.items() if one.isVisible()]
    qtbot.mouseDClick(dock.bar, Qt.MouseButton.LeftButton)
    assert [name for name, one in window.docks.items() if one.isVisible()] == ["attention"]
    qtbot.mouseDClick(dock.bar, Qt.MouseButton.LeftButton)
    assert [name for name, one in window.docks.items() if one.isVisible()] == before


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_built_in_layout_shows_its_panels_without_overlap(
    window: Window, name: str, qtbot
) -> None:
    window.arrange(name)
    visible = [dock for dock in window.docks.values() if dock.panel.is_seen]
    assert len(visible) >= 5
    for one in visible:
        assert one.width() > 100 and one.height() > 60, one.objectName()
        for other in visible:
            if other is not one:
                assert not one.geometry().intersects(other.geometry())


def test_panels_begin_right_under_the_strip(window: Window) -> None:
    top = min(dock.y() for dock in window.docks.values() if dock.isVisible())
    bar = window.findChild(QToolBar, "ribbonbar")
    assert bar.geometry().bottom() < top <= bar.geometry().bottom() + 12


def test_a_layout_is_restored_and_a_wrong_version_is_refused(window: Window, qtbot) -> None:
    window.arrange("lecture")
    shown = {name for name, dock in window.docks.items() if dock.isVisible()}
    blob = bytes(window.saveState(LAYOUT_VERSION).data())
    window.arrange("explore")
    assert not window.restoreState(QByteArray(blob), LAYOUT_VERSION + 1)
    assert window.restoreState(QByteArray(blob), LAYOUT_VERSION)
    assert {name for name, dock in window.docks.items() if dock.isVisible()} == shown


def test_dark_and_light_change_the_ground(window: Window, qtbot) -> None:
    light = window.grab().toImage().pixelColor(3, 3).lightness()
    window.change_theme("dark")
    dark = window.grab().toImage().pixelColor(3, 3).lightness()
    assert light > 200 > 60 > dark


def test_every_key_of_the_table_gives_its_command(
    worker: Worker, style: Style, reader: LocalReader, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    monkeypatch.setattr(Commands, "_obey", lambda _, action, *rest: given.append(action.id))
    window = build(worker, "light")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.controller.start(iter([reader]))
    qtbot.waitUntil(lambda: bool(window.controller.snapshot.timeline))
    for action in ACTIONS:
        window.commands[action.id].setEnabled(True)
        for key in action.keys:
            given.clear()
            QTest.keySequence(window, QKeySequence(key))
            assert given == [action.id], f"{key} gave {given}, not {action.id}"


def test_ids_and_keys_of_commands_are_unique() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    keys = [QKeySequence(key).toString() for action in ACTIONS for key in action.keys]
    assert all(keys)
    assert len(set(keys)) == len(keys)
    assert all(action.help.endswith(".") for action in ACTIONS)


def test_a_length_limit_is_chosen_in_the_menu_and_said(window: Window, qtbot) -> None:
    window.commands["limit_50"].trigger()
    assert window.controller.snapshot.limit == 50
    window.controller.apply(moves.limit_to, 1)
    start = length(window)
    press(window, qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: length(window) == start + 1)
    assert not window.commands["step"].isEnabled()
    window.commands["limit_0"].trigger()
    assert window.controller.snapshot.limit == 0


def test_undo_is_offered_only_when_there_is_something_to_undo(window: Window, qtbot) -> None:
    assert not window.commands["undo"].isEnabled()
    press(window, qtbot, Qt.Key.Key_BracketRight)
    assert window.commands["undo"].isEnabled()
    press(window, qtbot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.controller.snapshot.sampling == FIRST_SAMPLING


def test_an_error_stands_in_the_status_line_as_plain_text(window: Window, qtbot) -> None:
    window.controller.apply(moves.fail, "<b>It</b> broke.")
    assert window._status._message.text() == "<b>It</b> broke."
    assert window._status._message.textFormat() == Qt.TextFormat.PlainText
    press(window, qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window._status._message.text() != "<b>It</b> broke.")


def test_nothing_that_a_stranger_named_is_taken_for_html(window: Window, qtbot) -> None:
    evil = "<img src='file:///etc/hostname'><b>x</b>"
    c = window.controller
    for dock in window.docks.values():
        dock.show()
    c.read(evil)
    qtbot.waitUntil(lambda: c.snapshot.timeline.nodes[-1].prompt == evil)
    for shown in (c.snapshot, replace(c.snapshot, busy=evil), Snapshot(busy=evil)):
        c.become(shown)
        for dock in window.docks.values():
            dock.panel.catch_up()
        for widget in window.findChildren(QWidget):
            if isinstance(widget, QLabel):
                assert widget.textFormat() == Qt.TextFormat.PlainText, widget.text()
            assert "<img" not in widget.toolTip() and "<b>" not in widget.toolTip(), widget


def test_e_puts_the_keyboard_into_the_prompt_and_typing_does_not_step(
    window: Window, qtbot, qapp
) -> None:
    window.activateWindow()
    start = length(window)
    press(window, qtbot, Qt.Key.Key_E)
    editor = qapp.focusWidget()
    assert editor is not None
    qtbot.keyClicks(editor, " 1p ")
    assert length(window) == start
    assert " 1p " in window.controller.snapshot.draft.text


def test_a_panel_that_is_asked_for_comes_up_from_under_a_maximised_one(window, qtbot) -> None:
    window.maximiser.toggle(window.docks["attention"])
    assert not window.docks["text"].isVisible()
    window.activateWindow()
    press(window, qtbot, Qt.Key.Key_E)
    assert window.docks["text"].panel.is_seen
    assert window.docks["attention"].panel.is_seen
