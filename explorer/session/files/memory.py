"""The memory workspace in a session file: JSON to a snapshot and back, every number checked.

A file is never believed: sizes, ranges and shapes are compared with the grid before anything is
computed from them. Raises SessionError with a sentence. Knows no disk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from explorer.physics.boltzmann_machine import Boltzmann
from explorer.physics.hopfield import Configuration, Network, configuration, network, stable
from explorer.physics.hopfield_replay import replayed
from explorer.physics.hopfield_rules import stored
from explorer.physics.hopfield_search import Found, minimum_of
from explorer.session.files.errors import SessionError
from explorer.session.files.machine_checks import check_machines
from explorer.session.files.memory_record import (
    FORMAT,
    VERSION,
    MemoryRecord,
    SearchRecord,
    WayRecord,
    record_of,
)
from explorer.session.files.parts import Part
from explorer.session.files.plain import from_json, to_json
from explorer.session.files.slices import run
from explorer.session.memory.moves import look_at, redrawn
from explorer.session.memory.snapshot import (
    LARGEST,
    SMALLEST,
    Machines,
    Measured,
    Memory,
    Picture,
    Valleys,
    Wells,
    empty,
    stacked,
)
from explorer.session.memory.study import Study
from explorer.session.memory.track import PART, Track
from explorer.session.status import FASTEST, SLOWEST, Play

_MOST_PICTURES, _LONGEST_NAME, _MOST_CURVES = 5000, 200, 100

Raw = dict[str, Any]
# From the version of a file to the next one.
MIGRATIONS: Mapping[int, Callable[[Raw], Raw]] = {}


def pack_memory(s: Memory) -> bytes:
    """What a session keeps of the workspace."""
    return to_json(record_of(s))


def unpack_memory(raw: Any) -> Memory:
    """The workspace of raw JSON; raises SessionError with a sentence."""
    return run(unpacking_memory(raw))


def unpacking_memory(raw: Any) -> Generator[str, None, Memory]:
    """The same in slices that say how far they are."""
    try:
        record = from_json(_migrated(raw), MemoryRecord)
        yield "memory"
        return (yield from _opened(record))
    except ValueError as error:
        raise SessionError(f"its memory workspace is damaged: {error}") from None


def touched(s: Memory) -> bool:
    """Whether there is anything in the workspace that would be lost."""
    machines = s.machines
    return bool(
        s.pictures
        or (s.here.spins != -1).any()
        or s.measured != Measured()
        or machines.learned is not None
        or machines.contests
        or _learned(machines.study) is not None
    )


def content(s: Memory) -> tuple[object, ...]:
    """What makes it another workspace: not where one looks, nor how far recall has come."""
    machines, study = s.machines, s.machines.study
    return (
        s.shape, s.pictures, s.rule, s.bias, s.how, s.spoil, s.track.start, s.measured,
        machines.learned, machines.contests, study.patterns, study.hidden, study.lesson,
        _learned(study),
    )  # fmt: skip


def _learned(study: Study) -> Boltzmann | None:
    """The last machine that learning made; measuring its phases, or a fresh one's, is no work."""
    last = study.moments[-1] if study.moments else None
    return last.machine if last is not None and last.step > 0 else None


def _migrated(raw: Any) -> Any:
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise ValueError("it does not say what it is")
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError(f"its version is {version!r}, which is no version")
    if version > VERSION:
        raise ValueError(f"a newer Explorer wrote it (format {version}; this one reads {VERSION})")
    for old in range(version, VERSION):
        raw = MIGRATIONS[old](raw)
    return raw


def _opened(record: MemoryRecord) -> Generator[str, None, Memory]:
    _check(record)
    yield "memory, checked"
    size = record.shape[0] * record.shape[1]
    pictures = tuple(
        Picture(one.name, redrawn(one.cells, one.drawn_on, record.shape), one.cells, one.drawn_on)
        for one in record.pictures
    )
    tilt = np.full(size, record.bias)
    if pictures:
        net = stored(stacked(pictures, size), record.rule, tilt)
    else:
        net = network(np.zeros((size, size)), tilt)
    yield "memory, patterns stored"
    track, here = yield from _track(net, record.way)
    valleys = yield from _valleys(net, pictures, record.search)
    s = Memory(
        network=net,
        here=here,
        track=track,
        shape=record.shape,
        pictures=pictures,
        rule=record.rule,
        bias=record.bias,
        how=record.how,
        stride=record.stride,
        spoil=record.spoil,
        spoilt=record.spoilt,
        valleys=valleys,
        measured=_measured(net, record, len(pictures)),
        machines=record.machines or Machines(),
        walks=record.walks,
        play=Play(rate=record.rate),
    )
    return look_at(s, record.look)


def _track(net: Network, way: WayRecord) -> Generator[str, None, tuple[Track, Configuration]]:
    """The track with its fields and energies computed again, and the state at its cursor."""
    start = configuration(net, way.start)
    track = Track(start, how=way.how, first=way.first)
    _need(way.ends.shape == way.neurons.shape, "the parts of a record of steps differ in length")
    begin, flips = start, 0
    for at in range(0, len(way.neurons), PART):
        ends = way.ends[at : at + PART]
        until = int(ends[-1])
        part = replayed(
            net, begin, way.neurons[at : at + PART], way.flips[flips:until],
            way.values[flips:until], ends - flips,
        )  # fmt: skip
        track = track.grown(begin, part, way.how)
        begin, flips = part.end, until
        yield f"memory, {at + len(ends):,} of {len(way.neurons):,} steps"
    _need(flips == len(way.flips), "the flips of a record do not belong to its steps")
    _need(0 <= way.cursor <= track.length, "the state lies beyond its steps")
    return replace(track, cursor=way.cursor), track.at(net, way.cursor)


