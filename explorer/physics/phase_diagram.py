"""Load against temperature: where a Hopfield network (Hebb) recalls, coarse to fine.

Two maps of the same plane: the overlap m of mean-field theory (N -> infinity), and the overlap
measured by Glauber's rule from the pattern at finite N. Both are generators that fill a grid of
loads and temperatures coarsely first; cells not reached yet are NaN. Knows no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.hopfield import network
from explorer.physics.hopfield_heat import heated
from explorer.physics.hopfield_rules import hebb
from explorer.physics.mean_field import retrieval

FloatArray = NDArray[np.float64]

LOADS = tuple(float(load) for load in np.linspace(0.0, 0.2, 17)[1:])
TEMPERATURES = tuple(float(heat) for heat in np.linspace(0.05, 1.25, 17))
_SWEEPS_A_SLICE = 4


@dataclass(frozen=True, eq=False)
class Diagram:
    """Overlaps (A, T) at loads (A,) and temperatures (T,), NaN where not known yet.

    done of total cells; neurons is 0 for theory.
    """

    loads: FloatArray
    temperatures: FloatArray
    overlap: FloatArray
    done: int
    total: int
    neurons: int


def coarse_to_fine(count: int) -> list[int]:
    """0 .. count - 1, every second gap halved in turn: ends first, then middles of what is left."""
    order: list[int] = []
    step = 1
    while step < count:
        step *= 2
    while step >= 1:
        order += [index for index in range(0, count, step) if index not in order]
        step //= 2
    return order


def theory(
    loads: tuple[float, ...] = LOADS, temperatures: tuple[float, ...] = TEMPERATURES
) -> Iterator[Diagram]:
    """The map of mean-field theory, a cell at a time (about 10 ms, more near the transition)."""
    overlap = np.full((len(loads), len(temperatures)), np.nan)
    total, done = overlap.size, 0
    for a in coarse_to_fine(len(loads)):
        for t in coarse_to_fine(len(temperatures)):
            overlap[a, t] = retrieval(loads[a], temperatures[t]).overlap
            done += 1
            yield _diagram(loads, temperatures, overlap, done, total, 0)


def measured(
    size: int = 500,
    loads: tuple[float, ...] = LOADS,
    temperatures: tuple[float, ...] = TEMPERATURES,
    starts: int = 2,
    sweeps: int = 60,
    seed: int = 0,
) -> Iterator[Diagram]:
    """The map measured with N = `size`: one network for each load, all temperatures at once.

    Every cell is the mean overlap over the second half of the sweeps and over the starts. Yields
    after every few sweeps. Raises ValueError for fewer than 2 neurons, sweeps or 1 start.
    """
    if size < 2 or sweeps < 2 or starts < 1:
        raise ValueError("need at least 2 neurons, 2 sweeps and 1 start")
    overlap = np.full((len(loads), len(temperatures)), np.nan)
    heat = np.tile(np.asarray(temperatures), starts)  # (B,)
    done = 0
    for a in coarse_to_fine(len(loads)):
        dice = np.random.Generator(np.random.Philox(key=[seed, a]))
        xi = (2 * dice.integers(0, 2, (max(starts, round(loads[a] * size)), size)) - 1).astype(
            np.int8
        )
        goals = np.repeat(xi[:starts], len(temperatures), axis=0)  # (B, N)
        seen = np.zeros(len(heat))
        for sweep, spins in enumerate(heated(network(hebb(xi)), goals, heat, sweeps, dice)):
            if sweep >= sweeps // 2:
                seen += (spins * goals).mean(axis=1)
            if sweep % _SWEEPS_A_SLICE == 0:
                yield _diagram(loads, temperatures, overlap, done, overlap.size, size)
        mean = seen / (sweeps - sweeps // 2)
        overlap[a] = np.abs(mean.reshape(starts, -1)).mean(axis=0)
        done += len(temperatures)
        yield _diagram(loads, temperatures, overlap, done, overlap.size, size)


def _diagram(
    loads: tuple[float, ...],
    temperatures: tuple[float, ...],
    overlap: FloatArray,
    done: int,
    total: int,
    neurons: int,
) -> Diagram:
    known = overlap.copy()
    known.setflags(write=False)
    return Diagram(np.array(loads), np.array(temperatures), known, done, total, neurons)
