"""Commands on models: open another one, stop opening it."""

from __future__ import annotations

from explorer.ui.actions.action import Action

_FILE = "&File"

MODEL_ACTIONS: tuple[Action, ...] = (
    Action(
        "open_model", _FILE, "Open a model folder …", ("Ctrl+Shift+O",),
        lambda _, frame: frame.models.ask(),
        "Open another model; the prompt is read again by it.",
    ),
    Action(
        "stop_opening", _FILE, "Stop opening", (), lambda _, frame: frame.models.stop(),
        "Leave a model that is being opened; the one before is still there.",
        lambda s: bool(s.busy),
    ),
)  # fmt: skip
