"""Gives one panel the whole window, and the others their places back."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow

from explorer.ui.dock import PanelDock


class Maximiser:
    """Remembers where the panels were while one of them is maximised."""

    def __init__(self, window: QMainWindow, docks: Mapping[str, PanelDock]) -> None:
        self._window, self._docks = window, docks
        self._before: QByteArray | None = None

    def toggle(self, dock: PanelDock) -> None:
        """Give one panel the whole window, or bring the others back."""
        if self.restore():
            return
        self._before = self._window.saveState()
        for other in self._docks.values():
            other.setVisible(other is dock)

    def restore(self) -> bool:
        """Bring the others back; False when no panel is maximised."""
        if self._before is None:
            return False
        self._window.restoreState(self._before)
        self._before = None
        return True

    def make_room(self, dock: PanelDock) -> None:
        """Another panel than the maximised one is asked for: bring the others back."""
        if self._before is not None and not dock.isVisible():
            self.restore()

    def forget(self) -> None:
        """The panels have been arranged anew."""
        self._before = None
