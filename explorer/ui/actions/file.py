"""Commands on files: save, open, and what else leaves the window."""

from __future__ import annotations

from explorer.ui.actions.action import Action, has_text

FILE = "&File"

SESSION_ACTIONS: tuple[Action, ...] = (
    Action(
        "open", FILE, "Open a session …", ("Ctrl+O",), lambda _, frame: frame.files.open(),
        "Open a saved session; a file dropped on the window opens too.",
    ),
    Action(
        "go_on", FILE, "Go on with the last session", (), lambda _, frame: frame.files.go_on(),
        "Open the newest session that was not saved when Explorer ended.",
    ),
    Action(
        "save", FILE, "Save the session", ("Ctrl+S",), lambda _, frame: frame.files.save(),
        "Write everything on the screen into its file: text, branches, settings, memories.",
    ),
    Action(
        "save_as", FILE, "Save the session as …", ("Ctrl+Shift+S",),
        lambda _, frame: frame.files.save_as(),
        "Write the session into another file.",
    ),
)  # fmt: skip

FILE_ACTIONS: tuple[Action, ...] = (
    Action(
        "copy_python", FILE, "Copy as Python", ("Ctrl+Shift+C",),
        lambda _, frame: frame.exporter.copy_python(frame.exporter.current()),
        "Copy lines of Python that compute the numbers of the panel with the keyboard again.",
        has_text,
    ),
)  # fmt: skip

LEAVING_ACTIONS: tuple[Action, ...] = (
    Action(
        "export", FILE, "Export a panel …", ("Ctrl+E",),
        lambda _, frame: frame.exporter.ask(frame.exporter.current()),
        "Write a panel as PNG, SVG or PDF, or its numbers as CSV, JSON or NPZ.",
    ),
    Action(
        "palette", FILE, "Find a command …", ("Ctrl+Shift+P",),
        lambda _, frame: frame.finder.reveal(),
        "Search every command, panel and recent file by a few letters.",
    ),
    Action(
        "quit", FILE, "Quit", ("Ctrl+Q",), lambda _, frame: (frame.close(), None)[1],
        "Close Explorer; layout and unsaved work are kept for the next start.",
    ),
)  # fmt: skip
