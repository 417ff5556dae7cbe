"""Moves along recall: step, back, seek, run to a fixed point. Pure functions from Memory to Memory.

Going back and stepping again repeats the recorded steps; with other dynamics new ones take their
place. Step t uses the dice of step t, whenever it is made (see physics/hopfield_dynamics.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from explorer.physics.hopfield_dynamics import Dynamics, Outcome, outcome, stretch
from explorer.session.memory.moves import fail
from explorer.session.memory.snapshot import Memory
from explorer.session.memory.track import Track

SWEEPS = 100  # of recall that never settles, as by Glauber's rule


def use_dynamics(s: Memory, how: Dynamics) -> Memory:
    """Change how the next steps are made; those made stay."""
    return s if how == s.how else replace(s, how=how)


def heat(s: Memory, temperature: float) -> Memory:
    """Set Glauber's temperature; below 0, NaN or infinity is refused with a sentence."""
    try:
        how = replace(s.how, temperature=temperature)
    except ValueError as error:
        text = str(error)
        return fail(s, f"{text[:1].upper()}{text[1:]}.")
    return use_dynamics(s, how)


def step(s: Memory, count: int = 1) -> Memory:
    """`count` steps further, along the record where there is one; the same snapshot at the end."""
    if why_stopped(s) or count < 1:
        return s
    if not s.track.at_end and s.track.how == s.how:
        return seek(s, min(s.track.cursor + count, s.track.length))
    part = stretch(s.network, s.here, s.how, s.track.step, count)
    track = s.track.grown(s.here, part, s.how)
    return replace(s, here=part.end, track=track, notice="", error="")


def back(s: Memory, count: int = 1) -> Memory:
    """`count` steps back, at most to the start."""
    return seek(s, max(s.track.cursor - count, 0))


def seek(s: Memory, cursor: int) -> Memory:
    """To the state after `cursor` recorded steps."""
    if cursor == s.track.cursor or not 0 <= cursor <= s.track.length:
        return s
    here = s.track.at(s.network, cursor)
    return replace(s, here=here, track=replace(s.track, cursor=cursor), notice="", error="")


def to_start(s: Memory) -> Memory:
    """To the state that recall started from."""
    return seek(s, 0)


def to_end(s: Memory) -> Memory:
    """To the last recorded step."""
    return seek(s, s.track.length)


def reroll(s: Memory) -> Memory:
    """Other dice from the start of recall: the next seed, another order, other noise."""
    how = replace(s.how, seed=s.how.seed + 1)
    here = s.track.start
    return replace(s, how=how, here=here, track=Track(here, how=how), notice="", error="")


def settling(s: Memory, sweeps: int = SWEEPS) -> Iterator[Memory]:
    """Recall, one sweep of N steps (synchronous: one step) at a time, until it rests."""
    count = 1 if s.how.kind == "synchronous" else s.size
    for _ in range(sweeps):
        if why_stopped(s) or (s.track.at_end and resting(s) == "two-cycle"):
            return
        s = step(s, count)
        yield s


def settle(s: Memory, sweeps: int = SWEEPS) -> Memory:
    """Recall to its end, or for `sweeps` sweeps; the same snapshot when it rests already."""
    for there in settling(s, sweeps):
        s = there
    return s


def resting(s: Memory) -> Outcome:
    """Whether the state is a fixed point or in a two-cycle of the present dynamics."""
    settled = outcome(s.network, s.here, s.how)
    if settled == "fixed point" or s.how.kind != "synchronous":
        return settled
    same_kind = s.track.how.kind == "synchronous"
    before = s.track.before(s.network) if same_kind else None
    return outcome(s.network, s.here, s.how, before)


def why_stopped(s: Memory) -> str:
    """Why no further step can change anything, in words; empty when one can.

    In a two-cycle steps go on for ever: `resting` knows it.
    """
    if not s.pictures:
        return "Nothing is stored yet: draw a picture and store it first."
    if not s.track.at_end and s.track.how == s.how:
        return ""
    if resting(s) != "fixed point":
        return ""
    return f"A fixed point: no neuron wants to change. {reached(s)}".strip()


def reached(s: Memory) -> str:
    """Which memory the state is, in words; empty when it is none."""
    for picture in s.pictures:
        if np.array_equal(picture.spins, s.here.spins):
            return f"It is {picture.name}."
        if np.array_equal(picture.spins, -s.here.spins):
            return f"It is the inverse of {picture.name}."
    return ""
