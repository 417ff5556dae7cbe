"""Capacity against dimension on logarithmic axes: what to draw of the measured growth. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.capacity_growth import SIZES, Growth, Slope, slope
from explorer.physics.dense_powers import EXPONENTIAL, bound
from explorer.session.memory.snapshot import Memory

FloatArray = NDArray[np.float64]
NAMES: dict[float, str] = {
    2.0: "classical (n = 2)", 3.0: "power n = 3", 4.0: "power n = 4", EXPONENTIAL: "exponential",
}  # fmt: skip
_ACROSS = (5, 10, 20, 50, 100, 200, 400)
_POINTS = 40
_UP = "⁰¹²³⁴⁵⁶⁷⁸⁹"


@dataclass(frozen=True, eq=False)
class GrowthLine:
    """One energy: log10 N (K,), log10 of the mean count and its error (K,), the theory's line.

    ends (K,) says where the count is only a lower limit. theory_x and theory_y are the bound.
    """

    name: str
    number: int
    x: FloatArray
    y: FloatArray
    error: FloatArray
    ends: NDArray[np.bool_]
    theory_x: FloatArray
    theory_y: FloatArray


@dataclass(frozen=True, eq=False)
class GrowthChart:
    """The lines, both axes as powers of ten with their marks, and the numbers in words."""

    lines: tuple[GrowthLine, ...]
    span_x: tuple[float, float]
    span_y: tuple[float, float]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    facts: str


def growth_chart(s: Memory) -> GrowthChart:
    """Everything measured so far, and the theory's lines for what will be."""
    found = s.measured.growth
    powers = found.plan.powers if found is not None else tuple(SIZES)
    lines = tuple(_line(found, power, number) for number, power in enumerate(powers))
    x = np.concatenate([line.theory_x for line in lines])
    y = np.concatenate([part for line in lines for part in (line.theory_y, line.y)])
    top = math.ceil(float(y.max()) + 0.1)
    return GrowthChart(
        lines,
        (float(x.min()) - 0.04, float(x.max()) + 0.04),
        (0.0, float(top)),
        tuple((math.log10(n), str(n)) for n in _ACROSS if x.min() <= math.log10(n) <= x.max()),
        tuple((float(ten), _power_of_ten(ten)) for ten in range(top + 1)),
        facts(found),
    )


def facts(found: Growth | None) -> str:
    """How fast each energy's count grows, measured against its bound."""
    if found is None:
        return "Press Measure: random patterns are stored until half of them no longer come back."
    said = [
        f"{NAMES.get(power, f'n = {power:g}').split(' (')[0]}: {_grows(power, fitted)}"
        for power in found.plan.powers
        if (fitted := slope(found.of(power))) is not None
    ]
    noise = f", {100 * found.plan.noise:.0f} % flipped" if found.plan.noise else ""
    networks = f"{found.plan.networks} networks of each N{noise}"
    return "; ".join([*said, networks]) if said else f"Measuring {networks} …"


def _power_of_ten(ten: int) -> str:
    return f"{10**ten:,}" if ten < 4 else f"10{_UP[ten]}"


def _grows(power: float, fitted: Slope) -> str:
    if power == EXPONENTIAL:
        return f"2^(a N), a = {fitted.value:.2f} ± {fitted.error:.2f}, bound {fitted.theory:.2g}"
    return f"N^a, a = {fitted.value:.2f} ± {fitted.error:.2f}, bound {fitted.theory:.2f}"


def _line(found: Growth | None, power: float, number: int) -> GrowthLine:
    sizes = SIZES.get(power, SIZES[4.0])
    points = found.of(power) if found is not None else ()
    n = np.geomspace(sizes[0], sizes[-1], _POINTS)
    return GrowthLine(
        NAMES.get(power, f"power n = {power:g}"),
        number,
        np.log10([one.size for one in points]) if points else np.zeros(0),
        np.log10([one.mean for one in points]) if points else np.zeros(0),
        np.array([one.error for one in points]) / math.log(10.0),
        np.array([one.open_end for one in points], dtype=bool),
        np.log10(n),
        np.array([math.log10(max(_bound(float(size), power), 1.0)) for size in n]),
    )


def _bound(size: float, power: float) -> float:
    """The bound at any N, whole or not."""
    low = math.floor(size)
    if low == size:
        return bound(low, power)
    share = size - low
    return float(bound(low, power) ** (1 - share) * bound(low + 1, power) ** share)
