"""The controller: verbs that need the network, undo, play."""

from __future__ import annotations

from explorer.session import moves
from explorer.ui.controller import Controller


def test_back_and_then_step_gives_the_same_token(controller: Controller, qtbot) -> None:
    controller.step()
    qtbot.waitUntil(lambda: len(controller.snapshot.timeline.nodes) == 2)
    token = controller.snapshot.timeline.node.draw.token
    controller.apply(moves.back)
    controller.step()
    assert controller.snapshot.timeline.node.draw.token == token
    assert len(controller.snapshot.timeline.nodes) == 2
