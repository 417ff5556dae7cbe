"""The window: docks, menus, ribbon and status line, built from the tables of panels and actions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QGuiApplication,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QMainWindow, QMenu, QToolBar

from explorer.session.snapshot import Snapshot
from explorer.ui.actions import ACTIONS, VIEW, Action
from explorer.ui.controller import Controller
from explorer.ui.dock import PanelDock
from explorer.ui.keys import KeyOverlay
from explorer.ui.layouts import LAYOUTS, arrange
from explorer.ui.paint import tip
from explorer.ui.panel import Panel
from explorer.ui.ribbon import Ribbon
from explorer.ui.sheet import sheet
from explorer.ui.style import DARK, LIGHT, Style


class Window(QMainWindow):
    """One screen: every panel is a dock, every command an action.

    Signals: painted (the first time only), closing (before the window goes), themed (the name of
    the theme that was chosen: light, dark or system).
    """

    painted = Signal()
    closing = Signal()
    themed = Signal(str)

    def __init__(
        self,
        controller: Controller,
        looks: Style,
        panels: Sequence[type[Panel]],
        table: Sequence[Action] = ACTIONS,
    ) -> None:
        super().__init__()
        self.controller, self.looks = controller, looks
        self.setWindowTitle("Explorer")
        self.setDockNestingEnabled(True)
        self.setAnimated(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._first_paint = True
        self._before_maximise: QByteArray | None = None
        self._table = table
        self.commands = {action.id: self._command(action) for action in table}
        self.docks = {panel.id: self._dock(panel(controller, looks)) for panel in panels}
        self._build_menus()
        self.ribbon = Ribbon(
            controller, looks, *(self.commands[x] for x in ("back", "step", "play"))
        )
        self._bar = QToolBar("Ribbon", self)
        self._bar.setObjectName("ribbonbar")
        self._bar.setMovable(False)
        self._bar.addWidget(self.ribbon)
        self.addToolBar(self._bar)
        self._message = QLabel()
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._model = QLabel()
        self._model.setTextFormat(Qt.TextFormat.PlainText)
        self.statusBar().addWidget(self._message, 1)
        self.statusBar().addPermanentWidget(self._model)
        self._overlay = KeyOverlay(table, looks, self)
        controller.changed.connect(self._changed)
        looks.changed.connect(self._restyle)
        self._restyle()
        self.arrange("explore")
        self._changed(controller.snapshot, None)

    def arrange(self, layout: str) -> None:
        """Put the panels into the built-in layout of that name."""
        self._before_maximise = None
        arrange(self, self.docks, LAYOUTS[layout])

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

    def edit_prompt(self) -> None:
        """Show the text panel and put the keyboard into its editor."""
        dock = self.docks["text"]
        dock.show()
        dock.raise_()
        dock.panel.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_keys(self) -> None:
        """Show all keys over the window."""
        self._overlay.reveal()

    def leave(self) -> None:
        """Leave the overlay, a maximised panel or presenter mode, whichever is on top."""
        if self._overlay.isVisible():
            self._overlay.leave()
        elif self._before_maximise is not None:
            self._restore()
        elif self.looks.presenter:
            self.toggle_presenter()

    @Slot(object)
    def maximise(self, dock: PanelDock) -> None:
        """Give one panel the whole window, or bring the others back."""
        if self._before_maximise is not None:
            self._restore()
            return
        self._before_maximise = self.saveState()
        for other in self.docks.values():
            other.setVisible(other is dock)

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
        self._restore()
        self.closing.emit()
        super().closeEvent(event)

    def _restore(self) -> None:
        if self._before_maximise is not None:
            self.restoreState(self._before_maximise)
            self._before_maximise = None

    def _command(self, action: Action) -> QAction:
        command = QAction(action.text, self)
        command.setShortcuts([QKeySequence(key) for key in action.keys])
        keys = f"  ({' or '.join(action.keys)})" if action.keys else ""
        command.setToolTip(tip(f"{action.text}{keys}\n{action.help}"))
        command.setStatusTip(action.help)
        command.triggered.connect(partial(self._obey, action))
        self.addAction(command)
        return command

    def _obey(self, action: Action, checked: bool = False) -> None:
        action.verb(self.controller, self)

    def _dock(self, panel: Panel) -> PanelDock:
        dock = PanelDock(panel, self.looks, self)
        dock.maximise_asked.connect(self.maximise)
        return dock

    def _build_menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for action in self._table:
            if action.menu not in menus:
                menus[action.menu] = self.menuBar().addMenu(action.menu)
            menus[action.menu].addAction(self.commands[action.id])
        panels = menus[VIEW].addMenu("Panels") if VIEW in menus else self.menuBar().addMenu(VIEW)
        for dock in self.docks.values():
            panels.addAction(dock.toggleViewAction())

    @Slot(object, object)
    def _changed(self, new: Snapshot, old: Snapshot | None) -> None:
        self.ribbon.draw(new, old)
        possible = {when: when(new) for when in {action.when for action in self._table}}
        for action in self._table:
            self.commands[action.id].setEnabled(possible[action.when])
        self.commands["undo"].setEnabled(self.controller.history.can_undo)
        self.commands["redo"].setEnabled(self.controller.history.can_redo)
        if old is None or (new.error, new.notice, new.busy) != (old.error, old.notice, old.busy):
            self._message.setText(new.error or new.notice or new.busy)
            self._message.setStyleSheet(
                f"color: {self.looks.theme.warning if new.error else self.looks.theme.muted}"
            )
        if new.model is not None and (old is None or new.model is not old.model):
            m = new.model
            self._model.setText(
                f"{m.name}: {m.layers} layers × {m.heads} heads, width {m.width}, "
                f"{m.vocabulary:,} tokens"
            )

    @Slot()
    def _restyle(self) -> None:
        self.setStyleSheet(sheet(self.looks))
        self.ribbon.restyle()
        for dock in self.docks.values():
            dock.bar.restyle()
        for label in (self._message, self._model):
            label.setFont(self.looks.font(0.92))
        self._overlay.update()
