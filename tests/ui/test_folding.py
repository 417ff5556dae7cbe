"""Controls that fold: none covers another or leaves its place, whatever the width and the type."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from explorer.app import build
from explorer.ui.folding import Folding

FIRST, SECOND = ("Energy", "Free energy", "Plane"), ("3-D", "Search")


@pytest.fixture
def place(qtbot):
    """A widget with two lines of buttons: `place(width, gap)`, the buttons in order."""

    def made(width: int, gap: bool = False) -> tuple[QWidget, list[QPushButton]]:
        body = QWidget()
        qtbot.addWidget(body)
        lines = [[QPushButton(name) for name in names] for names in (FIRST, SECOND)]
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        folding = Folding(*lines, gap=gap)
        folding.space(5)
        column.addLayout(folding)
        column.addStretch(1)
        body.resize(width, 300)
        body.show()
        return body, [*lines[0], *lines[1]]

    return made


def tops(buttons: list[QPushButton]) -> list[int]:
    return [button.y() for button in buttons]


@pytest.mark.parametrize("width", [120, 180, 260, 340, 480, 900])
def test_nothing_overlaps_and_nothing_stands_outside(place, width: int) -> None:
    body, buttons = place(width)
    for one, other in combinations(buttons, 2):
        assert not one.geometry().intersects(other.geometry())
    for button in buttons:
        assert QRect(0, 0, body.width(), body.height()).contains(button.geometry())
        assert button.width() >= min(button.sizeHint().width(), body.width())


def test_it_lies_in_one_line_in_two_and_in_more(place) -> None:
    _, buttons = place(900)
    assert len(set(tops(buttons))) == 1
    whole = sum(button.width() for button in buttons) + 20
    _, buttons = place(whole - 1)
    high = tops(buttons)
    assert high[0] == high[1] == high[2] < high[3] == high[4]
    _, buttons = place(buttons[1].width() + 10)
    assert len(set(tops(buttons))) >= 4


def test_it_folds_with_the_size_that_it_is_given(place) -> None:
    body, buttons = place(900)
    body.resize(200, 300)
    body.layout().activate()
    assert len(set(tops(buttons))) > 2
    body.resize(900, 300)
    body.layout().activate()
    assert len(set(tops(buttons))) == 1


def test_with_a_gap_the_second_line_stands_at_the_right_end(place) -> None:
    body, buttons = place(900, gap=True)
    assert buttons[-1].geometry().right() == body.width() - 1
    _, buttons = place(900)
    assert buttons[3].x() == buttons[2].geometry().right() + 1 + 5


@pytest.mark.parametrize("points", [9, 14, 18])
def test_the_landscapes_buttons_stand_apart_in_large_type_on_a_small_screen(
    worker, looks_of_the_application: None, qtbot, points: int
) -> None:
    font = QFont(QApplication.font())
    font.setPointSize(points)
    QApplication.setFont(font)
    window = build(worker, "light")
    qtbot.addWidget(window)
    window.looks.set_presenter(True)
    window.resize(1280, 720)
    window.open_workspace("memory")
    window.show()
    window.arrange("explore")
    panel = window.docks["memory_landscape"].panel
    buttons = panel.findChildren(QPushButton)
    assert len(buttons) == 5
    qtbot.waitUntil(lambda: all(button.isVisible() for button in buttons))
    for one, other in combinations(buttons, 2):
        assert not one.geometry().intersects(other.geometry())
