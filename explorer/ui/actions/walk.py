"""Commands that walk through the story: step, back, play, prompt, undo."""

from __future__ import annotations

from explorer.session import moves
from explorer.ui.actions.action import (
    Action,
    Verb,
    can_go_back,
    can_go_forward,
    can_step,
    has_text,
    pacing,
    revealing,
)

WALK = "&Walk"


def _limit(tokens: int) -> Verb:
    return lambda c, _: c.apply(moves.limit_to, tokens)


WALK_ACTIONS: tuple[Action, ...] = (
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
    Action("faster", WALK, "Play faster", (".",), pacing(1.5), "Raise the rate of play."),
    Action("slower", WALK, "Play slower", (",",), pacing(2 / 3), "Lower the rate of play."),
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
        "prompt", WALK, "Edit the prompt", ("E",), revealing("text"),
        "Put the keyboard into the prompt; Enter reads it, Escape leaves it.",
    ),
)  # fmt: skip
