"""The one background thread. A job is a generator; each `next()` is one event of that thread.

So a long job lets a short one through between two slices, and no lock is needed: only this thread
touches a network. Values and errors arrive on the GUI thread by queued signals.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from explorer.ui.sweeper import Sweeper


@dataclass(eq=False)
class Job:
    """A generator under way; `cancelled` is set and read on the GUI thread and by the worker."""

    slices: Iterator[Any]
    on_value: Callable[[Any], None]
    on_error: Callable[[BaseException], None]
    on_done: Callable[[], None]
    cancelled: bool = field(default=False)


class Hand(QObject):
    """Lives in the worker's thread and does one slice at a time, the jobs taking turns."""

    answered = Signal(object, str, object)
    _again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._jobs: deque[Job] = deque()
        self._again.connect(self._slice, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def take(self, job: Job) -> None:
        """Put a job at the end of the row."""
        self._jobs.append(job)
        self._again.emit()

    @Slot()
    def _slice(self) -> None:
        if not self._jobs:
            return
        job = self._jobs.popleft()
        if job.cancelled:
            job.slices = iter(())
            return
        try:
            value = next(job.slices)
        except StopIteration:
            self.answered.emit(job, "done", None)
        except BaseException as error:
            # Whatever a job raises, a Rust panic included, must reach the window as a sentence.
            self.answered.emit(job, "error", error)
        else:
            self.answered.emit(job, "value", value)
            self._jobs.append(job)
            self._again.emit()


class Worker(QObject):
    """Owns the thread; lives on the GUI thread."""

    _given = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sweeper = Sweeper(self)
        self._thread = QThread()
        self._hand = Hand()
        self._hand.moveToThread(self._thread)
        self._given.connect(self._hand.take)
        self._hand.answered.connect(self._hear)
        self._jobs: set[Job] = set()
        self._thread.start()

    def run(
        self,
        slices: Iterator[Any],
        on_value: Callable[[Any], None],
        on_error: Callable[[BaseException], None],
        on_done: Callable[[], None] = lambda: None,
    ) -> Job:
        """Start a job; the callbacks are called on the GUI thread."""
        job = Job(slices, on_value, on_error, on_done)
        self._jobs.add(job)
        self._given.emit(job)
        return job

    def cancel(self, job: Job) -> None:
        """After this returns the job is never heard again."""
        job.cancelled = True
        self._jobs.discard(job)

    def works_on(self, job: Job | None) -> bool:
        """Whether a job is still under way."""
        return job in self._jobs

    @property
    def busy(self) -> bool:
        """Whether any job is under way."""
        return bool(self._jobs)

    def close(self, limit: float = 60.0) -> bool:
        """Cancel everything, wait for the slice under way, end the thread.

        False when the slice lasts longer than `limit` seconds; the thread is then still alive.
        """
        for job in tuple(self._jobs):
            self.cancel(job)
        self._thread.quit()
        ended = self._thread.wait(round(1000 * limit))
        if ended:
            self._sweeper.stop()
        return ended

    @Slot(object, str, object)
    def _hear(self, job: Job, kind: str, value: Any) -> None:
        if job.cancelled:
            return
        if kind == "value":
            job.on_value(value)
            return
        self._jobs.discard(job)
        if kind == "error":
            job.on_error(value)
        else:
            job.on_done()
