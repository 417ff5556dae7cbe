"""The shelf: recent session files, and sessions that were never saved. Kept in one folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.ui.controller import Controller
from explorer.ui.recent import Recent, add_recent, read_recent, remove_gone
from explorer.ui.unsaved import Unsaved, find_unsaved


class Shelf(QObject):
    """What can be opened with one click; `listed` when it is something else."""

    listed = Signal()

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self.folder: Path | None = None
        self.recent: tuple[Recent, ...] = ()
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

    def heard(self, error: str) -> None:
        """Something failed: where it names a recent file, that file may be gone."""
        if self.folder is not None and any(str(one.path) in error for one in self.recent):
            self._controller.run(_reread(self.folder), self._found_recent)

    def remove_gone(self) -> None:
        """Take the recent files out of the list that cannot be opened."""
        if self.folder is not None:
            self._controller.run(_remove(self.folder), self._found_recent)

    def forget(self, path: Path) -> None:
        """An unsaved session goes on: it is not offered any more."""
        self.unsaved = tuple(one for one in self.unsaved if one.path != path)
        self.listed.emit()

    def _found(self, both: tuple[tuple[Recent, ...], tuple[Unsaved, ...]] | str) -> None:
        if not isinstance(both, str):
            self.recent, self.unsaved = both
            self.listed.emit()

    def _found_recent(self, recent: tuple[Recent, ...]) -> None:
        if recent != self.recent:
            self.recent = recent
            self.listed.emit()


def journals_of(folder: Path) -> Path:
    """Where the journals of unsaved sessions lie."""
    return folder / "unsaved"


def _look(folder: Path) -> Iterator[tuple[tuple[Recent, ...], tuple[Unsaved, ...]] | str]:
    recent = read_recent(folder / "recent.json")
    unsaved = yield from find_unsaved(journals_of(folder))
    yield recent, unsaved


def _add(folder: Path, path: Path) -> Iterator[tuple[Recent, ...]]:
    yield add_recent(folder / "recent.json", path)


def _reread(folder: Path) -> Iterator[tuple[Recent, ...]]:
    yield read_recent(folder / "recent.json")


def _remove(folder: Path) -> Iterator[tuple[Recent, ...]]:
    yield remove_gone(folder / "recent.json")
