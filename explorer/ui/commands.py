"""The commands of the window as Qt actions: made once, shown with their workspace, in the menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from explorer.ui.actions import SESSION_ACTIONS, VIEW, Action, Frame
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
        common: tuple[Action, ...],
        desk: Callable[[], Desk[Any]],
    ) -> None:
        self._window, self._frame, self._desk = window, frame, desk
        self._common = common
        self._tables: Tables = {}
        self._shown = ""
        self.by_id: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        # Where commands and menus of further workspaces go: before the common ones, but for those
        # that open and save, which stand first.
        self._before: dict[str, QAction] = {}
        self._before_menus: QAction | None = None
        for action in common:
            self._add(action, None)
        for action in reversed([one for one in common if one not in SESSION_ACTIONS]):
            self._before[action.menu] = self.by_id[action.id]
            if action.menu == VIEW:
                self._before_menus = self.menus[action.menu].menuAction()

    def take_in(self, space: Workspace) -> None:
        """Have the commands of a further workspace; its own menus stand before the common ones."""
        self._tables[space.id] = space.actions
        for action in space.actions:
            self._add(action, space.desk)
        if self._shown:
            self.show(self._shown)

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
        if action.menu not in self.menus:
            menu = self.menus[action.menu] = QMenu(action.menu, self._window)
            bar = self._window.menuBar()
            if self._before_menus is None:
                bar.addMenu(menu)
            else:
                bar.insertMenu(self._before_menus, menu)
        menu, before = self.menus[action.menu], self._before.get(action.menu)
        if before is None:
            menu.addAction(command)
        else:
            menu.insertAction(before, command)

    def _obey(self, action: Action, desk: Desk[Any] | None, checked: bool = False) -> None:
        action.verb(desk or self._desk(), self._frame)
