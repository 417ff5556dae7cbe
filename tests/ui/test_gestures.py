"""Gestures in any order: nothing fails, and the story stays one that can be walked and repeated."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.ui.actions import ACTIONS
from explorer.ui.window import Window

# They ask for a file or another model, end the program, or take seconds.
ASKING = {
    "open", "open_model", "open_apart", "connect", "save", "save_as", "export", "quit", "go_on",
    "copy_python", "sweep", "prove", "space_memory", "space_bridge",
}  # fmt: skip
COMMANDS = [action.id for action in ACTIONS if action.id not in ASKING]
KEYS = [
    Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return,
    Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Escape, Qt.Key.Key_Tab,
]  # fmt: skip


def gesture(window: Window, dice: random.Random) -> str:
    """Give a command, press a key or use the mouse somewhere; says what was done."""
    kind = dice.random()
    if kind < 0.5:
        name = dice.choice(COMMANDS)
        window.commands[name].trigger()
        return name
    docks = [one for one in window.docks.values() if one.isVisible()]
    target = dice.choice(docks)
    at = QPoint(dice.randrange(target.width()), dice.randrange(target.height()))
    child = target.childAt(at) or target
    if kind < 0.7:
        QTest.keyClick(QApplication.focusWidget() or window, dice.choice(KEYS))
        return "key"
    local = child.mapFrom(target, at)
    if kind < 0.85:
        QTest.mouseMove(child, local)
    else:
        QTest.mouseClick(child, Qt.MouseButton.LeftButton, pos=local)
    return f"mouse in {type(child).__name__}"


@pytest.mark.parametrize("seed", range(2))
def test_gestures_in_any_order_leave_a_story_that_can_be_walked(
    window: Window, qtbot, seed: int
) -> None:
    dice = random.Random(seed)
    done = []
    for _ in range(120):
        done.append(gesture(window, dice))
        QTest.qWait(0)
    controller = window.controller
    controller.play(False)
    qtbot.waitUntil(lambda: controller._reading is None)
    s = controller.snapshot
    tree = s.timeline
    assert s.error == "", (s.error, done)
    for node in tree.nodes:
        if node.parent is not None and not node.prompt:
            parent = tree.nodes[node.parent].trace
            assert node.trace.ids == (*parent.ids, node.draw.token)
    assert len(tree.nodes) > 3
    assert 0 <= tree.cursor < len(tree.nodes)
