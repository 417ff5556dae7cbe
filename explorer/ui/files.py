"""Files: the session of the window as a file. Save, open, recent, drag and drop, the title.

Every file is read and written in the worker's thread; what goes wrong becomes a sentence, and the
session on the screen stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMainWindow

from explorer.lens.surprise import foresee, walk
from explorer.session import moves
from explorer.session.files.archive import SUFFIX, write_session
from explorer.session.files.journal import JOURNAL_SUFFIX
from explorer.session.files.records import state_of
from explorer.session.files.reread import Opened, open_session, recover
from explorer.session.snapshot import Snapshot
from explorer.ui.ask import Drops, ask_file, ask_to_save
from explorer.ui.autosave import Autosave, worth_keeping
from explorer.ui.controller import Controller
from explorer.ui.neighbours import Content, Neighbours, alike
from explorer.ui.shelf import Shelf, journals_of
from explorer.ui.worker import Job

_KINDS = f"Sessions (*{SUFFIX});;All files (*)"


class Files(QObject):
    """Which file the session belongs to, and every verb on files.

    Signals: model_asked (a folder that is to be opened as a model).
    """

    model_asked = Signal(object)

    def __init__(self, controller: Controller, window: QMainWindow) -> None:
        super().__init__(window)
        self.controller, self._window = controller, window
        self.path: Path | None = None
        self.shelf = Shelf(controller, self)
        self.autosave: Autosave | None = None
        self.neighbours = Neighbours(self)
        self._saved: tuple[object, ...] | None = None
        self._saved_others: Content = {}
        self._waiting: Path | None = None
        self._job: Job | None = None
        controller.changed.connect(self._changed)
        self.neighbours.changed.connect(self._show_title)
        self._drops = Drops(window, self.open_path)
        self._show_title()

    def keep_in(self, folder: Path) -> None:
        """Keep the list of recent files and the journals of unsaved sessions in a folder."""
        self.autosave = Autosave(self.controller, self.neighbours, journals_of(folder), self)
        self.shelf.look(folder)

    @property
    def modified(self) -> bool:
        """Whether something would be lost that is in no file."""
        s = self.controller.snapshot
        if worth_keeping(s) and _content(s) != self._saved:
            return True
        return not alike(self.neighbours.content(), self._saved_others)

    def save(self, then: Callable[[], object] = lambda: None) -> None:
        """Write the session into its file, or ask for one; then do something more."""
        if self.path is None:
            self.save_as(then)
        else:
            self.save_to(self.path, then)

    def save_as(self, then: Callable[[], object] = lambda: None) -> None:
        """Ask for a file and write the session into it; then do something more."""
        proposed = str(self.path) if self.path else f"session{SUFFIX}"
        ask_file(
            self._window,
            "Save the session",
            _KINDS,
            lambda path: self.save_to(path, then),
            SUFFIX,
            proposed,
        )

    def save_to(self, path: Path, then: Callable[[], object] = lambda: None) -> None:
        """Write the session into a file, then do something more if all went well."""
        s = self.controller.snapshot
        if not s.timeline:
            self._say("There is nothing to save yet: no text has been read.")
            return
        self.leave()
        others, content = self.neighbours.snapshots(), self.neighbours.content()
        writing = write_session(path, s, others=others)
        written = partial(self._written, path, s, content, then)
        tell = partial(self.controller.apply, moves.working)
        self._job = self.controller.run(writing, tell, written)

    def open(self) -> None:
        """Ask for a session file and open it."""
        ask_file(self._window, "Open a session", _KINDS, self.open_path)

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Open a session, a kept journal or a model folder, as soon as a model is there."""
        self._guard(lambda: self.controller.run(_kind(path), partial(self._kind_known, path)))

    def go_on(self) -> None:
        """Open the newest session that was not saved."""
        if self.shelf.unsaved:
            self.open_path(self.shelf.unsaved[0].path)
        else:
            self._say("No session was left unsaved.")

    def renew(self) -> None:
        """Another model took the place of the one that this session was told by."""
        self.path, self._saved, self._saved_others = None, None, {}
        if self.autosave is not None:
            self.autosave.start_over()
        self._show_title()

    def leave(self) -> bool:
        """Leave an opening or saving that is under way; False when there is none."""
        under_way = self.controller.worker.works_on(self._job)
        if self._job is not None:
            self.controller.worker.cancel(self._job)
            self._job = None
        return under_way

    def finish(self) -> None:
        """The worker has ended: what is in no file goes to the disk."""
        if self.autosave is not None:
            self.autosave.finish()

    def _guard(self, go_on: Callable[[], object]) -> None:
        if self.modified:
            ask_to_save(self._window, lambda: self.save(go_on), go_on)
        else:
            go_on()

    def _kind_known(self, path: Path, folder: bool) -> None:
        if folder:
            self.model_asked.emit(path)
            return
        self._waiting = path
        self._open_waiting()

    def _open_waiting(self) -> None:
        path, c = self._waiting, self.controller
        if path is None or (c.reader is None and not c.snapshot.error):
            return
        self._waiting = None
        self.leave()
        journal = path.suffix == JOURNAL_SUFFIX
        opening = recover(path, c.reader) if journal else open_session(path, c.reader)
        self._job = c.run(_foreseen(opening), partial(self._opened, path))

    def _opened(self, path: Path, part: str | Opened) -> None:
        if isinstance(part, str):
            self.controller.apply(moves.working, part)
            return
        self._job = None
        journal = path.suffix == JOURNAL_SUFFIX
        if self.autosave is not None:
            self.autosave.start_over()
            if journal and not part.notice:
                self.autosave.adopt(path)
                self.shelf.forget(path)
        self.path = None if journal or part.renewed else path
        self._saved = None if journal else _content(part.snapshot)
        self.neighbours.open(part.others)
        self._saved_others = {} if journal else self.neighbours.content()
        if self.autosave is not None and not journal:
            self.autosave.saved(part.snapshot)
        self.controller.history.clear()
        said = part.notice or f"{'The last session' if journal else path.name} is open."
        self.controller.travel(moves.notice(part.snapshot, said))
        self.neighbours.say(said)
        if not journal:
            self.shelf.remember(path)

    def _written(
        self, path: Path, s: Snapshot, others: Content, then: Callable[[], object]
    ) -> None:
        self._job = None
        self.path, self._saved, self._saved_others = path, _content(s), others
        if self.autosave is not None:
            self.autosave.saved(s)
        self.controller.apply(moves.working, "")
        self._say(f"Saved in {path}.")
        self._show_title()
        self.shelf.remember(path)
        then()

    def _say(self, sentence: str) -> None:
        self.controller.apply(moves.notice, sentence)
        self.neighbours.say(sentence)

    @Slot(object, object)
    def _changed(self, new: Snapshot, old: Snapshot) -> None:
        if self._waiting is not None:
            self._open_waiting()
        if new.error and new.error != old.error:
            self.neighbours.say(new.error, error=True)
            self.shelf.heard(new.error)
        self._show_title()

    def _show_title(self) -> None:
        modified = self.modified
        name = self.path.name if self.path else "Unsaved session" if modified else ""
        self._window.setWindowTitle(f"{name}[*] – Explorer" if name else "Explorer[*]")
        self._window.setWindowModified(modified)


def _content(s: Snapshot) -> tuple[object, ...]:
    """What makes a session another one: not where one looks, nor where one stands in it."""
    tree = tuple(
        getattr(s.timeline, one.name)
        for one in fields(s.timeline)
        if one.name not in ("cursor", "tip")
    )
    state = state_of(s)
    stops = state.stops.items
    return (*tree, state.sampling, state.edits, state.limit, state.notes, stops)


def _foreseen(opening: Iterator[str | Opened]) -> Iterator[str | Opened]:
    """A session with all that the pictures of its line ask for at once, found by the worker."""
    for part in opening:
        if isinstance(part, Opened):
            for _ in foresee(walk(part.snapshot.timeline)):
                yield "Opening the session …"
        yield part


def _kind(path: Path) -> Iterator[bool]:
    yield path.is_dir()
