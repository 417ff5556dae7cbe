"""Commands that stop the story where something happens, and run to such places."""

from __future__ import annotations

from explorer.session import moves, stops
from explorer.ui.actions.action import Action, Frame, can_go_back, has_text
from explorer.ui.controller import Controller

DEBUG = "&Debug"


def _run_to(c: Controller, _: Frame) -> None:
    c.become(stops.run(c.snapshot))
    if c.snapshot.play.to_stop:
        c.step()


def _run_back(c: Controller, _: Frame) -> None:
    c.play(False)
    c.become(stops.run_back(c.snapshot))


def _add(c: Controller, _: Frame) -> None:
    text = stops.for_token(c.snapshot)
    c.apply(stops.add, text)
    c.apply(moves.notice, f"There is a stop where {text}.")


STOP_ACTIONS: tuple[Action, ...] = (
    Action(
        "run_to", DEBUG, "Run to the next stop", ("F5",), _run_to,
        "Walk the line, then step on, until a stop holds; P or Esc ends the run.", has_text,
    ),
    Action(
        "run_back", DEBUG, "Run back to a stop", ("Shift+F5",), _run_back,
        "Go back to the last token before this one at which a stop holds.", can_go_back,
    ),
    Action(
        "add_stop", DEBUG, "Stop at this token", ("F9",), _add,
        "Add a stop for the token that is lit or was read last.", has_text,
    ),
)  # fmt: skip
