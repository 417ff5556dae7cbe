"""Commands that stop the story where something happens, and run to such places."""

from __future__ import annotations

from explorer.session import asked
from explorer.ui.actions.action import Action, can_go_back, has_text, revealing
from explorer.ui.run import run_back, run_to, stop_at_token

DEBUG = "&Debug"


STOP_ACTIONS: tuple[Action, ...] = (
    Action(
        "run_to", DEBUG, "Run to the next stop", ("F5",), lambda c, _: run_to(c),
        "Walk the line, then step on, until a stop holds; P or Esc ends the run.", has_text,
    ),
    Action(
        "run_back", DEBUG, "Run back to a stop", ("Shift+F5",),
        lambda c, _: run_back(c),
        "Go back to the last token before this one at which a stop holds.", can_go_back,
    ),
    Action(
        "add_stop", DEBUG, "Stop at this token", ("F9",), lambda c, _: stop_at_token(c),
        "Add a stop for the token that is lit or was read last.", has_text,
    ),
    Action(
        "roll", DEBUG, "Roll 1,000 times", ("R",), lambda c, _: c.apply(asked.roll),
        "Throw dice of their own 1,000 times at this place and mark how often each token came.",
        has_text,
    ),
    Action(
        "history", DEBUG, "Token history", ("Ctrl+F",), revealing("history"),
        "Name a token and see its probability and rank at every step, chosen or not.",
    ),
    Action(
        "why_not", DEBUG, "Why not this token?", ("Y",), revealing("whynot"),
        "Name a token and see what keeps it from being chosen, and what would let it in.",
    ),
)  # fmt: skip
