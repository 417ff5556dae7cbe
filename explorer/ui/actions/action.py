"""Action: one command of the window, what it may ask of it, and when it makes sense.

A verb is called with the desk of its workspace (the controller, for text) and the window; `when`
says on which snapshots of that workspace it makes sense.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.desk import Desk
from explorer.ui.export import Exporter
from explorer.ui.files import Files
from explorer.ui.models import Models
from explorer.ui.panel import DeskPanel


class Finder(Protocol):
    """What lists commands over the window."""

    def reveal(self) -> None:
        """Show every command."""


class Frame(Protocol):
    """What commands may ask of the window."""

    files: Files
    models: Models
    exporter: Exporter

    @property
    def finder(self) -> Finder:
        """The command palette."""

    @property
    def keys(self) -> Finder:
        """The overlay of all keys."""

    def toggle_presenter(self) -> None:
        """Large type, no clutter, full screen; and back."""

    def change_zoom(self, factor: float) -> None:
        """Scale all text; 0 is the normal size."""

    def change_theme(self, name: str) -> None:
        """light, dark or system."""

    def arrange(self, layout: str) -> None:
        """Put the panels into a built-in layout."""

    def open_workspace(self, name: str) -> None:
        """Show another workspace; the one that was shown keeps its panels and its place."""

    def reveal(self, panel: str) -> DeskPanel[Any]:
        """Show a panel, also one under another tab, put the keyboard into it and return it."""

    def leave(self) -> None:
        """Leave whatever covers the window: key overlay, maximised panel, presenter mode."""

    def close(self) -> object:
        """Close the window."""


Verb = Callable[[Any, Frame], None]
When = Callable[[Any], bool]


def applying(move: Callable[..., Any], *arguments: Any) -> Verb:
    """Make this move on the desk of the workspace."""

    def verb(desk: Desk[Any], _: Frame) -> None:
        desk.apply(move, *arguments)

    return verb


def pacing(factor: float) -> Verb:
    """Play so many times faster."""
    return lambda desk, _: desk.play_at(desk.snapshot.play.rate * factor)


def revealing(panel: str) -> Verb:
    """Show a panel and put the keyboard into it."""

    def verb(_: Desk[Any], frame: Frame) -> None:
        frame.reveal(panel)

    return verb


def always(s: object) -> bool:
    """A command that can be given at any time."""
    return True


def has_text(s: Snapshot) -> bool:
    """A text has been read."""
    return bool(s.timeline)


def can_step(s: Snapshot) -> bool:
    """A further token can be drawn."""
    return not moves.why_stopped(s)


def can_go_back(s: Snapshot) -> bool:
    """The cursor is behind the prompt."""
    return bool(s.timeline) and s.timeline.node.parent is not None


def can_go_forward(s: Snapshot) -> bool:
    """The line goes on beyond the cursor."""
    return s.timeline.cursor != s.timeline.tip


@dataclass(frozen=True)
class Action:
    """One command: id, menu, text, keys, what it does, one sentence of help, and when."""

    id: str
    menu: str
    text: str
    keys: tuple[str, ...]
    verb: Verb
    help: str
    when: When = always
