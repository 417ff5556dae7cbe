"""The switch between workspaces, in the corner of the menu bar; hidden while there is only one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from explorer.ui.paint import tip
from explorer.ui.style import Style
from explorer.ui.workspace import Name


class Switcher(QWidget):
    """One button for each workspace; the one that is shown is pressed."""

    def __init__(self, names: Sequence[Name], looks: Style, choose: Callable[[str], None]) -> None:
        super().__init__()
        self._looks, self._choose = looks, choose
        self.setObjectName("switcher")
        self.setAccessibleName("Workspaces")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._buttons: dict[str, QToolButton] = {}
        for number, space in enumerate(names, 1):
            button = self._buttons[space.id] = QToolButton()
            button.setText(space.title)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(tip(f"{space.title}  (Ctrl+Alt+{number})\n{space.help}"))
            button.setAccessibleName(f"Workspace {space.title}")
            button.clicked.connect(partial(self._clicked, space.id))
            row.addWidget(button)
        self.setVisible(len(names) > 1)
        self.restyle()

    def show_space(self, name: str) -> None:
        """Press the button of one workspace."""
        for other, button in self._buttons.items():
            button.setChecked(other == name)

    def restyle(self) -> None:
        """Take over sizes."""
        for button in self._buttons.values():
            button.setFont(self._looks.font(0.95))

    def _clicked(self, name: str, checked: bool = False) -> None:
        self._buttons[name].setChecked(True)
        self._choose(name)
