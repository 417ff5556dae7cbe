"""The memory workspace as it is kept: one record, in which nothing follows from anything else.

Weights, overlaps, fields and energies are computed again when it is opened. Knows no disk.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from explorer.physics.capacity import Plan, Sweep
from explorer.physics.capacity_growth import Growth
from explorer.physics.hopfield_basins import Basins
from explorer.physics.hopfield_dynamics import Dynamics, Stretch
from explorer.physics.hopfield_rules import Rule
from explorer.physics.phase_diagram import Diagram
from explorer.session.memory.snapshot import (
    Machines,
    Memory,
    MemoryLook,
    Spoil,
    Walks,
)
from explorer.session.memory.track import Track

Bits = NDArray[np.int8]
Whole = NDArray[np.int64]

FORMAT, VERSION = "explorer memory", 1
MOST_STEPS, MOST_FLIPS = 5_000, 100_000  # of recall that are kept, the last ones
MOST_MINIMA = 300
_MOST_NUMBERS = 250_000  # of the updates of a machine that are kept, the last ones: 2 MB


@dataclass(frozen=True, eq=False)
class PictureRecord:
    """A stored pattern as it was drawn: cells (rows x columns) of +1 and -1."""

    name: str
    drawn_on: tuple[int, int]
    cells: Bits


@dataclass(frozen=True, eq=False)
class WayRecord:
    """The track: its start (N,), the number of its first step, and what flipped (see `Stretch`)."""

    start: Bits
    first: int
    cursor: int
    neurons: Whole
    flips: Whole
    values: Bits
    ends: Whole
    how: Dynamics


@dataclass(frozen=True, eq=False)
class EndRecord:
    """A fixed point (N,) that a search found, and how many starts ended there."""

    spins: Bits
    visits: int


@dataclass(frozen=True, eq=False)
class SearchRecord:
    """What a search found: done of total states or starts."""

    ends: tuple[EndRecord, ...]
    done: int
    total: int
    exact: bool


@dataclass(frozen=True, eq=False)
class MemoryRecord:
    """Everything of the workspace that a session keeps.

    search and basins are those of the network that is stored, None where there are none.
    """

    format: str
    version: int
    shape: tuple[int, int]
    way: WayRecord
    pictures: tuple[PictureRecord, ...] = ()
    rule: Rule = "hebb"
    bias: float = 0.0
    how: Dynamics = field(default_factory=Dynamics)
    stride: int = 1
    spoil: Spoil = field(default_factory=Spoil)
    spoilt: int = 0
    look: MemoryLook = field(default_factory=MemoryLook)
    rate: float = 4.0
    curves: tuple[tuple[Plan, Sweep], ...] = ()
    theory: Diagram | None = None
    diagram: Diagram | None = None
    basins: Basins | None = None
    growth: Growth | None = None
    search: SearchRecord | None = None
    machines: Machines | None = None
    walks: Walks = "recall"


def record_of(s: Memory) -> MemoryRecord:
    """What is kept of a snapshot."""
    wells, valleys = s.measured.basins, s.valleys
    search = None
    if valleys is not None and valleys.network is s.network:
        found = valleys.found
        often = sorted(found.minima, key=lambda one: -one.visits)[:MOST_MINIMA]
        ends = tuple(EndRecord(one.spins, one.visits) for one in often)
        search = SearchRecord(ends, found.done, found.total, found.exact)
    return MemoryRecord(
        FORMAT,
        VERSION,
        s.shape,
        _way(s.track),
        tuple(PictureRecord(one.name, one.drawn_on, one.original) for one in s.pictures),
        s.rule,
        s.bias,
        s.how,
        s.stride,
        s.spoil,
        s.spoilt,
        replace(s.look, neuron=None),
        s.play.rate,
        s.measured.curves,
        s.measured.theory,
        s.measured.diagram,
        wells.basins if wells is not None and wells.network is s.network else None,
        s.measured.growth,
        search,
        _machines(s.machines),
        s.walks,
    )


def _way(track: Track) -> WayRecord:
    """The last parts of the track, as many as may be kept, with the state that is shown."""
    begins = np.cumsum([0, *(len(part.neurons) for part in track.parts)]).tolist()
    near = [part for part, begin in zip(track.parts, begins, strict=False)
            if begin < track.cursor + MOST_STEPS]  # fmt: skip
    length = begins[len(near)]
    parts: list[Stretch] = []
    steps = flips = 0
    for part in reversed(near):
        steps, flips = steps + len(part.neurons), flips + len(part.flips)
        enough = steps > MOST_STEPS or flips > MOST_FLIPS
        if parts and enough and track.cursor >= begins[len(near) - len(parts)]:
            break
        parts.insert(0, part)
    dropped = length - sum(len(part.neurons) for part in parts)
    start = track.start if dropped == 0 else near[len(near) - len(parts) - 1].end
    before = np.cumsum([0, *(len(part.flips) for part in parts)])
    none = np.empty(0, np.int64)
    return WayRecord(
        start.spins,
        track.first + dropped,
        track.cursor - dropped,
        np.concatenate([none, *(part.neurons for part in parts)]),
        np.concatenate([none, *(part.flips for part in parts)]),
        np.concatenate([np.empty(0, np.int8), *(part.values for part in parts)]),
        np.concatenate(
            [none, *(part.ends + at for part, at in zip(parts, before.tolist(), strict=False))]
        ),
        track.how,
    )


def _machines(machines: Machines) -> Machines:
    """Without what is made again: chains, and updates or marks beyond a few megabytes."""
    study, learned = machines.study, machines.learned
    moments, cursor = study.moments, study.cursor
    if moments:
        size = 4 * moments[0].machine.couplings.size
        first = max(cursor + 1 - max(_MOST_NUMBERS // size, 1), 0)
        last = first + max(_MOST_NUMBERS // size, 1)
        moments, cursor = moments[first:last], cursor - first
    study = replace(study, moments=moments, cursor=cursor, chains=None)
    if learned is not None:
        learned = replace(learned, marks=learned.marks[:1])
    return replace(machines, study=study, learned=learned)
