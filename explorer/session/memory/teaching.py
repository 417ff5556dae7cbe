"""Moves that give the restricted machine a lesson and keep what it has learned. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from explorer.physics.bars_and_stripes import bars_and_stripes
from explorer.physics.pretraining_contest import variants
from explorer.physics.restricted_learning import Course
from explorer.session.memory.lessons import Learned, Lesson
from explorer.session.memory.snapshot import Memory

FloatArray = NDArray[np.float64]
LARGEST_HIDDEN = 200
MOST_STEPS, MOST_CHAINS = 1000, 5000
COPIES, NOISE = 20, 0.05  # of each letter, and the share of their cells that are flipped


@dataclass(frozen=True)
class Plan:
    """What to learn: bars and stripes ("bars 3", "bars 4"), the stored patterns ("stored") or
    noisy copies of them ("copies"), with a share held out for measuring."""

    data: str = "bars 3"
    hidden: int = 16
    course: Course = field(default_factory=Course)
    held_out: float = 0.0


def prepare(s: Memory, plan: Plan) -> Lesson:
    """A lesson by this plan. Raises ValueError with a sentence for what cannot be learned."""
    if not 1 <= plan.hidden <= LARGEST_HIDDEN:
        raise ValueError(
            f"The machine can have 1 to {LARGEST_HIDDEN} hidden units, not {plan.hidden}."
        )
    if plan.course.k > MOST_STEPS or plan.course.chains > MOST_CHAINS:
        raise ValueError(f"k is at most {MOST_STEPS:,}, and chains at most {MOST_CHAINS:,}.")
    if not 0.0 <= plan.held_out < 1.0:
        raise ValueError("The share that is held out must be at least 0 and below 100 %.")
    if plan.data in ("stored", "copies"):
        if len(s.pictures) < 2:
            raise ValueError("Store two or more patterns first, or learn bars and stripes.")
        name, patterns, shape = _letters(s, plan)
    else:
        side = int(plan.data.removeprefix("bars "))
        name, patterns = f"bars and stripes, {side} × {side}", bars_and_stripes(side)
        shape = (side, side)
    dice = np.random.Generator(np.random.Philox(key=[plan.course.seed, 9]))
    order = dice.permutation(len(patterns))
    count = round(plan.held_out * len(patterns))
    if len(patterns) - count < 1:
        raise ValueError("Nothing would be left to learn; hold out a smaller share.")
    seen = patterns[np.sort(order[count:])]
    return Lesson(name, seen, shape, plan.hidden, plan.course, patterns[np.sort(order[:count])])


def keep_learned(s: Memory, learned: Learned | None) -> Memory:
    """The machine as far as it has learned; None forgets it."""
    if learned is s.machines.learned:
        return s
    return replace(s, machines=replace(s.machines, learned=learned))


def _letters(s: Memory, plan: Plan) -> tuple[str, FloatArray, tuple[int, int]]:
    if plan.data == "stored":
        return "stored patterns", np.unique((s.patterns > 0).astype(float), axis=0), s.shape
    pictures, _ = variants(s.patterns, s.shape, COPIES, 0, NOISE, plan.course.seed)
    name = f"{COPIES} copies of each stored pattern, {NOISE:.0%} of the cells flipped"
    return name, np.unique(pictures, axis=0), s.shape
