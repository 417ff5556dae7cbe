"""The memory workspace in the real window, by mouse and by key."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence

from explorer.session.memory import beats, moves
from explorer.ui.actions import COMMON_ACTIONS
from explorer.ui.actions.memory import MEMORY_ACTIONS
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.memory_workspace import MEMORY_LAYOUTS, MEMORY_PANELS
from explorer.ui.pixels import letter
from explorer.ui.window import Window

CONTROL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


@pytest.fixture
def desk(window: Window) -> MemoryDesk:
    """The desk of the memory workspace, which is shown."""
    window.open_workspace("memory")
    desk = window.space.desk
    assert isinstance(desk, MemoryDesk)
    return desk


def store(desk: MemoryDesk, *letters: str) -> None:
    for one in letters:
        desk.apply(moves.put, letter(one, desk.snapshot.shape))
        desk.apply(moves.store, one)


def test_two_letters_one_is_spoilt_and_comes_back(window: Window, desk, qtbot, qapp) -> None:
    window.activateWindow()
    field = window.docks["patterns"].panel.letter
    for one in "AX":
        field.setFocus()
        qtbot.keyClicks(field, one)
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert [picture.name for picture in desk.snapshot.pictures] == ["A", "X"]
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_1)
    qtbot.keyClick(window, Qt.Key.Key_X)
    assert not np.array_equal(desk.snapshot.here.spins, desk.snapshot.pictures[0].spins)
    desk.play_at(60)
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(
        lambda: np.array_equal(desk.snapshot.here.spins, desk.snapshot.pictures[0].spins)
    )
    assert desk.snapshot.track.length > 10


def test_play_steps_at_the_rate_of_play_and_stops_by_itself(window, desk, qtbot) -> None:
    store(desk, "A", "X")
    desk.apply(moves.show, 0)
    desk.apply(moves.corrupt)
    desk.apply(beats.use_stride, 5)
    desk.play_at(60)
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert desk.snapshot.play.running
    qtbot.waitUntil(lambda: not desk.snapshot.play.running, timeout=30_000)
    assert desk.snapshot.track.length >= 10
    assert "fixed point" in desk.snapshot.notice


def test_step_and_back_by_key_repeat_each_other(window, desk, qtbot) -> None:
    store(desk, "A", "X")
    desk.apply(moves.corrupt)
    before = desk.snapshot.here.spins
    for _ in range(5):
        qtbot.keyClick(window, Qt.Key.Key_Space)
    there = desk.snapshot.here.spins
    for _ in range(5):
        qtbot.keyClick(window, Qt.Key.Key_Left)
    assert np.array_equal(desk.snapshot.here.spins, before)
    qtbot.keyClick(window, Qt.Key.Key_End)
    assert np.array_equal(desk.snapshot.here.spins, there)


def test_the_mouse_draws_ink_and_rubs_it_out(window, desk, qtbot) -> None:
    grid = window.docks["memory_state"].panel.grid
    window.grab()
    first, last = (grid.cell(n).center().toPoint() for n in (11, 14))
    qtbot.mousePress(grid, Qt.MouseButton.LeftButton, pos=first)
    qtbot.mouseMove(grid, last)
    qtbot.mouseRelease(grid, Qt.MouseButton.LeftButton, pos=last)
    drawn = np.flatnonzero(desk.snapshot.here.spins == 1).tolist()
    assert drawn[0] == 11
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=first)
    assert desk.snapshot.here.spins[11] == -1


def test_one_stroke_is_undone_at_once(window, desk, qtbot) -> None:
    grid = window.docks["memory_state"].panel.grid
    window.grab()
    for neuron in (3, 4, 5):
        grid.painted.emit([neuron], 1)
    grid.rested.emit()
    grid.painted.emit([9], 1)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.flatnonzero(desk.snapshot.here.spins == 1).tolist() == [3, 4, 5]
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not (desk.snapshot.here.spins == 1).any()


def test_the_grid_is_drawn_on_by_keyboard(window, desk, qtbot) -> None:
    window.activateWindow()
    grid = window.docks["memory_state"].panel.grid
    grid.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert np.flatnonzero(desk.snapshot.here.spins == 1).tolist() == [desk.snapshot.shape[1] + 1]


def test_workspaces_are_switched_by_key_and_keep_their_place(window: Window, qtbot) -> None:
    shown = {name for name, dock in window.docks.items() if dock.isVisible()}
    tokens = len(window.controller.snapshot.timeline.node.trace)
    qtbot.keyClick(window, Qt.Key.Key_2, CONTROL_ALT)
    assert window.space.id == "memory"
    visible = {name for name, dock in window.docks.items() if dock.isVisible()}
    assert visible <= {panel.id for panel in MEMORY_PANELS}
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert len(window.controller.snapshot.timeline.node.trace) == tokens
    qtbot.keyClick(window, Qt.Key.Key_1, CONTROL_ALT)
    assert {name for name, dock in window.docks.items() if dock.isVisible()} == shown
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.node.trace) == tokens + 1)


def test_buttons_of_the_strip_keep_their_icons(window: Window, desk) -> None:
    store(desk, "A")
    for name in ("recall_back", "recall_step", "recall_play", "back", "step", "play"):
        assert not window.commands[name].icon().isNull()


def test_keys_and_ids_are_unique_in_the_workspace() -> None:
    table = (*MEMORY_ACTIONS, *COMMON_ACTIONS)
    assert len({action.id for action in table}) == len(table)
    keys = [QKeySequence(key).toString() for action in table for key in action.keys]
    assert len(set(keys)) == len(keys) and all(keys)
    assert all(action.help.endswith(".") for action in table)


@pytest.mark.parametrize("name", MEMORY_LAYOUTS)
def test_every_layout_shows_its_panels(window: Window, desk, name: str) -> None:
    window.arrange(name)
    visible = [dock for dock in window.docks.values() if dock.isVisible()]
    assert len(visible) >= 3
    for one in visible:
        assert one.width() > 100 and one.height() > 60


def test_numbers_that_cannot_be_are_refused_in_a_sentence(window, desk, qtbot) -> None:
    panel = window.docks["memory_controls"].panel
    store(desk, "A")
    for name, text in (
        ("temperature", "-1"), ("temperature", "nan"), ("temperature", "inf"),
        ("share", "150"), ("bias", "x"), ("seed", "-3"),
    ):  # fmt: skip
        before = desk.snapshot
        field = panel._fields[name]
        field.setEnabled(True)
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert panel._note.text(), (name, text)
        assert desk.snapshot.how == before.how and desk.snapshot.bias == before.bias


def test_a_click_shows_a_pattern_and_the_cross_forgets_it(window, desk, qtbot) -> None:
    store(desk, "A", "X")
    patterns = window.docks["patterns"].panel.list
    middle = patterns._height() // 2
    qtbot.mouseClick(patterns, Qt.MouseButton.LeftButton, pos=QPoint(60, middle))
    assert np.array_equal(desk.snapshot.here.spins, desk.snapshot.pictures[0].spins)
    cross = QPoint(patterns.width() - 8, middle)
    qtbot.mouseClick(patterns, Qt.MouseButton.LeftButton, pos=cross)
    assert [picture.name for picture in desk.snapshot.pictures] == ["X"]


def test_a_picture_file_is_opened_in_the_background(window, desk, qtbot, tmp_path) -> None:
    from PySide6.QtGui import QColor, QImage

    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for x in range(20):
        for y in range(40):
            image.setPixelColor(x, y, QColor("black"))
    image.save(str(tmp_path / "half.png"))
    desk.open_picture(tmp_path / "half.png")
    qtbot.waitUntil(lambda: (desk.snapshot.here.spins == 1).sum() == 50)
    desk.open_picture(tmp_path / "none.png")
    qtbot.waitUntil(lambda: "is not a file" in desk.snapshot.error)
    assert (desk.snapshot.here.spins == 1).sum() == 50


def test_valleys_are_searched_in_the_background_and_marked(window, desk, qtbot) -> None:
    store(desk, "A", "E", "X")
    panel = window.docks["memory_landscape"].panel
    panel._search.click()
    qtbot.waitUntil(lambda: desk.snapshot.valleys is not None, timeout=10_000)
    qtbot.waitUntil(lambda: "valleys found" in panel._facts.text(), timeout=10_000)


def test_a_click_on_a_pattern_puts_the_plane_through_it(window, desk, qtbot) -> None:
    store(desk, "A", "E", "X")
    canvas = window.docks["memory_landscape"].panel.canvas
    window.grab()
    mark = next(one for one in canvas._land.marks if one.name == "X")
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=canvas._spot(mark).toPoint())
    assert desk.snapshot.look.chosen[0] == 2


def test_the_landscape_turns_by_key_when_it_is_solid(window, desk, qtbot) -> None:
    store(desk, "A", "X")
    panel = window.docks["memory_landscape"].panel
    panel._solid.click()
    panel.canvas.setFocus()
    before = panel.canvas.eye
    panel.canvas.turn(8, 0)
    assert panel.canvas.eye != before
    assert not panel.grab().toImage().isNull()


def test_capacity_is_measured_while_the_window_lives_and_can_be_stopped(
    window, desk, qtbot
) -> None:
    panel = window.reveal("memory_capacity")
    panel._size.setText("60")
    qtbot.mouseClick(panel._measure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(desk.snapshot.measured.curves) >= 1, timeout=10_000)
    assert desk.snapshot.busy.startswith("Measuring")
    store(desk, "A")
    assert desk.snapshot.pictures
    qtbot.mouseClick(panel._stop, Qt.MouseButton.LeftButton)
    assert desk.snapshot.busy == ""
    kept = desk.snapshot.measured
    window.grab()
    assert desk.snapshot.measured is kept


def test_a_bad_number_of_neurons_is_refused_under_the_fields(window, desk, qtbot) -> None:
    panel = window.reveal("memory_capacity")
    for text in ("1", "x", "99999999", ""):
        panel._size.setText(text)
        qtbot.mouseClick(panel._measure, Qt.MouseButton.LeftButton)
        assert "whole number" in panel._note.text()
    assert not desk.snapshot.busy


def test_a_restricted_machine_learns_while_the_window_lives(window, desk, qtbot) -> None:
    panel = window.reveal("restricted")
    panel._fields["steps"].setText("300")
    qtbot.mouseClick(panel._learn, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: (
            desk.snapshot.machines.learned is not None
            and desk.snapshot.machines.learned.done == 300
        ),
        timeout=20_000,
    )
    qtbot.waitUntil(lambda: desk.snapshot.busy == "")
    assert "mislead" in panel._facts.text()
    assert not panel.grab().toImage().isNull()


def test_a_lesson_that_cannot_be_is_refused_under_the_fields(window, desk, qtbot) -> None:
    panel = window.reveal("restricted")
    for name, text in (("hidden", "0"), ("rate", "x"), ("k", "0"), ("steps", "-1")):
        before = panel._fields[name].text()
        panel._fields[name].setText(text)
        qtbot.mouseClick(panel._learn, Qt.MouseButton.LeftButton)
        assert panel._note.text(), (name, text)
        panel._fields[name].setText(before)
    assert desk.snapshot.machines.learned is None


def test_charts_rest_between_fast_beats_and_show_the_present_when_play_stops(
    window, desk, qtbot
) -> None:
    store(desk, "A", "X")
    desk.apply(moves.show, 0)
    desk.apply(moves.corrupt)
    panel = window.docks["memory_energy"].panel
    panel.calm = 1e6
    desk.apply(moves.play, True)
    desk.step()
    seen = panel._drawn
    desk.step()
    assert panel._drawn is seen is not desk.snapshot
    desk.play(False)
    assert panel._drawn is desk.snapshot
