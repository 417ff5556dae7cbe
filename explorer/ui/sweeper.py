"""Python's garbage collection, kept to the GUI thread.

Python collects circular garbage in whichever thread makes an object when it is time. In the worker
that would destroy fonts, pictures and widgets in a thread which is not theirs, and Qt crashes, at
once or much later when it next draws with such a font.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Slot

T = TypeVar("T")
_EVERY_MS = 250


def for_good(loading: Iterator[T]) -> Iterator[T]:
    """Load, then spare every later sweep all that is there by then, torch above all: it stays."""
    yield from loading
    gc.freeze()


class Sweeper(QObject):
    """While it is at work nothing is collected but by its timer.

    Young objects are looked through when enough of them were made, older ones at every tenth and
    all of them at every hundredth time.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._automatic = gc.isenabled()
        self._sweeps = 0
        gc.disable()
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.sweep)
        self._timer.start()

    @Slot()
    def sweep(self) -> None:
        """Collect what is due."""
        if gc.get_count()[0] > gc.get_threshold()[0]:
            self._sweeps += 1
            gc.collect(2 if self._sweeps % 100 == 0 else 1 if self._sweeps % 10 == 0 else 0)

    def stop(self) -> None:
        """Leave the collection to Python again, if it was before."""
        self._timer.stop()
        if self._automatic:
            gc.enable()
