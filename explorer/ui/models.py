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
from explorer.ui.servers import Door, Servers
from explorer.ui.worker import Job


class Opener(Protocol):
    """What opens model folders; the work happens in the worker's thread."""

    def weigh(self, folder: Path) -> Iterator[Estimate | None]:
        """What opening will take, None while that is not known; raises ValueError."""

    def open(self, folder: Path, storage: Storage) -> Iterator[Progress | Reader]:
        """Progress again and again, then the reader; raises ValueError with a sentence."""

    def apart(self) -> Opener:
        """The one that opens folders in a process of their own."""

    def servers(self) -> Door:
        """What connects to servers that run models elsewhere."""


class Models(QObject):
    """Opens model folders for one controller; `files` asks for them and guards unsaved work.

    isolate: all of them in processes of their own, not only those that are asked for so.
    """

    def __init__(self, files: Files, window: QWidget, opener: Opener) -> None:
        super().__init__(window)
        self._files, self._window, self._opener = files, window, opener
        self._controller: Controller = files.controller
        self._job: Job | None = None
        self._stranger: Path | None = None
        self.servers = Servers(files, window, opener.servers)
        self.storage: Storage = "fp32"
        self.isolate = False
        files.model_asked.connect(self.open)

    def ask(self) -> None:
        """Ask for a folder and open it."""
        ask_folder(self._window, "Open a model folder", self._files.open_path)

    def ask_apart(self) -> None:
        """Ask for a folder and open it in a process of its own."""

        def chosen(folder: Path) -> None:
            self._stranger = folder
            self._files.open_path(folder)

        ask_folder(self._window, "Open a stranger's model folder", chosen)

    @Slot(object)
    def open(self, folder: Path) -> None:
        """Weigh a folder, ask if it is heavy, open it."""
        self._leave()
        self._tell(f"Looking at {folder.name} …")
        maker = self._opener
        if self.isolate or folder == self._stranger:
            maker = maker.apart()
        weighed = partial(self._weighed, maker, folder)
        self._job = self._controller.run(maker.weigh(folder), weighed)

    def stop(self) -> None:
        """End what is under way: a model, a session, a question to a model that can be ended."""
        reader = self._controller.reader
        if self._job is not None:
            self._leave()
        elif self._files.leave():
            self._tell("")
            said = "It was stopped; the session and its file are as they were."
            self._controller.apply(moves.notice, said)
        elif reader is not None and self._controller.worker.busy:
            reader.interrupt()

    def _leave(self) -> None:
        """Leave an opening that is under way; the former model is still there."""
        if self._job is None:
            return
        self._controller.worker.cancel(self._job)
        self._rest()
        self._controller.apply(moves.working, "")
        self._controller.apply(moves.notice, "Opening was stopped; the model is as it was.")

    def _weighed(self, maker: Opener, folder: Path, found: Estimate | None) -> None:
        if found is None:
            return
        if self.storage == "as-stored" or not (question := found.question()):
            self._start(maker, folder, self.storage)
            return
        self._rest()
        self._tell("")
        lighter = found.stored < found.copied
        ask_storage(self._window, question, lighter, partial(self._start, maker, folder))

    def _start(self, maker: Opener, folder: Path, storage: Storage) -> None:
        self._job = self._controller.run(
            maker.open(folder, storage), partial(self._heard, folder), self._rest
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
