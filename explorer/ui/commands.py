"""The commands of the window as Qt actions: made once, shown with their workspace, in the menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from explorer.ui.actions import Action, Frame
from explorer.ui.desk import Desk
from explorer.ui.paint import tip
from explorer.ui.workspace import Workspace

Tables = dict[str, tuple[Action, ...]]


class Commands:
    """Every command by its id; those of hidden workspaces have no keys and no place in a menu."""

    def __init__(
        self,
        window: QMainWindow,
        frame: Frame,
        spaces: Sequence[Workspace],
        common: tuple[Action, ...],
        desk: Callable[[], Desk[Any]],
    ) -> None:
        self._window, self._frame, self._desk = window, frame, desk
        self._common = common
        self._tables: Tables = {space.id: space.actions for space in spaces}
        self._shown = ""
        self.by_id: dict[str, QAction] = {}
        for space in spaces:
            for action in space.actions:
                self._add(action, space.desk)
        for action in common:
            self._add(action, None)
        self.menus: dict[str, QMenu] = {}
        for action in (*(one for table in self._tables.values() for one in table), *common):
            if action.menu not in self.menus:
                self.menus[action.menu] = window.menuBar().addMenu(action.menu)
            self.menus[action.menu].addAction(self.by_id[action.id])

    def table(self) -> tuple[Action, ...]:
        """The commands that can be given now: those of the workspace shown and the common ones."""
        return (*self._tables[self._shown], *self._common)

    def show(self, space: str) -> None:
        """Give keys and places in the menus to the commands of one workspace."""
        self._shown = space
        for name, table in self._tables.items():
            for action in table:
                self.by_id[action.id].setVisible(name == space)
        for menu in self.menus.values():
            menu.menuAction().setVisible(any(one.isVisible() for one in menu.actions()))

    def draw(self, snapshot: Any) -> None:
        """Enable what makes sense on the snapshot of the workspace shown."""
        table = self._tables[self._shown]
        possible = {when: when(snapshot) for when in {action.when for action in table}}
        for action in table:
            self.by_id[action.id].setEnabled(possible[action.when])
        history = self._desk().history
        for name, can in (("undo", history.can_undo), ("redo", history.can_redo)):
            if name in self.by_id:
                self.by_id[name].setEnabled(can)

    def _add(self, action: Action, desk: Desk[Any] | None) -> None:
        command = QAction(action.text, self._window)
        command.setShortcuts([QKeySequence(key) for key in action.keys])
        keys = f"  ({' or '.join(action.keys)})" if action.keys else ""
        command.setToolTip(tip(f"{action.text}{keys}\n{action.help}"))
        command.setStatusTip(action.help)
        command.triggered.connect(partial(self._obey, action, desk))
        self._window.addAction(command)
        self.by_id[action.id] = command

    def _obey(self, action: Action, desk: Desk[Any] | None, checked: bool = False) -> None:
        action.verb(desk or self._desk(), self._frame)
