"""Moves that give the workspace a lesson and keep what has been learned. Pure functions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.physics.bars_and_stripes import bars_and_stripes
from explorer.physics.restricted_learning import Course
from explorer.session.memory.lessons import Learned, Lesson
from explorer.session.memory.snapshot import Memory

LARGEST_HIDDEN = 200


def prepare(s: Memory, data: str, hidden: int, course: Course) -> Lesson:
    """A lesson on bars and stripes ("bars 3", "bars 4") or on the stored patterns ("stored").

    Raises ValueError with a sentence for what cannot be learned.
    """
    if not 1 <= hidden <= LARGEST_HIDDEN:
        raise ValueError(f"The machine can have 1 to {LARGEST_HIDDEN} hidden units, not {hidden}.")
    if data == "stored":
        if len(s.pictures) < 2:
            raise ValueError("Store two or more patterns first, or learn bars and stripes.")
        patterns = np.unique((s.patterns > 0).astype(float), axis=0)
        return Lesson("stored patterns", patterns, s.shape, hidden, course)
    side = int(data.removeprefix("bars "))
    name = f"bars and stripes, {side} x {side}"
    return Lesson(name, bars_and_stripes(side), (side, side), hidden, course)


def keep_learned(s: Memory, learned: Learned) -> Memory:
    """The machine as far as it has learned."""
    return replace(s, learned=learned)
