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
        "open_apart", _FILE, "Open a stranger's model folder …", (),
        lambda _, frame: frame.models.ask_apart(),
        "Open a model in a process of its own: whatever it does, your text is safe.",
    ),
    Action(
        "connect", _FILE, "Connect to a server …", ("Ctrl+Shift+K",),
        lambda _, frame: frame.models.servers.ask(),
        "Step with a model that runs elsewhere; what will be sent is said before.",
    ),
    Action(
        "stop_opening", _FILE, "Stop opening or reading", (), lambda _, frame: frame.models.stop(),
        "Leave a model or session that is being opened, or a reading elsewhere; your text stays.",
        lambda s: bool(s.busy) or s.model is not None,
    ),
)  # fmt: skip
