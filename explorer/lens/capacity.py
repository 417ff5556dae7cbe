"""Recall against load, and the phase diagram: what to draw of the experiments. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.lens.recall import RULES
from explorer.physics.capacity import Plan, literature
from explorer.physics.hopfield_rules import Rule
from explorer.physics.mean_field import CRITICAL_LOAD, glass_line
from explorer.physics.phase_diagram import Diagram
from explorer.session.memory.snapshot import Memory

FloatArray = NDArray[np.float64]
LOADS: dict[Rule, tuple[float, ...]] = {
    "hebb": (0.02, 0.05, 0.08, 0.10, 0.12, 0.138, 0.15, 0.17, 0.20, 0.25),
    "storkey": (0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50),
    "projection": (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95),
}


@dataclass(frozen=True, eq=False)
class Curve:
    """One rule: loads (K,), shares recalled (overlap >= 0.9) and their standard errors (K,)."""

    name: str
    number: int
    loads: FloatArray
    recalled: FloatArray
    error: FloatArray


@dataclass(frozen=True, eq=False)
class CapacityChart:
    """Curves, the lines of the literature as (name, load), and the largest load shown."""

    curves: tuple[Curve, ...]
    lines: tuple[tuple[str, float], ...]
    span: float
    facts: str


def plans(rules: tuple[Rule, ...], size: int, noise: float, seed: int = 0) -> tuple[Plan, ...]:
    """What is measured for each rule: ten loads, 4 networks of 5 starts. Raises ValueError."""
    return tuple(Plan(size, rule, LOADS[rule], noise=noise, seed=seed) for rule in rules)


def capacity_chart(s: Memory) -> CapacityChart:
    """Everything measured so far; the lines are those of the largest network among it."""
    curves = []
    for plan, sweep in s.measured.curves:
        points = sweep.points
        noise = f", {100 * plan.noise:.0f} % flipped" if plan.noise else ""
        name = f"{RULES[plan.rule]}, N = {plan.size:,}{noise}"
        curves.append(
            Curve(
                name,
                list(RULES).index(plan.rule),
                np.array([point.load for point in points]),
                np.array([point.recalled for point in points]),
                np.array([point.recalled_error for point in points]),
            )
        )
    size = max((plan.size for plan, _ in s.measured.curves), default=500)
    span = max((max(plan.loads) for plan, _ in s.measured.curves), default=0.25)
    lines = tuple((name, load) for name, load in literature(size).items() if load <= 1.05 * span)
    trials = sum(sweep.done for _, sweep in s.measured.curves)
    facts = (
        f"{trials:,} recalls; the line 0.138 N is for very large N: at N = {size:,} the cliff is a "
        "slope"
        if trials
        else "Choose a rule and press Measure."
    )
    return CapacityChart(tuple(curves), lines, 1.05 * span, facts)


@dataclass(frozen=True, eq=False)
class PhasePicture:
    """Two maps (A, T) of the overlap m, 0 to 1, -1 where it is not known yet.

    glass (K, 2): load and T_g, below which there is a spin glass; critical: the load 0.138.
    """

    loads: FloatArray
    temperatures: FloatArray
    theory: FloatArray
    measured: FloatArray
    glass: FloatArray
    critical: float
    facts: str


def phase_picture(s: Memory) -> PhasePicture | None:
    """The phase diagram as far as it is known; None before the first cell."""
    theory, networks = s.measured.theory, s.measured.diagram
    known = theory or networks
    if known is None:
        return None
    loads = known.loads
    glass = np.stack([loads, glass_line(loads)], axis=1)
    facts = " · ".join(
        f"{name} {one.done} of {one.total}"
        for name, one in (("theory", theory), (_who(networks), networks))
        if one is not None
    )
    return PhasePicture(
        loads,
        known.temperatures,
        _shown(theory, known),
        _shown(networks, known),
        glass,
        CRITICAL_LOAD,
        facts,
    )


def phase_levels(overlap: FloatArray) -> NDArray[np.uint8]:
    """Overlaps (A, T), -1 unknown, as levels (T, A) of a heat map, warm at the top."""
    levels = np.where(overlap < 0, 0, 24 + 231 * np.clip(overlap, 0, 1))
    return levels.round().astype(np.uint8).T[::-1]


def _who(diagram: Diagram | None) -> str:
    return f"N = {diagram.neurons:,}" if diagram is not None else ""


def _shown(diagram: Diagram | None, like: Diagram) -> FloatArray:
    if diagram is None:
        return np.full(like.overlap.shape, -1.0)
    return np.nan_to_num(diagram.overlap, nan=-1.0)
