"""Commands that every workspace has: undo, type, colours, layouts, help.

Their verbs are called with the desk of the workspace that is shown.
"""

from __future__ import annotations

from explorer.ui.actions.action import Action, Verb

WALK, VIEW, HELP = "&Walk", "&View", "&Help"


def _arrange(name: str) -> Verb:
    return lambda _, frame: frame.arrange(name)


def _space(name: str) -> Verb:
    return lambda _, frame: frame.open_workspace(name)


def _theme(name: str) -> Verb:
    return lambda _, frame: frame.change_theme(name)


def _zoom(factor: float) -> Verb:
    return lambda _, frame: frame.change_zoom(factor)


VIEW_ACTIONS: tuple[Action, ...] = (
    Action(
        "undo", WALK, "Undo", ("Ctrl+Z",), lambda c, _: c.undo(),
        "Take back the last change, whatever it was.",
    ),
    Action(
        "redo", WALK, "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), lambda c, _: c.redo(),
        "Make the change again that was taken back.",
    ),
    Action(
        "presenter", VIEW, "Presenter mode", ("F11",), lambda _, frame: frame.toggle_presenter(),
        "Large type, thick lines, no clutter, full screen.",
    ),
    Action("zoom_in", VIEW, "Larger text", ("Ctrl+=", "Ctrl++"), _zoom(1.1), "Enlarge all text."),
    Action("zoom_out", VIEW, "Smaller text", ("Ctrl+-",), _zoom(1 / 1.1), "Shrink all text."),
    Action("zoom_reset", VIEW, "Normal text", ("Ctrl+0",), _zoom(0), "Text at its normal size."),
    Action("light", VIEW, "Light", (), _theme("light"), "Dark type on light ground."),
    Action("dark", VIEW, "Dark", (), _theme("dark"), "Light type on dark ground."),
    Action("system", VIEW, "As the system", (), _theme("system"), "Follow the desktop's choice."),
    Action(
        "space_text", VIEW, "Workspace: text", ("Ctrl+Alt+1",), _space("text"),
        "How a language model writes, token by token.",
    ),
    Action(
        "space_memory", VIEW, "Workspace: memory", ("Ctrl+Alt+2",), _space("memory"),
        "Hopfield's associative memory: store pictures, spoil one, watch it come back.",
    ),
    Action(
        "space_bridge", VIEW, "Workspace: attention is a memory", ("Ctrl+Alt+3",),
        _space("bridge"), "From Hopfield's network to a head of this model, in four rows.",
    ),
    Action(
        "layout_explore", VIEW, "Layout: explore", ("Ctrl+1",), _arrange("explore"),
        "All panels, in the order in which the data flows.",
    ),
    Action(
        "layout_lecture", VIEW, "Layout: lecture", ("Ctrl+2",), _arrange("lecture"),
        "Few panels, large: text, bars, dice, sampling temperature, one head.",
    ),
    Action(
        "layout_debug", VIEW, "Layout: debug", ("Ctrl+3",), _arrange("debug"),
        "Everything at once, densely.",
    ),
    Action(
        "layout_reset", VIEW, "Reset the layout", ("Ctrl+Shift+0",), _arrange("explore"),
        "Bring every panel back to where it was at the first start.",
    ),
    Action("keys", HELP, "All keys", ("?", "F1"), lambda _, frame: frame.keys.reveal(),
           "Show every key over the window."),
    Action("leave", HELP, "Leave", ("Esc",), lambda _, frame: frame.leave(),
           "Leave the key overlay, a maximised panel or presenter mode."),
)  # fmt: skip
