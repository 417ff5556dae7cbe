"""The window: docks, menus, strip and status line of the workspace that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QKeyEvent,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractButton, QMainWindow

from explorer.ui.actions import COMMON_ACTIONS, FILE, VIEW
from explorer.ui.commands import Commands
from explorer.ui.controller import Controller
from explorer.ui.docks import Docks
from explorer.ui.export import Exporter
from explorer.ui.eye import Eye
from explorer.ui.files import Files
from explorer.ui.focus_frame import frame
from explorer.ui.keys import KeyOverlay
from explorer.ui.later import Later
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
from explorer.ui.tabbing import next_by_tab
from explorer.ui.top import Top
from explorer.ui.workspace import Name, Workspace


class Window(QMainWindow):
    """One screen, one workspace at a time: every panel is a dock, every command an action.

    `space` is the workspace of the text, and `controller` its desk.

    Signals: painted (the first time only), closing (before the window goes), themed (the name of
    the theme that was chosen: light, dark or system).
    """

    painted = Signal()
    closing = Signal()
    themed = Signal(str)

    def __init__(
        self, looks: Style, space: Workspace, opener: Opener, names: Sequence[Name], later: Later
    ) -> None:
        super().__init__()
        self.looks, self.space, self.later = looks, space, later
        self.spaces: dict[str, Workspace] = {}
        self.controller = cast(Controller, space.desk)
        self.setDockNestingEnabled(True)
        self.setAnimated(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._first_paint = True
        self._states: dict[str, tuple[QByteArray, tuple[str, ...]]] = {}
        self.files = Files(self.controller, self)
        self.models = Models(self.files, self, opener)
        self._menus = Commands(self, self, COMMON_ACTIONS, lambda: self.space.desk)
        self.commands = self._menus.by_id
        self.docks = Docks(self, looks, self._menus.menus[VIEW].addMenu("Panels"))
        self.maximiser = Maximiser(self, self.docks)
        self._top = Top(self, looks, self.commands)
        self.addToolBar(self._top)
        self._switcher = Switcher(names, looks, self.open_workspace)
        self.menuBar().setCornerWidget(self._switcher)
        self._status = StatusLine(self.statusBar(), looks)
        Offer(self.files, self.statusBar())
        self.keys = KeyOverlay(looks, self)
        self.finder = Palette(looks, self, self._offers)
        self.exporter = Exporter(self.files, self.docks, self)
        Eye(self.controller, self.docks, self)
        self.take_in(space)
        RecentMenu(self.files, self._menus.menus[FILE], self.commands["go_on"])
        looks.changed.connect(self._restyle)
        self._restyle()
        self._enter(space)
        self.arrange("explore")
        later.give_to(self.take_in)

    def take_in(self, space: Workspace) -> None:
        """Have a further workspace, or further panels of one that is there."""
        if space.id == self.space.id:
            self.space = space
        if space.id not in self.spaces:
            self._menus.take_in(space)
            self._top.take_in(space)
            space.desk.changed.connect(self._changed)
            self.files.neighbours.take_in(space.id, space.desk)
        self.spaces[space.id] = space
        for dock in self.docks.take_in(space, self.space is space):
            dock.maximise_asked.connect(self.maximiser.toggle)
            dock.panel.wanted.connect(self.reveal)
            self.exporter.serve(dock)

    def open_workspace(self, name: str) -> None:
        """Show another workspace; the one that was shown keeps its panels and its place."""
        if name == self.space.id:
            return
        self.later.finish()
        self.maximiser.restore()
        self._states[self.space.id] = self._arranged()
        self._enter(self.spaces[name])
        if name in self._states:
            self.restoreState(self._states[name][0], LAYOUT_VERSION)
        else:
            self.arrange("explore")

    def layout_state(self) -> tuple[QByteArray, tuple[str, ...]]:
        """Where the panels of the first workspace are and which are shown, for the next start."""
        first = next(iter(self.spaces))
        return self._arranged() if self.space.id == first else self._states[first]

    def arrange(self, layout: str) -> None:
        """Put the panels of the workspace shown into its built-in layout of that name."""
        if layout != "explore":
            self.later.finish()
        self.maximiser.forget()
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
        if panel not in self.docks:
            self.later.finish()
        dock = self.docks[panel]
        self.maximiser.make_room(dock)
        dock.show()
        dock.raise_()
        dock.panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return dock.panel

    def leave(self) -> None:
        """Leave what is on top: the overlay, a run to a stop, a maximised panel, presenter mode."""
        if self.keys.isVisible():
            self.keys.leave()
        elif self.space.id == "text" and self.controller.snapshot.play.to_stop:
            self.controller.play(False)
        elif not self.maximiser.restore() and self.looks.presenter:
            self.toggle_presenter()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keyboard: Space, its usual key, steps."""
        button = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(
            button, QAbstractButton
        ):
            button.click()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab: see explorer.ui.tabbing."""
        to = next_by_tab(self.focusWidget() or self, forward)
        if to is not None:
            why = Qt.FocusReason
            to.setFocus(why.TabFocusReason if forward else why.BacktabFocusReason)
            frame(to, self.looks)
        return to is not None

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._first_paint:
            self._first_paint = False
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.maximiser.restore()
        self.closing.emit()
        super().closeEvent(event)

    def _enter(self, space: Workspace) -> None:
        self.space = space
        self._menus.show(space.id)
        self.keys.list_keys(self._menus.table())
        self._top.show_space(space.id)
        self._switcher.show_space(space.id)
        for other in self.spaces.values():
            for panel in other.panels:
                self.docks[panel.id].toggleViewAction().setVisible(other is space)
        self._changed(space.desk.snapshot, None)

    def _arranged(self) -> tuple[QByteArray, tuple[str, ...]]:
        shown = (name for name, dock in self.docks.items() if not dock.isHidden())
        return self.saveState(LAYOUT_VERSION), tuple(shown)

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
        self.keys.update()
