"""A dock with its own title bar: title, help, maximise, float, close."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from explorer.ui.icons import icon
from explorer.ui.paint import tip
from explorer.ui.panel import DeskPanel
from explorer.ui.style import Style


class TitleBar(QWidget):
    """The strip above a panel: drag moves the dock, a double click maximises it."""

    doubled = Signal()
    exported = Signal()
    menu_asked = Signal(QPoint)
    floated = Signal()
    closed = Signal()

    def __init__(self, title: str, explanation: str, looks: Style) -> None:
        super().__init__()
        self._looks = looks
        self.setObjectName("titlebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._label = QLabel(title)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.setToolTip(tip(explanation))
        self._buttons = [
            self._button("export", f"Export “{title}” as a picture or numbers", self.exported),
            self._button("maximise", f"Maximise “{title}”, or back (double click)", self.doubled),
            self._button("float", f"Float “{title}”, or dock it again", self.floated),
            self._button("close", f"Hide “{title}”; the View menu brings it back", self.closed),
        ]
        self._row = row = QHBoxLayout(self)
        row.setSpacing(0)
        row.addWidget(self._label, 1)
        for button in self._buttons:
            row.addWidget(button)
        self.restyle()

    def restyle(self) -> None:
        """Take over sizes and colours; presenter mode has no buttons."""
        px = self._looks.px
        self._label.setFont(self._looks.font(0.92, bold=True))
        self._row.setContentsMargins(px(10), px(3), px(4), px(2))
        for button in self._buttons:
            button.setVisible(not self._looks.presenter)
            button.setIcon(icon(button.objectName(), self._looks.color("muted")))
            button.setIconSize(QSize(px(13), px(13)))
            button.setFixedSize(QSize(px(22), px(20)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.doubled.emit()
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos())
        event.accept()

    def _button(self, name: str, help_: str, signal: SignalInstance) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAutoRaise(True)
        button.setToolTip(tip(help_))
        button.setAccessibleName(help_)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(signal)
        return button


class PanelDock(QDockWidget):
    """A panel in the window; its object name is the panel's id, so that layouts can be restored.

    Its window title is what stands on its tab.
    """

    maximise_asked = Signal(object)

    def __init__(self, panel: DeskPanel[Any], looks: Style, parent: QWidget) -> None:
        super().__init__(panel.tab or panel.title, parent)
        self.toggleViewAction().setText(panel.title)
        self.setObjectName(panel.id)
        self.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)
        self.panel = panel
        self.setWidget(panel)
        self.bar = TitleBar(panel.title, panel.help, looks)
        self.setTitleBarWidget(self.bar)
        self.bar.doubled.connect(self._ask)
        self.bar.floated.connect(self._float)
        self.bar.closed.connect(self.close)
        self.visibilityChanged.connect(self._come_and_go)
        self.topLevelChanged.connect(self._leave_tabs)

    @Slot()
    def _ask(self) -> None:
        self.maximise_asked.emit(self)

    @Slot()
    def _float(self) -> None:
        self.setFloating(not self.isFloating())

    @Slot(bool)
    def _come_and_go(self, visible: bool) -> None:
        self.panel.cover(not visible)

    @Slot(bool)
    def _leave_tabs(self, floating: bool) -> None:
        """Out of a group of tabs nothing lies on top; Qt does not always say so."""
        if floating:
            self.panel.cover(False)
