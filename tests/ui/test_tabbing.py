"""Tab walks through everything that is seen, and through nothing else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from explorer.session.memory import moves
from explorer.ui.focus_frame import FocusFrame
from explorer.ui.panel import DeskPanel
from explorer.ui.picture import paint
from explorer.ui.window import Window

TAB, BACK = Qt.Key.Key_Tab, Qt.Key.Key_Backtab


def walk(window: Window, qtbot, key: Qt.Key = TAB) -> list[QWidget]:
    """What Tab reaches, from the window until it comes round."""
    window.activateWindow()
    window.setFocus()
    seen: list[QWidget] = []
    while True:
        qtbot.keyClick(window.focusWidget(), key)
        here = window.focusWidget()
        if here in seen:
            return seen
        seen.append(here)


def panel_of(widget: QWidget) -> DeskPanel | None:
    while widget is not None and not isinstance(widget, DeskPanel):
        widget = widget.parentWidget()
    return widget


@pytest.mark.parametrize("space", ["text", "memory", "bridge"])
@pytest.mark.parametrize("layout", ["explore", "debug"])
def test_tab_reaches_nothing_that_lies_under_another_tab(
    window: Window, qtbot, space: str, layout: str
) -> None:
    window.open_workspace(space)
    window.arrange(layout)
    shown = {name for name, dock in window.docks.items() if dock.panel.is_seen}
    reached = {panel.id for one in walk(window, qtbot) if (panel := panel_of(one)) is not None}
    assert reached <= shown
    assert reached


def test_buttons_before_the_picture_of_a_panel_are_reached_both_ways(
    window: Window, desk, qtbot
) -> None:
    desk.apply(moves.corrupt)
    # Of buttons that exclude each other Tab reaches the one that is down, the arrows the others.
    wanted = [
        one for name in ("memory_state", "memory_landscape")
        for one in window.docks[name].panel.findChildren(QPushButton)
        if one.isEnabled() and (one.group() is None or one.isChecked())
    ]  # fmt: skip
    assert {one.text() for one in wanted} == {
        "Store", "Spoil", "Blank", "Energy", "3-D", "Search",
    }  # fmt: skip
    there = walk(window, qtbot)
    assert set(wanted) <= set(there)
    assert set(walk(window, qtbot, BACK)) == set(there)


def test_tab_comes_to_a_panel_once_it_is_brought_up(window: Window, desk, qtbot) -> None:
    measure = window.docks["memory_basins"].panel._measure
    assert measure not in walk(window, qtbot)
    window.reveal("memory_basins")
    qtbot.waitUntil(lambda: window.docks["memory_basins"].panel.is_seen)
    assert measure in walk(window, qtbot)
    assert window.docks["memory_landscape"].panel.canvas not in walk(window, qtbot)


@pytest.mark.parametrize("space", ["text", "memory", "bridge"])
def test_whatever_tab_reaches_shows_that_it_has_the_keyboard(
    window: Window, qtbot, space: str
) -> None:
    window.open_workspace(space)
    window.activateWindow()
    window.setFocus()
    unseen = []
    for _ in range(len(walk(window, qtbot))):
        qtbot.keyClick(window.focusWidget(), TAB)
        here = window.focusWidget()
        with_keys = here.grab().toImage()
        here.clearFocus()
        if here.grab().toImage() == with_keys:
            unseen.append(here.accessibleName() or type(here).__name__)
        here.setFocus(Qt.FocusReason.TabFocusReason)
    assert unseen == []


def test_the_frame_follows_its_picture_and_goes_with_the_keyboard(window: Window, qtbot) -> None:
    canvas = next(one for one in walk(window, qtbot) if one.accessibleName() == "Timeline")
    while window.focusWidget() is not canvas:
        qtbot.keyClick(window.focusWidget(), TAB)
    (frame,) = (one for one in canvas.findChildren(FocusFrame) if one.isVisible())
    window.resize(1300, 800)
    qtbot.waitUntil(lambda: frame.geometry() == canvas.rect())
    accent = window.looks.color("accent")
    assert canvas.grab().toImage().pixelColor(0, 0) == accent
    picture = paint(window.docks["timeline"].panel, ".png")
    assert picture.pixelColor(0, 0) != accent  # exported without it
    qtbot.keyClick(canvas, TAB)
    assert not frame.isVisible()
    qtbot.waitUntil(lambda: canvas.findChildren(FocusFrame) == [])
    assert canvas.grab().toImage().pixelColor(0, 0) != accent
