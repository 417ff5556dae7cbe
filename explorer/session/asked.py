"""What a person asks about the draw: rolls at one place, and one named token. Knows no screen."""

from __future__ import annotations

from dataclasses import replace

from explorer.session import moves
from explorer.session.asked_list import Asked, Roll
from explorer.session.snapshot import Snapshot


def roll(s: Snapshot) -> Snapshot:
    """Roll the dice of the present place many times; again: another series of rolls.

    The rolls are forgotten when the cursor goes elsewhere. The story's own dice stay as they are.
    """
    if not s.timeline:
        return moves.notice(s, moves.why_stopped(s))
    before, here = s.asked.roll, s.timeline.cursor
    series = before.series + 1 if before is not None and before.node == here else 1
    return _with(s, replace(s.asked, roll=Roll(here, series)))


def name(s: Snapshot, token: int | None) -> Snapshot:
    """Ask about one token; None, or one that the model does not have, asks about none."""
    if token is not None and not (s.model and 0 <= token < s.model.vocabulary):
        token = None
    return _with(s, replace(s.asked, token=token))


def named(s: Snapshot) -> int | None:
    """The token that is asked about, if this model has it."""
    token = s.asked.token
    return token if token is not None and s.model and token < s.model.vocabulary else None


def _with(s: Snapshot, asked: Asked) -> Snapshot:
    return s if asked == s.asked else replace(s, asked=asked)
