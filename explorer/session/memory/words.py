"""What the memory workspace says about storing: why it cannot be done, what to expect of it."""

from __future__ import annotations

import math

import numpy as np

from explorer.physics.hopfield import Spins, overlaps, stable
from explorer.physics.hopfield_rules import Rule
from explorer.session.memory.snapshot import Memory, Picture

HEBB_LOAD = 0.138  # Amit, Gutfreund and Sompolinsky 1985, for large N and a few wrong neurons


def capacity(rule: Rule, size: int) -> float:
    """About how many random patterns N neurons hold: 0.138 N, N / sqrt(2 ln N), or N - 1."""
    if rule == "hebb":
        return HEBB_LOAD * size
    return size / math.sqrt(2.0 * math.log(size)) if rule == "storkey" else size - 1.0


def why_not_stored(s: Memory, spins: Spins) -> str:
    """Why the state cannot become a pattern, in a sentence; empty when it can."""
    if not spins.all():
        gone = int(np.count_nonzero(spins == 0))
        return f"{gone} cells are erased; fill them or let recall fill them before storing."
    for picture in s.pictures:
        if np.array_equal(picture.spins, spins):
            return f"This picture is stored already, as {picture.name}."
        if s.rule == "projection" and np.array_equal(picture.spins, -spins):
            return (
                f"This is the inverse of {picture.name}, which the projection rule holds with it."
            )
    return ""


def after_storing(s: Memory, picture: Picture) -> str:
    """What to expect now that the picture is stored."""
    count, most = len(s.pictures), capacity(s.rule, s.size)
    rule = {"hebb": "Hebb's rule", "projection": "the projection rule", "storkey": "Storkey's rule"}
    if count > most:
        return (
            f"Stored {picture.name}, but {count} patterns are more than the {most:.1f} that "
            f"{s.size} neurons hold by {rule[s.rule]}: expect mixtures instead of memories."
        )
    if not stable(s.network, picture.spins):
        closest = _closest(s, picture)
        return (
            f"Stored {picture.name}, but it is not a fixed point: it is too much like {closest}. "
            "The projection rule would hold both."
        )
    return f"Stored {picture.name}."


def _closest(s: Memory, picture: Picture) -> str:
    others = [one for one in s.pictures if one is not picture]
    if not others:
        return "the bias"
    alike = np.abs(overlaps(picture.spins, [one.spins for one in others]))
    return others[int(np.argmax(alike))].name
