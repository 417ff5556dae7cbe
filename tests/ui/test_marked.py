"""Marked things by mouse and by key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from explorer.ui.marked import Marked
from explorer.ui.style import Style

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Beads(Marked):
    """Beads of ten pixels beside each other; the right button takes one out."""

    beads = 3

    def count(self) -> int:
        return self.beads

    def index_at(self, point: QPointF) -> int | None:
        index = int(point.x() // 10)
        return index if 0 <= index < self.beads else None

    def removes(self, event: QMouseEvent) -> bool:
        return event.button() == RIGHT


@pytest.fixture
def beads(style: Style, qtbot) -> Beads:
    beads = Beads(style, "Beads", "Three beads.")
    qtbot.addWidget(beads)
    beads.resize(100, 10)
    return beads


@pytest.fixture
def said(beads: Beads) -> list[tuple[str, int]]:
    said: list[tuple[str, int]] = []
    beads.chosen.connect(lambda index: said.append(("chosen", index)))
    beads.removed.connect(lambda index: said.append(("removed", index)))
    return said


def test_a_press_marks_what_it_chooses_or_removes(beads, said, qtbot) -> None:
    qtbot.mouseClick(beads, LEFT, pos=QPoint(25, 5))
    qtbot.mouseClick(beads, RIGHT, pos=QPoint(15, 5))
    qtbot.mouseClick(beads, LEFT, pos=QPoint(95, 5))
    assert said == [("chosen", 2), ("removed", 1)] and beads.mark == 1


def test_arrows_stop_at_both_ends(beads, said, qtbot) -> None:
    for key, marks in ((Qt.Key.Key_Down, [1, 2, 2]), (Qt.Key.Key_Up, [1, 0, 0])):
        for mark in marks:
            qtbot.keyClick(beads, key)
            assert beads.mark == mark
    qtbot.keyClick(beads, Qt.Key.Key_Return)
    qtbot.keyClick(beads, Qt.Key.Key_Delete)
    assert said == [("chosen", 0), ("removed", 0)]


def test_without_anything_no_key_says_something(beads, said, qtbot) -> None:
    beads.beads = 0
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Delete):
        qtbot.keyClick(beads, key)
    assert said == [] and beads.mark == 0
