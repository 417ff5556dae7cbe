"""The menu of recent files and of sessions that were never saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from explorer.ui.files import Files
from explorer.ui.paint import tip


class RecentMenu(QMenu):
    """Lists what `files` knows; built anew whenever that is something else."""

    def __init__(self, files: Files, menu: QMenu, before: QAction) -> None:
        super().__init__("Open recent", menu)
        menu.insertMenu(before, self)
        self._files = files
        self.setToolTipsVisible(True)
        files.shelf.listed.connect(self.fill)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """Write the entries."""
        self.clear()
        shelf = self._files.shelf
        for file in shelf.recent:
            said = f"{file.place}\n{file.reason}".strip()
            self._entry(file.name, said, file.path, enabled=not file.reason)
        if gone := sum(bool(file.reason) for file in shelf.recent):
            self.addSeparator()
            remove = self.addAction(f"Remove the {gone} that cannot be opened from this list")
            remove.triggered.connect(shelf.remove_gone)
        if shelf.unsaved:
            self.addSection("Not saved")
        for one in shelf.unsaved:
            self._entry(f"{one.title}  ({one.when})", "Kept by itself", one.path)
        self.menuAction().setEnabled(bool(shelf.recent or shelf.unsaved))

    def _entry(self, text: str, explanation: str, path: Path, enabled: bool = True) -> None:
        # An ampersand in a name would be taken for the mark of an access key.
        action = self.addAction(text.replace("&", "&&"))
        action.setToolTip(tip(explanation))
        action.setEnabled(enabled)
        action.triggered.connect(lambda: self._files.open_path(path))