def _valleys(
    net: Network, pictures: tuple[Picture, ...], search: SearchRecord | None
) -> Generator[str, None, Valleys | None]:
    if search is None:
        return None
    _need(bool(pictures) and 0 <= search.done <= search.total, "its search cannot be")
    xi = stacked(pictures, net.size)
    minima = []
    for end in search.ends:
        _spins(end.spins, net.size, "a fixed point")
        _need(bool(stable(net, end.spins)), "one of its fixed points is none")
        _need(0 <= end.visits <= search.done, "a fixed point was found too often")
        minima.append(minimum_of(net, xi, end.spins, end.visits))
        yield f"memory, {len(minima):,} of {len(search.ends):,} fixed points"
    return Valleys(net, Found(tuple(minima), search.done, search.total, search.exact))


def _measured(net: Network, record: MemoryRecord, patterns: int) -> Measured:
    wells = None
    if record.basins is not None:
        found = record.basins
        wanted = (patterns, len(found.flipped))
        _need(found.hits.shape == found.trials.shape == wanted, "its basins do not fit")
        _within(found.flipped, 0, 1, "the shares of its basins")
        _need(bool(((found.hits >= 0) & (found.hits <= found.trials)).all()), "its basins err")
        _need(int(found.trials.sum()) == found.done <= found.total, "its basins do not add up")
        wells = Wells(net, found)
    return Measured(record.curves, record.theory, record.diagram, wells, record.growth)


def _check(record: MemoryRecord) -> None:
    rows, columns = record.shape
    sides = f"{SMALLEST} x {SMALLEST} to {LARGEST} x {LARGEST}"
    _need(
        SMALLEST <= rows <= LARGEST and SMALLEST <= columns <= LARGEST,
        f"its grid has {rows} x {columns} cells, it can have {sides}",
    )
    _spins(record.way.start, rows * columns, "its state", zero=True)
    _need(0 <= record.way.first < 1 << 60, "its steps begin nowhere")
    _need(len(record.pictures) <= _MOST_PICTURES, "it holds too many patterns")
    for one in record.pictures:
        _need(0 < len(one.name) <= _LONGEST_NAME, "the name of a pattern is empty or too long")
        high, wide = one.drawn_on
        _need(
            SMALLEST <= high <= LARGEST and SMALLEST <= wide <= LARGEST,
            f"the pattern {one.name[:20]!r} was drawn on {high} x {wide} cells",
        )
        _spins(one.cells, high * wide, f"the pattern {one.name[:20]!r}")
    _within([record.bias], -100, 100, "the bias")
    _within([record.spoil.share], 0, 1, "the share to spoil")
    _within([record.rate], SLOWEST, FASTEST, "the rate of play")
    _need(0 <= record.stride <= 1 << 20 and 0 <= record.spoilt < 1 << 60, "a count cannot be")
    _check_curves(record)
    if record.machines is not None:
        check_machines(record.machines)


def _check_curves(record: MemoryRecord) -> None:
    _need(len(record.curves) <= _MOST_CURVES, "it holds too many curves")
    for plan, sweep in record.curves:
        counts = set(plan.counts)
        _need({point.patterns for point in sweep.points} <= counts, "a curve is not of its plan")
        _need(0 <= sweep.done <= sweep.total, "a curve has more trials than it should")
        for point in sweep.points:
            _within([point.overlap], -1, 1, "an overlap")
            _within([point.recalled, point.exact, point.load], 0, 1, "a share")
    for one in (record.theory, record.diagram):
        if one is None:
            continue
        shape = (len(one.loads), len(one.temperatures))
        _need(min(shape) >= 2 and one.overlap.shape == shape, "a phase diagram does not fit")
        _need(one.loads.ndim == one.temperatures.ndim == 1, "a phase diagram does not fit")
        _need(0 <= one.done <= one.total, "a phase diagram has more cells than it should")
        _within(one.loads, 0, 1, "a load")
        _within(one.temperatures, 0, 1000, "a Glauber temperature")
        known = one.overlap[~np.isnan(one.overlap)]
        _within(known, -1.000001, 1.000001, "an overlap")
    if (growth := record.growth) is not None:
        _need(0 <= growth.done <= growth.total, "a growth has come further than it goes")
        for grown in growth.points:
            fits = grown.power in growth.plan.powers and 2 <= grown.size <= 10_000
            _need(fits, "a growth is not of its plan")
            _need(0 < len(grown.counts) <= 100, "a growth has no networks")
            _within([*grown.counts, grown.theory], 1e-6, 1e300, "a growth")


def _spins(values: np.ndarray, size: int, what: str, zero: bool = False) -> None:
    allowed = (-1, 0, 1) if zero else (-1, 1)
    _need(values.shape == (size,), f"{what} has {values.size} cells, its grid {size}")
    _need(bool(np.isin(values, allowed).all()), f"{what} holds other values than +1 and -1")


def _within(values: ArrayLike, low: float, high: float, what: str) -> None:
    array = np.asarray(values, dtype=np.float64)
    inside = bool(((array >= low) & (array <= high)).all()) if array.size else True
    _need(inside and math.isfinite(low), f"{what} cannot be")


def _need(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)


KEPT = Part(pack_memory, unpack_memory, touched, content, empty, unpacking_memory)
