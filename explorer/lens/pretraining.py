"""What to draw of the contest with and without pretraining: both curves, whoever wins. No Qt.

Letters: S seeds, K steps of tuning. An error is the share of wrong answers, or the mean square
error of a cell; bands are one standard error over the seeds that have come so far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.pretraining_contest import Curves, Task
from explorer.session.memory.snapshot import Memory

FloatArray = NDArray[np.float64]
# Student's t (1908): the half width of a 95 % interval in standard errors, for 2 to 11 seeds.
T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
TITLES: dict[Task, str] = {
    "classification": "wrong letters, unseen pictures",
    "reconstruction": "square error a cell, unseen pictures",
}


@dataclass(frozen=True, eq=False)
class Curve:
    """One side: its mean (K,), the band around it (K,) each, what each seed did (S, K)."""

    name: str
    number: int
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    seeds: FloatArray


@dataclass(frozen=True, eq=False)
class ContestChart:
    """Both curves of a task over steps (K,), the top of the axis, and what was measured."""

    title: str
    steps: FloatArray
    curves: tuple[Curve, Curve]
    top: float
    verdict: str


def contest_charts(s: Memory) -> tuple[ContestChart, ...]:
    """One chart for each task that has been begun."""
    return tuple(contest_chart(curves) for curves in s.machines.contests)


def contest_chart(curves: Curves) -> ContestChart:
    """Both curves of one task."""
    tables = (("with pretraining", curves.with_), ("without", curves.without))
    mean, error, other, wide = curves.bands()
    sides = []
    for number, ((name, table), middle, spread) in enumerate(
        zip(tables, (mean, other), (error, wide), strict=True)
    ):
        around = np.nan_to_num(spread)
        sides.append(Curve(name, number, middle, middle - around, middle + around, table))
    known = [side.high[np.isfinite(side.high)] for side in sides]
    top = max((float(high.max()) for high in known if len(high)), default=1.0)
    return ContestChart(
        TITLES[curves.task],
        curves.steps.astype(np.float64),
        (sides[0], sides[1]),
        max(top * 1.08, 1e-6),
        verdict(curves),
    )


def verdict(curves: Curves) -> str:
    """What was measured at the last step, over the seeds that have both; whichever wins.

    The interval is that of the difference within a seed.
    """
    ends = np.stack([curves.with_[:, -1], curves.without[:, -1]])  # (2, S)
    both = ends[:, np.isfinite(ends).all(axis=0)]
    count = both.shape[1]
    if count == 0:
        return "No seed has come to the end on both sides yet."
    one, two = both.mean(axis=1)
    said = f"After {int(curves.steps[-1])} steps, {count} seeds: with {one:.3f}, without {two:.3f}"
    if count < 2:
        return f"{said}. One seed says nothing about the next."
    apart = both[0] - both[1]
    mean, error = float(apart.mean()), float(apart.std(ddof=1)) / math.sqrt(count)
    wide = T95[min(count - 1, len(T95)) - 1] * error
    said += f"; difference {mean:+.3f} ± {wide:.3f} (95 %)"
    if abs(mean) <= wide or mean == 0:
        return f"{said}: no difference beyond chance."
    return f"{said}: {'pretraining wins' if mean < 0 else 'the plain network wins'}."


def describe_contest(s: Memory) -> str:
    """Where the contest stands, in a line."""
    under_way = [one for one in s.machines.contests if one.done < one.total and one.phase]
    if not s.machines.contests:
        return (
            "The same network twice: its layers learned first as restricted machines, without "
            "labels, or begun at random. Then both are tuned on a few labels. Press Compare."
        )
    if under_way and s.busy:
        now = "; ".join(f"{one.task}: {one.phase}" for one in under_way)
        return f"{now}."
    return "Bands: one standard error over seeds; thin lines: the seeds."
