"""Workspace: a subject with a desk, panels, commands and layouts of its own, as data.

The window shows one workspace at a time. Its layouts are those that the View menu names: explore,
lecture and debug.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from PySide6.QtGui import QAction

from explorer.lens.experiments import banner
from explorer.lens.narration import narrate, place
from explorer.ui.actions import TEXT_ACTIONS, Action
from explorer.ui.controller import Controller
from explorer.ui.desk import Desk
from explorer.ui.layouts import LAYOUTS, Layout
from explorer.ui.panel import DeskPanel, Panel
from explorer.ui.ribbon import Ribbon, Says
from explorer.ui.strip import Strip
from explorer.ui.style import Style


class Name(NamedTuple):
    """A workspace by id, title and one sentence of help: all that is known before it is made."""

    id: str
    title: str
    help: str


TEXT = Name("text", "Text", "How a language model writes, token by token.")
MEMORY = Name(
    "memory",
    "Memory",
    "Hopfield's associative memory: store pictures, spoil one, watch it come back.",
)
BRIDGE = Name(
    "bridge",
    "Attention is a memory",
    "From Hopfield's network of 1982 to a head of this model: the same task in four rows.",
)
NAMES = (TEXT, MEMORY, BRIDGE)


@dataclass(frozen=True)
class Workspace:
    """One subject of the window.

    Snapshots of its desk have the fields `notice`, `error` and `busy`, sentences for the status
    line. Ids of panels and commands are unique over all workspaces.
    """

    id: str
    title: str
    help: str
    desk: Desk[Any]
    panels: tuple[type[DeskPanel[Any]], ...]
    actions: tuple[Action, ...]
    layouts: Mapping[str, Layout]
    strip: Callable[[Desk[Any], Style, Mapping[str, QAction]], Strip]


def text_workspace(controller: Controller, panels: tuple[type[Panel], ...]) -> Workspace:
    """Writing, token by token."""
    return Workspace(
        *TEXT,
        controller,
        panels,
        TEXT_ACTIONS,
        LAYOUTS,
        lambda _, looks, commands: Ribbon(
            controller,
            looks,
            (commands["back"], commands["step"], commands["play"]),
            Says(narrate, place, controller.play_at, "tokens", banner),
        ),
    )
