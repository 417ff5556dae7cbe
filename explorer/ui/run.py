"""Verbs of running to stops: for commands and buttons alike."""

from __future__ import annotations

from explorer.session import moves, stops
from explorer.ui.controller import Controller


def run_to(controller: Controller) -> None:
    """Towards the next stop; stepping goes on between events until one holds or a key ends it."""
    controller.become(stops.run(controller.snapshot))
    if controller.snapshot.play.to_stop:
        controller.step()


def run_back(controller: Controller) -> None:
    """Back to the last node before this one at which a stop holds."""
    controller.play(False)
    controller.become(stops.run_back(controller.snapshot))


def stop_at_token(controller: Controller) -> None:
    """Add a stop for the token that is lit or was read last."""
    text = stops.for_token(controller.snapshot)
    controller.apply(stops.add, text)
    controller.apply(moves.notice, f"There is a stop where {text}.")
