"""How wide the basin of each memory is, and where recall ends from nowhere: what to draw. No Qt.

Letters: P patterns, D flipped shares. Shares come with binomial standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.hopfield_basins import half_way
from explorer.physics.hopfield_search import Found, Minimum, Sort, share_of
from explorer.session.memory.snapshot import Memory, Picture

FloatArray = NDArray[np.float64]
SORTS: dict[Sort, str] = {
    "pattern": "memory",
    "inverse": "inverse",
    "mixture": "mixture",
    "other": "no memory",
}


@dataclass(frozen=True, eq=False)
class BasinCurve:
    """One pattern: the shares (D,) that came back with their errors; half: where half of them do.

    half is a flipped share, NaN where the curve does not cross one half.
    """

    name: str
    number: int
    back: FloatArray
    error: FloatArray
    half: float


@dataclass(frozen=True, eq=False)
class End:
    """A fixed point: its name and sort, the share of random starts that ended there, its energy.

    cells (rows, columns) is its picture.
    """

    name: str
    sort: Sort
    share: float
    error: float
    energy: float
    cells: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class BasinChart:
    """Curves over flipped shares (D,), and every fixed point found, the most visited first.

    sorts are (sort, share of the random starts, its error).
    """

    flipped: FloatArray
    curves: tuple[BasinCurve, ...]
    ends: tuple[End, ...]
    sorts: tuple[tuple[Sort, float, float], ...]
    facts: str


def basin_chart(s: Memory) -> BasinChart:
    """What has been measured in the network as it is; of another network nothing is shown."""
    found, valleys = s.measured.basins, s.valleys
    curves: list[BasinCurve] = []
    flips = np.zeros(0)
    said = []
    if found is not None and found.network is s.network:
        flips = found.basins.flipped
        back, error = found.basins.shares()
        for number, picture in enumerate(s.pictures):
            half = half_way(flips, back[number])
            curves.append(BasinCurve(picture.name, number, back[number], error[number], half))
        said.append(f"{found.basins.done:,} of {found.basins.total:,} spoilt starts")
    ends: tuple[End, ...] = ()
    sorts: tuple[tuple[Sort, float, float], ...] = ()
    if valleys is not None and valleys.network is s.network:
        ends, sorts = ends_of(s, valleys.found), by_sort(valleys.found)
        said.append(f"{valleys.found.done:,} random starts, {len(ends)} fixed points")
    words = " · ".join(said) or _invitation(s)
    return BasinChart(flips, tuple(curves), ends, sorts, words)


def ends_of(s: Memory, found: Found) -> tuple[End, ...]:
    """The fixed points of a search, the most visited first."""
    ends = []
    for one in sorted(found.minima, key=lambda one: -one.visits):
        share, error = share_of(one.visits, found.done)
        cells = one.spins.reshape(s.shape)
        ends.append(End(named(s.pictures, one), one.sort, share, error, one.energy, cells))
    return tuple(ends)


def by_sort(found: Found) -> tuple[tuple[Sort, float, float], ...]:
    """For each sort of fixed point the share of random starts and its error, where there are any.

    Sums over the fixed points of a sort are binomial as well.
    """
    present = {one.sort for one in found.minima}
    return tuple((sort, *found.share(sort)) for sort in SORTS if sort in present)


def named(pictures: tuple[Picture, ...], one: Minimum) -> str:
    """A fixed point by the patterns that it is made of; “other” when it is made of none."""
    if not one.parts:
        return "other"
    names = [("" if sign > 0 else "−") + pictures[part].name for part, sign in one.parts]
    return "+".join(names).replace("+−", "−")


def _invitation(s: Memory) -> str:
    if not s.pictures:
        return "Store a pattern first: a basin belongs to a memory."
    if s.measured.basins is not None:
        return "What is stored has changed: press Measure again."
    return "Press Measure: every memory is spoilt again and again, more and more."
