"""Commands that choose the head that is looked at."""

from __future__ import annotations

from explorer.session import moves
from explorer.ui.actions.action import Action, Frame, Verb
from explorer.ui.controller import Controller

LOOK = "&Attention"


def _turn(layers: int, heads: int) -> Verb:
    def verb(c: Controller, _: Frame) -> None:
        look = c.snapshot.look
        c.apply(moves.look_at, look.layer + layers, look.head + heads)

    return verb


LOOK_ACTIONS: tuple[Action, ...] = (
    Action("head_right", LOOK, "Next head", ("L",), _turn(0, 1), "Look at the next head."),
    Action("head_left", LOOK, "Previous head", ("H",), _turn(0, -1), "Look at the head before."),
    Action("layer_down", LOOK, "Next layer", ("J",), _turn(1, 0), "Look at the next layer."),
    Action("layer_up", LOOK, "Previous layer", ("K",), _turn(-1, 0), "Look at the layer before."),
)  # fmt: skip
