"""What the command palette offers: commands, panels, recent files, each with its reason not to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtGui import QAction, QKeySequence

from explorer.session import moves
from explorer.ui.actions import Action
from explorer.ui.actions.action import When, can_step
from explorer.ui.dock import PanelDock
from explorer.ui.shelf import Shelf

_NATIVE = QKeySequence.SequenceFormat.NativeText


@dataclass(frozen=True)
class Entry:
    """One line of the palette; `reason` says why it cannot be given now, empty when it can."""

    text: str
    keys: str
    help: str
    run: Callable[[], object]
    reason: str = ""


def command_entries(
    table: Iterable[Action], commands: Mapping[str, QAction], snapshot: Any
) -> Iterator[Entry]:
    """Every command of the workspace that is shown."""
    for action in table:
        command = commands[action.id]
        reason = "" if command.isEnabled() else why_not(action.when, snapshot)
        text = f"{action.menu.replace('&', '')}: {action.text}"
        yield Entry(text, keys_of(command), action.help, command.trigger, reason)


def panel_entries(
    docks: Mapping[str, PanelDock], reveal: Callable[[str], object]
) -> Iterator[Entry]:
    """Showing and hiding of every panel of the workspace that is shown."""
    for name, dock in docks.items():
        toggle = dock.toggleViewAction()
        if not toggle.isVisible():
            continue
        help_ = dock.panel.help
        if dock.isHidden():
            yield Entry(f"Show panel: {dock.panel.title}", "", help_, _call(reveal, name))
        else:
            yield Entry(f"Hide panel: {dock.panel.title}", "", help_, toggle.trigger)
            yield Entry(f"Go to panel: {dock.panel.title}", "", help_, _call(reveal, name))


def file_entries(shelf: Shelf, open_path: Callable[[Any], object]) -> Iterator[Entry]:
    """Recent session files, and sessions that were not saved."""
    for file in shelf.recent:
        run = _call(open_path, file.path)
        yield Entry(f"Open recent: {file.name}", "", file.place, run, file.reason)
    for one in shelf.unsaved:
        text = f"Open what was not saved: {one.title}"
        yield Entry(text, "", f"Kept by itself, {one.when}", _call(open_path, one.path))


def keys_of(command: QAction) -> str:
    """The keys of a command as this system writes them."""
    return ", ".join(key.toString(_NATIVE) for key in command.shortcuts())


def why_not(when: When, snapshot: Any) -> str:
    """Why a command cannot be given on a snapshot, in words."""
    if when is can_step:
        return moves.why_stopped(snapshot)
    needs = (when.__doc__ or "").strip().split("\n")[0].rstrip(".")
    return f"Not now. It needs this: {needs[:1].lower()}{needs[1:]}." if needs else "Not now."


def _call(function: Callable[[Any], object], value: object) -> Callable[[], object]:
    return lambda: function(value)
