"""Keeps the settings when the window closes."""

from __future__ import annotations

import logging
import sys

import msgspec
from PySide6.QtCore import QObject, Slot

from explorer.ui.settings import Settings, SettingsFile, pack_layout
from explorer.ui.window import Window


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
