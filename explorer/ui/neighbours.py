"""The workspaces beside the text, as far as a session file keeps them.

A workspace may be made after a session was opened: what is kept of it waits until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from explorer.session.files.parts import PARTS, same
from explorer.ui.desk import Desk

Content = dict[str, tuple[object, ...]]


class Neighbours(QObject):
    """Their desks by the id of the workspace. Signals: changed (one of them, in what is kept)."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._desks: dict[str, Desk[Any]] = {}
        self._waiting: dict[str, Any] = {}
        self._hearers: list[Desk[Any]] = []

    def take_in(self, name: str, desk: Desk[Any]) -> None:
        """Keep a workspace from now on, if sessions keep it at all."""
        if name not in (*self._desks, "text"):
            self._hearers.append(desk)
        if name not in PARTS or name in self._desks:
            return
        self._desks[name] = desk
        if name in self._waiting:
            desk.travel(self._waiting.pop(name))
        desk.changed.connect(self._changed)

    def say(self, sentence: str, error: bool = False) -> None:
        """Put a sentence about files where one looks while another workspace is shown."""
        field = "error" if error else "notice"
        for desk in self._hearers:
            if getattr(desk.snapshot, field) != sentence:
                desk.become(replace(desk.snapshot, **{field: sentence}), quiet=True)

    def snapshots(self) -> dict[str, Any]:
        """Their snapshots, of those that are there or are waited for."""
        return self._waiting | {name: desk.snapshot for name, desk in self._desks.items()}

    def touched(self) -> bool:
        """Whether there is anything in them that would be lost."""
        return any(PARTS[name].touched(s) for name, s in self.snapshots().items())

    def content(self) -> Content:
        """What makes them another session, of those that were touched."""
        return {
            name: PARTS[name].content(s)
            for name, s in self.snapshots().items()
            if PARTS[name].touched(s)
        }

    def open(self, others: Mapping[str, Any]) -> None:
        """Show what a session kept; one that it did not keep is empty. Undo brings back the old."""
        self._waiting = {name: s for name, s in others.items() if name not in self._desks}
        for name, desk in self._desks.items():
            if name in others or PARTS[name].touched(desk.snapshot):
                desk.history.keep(desk.snapshot, "")
                desk.travel(others[name] if name in others else PARTS[name].fresh())

    @Slot(object, object)
    def _changed(self, new: Any, old: Any) -> None:
        desk = self.sender()
        name = next(name for name, one in self._desks.items() if one is desk)
        if not same(PARTS[name].content(new), PARTS[name].content(old)):
            self.changed.emit()


def alike(one: Content, other: Content) -> bool:
    """Whether two contents are the same session."""
    return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
