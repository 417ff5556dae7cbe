"""The numbers of the memory workspace as columns, with the settings that made them.

NUMBERS has one function for each panel; a further panel adds its own. Where there is nothing to
tell yet, a sentence says what to do first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from explorer.lens import export_machines as machines
from explorer.lens.basins import basin_chart
from explorer.lens.export import Columns, Numbers
from explorer.lens.memory_landscape import chosen_pair, landscape
from explorer.lens.recall import pattern_rows
from explorer.session.memory.snapshot import Memory

SIZE = (200, 200)
_NOTHING = "There are no numbers yet: store a pattern first."


def memory_numbers(panel: str, s: Memory) -> Numbers:
    """The numbers of a panel; raises ValueError with a sentence while there are none."""
    if panel not in NUMBERS:
        raise ValueError(f"The panel {panel!r} has no numbers.")
    return Numbers(panel, NUMBERS[panel](s), about_memory(s))


def about_memory(s: Memory) -> dict[str, object]:
    """What the numbers of the workspace depend on."""
    return {
        "grid": list(s.shape),
        "patterns": [one.name for one in s.pictures],
        "rule": s.rule,
        "bias": s.bias,
        **asdict(s.how),
        "step": s.track.step,
        "energy": s.here.energy,
    }


def patterns(s: Memory) -> Columns:
    """Every cell of every stored pattern, and the pattern's overlap with the state."""
    rows = pattern_rows(s)
    if not rows:
        raise ValueError(_NOTHING)
    size = s.size
    row, column = _cells(s)
    return {
        "pattern": np.repeat([one.name for one in rows], size),
        "overlap": np.repeat([one.overlap for one in rows], size),
        "row": np.tile(row, len(rows)),
        "column": np.tile(column, len(rows)),
        "spin": s.patterns.ravel(),
    }


def state(s: Memory) -> Columns:
    """Every neuron: its spin and its field."""
    row, column = _cells(s)
    return {"row": row, "column": column, "spin": s.here.spins, "field": s.here.fields}


def energies(s: Memory) -> Columns:
    """Every recorded step: the neuron under update, its field before, energy and overlaps after.

    The first line is the start, before any step: neuron -1 and field NaN, as where all move.
    """
    track = s.track
    alike = track.overlaps(s.patterns)  # (S + 1, P)
    columns: Columns = {
        "step": np.arange(track.first, track.first + track.length + 1),
        "neuron": np.concatenate([[-1], track.neurons]),
        "field": np.concatenate([[np.nan], track.felt]),
        "energy": track.energies,
        "shown": np.arange(track.length + 1) == track.cursor,
    }
    for index, one in enumerate(s.pictures):
        columns[f"overlap {index + 1} {one.name}"] = alike[:, index]
    return columns


def weights(s: Memory) -> Columns:
    """The weight between every two neurons."""
    if not s.pictures:
        raise ValueError(_NOTHING)
    first, second = np.triu_indices(s.size, 1)
    return {"first": first, "second": second, "weight": s.network.weights[first, second]}


def grounds(s: Memory) -> Columns:
    """The energy over the plane of two patterns on 200 x 200 points."""
    pair = chosen_pair(s)
    if pair is None:
        raise ValueError("There are no numbers yet: store two different patterns first.")
    land = landscape(s, pair, "clipped", SIZE).surface
    across, along = np.meshgrid(land.x, land.y)
    return {"x": across.ravel(), "y": along.ravel(), "energy": land.height.ravel()}


