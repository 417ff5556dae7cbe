"""Moves of the workspace "Attention is a memory": pure functions from Bridge to Bridge.

A move that changes nothing returns the same snapshot. Another setting starts all four memories
again from their query; steps are made with all of them together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from explorer.session import status
from explorer.session.bridge.letters import NAMES
from explorer.session.bridge.lines import grown, lines
from explorer.session.bridge.snapshot import (
    ALL,
    FEWEST,
    POWERS,
    SHARPEST,
    SOFTEST,
    Bridge,
    Head,
    Setting,
    Store,
)
from explorer.session.status import fail as fail
from explorer.session.status import notice as notice
from explorer.session.status import play as play

FASTEST = 30.0  # updates per second
LONGEST = 500  # updates; by then a memory without dice has long come to rest
STILL = 1e-6


def opened() -> Bridge:
    """The workspace as it is at first, before a text has been read."""
    return start(Bridge())


def start(s: Bridge) -> Bridge:
    """All memories anew, from the query of the setting."""
    return replace(s, lines=lines(s.setting, s.head), cursor=0, notice="", error="")


def follow(s: Bridge, head: Head | None, missing: str = "") -> Bridge:
    """Show another head or another token of the text; without one, `missing` says why.

    Without a head there are no keys: then letters are stored again.
    """
    if head is s.head and missing == s.missing:
        return s
    setting = s.setting if head is not None else replace(s.setting, store="letters")
    return start(replace(s, head=head, missing=missing, setting=setting))


def use(s: Bridge, setting: Setting) -> Bridge:
    """Set the sliders; what cannot be is refused with a sentence."""
    if setting == s.setting:
        return s
    if wrong := why_not(setting):
        return fail(s, wrong)
    if setting.store == "keys" and s.head is None:
        none = "No text has been read yet, so there are no keys to store: read one first."
        return fail(s, s.missing or none)
    goal = min(setting.goal, setting.count - 1)
    return start(replace(s, setting=replace(setting, goal=goal)))


def why_not(setting: Setting) -> str:
    """Why a setting cannot be, in a sentence; empty if it can."""
    if not SOFTEST <= setting.sharpness <= SHARPEST:
        return (
            f"The sharpness must lie between {SOFTEST:g} and {SHARPEST:g} times 1/√d, "
            f"not {setting.sharpness:g}."
        )
    if not 0.0 <= setting.noise <= 0.5:
        return f"The noise must lie between 0 and 50 %, not {100 * setting.noise:g} %."
    if not FEWEST <= setting.count <= ALL:
        return f"The number of patterns must lie between {FEWEST} and {ALL}, not {setting.count}."
    if setting.power not in POWERS:
        return f"The power n must be one of {', '.join(map(str, POWERS))}, not {setting.power}."
    if not 0 <= setting.seed < 2**63:
        return f"The seed must be a whole number from 0 up, not {setting.seed}."
    return ""


def sharpen(s: Bridge, sharpness: float) -> Bridge:
    """Set beta, in units of 1 / sqrt(d)."""
    if not math.isfinite(sharpness):
        return fail(s, f"The sharpness must be a number, not {sharpness}.")
    return use(s, replace(s.setting, sharpness=min(max(sharpness, SOFTEST), SHARPEST)))


def choose(s: Bridge, goal: int) -> Bridge:
    """Spoil another letter."""
    if not 0 <= goal < s.setting.count:
        return fail(s, f"There is no letter {goal + 1}; {s.setting.count} are stored.")
    return use(s, replace(s.setting, goal=goal))


def store(s: Bridge, what: Store) -> Bridge:
    """Let the first three memories hold letters, or the keys of the head."""
    return use(s, replace(s.setting, store=what))


def throw(s: Bridge) -> Bridge:
    """Other noise: the next throw of the dice."""
    return use(s, replace(s.setting, throw=s.setting.throw + 1))


def as_trained(s: Bridge) -> Bridge:
    """What the head itself does: no noise, its own sharpness, all its keys."""
    return use(s, replace(s.setting, noise=0.0, sharpness=1.0, count=ALL))


def step(s: Bridge) -> Bridge:
    """One update of every memory; the same snapshot where there is nothing to update."""
    if why_stopped(s):
        return s
    cursor = s.cursor + 1
    further = tuple(
        line if len(line.updates) > cursor else grown(line, s.setting, s.head) for line in s.lines
    )
    return replace(s, lines=further, cursor=cursor, notice="", error="")


def back(s: Bridge) -> Bridge:
    """One update back; stepping again repeats it exactly."""
    return seek(s, s.cursor - 1)


def seek(s: Bridge, cursor: int) -> Bridge:
    """To the states after so many of the updates that were made."""
    if cursor == s.cursor or not 0 <= cursor <= made(s):
        return s
    return replace(s, cursor=cursor, notice="", error="")


def to_start(s: Bridge) -> Bridge:
    """To the queries that everything started from."""
    return seek(s, 0)


def to_end(s: Bridge) -> Bridge:
    """To the last update that was made."""
    return seek(s, made(s))


def settling(s: Bridge, most: int = 30) -> Iterator[Bridge]:
    """Updates until nothing moves, one at a time; dice may never rest, so there is an end."""
    for _ in range(most):
        if resting(s) or why_stopped(s):
            return
        s = step(s)
        yield s


def made(s: Bridge) -> int:
    """How many updates were made."""
    return len(s.lines[0].updates) - 1 if s.lines else 0


def resting(s: Bridge) -> bool:
    """Whether the next update moves nothing in any memory."""
    shown = [line.updates[s.cursor] for line in s.lines]
    return all(float(np.abs(one.after - one.before).max()) < STILL for one in shown)


def why_stopped(s: Bridge) -> str:
    """Why no further update can be made, in words; empty when one can."""
    if not s.lines:
        return "There is nothing to update: no text has been read yet."
    return f"{LONGEST} updates were made." if s.cursor >= LONGEST else ""


def play_at(s: Bridge, rate: float) -> Bridge:
    """Change the rate of play, in updates per second."""
    return status.play_at(s, rate, FASTEST)


def carry(now: Bridge, then: Bridge) -> Bridge:
    """The snapshot of another time to travel to, with the head that the text shows now."""
    there = replace(then, play=replace(then.play, running=False), busy=now.busy, error="")
    return follow(there, now.head, now.missing)


def letter_at(name: str) -> int:
    """The number of a letter; raises ValueError for anything else."""
    if name.upper() not in NAMES:
        raise ValueError(f"{name!r} is not one of the letters A to Z.")
    return NAMES.index(name.upper())
