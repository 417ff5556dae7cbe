"""Every command of the window as one table: menus, keys, tool tips and help are built from it.

A verb is called with the controller and the window; `when` says on which snapshots it makes sense.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from explorer.engine.sampling import PRESETS, Sampling
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.ui.controller import Controller


class Frame(Protocol):
    """What commands may ask of the window."""

    def toggle_presenter(self) -> None:
        """Large type, no clutter, full screen; and back."""

    def change_zoom(self, factor: float) -> None:
        """Scale all text; 0 is the normal size."""

    def change_theme(self, name: str) -> None:
        """light, dark or system."""

    def arrange(self, layout: str) -> None:
        """Put the panels into a built-in layout."""

    def edit_prompt(self) -> None:
        """Put the keyboard into the prompt."""

    def show_keys(self) -> None:
        """Show all keys over the window."""

    def leave(self) -> None:
        """Leave whatever covers the window: key overlay, maximised panel, presenter mode."""

    def close(self) -> object:
        """Close the window."""


Verb = Callable[[Controller, Frame], None]
When = Callable[[Snapshot], bool]


def always(s: Snapshot) -> bool:
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


def _warmer(factor: float) -> Verb:
    def verb(c: Controller, _: Frame) -> None:
        now = c.snapshot.sampling.temperature or 0.05
        steps = round(now * factor, 3 if now < 0.2 else 2)
        c.apply(moves.heat, steps, gesture="temperature")

    return verb


def _greedy(c: Controller, _: Frame) -> None:
    c.apply(moves.heat, 0.0 if c.snapshot.sampling.temperature else 1.0)


def _preset(name: str) -> Verb:
    def verb(c: Controller, _: Frame) -> None:
        chosen = replace(PRESETS[name], seed=c.snapshot.sampling.seed)
        c.apply(moves.sample_with, chosen)

    return verb


def _describe(sampling: Sampling) -> str:
    return (
        f"Temperature {sampling.temperature:g}, top-p {sampling.top_p:g}: "
        "a convention, not a law; the seed stays."
    )


def _pick(rank: int) -> Verb:
    def verb(c: Controller, _: Frame) -> None:
        token = moves.token_at_rank(c.snapshot, rank)
        if token is not None:
            c.force(token)

    return verb


def _reseed(c: Controller, _: Frame) -> None:
    s: Sampling = c.snapshot.sampling
    c.apply(moves.sample_with, replace(s, seed=s.seed + 1))


def _turn(layers: int, heads: int) -> Verb:
    def verb(c: Controller, _: Frame) -> None:
        look = c.snapshot.look
        c.apply(moves.look_at, look.layer + layers, look.head + heads)

    return verb


def _arrange(name: str) -> Verb:
    return lambda _, frame: frame.arrange(name)


def _theme(name: str) -> Verb:
    return lambda _, frame: frame.change_theme(name)


def _zoom(factor: float) -> Verb:
    return lambda _, frame: frame.change_zoom(factor)


def _limit(tokens: int) -> Verb:
    return lambda c, _: c.apply(moves.limit_to, tokens)


def _rate(factor: float) -> Verb:
    return lambda c, _: c.apply(moves.play_at, c.snapshot.play.rate * factor)


WALK, DRAW, LOOK, VIEW, HELP = "&Walk", "&Sampling", "&Attention", "&View", "&Help"

ACTIONS: tuple[Action, ...] = (
    Action(
        "step", WALK, "Step", ("Space", "Right"), lambda c, _: c.step(),
        "Draw one token with the dice of its position and read it.", can_step,
    ),
    Action(
        "back", WALK, "Back", ("Left", "Backspace"), lambda c, _: c.apply(moves.back),
        "Go one token back; stepping again draws the same token.", can_go_back,
    ),
    Action(
        "forward", WALK, "Forward", ("Shift+Right",), lambda c, _: c.apply(moves.forward),
        "Walk the line that was written before, without drawing.", can_go_forward,
    ),
    Action(
        "start", WALK, "To the prompt", ("Home",), lambda c, _: c.apply(moves.to_start),
        "Go back to the end of the prompt.", can_go_back,
    ),
    Action(
        "end", WALK, "To the end", ("End",), lambda c, _: c.apply(moves.to_end),
        "Go to the last token of this line.", can_go_forward,
    ),
    Action(
        "play", WALK, "Play or pause", ("P",), lambda c, _: c.play(not c.snapshot.play.running),
        "Step again and again at the rate of play, or pause.", has_text,
    ),
    Action("faster", WALK, "Play faster", (".",), _rate(1.5), "Raise the rate of play."),
    Action("slower", WALK, "Play slower", (",",), _rate(1 / 1.5), "Lower the rate of play."),
    *(
        Action(
            f"limit_{tokens}", WALK,
            f"Stop after {tokens} tokens" if tokens else "Stop at the context's end", (),
            _limit(tokens),
            "The most tokens that a text may grow to beyond its prompt."
            if tokens else "No limit but the stop token and the context.",
        )
        for tokens in (50, 100, 0)
    ),
    Action(
        "prompt", WALK, "Edit the prompt", ("E",), lambda _, frame: frame.edit_prompt(),
        "Put the keyboard into the prompt; Enter reads it, Escape leaves it.",
    ),
    Action(
        "undo", WALK, "Undo", ("Ctrl+Z",), lambda c, _: c.undo(),
        "Take back the last change, whatever it was.",
    ),
    Action(
        "redo", WALK, "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), lambda c, _: c.redo(),
        "Make the change again that was taken back.",
    ),
    Action(
        "quit", WALK, "Quit", ("Ctrl+Q",), lambda _, frame: (frame.close(), None)[1],
        "Close Explorer; the layout is kept for the next start.",
    ),
    Action(
        "cooler", DRAW, "Cooler", ("[",), _warmer(1 / 1.1),
        "Lower the sampling temperature by a tenth: likely tokens become likelier.",
    ),
    Action(
        "warmer", DRAW, "Warmer", ("]",), _warmer(1.1),
        "Raise the sampling temperature by a tenth: the probabilities become more equal.",
    ),
    Action(
        "neutral", DRAW, "Temperature 1", ("T",), lambda c, _: c.apply(moves.heat, 1.0),
        "Sample from the model's own distribution.",
    ),
    Action(
        "greedy", DRAW, "Greedy on or off", ("G",), _greedy,
        "Sampling temperature 0: always take the most probable token.",
    ),
    Action("reseed", DRAW, "New dice", ("N",), _reseed, "Take the next seed: other dice."),
    *(
        Action(
            f"preset_{name}", DRAW, f"Preset: {name}", (), _preset(name),
            _describe(PRESETS[name]),
        )
        for name in PRESETS
    ),
    *(
        Action(
            f"pick_{rank}", DRAW, f"Force candidate {rank}", (str(rank),), _pick(rank),
            "Choose this bar by hand instead of by the dice.", can_step,
        )
        for rank in range(1, 10)
    ),
    Action("head_right", LOOK, "Next head", ("L",), _turn(0, 1), "Look at the next head."),
    Action("head_left", LOOK, "Previous head", ("H",), _turn(0, -1), "Look at the head before."),
    Action("layer_down", LOOK, "Next layer", ("J",), _turn(1, 0), "Look at the next layer."),
    Action("layer_up", LOOK, "Previous layer", ("K",), _turn(-1, 0), "Look at the layer before."),
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
        "layout_explore", VIEW, "Layout: explore", ("Ctrl+1",), _arrange("explore"),
        "All panels, in the order in which the data flows.",
    ),
    Action(
        "layout_lecture", VIEW, "Layout: lecture", ("Ctrl+2",), _arrange("lecture"),
        "Few panels, large: text, bars, dice, temperature, one head.",
    ),
    Action(
        "layout_debug", VIEW, "Layout: debug", ("Ctrl+3",), _arrange("debug"),
        "Everything at once, densely.",
    ),
    Action(
        "layout_reset", VIEW, "Reset the layout", ("Ctrl+Shift+0",), _arrange("explore"),
        "Bring every panel back to where it was at the first start.",
    ),
    Action("keys", HELP, "All keys", ("?", "F1"), lambda _, frame: frame.show_keys(),
           "Show every key over the window."),
    Action("leave", HELP, "Leave", ("Esc",), lambda _, frame: frame.leave(),
           "Leave the key overlay, a maximised panel or presenter mode."),
)  # fmt: skip
