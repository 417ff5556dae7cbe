"""How many random patterns a memory holds, against its dimension N: three energies, measured.

    classical, n = 2     N / (2 ln N)                      McEliece et al. 1987
    power n              N^(n-1) / (2 (2n - 3)!! ln N)     Krotov and Hopfield 2016
    exponential          2^(N/2)                           Demircigil et al. 2017

These bounds ask that nearly every pattern comes back without an error. Measured is where half of
the sampled ones still do (`dense_powers.growth`): more where they only have to stay, less where
some of their neurons are flipped before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.physics.dense_powers import EXPONENTIAL, Capacity, checked_power, growth

FloatArray = NDArray[np.float64]
# Sizes at even distances of the axis on which the growth is a straight line: ln N, for exp N.
SIZES: dict[float, tuple[int, ...]] = {
    2.0: (25, 50, 100, 200, 400),
    3.0: (15, 25, 40, 70, 110),
    4.0: (10, 15, 22, 32, 46),
    EXPONENTIAL: (6, 9, 12, 15, 18),
}
_TOGETHER = 8  # patterns tried in one slice: 20 ms with the most of them


@dataclass(frozen=True)
class GrowthPlan:
    """What is measured: the powers, the networks of random patterns for each N, the noise.

    noise is the share of neurons flipped before the one step that has to bring a pattern back;
    sample how many patterns of a network are tried, most how many it may have.
    """

    powers: tuple[float, ...] = tuple(SIZES)
    networks: int = 8
    noise: float = 0.0
    sample: int = 40
    most: int = 50_000
    seed: int = 0

    def __post_init__(self) -> None:
        for power in self.powers:
            checked_power(power)
        if not 1 <= self.networks <= 100:
            raise ValueError(f"networks must lie between 1 and 100, not {self.networks}")
        if not 0 <= self.noise < 0.5:
            raise ValueError(f"the flipped share must be at least 0 and below 0.5: {self.noise}")

    def sizes(self, power: float) -> tuple[int, ...]:
        """The dimensions N that are measured; those of 4 hold for every higher power."""
        return SIZES.get(power, SIZES[4.0])


@dataclass(frozen=True)
class Grown:
    """One power at one N: the counts that each network holds, and the literature's bound.

    open_end: some network held as many patterns as were tried, so that the count lies above.
    """

    power: float
    size: int
    counts: tuple[float, ...]
    theory: float
    open_end: bool = False

    @property
    def mean(self) -> float:
        """The geometric mean of the counts."""
        return math.exp(float(np.mean(np.log(self.counts))))

    @property
    def error(self) -> float:
        """The standard error of ln(mean) over the networks; NaN with one."""
        if len(self.counts) < 2:
            return math.nan
        return float(np.std(np.log(self.counts), ddof=1) / math.sqrt(len(self.counts)))


@dataclass(frozen=True)
class Growth:
    """Everything measured so far: points by power and N, and how far the plan has come.

    done and total count searches, one for each network of each N.
    """

    plan: GrowthPlan
    points: tuple[Grown, ...] = ()
    done: int = 0
    total: int = 0

    def of(self, power: float) -> tuple[Grown, ...]:
        """The points of one power, by rising N."""
        return tuple(one for one in self.points if one.power == power)


@dataclass(frozen=True)
class Slope:
    """How fast a count grows: the exponent of N, or of 2^N for exp; its error, that of theory."""

    value: float
    error: float
    theory: float


def measure_growth(plan: GrowthPlan) -> Iterator[Growth]:
    """The growth of every power, network after network, in slices; the last one is whole."""
    total = plan.networks * sum(len(plan.sizes(power)) for power in plan.powers)
    found = Growth(plan, total=total)
    for network in range(plan.networks):
        for power in plan.powers:
            measured: list[Capacity] = []
            slices = growth(
                plan.sizes(power), power, plan.most, plan.sample, plan.seed + network, plan.noise
            )
            for tried, so_far in enumerate(slices):
                if len(so_far) > len(measured):
                    measured = so_far
                    found = _with(found, so_far[-1], plan.most)
                    yield found
                elif tried % _TOGETHER == 0:
                    yield found


def slope(points: tuple[Grown, ...]) -> Slope | None:
    """A straight line through the logarithms of the counts; None with less than three points.

    The error is that of the fit's residuals. The bound is fitted over the same N, since ln N bends
    it. Open ends do not count.
    """
    kept = [one for one in points if not one.open_end]
    if len(kept) < 3:
        return None
    sizes = np.array([one.size for one in kept], dtype=np.float64)
    exponential = kept[0].power == EXPONENTIAL
    x = sizes * math.log(2.0) if exponential else np.log(sizes)
    value, error = _fit(x, np.log([one.mean for one in kept]))
    return Slope(value, error, _fit(x, np.log([one.theory for one in kept]))[0])


def _fit(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """The slope of the least-squares line and its standard error."""
    away = x - x.mean()
    spread = float(away @ away)
    value = float(away @ y) / spread
    rest = y - y.mean() - value * away
    return value, math.sqrt(float(rest @ rest) / (len(x) - 2) / spread)


def _with(found: Growth, new: Capacity, most: int) -> Growth:
    """With what one more network holds; low held and high did not, their geometric mean counts."""
    count, full = math.sqrt(new.low * new.high), new.low >= most
    points = list(found.points)
    for index, one in enumerate(points):
        if (one.power, one.size) == (new.power, new.size):
            counts = (*one.counts, count)
            points[index] = replace(one, counts=counts, open_end=one.open_end or full)
            break
    else:
        points.append(Grown(new.power, new.size, (count,), new.theory, full))
    return replace(found, points=tuple(points), done=found.done + 1)
