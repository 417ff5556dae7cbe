"""Servers: a model that runs elsewhere, opened in the window. Nothing is sent before Connect.

The former model stays, with its text, until a server has answered all questions, and when it fails
or is left. The servers that were connected to are remembered without their keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from explorer.engine.remote.place import Place, Prospect
from explorer.session.reader import Reader
from explorer.ui.connect_dialog import ConnectDialog
from explorer.ui.files import Files
from explorer.ui.server_list import add_place, read_places
from explorer.ui.worker import Job


class Attempt(Protocol):
    """One attempt to connect."""

    def slices(self) -> Iterator[str | Reader]:
        """Sentences on the way, then the reader; raises ValueError with a sentence."""

    def stop(self) -> None:
        """End it; may be called from any thread."""


class Door(Protocol):
    """What connects to servers."""

    def kinds(self) -> tuple[tuple[str, str], ...]:
        """The id and the title of every kind of server."""

    def prospect(self, place: Place) -> Prospect:
        """What connecting will send, in words; sends nothing."""

    def join(self, place: Place, tell: Callable[[str], None]) -> Attempt:
        """An attempt to connect; `tell` is called from the worker's thread."""


class Servers(QObject):
    """Connects for one controller; `door` is made when it is first asked."""

    told = Signal(object)

    def __init__(self, files: Files, window: QWidget, door: Callable[[], Door]) -> None:
        super().__init__(window)
        self._files, self._window, self._door = files, window, door
        self._controller = files.controller
        self._attempt: tuple[Attempt, Job] | None = None
        self.dialog: ConnectDialog | None = None

    def ask(self, place: Place | None = None) -> None:
        """Ask for a server; one that the command line names is connected to at once."""
        if self.dialog is not None:
            self.dialog.raise_()
            return
        door = self._door()
        dialog = ConnectDialog(door.kinds(), door.prospect, self._window)
        self.dialog = dialog
        dialog.wanted.connect(self._connect)
        dialog.left.connect(self.stop)
        dialog.finished.connect(self._closed)
        self.told.connect(dialog.tell)
        dialog.open()
        if place is not None:
            dialog.fill(place)
            dialog.go()
        if self._files.shelf.folder is not None:
            self._controller.run(_read(self._files.shelf.folder), dialog.offer)

    def stop(self) -> None:
        """Leave an attempt that is under way; the former model is still there."""
        if self._attempt is not None:
            attempt, job = self._attempt
            self._controller.worker.cancel(job)
            attempt.stop()
            self._attempt = None

    def _connect(self, place: Place) -> None:
        self.stop()
        attempt = self._door().join(place, self.told.emit)
        job = self._controller.worker.run(
            attempt.slices(), lambda value: self._heard(place, value), self._failed
        )
        self._attempt = attempt, job

    def _heard(self, place: Place, value: str | Reader) -> None:
        if isinstance(value, str):
            self.told.emit(value)
            return
        self._attempt = None
        self._controller.adopt(value)
        if not self._controller.snapshot.timeline:
            self._files.renew()
        if self._files.shelf.folder is not None:
            self._controller.run(_add(self._files.shelf.folder, place), lambda _: None)
        if self.dialog is not None:
            self.dialog.accept()

    def _failed(self, error: BaseException) -> None:
        self._attempt = None
        known = isinstance(error, (ValueError, OSError))
        what = str(error) if known else f"Something went wrong ({error!r})."
        if self.dialog is not None:
            self.dialog.fail(what)

    def _closed(self) -> None:
        self.stop()
        self.dialog = None


def _read(folder: Path) -> Iterator[tuple[Place, ...]]:
    yield read_places(folder / "servers.json")


def _add(folder: Path, place: Place) -> Iterator[tuple[Place, ...]]:
    yield add_place(folder / "servers.json", place)
