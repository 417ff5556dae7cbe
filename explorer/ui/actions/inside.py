"""Commands that walk through one forward pass: over, back, into a block, out of it."""

from __future__ import annotations

from collections.abc import Callable

from explorer.session import inside
from explorer.session.snapshot import Snapshot
from explorer.ui.actions.action import Action, Frame, Verb, has_text, revealing
from explorer.ui.controller import Controller

INSIDE = "I&nside"


def _walk(move: Callable[[Snapshot], Snapshot]) -> Verb:
    """A verb that also shows the panel, for whoever walks wants to see where."""

    def verb(c: Controller, frame: Frame) -> None:
        c.apply(move, gesture="inside")
        frame.reveal("inside")

    return verb


def _norm(c: Controller, frame: Frame) -> None:
    c.apply(inside.norm_lens, not c.snapshot.inside.final_norm)
    frame.reveal("logitlens")


INSIDE_ACTIONS: tuple[Action, ...] = (
    Action(
        "inside_over", INSIDE, "Step over", ("F10",), _walk(inside.over),
        "One stage of the forward pass on; outside of the blocks one block on.", has_text,
    ),
    Action(
        "inside_back", INSIDE, "Step back", ("Shift+F10",), _walk(inside.back),
        "One stage of the forward pass back, exactly the way that stepping over came.", has_text,
    ),
    Action(
        "inside_into", INSIDE, "Into the block", ("F7",), _walk(inside.into),
        "Into the block, to its first stage or the one that was looked at last.", has_text,
    ),
    Action(
        "inside_out", INSIDE, "Out of the block", ("Shift+F7",), _walk(inside.out),
        "Out of the block; its result is shown.", has_text,
    ),
    Action(
        "inside_lens", INSIDE, "Logit lens", (), revealing("logitlens"),
        "Show what the network would say after each block.", has_text,
    ),
    Action(
        "inside_norm", INSIDE, "Logit lens: final norm on or off", (), _norm,
        "Apply the final norm to every layer's stream, or read the stream as it is.", has_text,
    ),
    Action(
        "inside_attribution", INSIDE, "Direct logit attribution", (), revealing("attribution"),
        "Show what each head, MLP and bias adds to a logit.", has_text,
    ),
    Action(
        "inside_heads", INSIDE, "Head scores", (), revealing("headscores"),
        "Sort and search the attention heads by what they do.", has_text,
    ),
)  # fmt: skip
