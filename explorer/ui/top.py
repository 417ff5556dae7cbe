"""The tool bar at the top: the strip of the workspace that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QToolBar

from explorer.ui.strip import Strip
from explorer.ui.style import Style
from explorer.ui.workspace import Workspace


class Top(QToolBar):
    """One strip for each workspace, one of them shown."""

    def __init__(
        self,
        window: QMainWindow,
        looks: Style,
        commands: Mapping[str, QAction],
    ) -> None:
        super().__init__("Ribbon", window)
        self.setObjectName("ribbonbar")
        self.setMovable(False)
        self._looks, self._commands = looks, commands
        self._stack = QStackedWidget()
        self._strips: dict[str, Strip] = {}
        self.addWidget(self._stack)

    def take_in(self, space: Workspace) -> None:
        """Make the strip of a further workspace."""
        strip = self._strips[space.id] = space.strip(space.desk, self._looks, self._commands)
        self._stack.addWidget(strip)
        self._fit()

    def show_space(self, name: str) -> None:
        """Show the strip of one workspace."""
        self._stack.setCurrentWidget(self._strips[name])

    def draw(self, name: str, new: Any, old: Any) -> None:
        """Write the strip of one workspace."""
        self._strips[name].draw(new, old)

    def restyle(self) -> None:
        """Take over new sizes and colours."""
        for strip in self._strips.values():
            strip.restyle()
        self._fit()

    def _fit(self) -> None:
        # A stack asks for the height that wrapped text would need in any width: far too much.
        self._stack.setFixedHeight(max(strip.height() for strip in self._strips.values()))
