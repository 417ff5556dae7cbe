"""What is higher than its place scrolls up and down, as wide as the place, without the keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from explorer.ui.scrolling import scrolling


def test_a_high_widget_scrolls_down_and_never_sideways(qtbot) -> None:
    body = QWidget()
    body.setMinimumSize(40, 900)
    area = scrolling(body)
    qtbot.addWidget(area)
    area.resize(300, 200)
    area.show()
    assert area.verticalScrollBar().isVisible() and not area.horizontalScrollBar().isVisible()
    assert body.height() == 900 and body.width() == area.viewport().width() < 300
    assert area.focusPolicy() == Qt.FocusPolicy.NoFocus
