"""A label that is too long ends with an ellipsis; one with room is as Qt paints it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.ui.elided import Elided

LONG = "Sharpness of attention β in <b>one</b> head"


def picture(label: QLabel, qtbot, width: int):
    label.setTextFormat(Qt.TextFormat.PlainText)
    qtbot.addWidget(label)
    label.setMinimumWidth(1)
    label.resize(width, 24)
    return label.grab().toImage()


@pytest.mark.parametrize("width", [12, 60, 140, 200])
def test_a_long_text_is_painted_with_an_ellipsis(qtbot, width: int) -> None:
    label = Elided(LONG)
    shown = label.fontMetrics().elidedText(LONG, Qt.TextElideMode.ElideRight, width)
    assert shown.endswith("…")
    assert picture(label, qtbot, width) == picture(QLabel(shown), qtbot, width)


def test_a_text_with_room_and_one_that_wraps_are_left_alone(qtbot) -> None:
    assert picture(Elided(LONG), qtbot, 600) == picture(QLabel(LONG), qtbot, 600)
    wraps, plain = Elided(LONG), QLabel(LONG)
    for label in (wraps, plain):
        label.setWordWrap(True)
    assert picture(wraps, qtbot, 90) == picture(plain, qtbot, 90)