def basins(s: Memory) -> Columns:
    """The share of spoilt starts that came back, and where random starts ended, with errors.

    kind is basin (flipped: the share of flipped cells) or end (energy: of the fixed point).
    """
    chart = basin_chart(s)
    if not chart.curves and not chart.ends:
        raise ValueError("There are no numbers yet: press Measure first.")
    count, nan = len(chart.flipped), float("nan")
    ends = chart.ends
    curves = chart.curves
    return {
        "kind": np.array(["basin"] * (len(curves) * count) + ["end"] * len(ends)),
        "name": np.array([one.name for one in curves for _ in range(count)]
                         + [one.name for one in ends]),
        "sort": np.array(["pattern"] * (len(curves) * count) + [one.sort for one in ends]),
        "flipped": _joined([chart.flipped] * len(curves), [nan] * len(ends)),
        "share": _joined([one.back for one in curves], [one.share for one in ends]),
        "error": _joined([one.error for one in curves], [one.error for one in ends]),
        "energy": _joined([[nan] * count] * len(curves), [one.energy for one in ends]),
    }  # fmt: skip


def capacity(s: Memory) -> Columns:
    """Recall against load, and the phase diagrams, as far as they have been measured.

    kind is recall, theory or networks; overlap is the mean m, recalled the share with m >= 0.9.
    """
    found = s.measured
    rows: list[tuple[object, ...]] = []
    nan = float("nan")
    for plan, sweep in found.curves:
        rows += [
            ("recall", plan.rule, plan.size, point.load, 0.0, plan.noise, point.trials,
             point.overlap, point.overlap_error, point.recalled, point.recalled_error, point.exact)
            for point in sweep.points
        ]  # fmt: skip
    for kind, one in (("theory", found.theory), ("networks", found.diagram)):
        for a, t in np.argwhere(np.isfinite(one.overlap)) if one is not None else ():
            assert one is not None
            place = (one.neurons, float(one.loads[a]), float(one.temperatures[t]))
            overlap = float(one.overlap[a, t])
            rows.append((kind, "hebb", *place, 0.0, 0, overlap, nan, nan, nan, nan))
    if not rows:
        raise ValueError("There are no numbers yet: press Measure first.")
    names = ("kind", "rule", "neurons", "load", "temperature", "flipped", "trials", "overlap",
             "overlap_error", "recalled", "recalled_error", "exact")  # fmt: skip
    return {name: np.array([row[at] for row in rows]) for at, name in enumerate(names)}


def growth(s: Memory) -> Columns:
    """How many patterns each energy holds in every network measured, beside the theory.

    power is n, infinite for the exponential; open_end: the count lies above what was tried.
    """
    found = s.measured.growth
    if found is None or not found.points:
        raise ValueError("There are no numbers yet: press Measure first.")
    rows = [(one, count) for one in found.points for count in one.counts]
    names = ("power", "size", "theory", "open_end")
    columns = {name: np.array([getattr(one, name) for one, _ in rows]) for name in names}
    return {**columns, "count": np.array([count for _, count in rows])}


def settings(s: Memory) -> Columns:
    """Every setting by name, as text."""
    known = {"rule": s.rule, "bias": s.bias, "stride": s.stride, "spoilt": s.spoilt}
    known |= {f"spoil {name}": value for name, value in asdict(s.spoil).items()}
    known |= asdict(s.how)
    return {"setting": np.array(list(known)), "value": np.array([str(v) for v in known.values()])}


NUMBERS: Mapping[str, Callable[[Memory], Columns]] = {
    "patterns": patterns,
    "memory_controls": settings,
    "memory_state": state,
    "memory_landscape": grounds,
    "memory_energy": energies,
    "memory_weights": weights,
    "memory_basins": basins,
    "memory_capacity": capacity,
    "memory_growth": growth,
    "boltzmann_machine": machines.couplings,
    "boltzmann_law": machines.law,
    "restricted": machines.figures,
    "pretraining": machines.contests,
}


def _cells(s: Memory) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, columns = np.divmod(np.arange(s.size), s.shape[1])
    return rows, columns


def _joined(parts: list[NDArray[np.float64]] | list[list[float]], rest: list[float]) -> NDArray[
    np.float64
]:  # fmt: skip
    return np.concatenate([np.zeros(0), *(np.asarray(part, float) for part in parts), rest])
