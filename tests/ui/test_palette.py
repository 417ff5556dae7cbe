"""The command palette: every command by a few letters, with keys alone and with the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QListView

from explorer.session import moves
from explorer.session.files.archive import write_session
from explorer.ui.actions import ACTIONS
from explorer.ui.palette import Palette
from explorer.ui.palette_entries import why_not
from explorer.ui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def opened(window: Window, qtbot) -> Palette:
    """The palette as Ctrl+Shift+P opens it."""
    qtbot.keyClick(window, Qt.Key.Key_P, CTRL | SHIFT)
    palette = window.findChild(Palette)
    assert palette.isVisible()
    return palette


def line(palette: Palette) -> QLineEdit:
    return palette.findChild(QLineEdit)


def rows(palette: Palette) -> list[str]:
    model = palette.findChild(QListView).model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_every_command_panel_and_layout_is_offered(opened: Palette, window: Window) -> None:
    offered = rows(opened)
    for action in ACTIONS:
        assert f"{action.menu.replace('&', '')}: {action.text}" in offered
    for space in window.spaces.values():
        for panel in space.panels:
            mine = space is window.space
            assert any(name.endswith(f"panel: {panel.title}") for name in offered) is mine


def test_typing_and_enter_give_the_command_and_return_the_keyboard(
    opened: Palette, window: Window, qtbot
) -> None:
    before = len(window.controller.snapshot.timeline.nodes)
    qtbot.keyClicks(line(opened), "step")
    assert rows(opened)[0] == "Walk: Step"
    qtbot.keyClick(line(opened), Qt.Key.Key_Return)
    assert not opened.isVisible()
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) == before + 1)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(window.controller.snapshot.timeline.nodes) == before + 2)


def test_letters_that_are_keys_elsewhere_are_only_typed(
    opened: Palette, window: Window, qtbot
) -> None:
    snapshot = window.controller.snapshot
    qtbot.keyClicks(line(opened), "p g ? [1 ")
    assert line(opened).text() == "p g ? [1 "
    assert window.controller.snapshot is snapshot


def test_the_arrows_choose_and_escape_leaves(opened: Palette, window: Window, qtbot) -> None:
    view = opened.findChild(QListView)
    qtbot.keyClick(line(opened), Qt.Key.Key_Down)
    assert view.currentIndex().row() == 1
    for _ in range(2):
        qtbot.keyClick(line(opened), Qt.Key.Key_Up)
    assert view.currentIndex().row() == len(rows(opened)) - 1
    qtbot.keyClick(line(opened), Qt.Key.Key_PageUp)
    assert view.currentIndex().row() < len(rows(opened)) - 5
    qtbot.keyClick(line(opened), Qt.Key.Key_Escape)
    assert not opened.isVisible()


def test_a_click_gives_the_command(opened: Palette, window: Window, qtbot) -> None:
    qtbot.keyClicks(line(opened), "hide dice")
    view = opened.findChild(QListView)
    box = view.visualRect(view.model().index(0, 0))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert window.docks["dice"].isHidden()
    assert not opened.isVisible()


def test_a_panel_is_shown_from_the_palette(opened: Palette, window: Window, qtbot) -> None:
    window.docks["dice"].close()
    qtbot.keyClicks(line(opened), "show dice")
    qtbot.keyClick(line(opened), Qt.Key.Key_Return)
    assert window.docks["dice"].isVisible()


def test_a_command_that_cannot_be_given_stays_and_says_why(
    opened: Palette, window: Window, qtbot
) -> None:
    qtbot.keyClicks(line(opened), "walk back")
    view = opened.findChild(QListView)
    assert rows(opened)[0] == "Walk: Back"
    described = view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert "Not now. It needs this: the cursor is behind the prompt." in described
    qtbot.keyClick(line(opened), Qt.Key.Key_Return)
    assert opened.isVisible()


def test_recent_files_are_offered(window: Window, story, qtbot, tmp_path) -> None:
    window.files.keep_in(tmp_path)
    for _ in write_session(tmp_path / "kept.explorer", story(3)):
        pass
    window.files.open_path(tmp_path / "kept.explorer")
    qtbot.waitUntil(lambda: len(window.files.shelf.recent) == 1)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_P, CTRL | SHIFT)
    palette = window.findChild(Palette)
    qtbot.keyClicks(line(palette), "kept")
    assert rows(palette)[0] == "Open recent: kept.explorer"


def test_nothing_found_is_an_empty_list_and_enter_does_nothing(opened: Palette, qtbot) -> None:
    qtbot.keyClicks(line(opened), "qqqq")
    qtbot.keyClick(line(opened), Qt.Key.Key_Return)
    assert rows(opened) == []
    assert opened.isVisible()


def test_a_click_elsewhere_closes_it(opened: Palette, window: Window, qtbot) -> None:
    window.docks["text"].panel.setFocus()
    assert not opened.isVisible()


@pytest.mark.parametrize("size", [(640, 420), (1600, 900)])
def test_it_fits_into_its_window(window: Window, size, qtbot) -> None:
    window.resize(*size)
    window.looks.set_presenter(True)
    window.finder.reveal()
    assert window.rect().contains(window.finder.geometry())
    assert not window.finder.grab().isNull()


def test_the_reason_why_no_step_can_be_made_is_that_of_the_story(story) -> None:
    step = next(action for action in ACTIONS if action.id == "step")
    full = moves.limit_to(story(3), 2)
    assert why_not(step.when, full) == "The limit of 2 new tokens is reached."


def test_marks_are_painted(opened: Palette, qtbot) -> None:
    plain = opened.grab(opened.rect().translated(QPoint(0, 0))).toImage()
    qtbot.keyClicks(line(opened), "st")
    assert opened.grab().toImage() != plain
