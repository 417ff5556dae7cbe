"""What the tests of the window share: a panel on the screen, two letters, tool tips, drops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QToolTip

from explorer.session.memory import moves
from explorer.ui.controller import Controller
from explorer.ui.memory_desk import MemoryDesk
from explorer.ui.panel import Panel
from explorer.ui.pixels import letter
from explorer.ui.style import Style
from explorer.ui.window import Window

P = TypeVar("P", bound=Panel)
Shown = Callable[..., P]


@pytest.fixture
def shown(style: Style, qtbot) -> Shown:
    """Show one panel of its own: `shown(BarsPanel, controller, (448, 430))`."""

    def show(kind: type[P], controller: Controller, size: tuple[int, int] = (480, 320)) -> P:
        panel = kind(controller, style)
        qtbot.addWidget(panel)
        panel.resize(*size)
        panel.show()
        qtbot.waitExposed(panel)
        return panel

    return show


@pytest.fixture
def desk(window: Window) -> MemoryDesk:
    """The desk of the memory workspace, which is shown; two letters are stored."""
    window.open_workspace("memory")
    desk = window.space.desk
    assert isinstance(desk, MemoryDesk)
    for one in "AX":
        desk.apply(moves.put, letter(one, desk.snapshot.shape))
        desk.apply(moves.store, one)
    return desk


@pytest.fixture
def tips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tool tips that were asked for, in order."""
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, *rest: said.append(text))
    return said


@pytest.fixture
def drop(window: Window) -> Callable[..., None]:
    """Drop files on the window as a file manager does: `drop(path, path)`."""

    def dropped(*paths: Path) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        for kind in (QDropEvent.Type.DragEnter, QDropEvent.Type.Drop):
            event = QDropEvent(
                QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier, kind,
            )  # fmt: skip
            QApplication.sendEvent(window, event)

    return dropped
