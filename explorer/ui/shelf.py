"""The shelf: recent session files, and sessions that were never saved. Kept in one folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.ui.controller import Controller
from explorer.ui.recent import add_recent, read_recent
from explorer.ui.unsaved import Unsaved, find_unsaved


class Shelf(QObject):
    """What can be opened with one click; `listed` when it is something else."""

    listed = Signal()

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self.folder: Path | None = None
        self.recent: tuple[Path, ...] = ()
        self.unsaved: tuple[Unsaved, ...] = ()

    def look(self, folder: Path) -> None:
        """Find out, in the worker's thread, what a folder holds, and keep the lists there."""
        self.folder = folder
        self._controller.run(_look(folder), self._found)

    def remember(self, path: Path) -> None:
        """A session file was opened or saved."""
        if self.folder is not None:
            recent = _add(self.folder, path.absolute())
            self._controller.run(recent, self._found_recent)

    def forget(self, path: Path) -> None:
        """An unsaved session goes on: it is not offered any more."""
        self.unsaved = tuple(one for one in self.unsaved if one.path != path)
        self.listed.emit()

    def _found(self, both: tuple[tuple[Path, ...], tuple[Unsaved, ...]]) -> None:
        self.recent, self.unsaved = both
        self.listed.emit()

    def _found_recent(self, recent: tuple[Path, ...]) -> None:
        self.recent = recent
        self.listed.emit()


def journals_of(folder: Path) -> Path:
    """Where the journals of unsaved sessions lie."""
    return folder / "unsaved"


def _look(folder: Path) -> Iterator[tuple[tuple[Path, ...], tuple[Unsaved, ...]]]:
    yield read_recent(folder / "recent.json"), find_unsaved(journals_of(folder))


def _add(folder: Path, path: Path) -> Iterator[tuple[Path, ...]]:
    yield add_recent(folder / "recent.json", path)
