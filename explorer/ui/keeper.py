"""Keeps the settings when the window closes, of several windows the first that opened."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import msgspec
from PySide6.QtCore import QLockFile, QObject, Slot

from explorer.ui.settings import Settings, SettingsFile, pack_layout
from explorer.ui.window import Window

SHARED = "Another window of Explorer keeps the settings; theme and layout of this one are not kept."


def claim(folder: Path) -> tuple[QLockFile, bool]:
    """(lock, taken): the lock on the settings, held while the first return value lives.

    Not taken means that another living window holds it. A folder that takes no lock can take no
    settings either, which is said when they are written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        logging.getLogger(__name__).warning("the settings have no folder: %s", error)
    lock = QLockFile(str(folder / "settings.lock"))
    # Only the end of its program frees a lock, however long ago it was made.
    lock.setStaleLockTime(0)
    taken = lock.tryLock(0)
    return lock, taken or lock.error() != QLockFile.LockError.LockFailedError


class Keeper(QObject):
    """Remembers what the next start should find."""

    def __init__(
        self, window: Window, store: SettingsFile, settings: Settings, silent: bool
    ) -> None:
        super().__init__(window)
        self._window, self._store = window, store
        self._settings, self._silent = settings, silent

    @Slot(str)
    def themed(self, name: str) -> None:
        """Another theme was chosen."""
        self._settings = msgspec.structs.replace(self._settings, theme=name)

    @Slot()
    def keep(self) -> None:
        """Write the settings; a folder that cannot be written is logged, never fatal."""
        if self._silent:
            return
        window = self._window
        blob, panels = window.layout_state()
        settings = msgspec.structs.replace(
            self._settings,
            zoom=window.looks.zoom,
            panels=panels,
            layout=pack_layout(bytes(blob.data())),
            size=(window.normalGeometry().width(), window.normalGeometry().height()),
            maximised=window.isMaximized(),
        )
        if problem := self._store.save(settings):
            logging.getLogger(__name__).warning(problem)
            print(f"explorer: {problem}", file=sys.stderr)
        self._store.unmark()
