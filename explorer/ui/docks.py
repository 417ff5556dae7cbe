"""Docks: the panels of the window by id, with their places in the menu of panels."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QMenu

from explorer.ui.dock import PanelDock
from explorer.ui.style import Style
from explorer.ui.workspace import Workspace


class Docks(dict[str, PanelDock]):
    """Filled while the window is open; a further dock finds its place in the layout restored."""

    def __init__(self, window: QMainWindow, looks: Style, menu: QMenu) -> None:
        super().__init__()
        self._window, self._looks, self._menu = window, looks, menu

    def take_in(self, space: Workspace, shown: bool) -> list[PanelDock]:
        """Make those panels of a workspace that are not there yet; they are hidden at first."""
        fresh = []
        for panel in space.panels:
            if panel.id in self:
                continue
            dock = PanelDock(panel(space.desk, self._looks), self._looks, self._window)
            if not self._window.restoreDockWidget(dock):
                self._window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
            dock.hide()
            dock.toggleViewAction().setVisible(shown)
            self._menu.addAction(dock.toggleViewAction())
            fresh.append(dock)
            self[panel.id] = dock
        return fresh
