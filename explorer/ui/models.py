"""Models: another model folder opened in the window, with progress, a question and a way back.

A folder is weighed first; when it would use more than its share of the free memory, the person is
asked. It is then opened slice by slice in the worker's thread. The former model stays, with its
text, until the new one is whole, and when the new one fails or is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from explorer.engine.opening import Estimate, Progress, Storage
from explorer.session import moves
from explorer.session.reader import Reader
from explorer.ui.ask import ask_folder, ask_storage
from explorer.ui.controller import Controller
from explorer.ui.files import Files
from explorer.ui.worker import Job


class Opener(Protocol):
    """What opens model folders; the work happens in the worker's thread."""

    def weigh(self, folder: Path) -> Iterator[Estimate]:
        """One value: what opening will take; raises ValueError with a sentence."""

    def open(self, folder: Path, storage: Storage) -> Iterator[Progress | Reader]:
        """Progress again and again, then the reader; raises ValueError with a sentence."""


class Models(QObject):
    """Opens model folders for one controller; `files` asks for them and guards unsaved work."""

    def __init__(self, files: Files, window: QWidget, opener: Opener) -> None:
        super().__init__(window)
        self._files, self._window, self._opener = files, window, opener
        self._controller: Controller = files.controller
        self._job: Job | None = None
        self.storage: Storage = "fp32"
        files.model_asked.connect(self.open)

    def ask(self) -> None:
        """Ask for a folder and open it."""
        ask_folder(self._window, "Open a model folder", self._files.open_path)

    @Slot(object)
    def open(self, folder: Path) -> None:
        """Weigh a folder, ask if it is heavy, open it."""
        self.stop()
        self._tell(f"Looking at {folder.name} …")
        self._job = self._controller.run(self._opener.weigh(folder), partial(self._weighed, folder))

    def stop(self) -> None:
        """Leave an opening that is under way; the former model is still there."""
        if self._job is None:
            return
        self._controller.worker.cancel(self._job)
        self._rest()
        self._controller.apply(moves.working, "")
        self._controller.apply(moves.notice, "Opening was stopped; the model is as it was.")

    def _weighed(self, folder: Path, found: Estimate) -> None:
        if self.storage == "as-stored" or not (question := found.question()):
            self._start(folder, self.storage)
            return
        self._rest()
        self._tell("")
        lighter = found.stored < found.copied
        ask_storage(self._window, question, lighter, partial(self._start, folder))

    def _start(self, folder: Path, storage: Storage) -> None:
        self._job = self._controller.run(
            self._opener.open(folder, storage), partial(self._heard, folder), self._rest
        )

    def _heard(self, folder: Path, value: Progress | Reader) -> None:
        if isinstance(value, Progress):
            self._tell(f"Opening {folder.name}: {value.share:.0%}, File › Stop opening leaves it.")
        else:
            self._rest()
            self._controller.adopt(value)
            if not self._controller.snapshot.timeline:
                self._files.renew()
            self._files.shelf.remember(folder)

    def _tell(self, text: str) -> None:
        self._controller.apply(moves.working, text)

    def _rest(self) -> None:
        self._job = None
