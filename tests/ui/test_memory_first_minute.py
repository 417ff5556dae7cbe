"""A person who never heard of Hopfield: two letters, one spoilt, and it comes back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QToolButton

from explorer.lens.recall import narrate
from explorer.session.memory import moves
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panels.memory_patterns import _EMPTY
from explorer.ui.pixels import letter
from explorer.ui.window import Window


@pytest.fixture
def desk(window: Window) -> MemoryDesk:
    """The workspace as it is opened for the first time."""
    window.open_workspace("memory")
    window.activateWindow()
    desk = window.space.desk
    assert isinstance(desk, MemoryDesk)
    return desk


def test_what_the_empty_state_says_is_all_there_is_to_do(window, desk, qtbot) -> None:
    field = window.docks["patterns"].panel.letter
    assert "Type a letter" in narrate(desk.snapshot) and "Type a letter" in _EMPTY[0]
    qtbot.keyClick(window, Qt.Key.Key_L)
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "A")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "Store another letter" in narrate(desk.snapshot)
    assert field.hasFocus(), "the next letter can be typed at once"
    qtbot.keyClicks(field, "X")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not field.hasFocus(), "X spoils from now on, and P plays"
    assert [one.name for one in desk.snapshot.pictures] == ["A", "X"]
    qtbot.keyClick(window, Qt.Key.Key_X)
    assert "20 of 100 neurons changed. Press Play" in narrate(desk.snapshot)
    rate, steps = desk.snapshot.play.rate, desk.snapshot.size
    assert steps / rate < 15, "a sweep is watched in seconds"
    desk.play_at(60)
    play = next(
        one for one in window.findChildren(QToolButton)
        if one.isVisible() and one.defaultAction() is window.commands["recall_play"]
    )  # fmt: skip
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not desk.snapshot.play.running, timeout=20_000)
    assert np.array_equal(desk.snapshot.here.spins, desk.snapshot.pictures[1].spins)
    assert narrate(desk.snapshot) == "A fixed point: no neuron wants to change. It is X."


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
@pytest.mark.parametrize("presenter", [False, True])
def test_no_control_covers_another(window, desk, size, presenter, qtbot) -> None:
    window.looks.set_presenter(presenter)
    window.resize(*size)
    for one in "AX":
        desk.apply(moves.put, letter(one, desk.snapshot.shape))
        desk.apply(moves.store, one)
    window.grab()
    patterns = window.docks["patterns"].panel
    row = [patterns.letter, patterns._open, *patterns._sides]
    landscape = window.docks["memory_landscape"].panel
    for widgets in (row, landscape._buttons()):
        qtbot.waitUntil(
            lambda widgets=widgets: apart([one.geometry() for one in widgets]), timeout=20_000
        )
    window.looks.set_presenter(False)


def apart(boxes: list[QRect]) -> bool:
    return not any(
        one.intersects(other) for index, one in enumerate(boxes) for other in boxes[:index]
    )
