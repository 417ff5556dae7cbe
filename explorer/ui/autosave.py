"""Autosave: every change of the session goes into a journal at once, in the worker's thread.

A journal whose program ended without saving is found at the next start and offered; nothing has to
be asked when the window closes. Of kept journals the newest few stay.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLockFile, QObject, QTimer, Slot

from explorer.session import moves
from explorer.session.files.journal import JOURNAL_SUFFIX, Journal
from explorer.session.files.records import State, state_of
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Timeline
from explorer.ui.controller import Controller
from explorer.ui.neighbours import Content, Neighbours, alike
from explorer.ui.worker import Job

Moment = tuple[Timeline, State, Content]
MOST_KEPT = 5
_PAUSE_MS = 400
_STAMP = re.compile(r"\d{8}-\d{6}")


class Autosave(QObject):
    """Writes the journal of one window into a folder that all windows share."""

    def __init__(
        self, controller: Controller, neighbours: Neighbours, folder: Path, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._controller, self._folder = controller, folder
        self._neighbours = neighbours
        self._kept: Kept | None = None
        self._written: Moment | None = None
        self._clean: Moment | None = None
        self._adopted: Path | None = None
        self._job: Job | None = None
        self._complained = False
        # Settings may change sixty times a second under the mouse; tokens go to the disk at once.
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.write)
        controller.changed.connect(self._changed)
        neighbours.changed.connect(self._pause.start)

    def saved(self, s: Snapshot) -> None:
        """This is in a file: its journal is not needed any more."""
        self._clean = self._moment(s)
        self._drop(keep=False)

    def start_over(self) -> None:
        """Another session follows; the journal of this one is kept."""
        self._drop(keep=True)

    def adopt(self, journal: Path) -> None:
        """The session of a kept journal goes on: once it is in the new one, the old one goes."""
        self._adopted = journal

    def finish(self) -> None:
        """The worker has ended: the last change goes to the disk here. Logs what the disk says."""
        s = self._controller.snapshot
        now = self._moment(s)
        if not self._worth_keeping(s) or _is(now, self._written) or _is(now, self._clean):
            return
        try:
            (self._kept or Kept(self._folder)).append(s, self._neighbours.snapshots())
        except OSError as error:
            logging.getLogger(__name__).error("the session is not kept: %s", error)

    @Slot()
    def write(self) -> None:
        """Bring the journal up to date, after the entry that is being written."""
        s = self._controller.snapshot
        now = self._moment(s)
        if self._job is not None or not self._worth_keeping(s):
            return
        if _is(now, self._written) or _is(now, self._clean):
            return
        if self._kept is None:
            self._kept = Kept(self._folder)
        self._written = now
        write = _write(self._kept, s, self._neighbours.snapshots(), self._adopted)
        self._adopted = None
        self._job = self._controller.worker.run(write, _nothing, self._failed, self._done)

    @Slot(object, object)
    def _changed(self, new: Snapshot, old: Snapshot) -> None:
        if new.timeline is not old.timeline:
            self.write()
        elif state_of(new) != state_of(old):
            self._pause.start()

    def _done(self) -> None:
        self._job = None
        now = self._moment(self._controller.snapshot)
        if self._written is None or now[0] is not self._written[0]:
            self.write()
        elif not _is(now, self._written):
            self._pause.start()

    def _failed(self, error: BaseException) -> None:
        self._job = None
        self._drop(keep=True)
        if not self._complained:
            self._complained = True
            sentence = f"The session cannot be kept by itself ({error}); save it by hand."
            self._controller.apply(moves.notice, sentence)

    def _moment(self, s: Snapshot) -> Moment:
        return s.timeline, state_of(s), self._neighbours.content()

    def _worth_keeping(self, s: Snapshot) -> bool:
        return worth_keeping(s) or (bool(s.timeline) and self._neighbours.touched())

    def _drop(self, keep: bool) -> None:
        self._pause.stop()
        if self._job is not None:
            self._controller.worker.cancel(self._job)
        kept, self._kept = self._kept, None
        self._job = self._written = None
        if kept is not None:
            self._controller.worker.run(_end(kept, keep), _nothing, _nothing)


class Kept:
    """A journal and the lock that says that its program lives. For the worker's thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._journal: Journal | None = None
        self._lock: QLockFile | None = None

    def append(self, s: Snapshot, others: Mapping[str, Any]) -> None:
        """Put what changed on the disk; raises OSError."""
        if self._journal is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{_next_name(self._folder)}{JOURNAL_SUFFIX}"
            self._lock = _lock(path)
            self._journal = Journal(path)
        self._journal.append(s, others)

    def close(self, keep: bool) -> None:
        """End the journal, remove it unless it is to be kept."""
        if self._journal is not None and not keep:
            self._journal.remove()
        if self._lock is not None:
            self._lock.unlock()


def _is(one: Moment, other: Moment | None) -> bool:
    return other is not None and one[:2] == other[:2] and alike(one[2], other[2])


def worth_keeping(s: Snapshot) -> bool:
    """Whether more has happened than that one prompt was read."""
    return len(s.timeline.nodes) > 1


def kept_journals(folder: Path) -> tuple[Path, ...]:
    """The journals of programs that have ended, newest first; the oldest beyond a few are removed.

    To be called in the worker's thread.
    """
    if not folder.is_dir():
        return ()
    found = []
    for path in sorted(folder.glob(f"*{JOURNAL_SUFFIX}"), reverse=True):
        lock = _lock(path)
        if lock.isLocked():
            lock.unlock()
            found.append(path)
    for path in found[MOST_KEPT:]:
        path.unlink(missing_ok=True)
    return tuple(found[:MOST_KEPT])


def _next_name(folder: Path) -> str:
    """A name that sorts behind all that are there, even when the clock was put back since."""
    stamps = [one[0] for path in folder.iterdir() if (one := _STAMP.match(path.name))]
    stamp = max([time.strftime("%Y%m%d-%H%M%S"), *stamps])
    return f"{stamp}-{stamps.count(stamp):06d}-{os.getpid()}-{time.monotonic_ns()}"


def _lock(path: Path) -> QLockFile:
    """A lock that a living program holds on its journal; one of a dead program is taken over."""
    lock = QLockFile(f"{path}.lock")
    lock.setStaleLockTime(0)
    lock.tryLock(0)
    return lock


def _write(
    kept: Kept, s: Snapshot, others: Mapping[str, Any], adopted: Path | None
) -> Iterator[None]:
    kept.append(s, others)
    if adopted is not None:
        adopted.unlink(missing_ok=True)
    yield


def _end(kept: Kept, keep: bool) -> Iterator[None]:
    kept.close(keep)
    yield


def _nothing(_: object) -> None:
    return
