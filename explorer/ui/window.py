"""The window: docks, menus, strip and status line of the workspace that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow

from explorer.ui.actions import COMMON_ACTIONS, FILE, VIEW
from explorer.ui.commands import Commands
from explorer.ui.controller import Controller
from explorer.ui.dock import PanelDock
from explorer.ui.export import Exporter
from explorer.ui.files import Files
from explorer.ui.keys import KeyOverlay
from explorer.ui.layouts import arrange
from explorer.ui.maximiser import Maximiser
from explorer.ui.models import Models, Opener
from explorer.ui.offer import Offer
from explorer.ui.palette import Palette
from explorer.ui.palette_entries import Entry, command_entries, file_entries, panel_entries
from explorer.ui.panel import DeskPanel
from explorer.ui.recent_menu import RecentMenu
from explorer.ui.settings import LAYOUT_VERSION
from explorer.ui.sheet import sheet
from explorer.ui.status import StatusLine
from explorer.ui.style import DARK, LIGHT, Style
from explorer.ui.switcher import Switcher
from explorer.ui.top import Top
from explorer.ui.workspace import Workspace


class Window(QMainWindow):
    """One screen, one workspace at a time: every panel is a dock, every command an action.

    Signals: painted (the first time only), closing (before the window goes), themed (the name of
    the theme that was chosen: light, dark or system).
    """

    painted = Signal()
    closing = Signal()
    themed = Signal(str)

    def __init__(self, looks: Style, spaces: Sequence[Workspace], opener: Opener) -> None:
        super().__init__()
        self.looks, self.spaces = looks, {space.id: space for space in spaces}
        self.space = spaces[0]
        self.setDockNestingEnabled(True)
        self.setAnimated(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._first_paint = True
        self._states: dict[str, QByteArray] = {}
        self.files = Files(self.controller, self)
        self.models = Models(self.files, self, opener)
        self._menus = Commands(self, self, spaces, COMMON_ACTIONS, lambda: self.space.desk)
        self.commands = self._menus.by_id
        RecentMenu(self.files, self._menus.menus[FILE], self.commands["go_on"])
        panel_menu = self._menus.menus[VIEW].addMenu("Panels")
        self.docks = {
            panel.id: PanelDock(panel(space.desk, looks), looks, self)
            for space in spaces
            for panel in space.panels
        }
        for dock in self.docks.values():
            dock.maximise_asked.connect(self.maximise)
            dock.panel.wanted.connect(self.reveal)
            panel_menu.addAction(dock.toggleViewAction())
        self._maximiser = Maximiser(self, self.docks)
        self._top = Top(self, spaces, looks, self.commands)
        self.addToolBar(self._top)
        self._switcher = Switcher(spaces, looks, self.open_workspace)
        self.menuBar().setCornerWidget(self._switcher)
        self._status = StatusLine(self.statusBar(), looks)
        Offer(self.files, self.statusBar())
        self._overlay = KeyOverlay(looks, self)
        self.finder = Palette(looks, self, self._offers)
        self.exporter = Exporter(self.files, self.docks, self)
        for space in spaces:
            space.desk.changed.connect(self._changed)
        looks.changed.connect(self._restyle)
        self._restyle()
        self._enter(self.space)
        self.arrange("explore")

    @property
    def controller(self) -> Controller:
        """The desk of the text workspace."""
        return cast(Controller, self.spaces["text"].desk)

    def open_workspace(self, name: str) -> None:
        """Show another workspace; the one that was shown keeps its panels and its place."""
        if name == self.space.id:
            return
        self._maximiser.restore()
        self._states[self.space.id] = self.saveState()
        self._enter(self.spaces[name])
        if name in self._states:
            self.restoreState(self._states[name])
        else:
            self.arrange("explore")

    def layout_state(self) -> QByteArray:
        """Where the panels of the first workspace are, for the next start."""
        first = next(iter(self.spaces))
        return self.saveState(LAYOUT_VERSION) if self.space.id == first else self._states[first]

    def arrange(self, layout: str) -> None:
        """Put the panels of the workspace shown into its built-in layout of that name."""
        self._maximiser.forget()
        arrange(self, self.docks, self.space.layouts[layout])

    def toggle_presenter(self) -> None:
        """Large type, no menus, full screen; and back."""
        on = not self.looks.presenter
        self.looks.set_presenter(on)
        self.menuBar().setVisible(not on)
        self.statusBar().setVisible(not on)
        if on:
            self.showFullScreen()
        else:
            self.showNormal()

    def change_zoom(self, factor: float) -> None:
        """Scale all text by a factor; 0 is the normal size."""
        self.looks.set_zoom(self.looks.zoom * factor if factor else 1.0)

    def change_theme(self, name: str) -> None:
        """light, dark or system."""
        dark = name == "dark"
        if name == "system":
            dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        self.looks.set_theme(DARK if dark else LIGHT)
        self.themed.emit(name)

    def reveal(self, panel: str) -> DeskPanel[Any]:
        """Show a panel, also one under another tab, put the keyboard into it and return it."""
        dock = self.docks[panel]
        self._maximiser.make_room(dock)
        dock.show()
        dock.raise_()
        dock.panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return dock.panel

    def show_keys(self) -> None:
        """Show all keys over the window."""
        self._overlay.reveal()

    def leave(self) -> None:
        """Leave what is on top: the overlay, a run to a stop, a maximised panel, presenter mode."""
        if self._overlay.isVisible():
            self._overlay.leave()
        elif self.space.id == "text" and self.controller.snapshot.play.to_stop:
            self.controller.play(False)
        elif not self._maximiser.restore() and self.looks.presenter:
            self.toggle_presenter()

    @Slot(object)
    def maximise(self, dock: PanelDock) -> None:
        """Give one panel the whole window, or bring the others back."""
        self._maximiser.toggle(dock)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._overlay.setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._first_paint:
            self._first_paint = False
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._maximiser.restore()
        self.closing.emit()
        super().closeEvent(event)

    def _enter(self, space: Workspace) -> None:
        self.space = space
        self._menus.show(space.id)
        self._overlay.list_keys(self._menus.table())
        self._top.show_space(space.id)
        self._switcher.show_space(space.id)
        for other in self.spaces.values():
            for panel in other.panels:
                self.docks[panel.id].toggleViewAction().setVisible(other is space)
        self._changed(space.desk.snapshot, None)

    def _offers(self) -> Iterator[Entry]:
        yield from command_entries(self._menus.table(), self.commands, self.space.desk.snapshot)
        yield from panel_entries(self.docks, self.reveal)
        yield from file_entries(self.files.shelf, self.files.open_path)

    @Slot(object, object)
    def _changed(self, new: Any, old: Any) -> None:
        if new is not self.space.desk.snapshot:
            return
        self._top.draw(self.space.id, new, old)
        self._menus.draw(new)
        self._status.draw(new, old)
        self._status.describe(self.controller.snapshot.model)

    @Slot()
    def _restyle(self) -> None:
        self.setStyleSheet(sheet(self.looks))
        self._top.restyle()
        self._switcher.restyle()
        for dock in self.docks.values():
            dock.bar.restyle()
        self._status.restyle()
        self._overlay.update()
