"""What to draw of the law of a Boltzmann machine: summed over all states, and sampled. No Qt.

Letters: V visible units, K pictures shown, C chains, S sweeps that count. Where some visible units
are known, both are the law given those, so that a partial picture is completed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.boltzmann_machine import codes, conditional, pairs
from explorer.session.memory.study import BURN, Chains, Study

FloatArray = NDArray[np.float64]
ROWS = 12
_TABLE = 1 << 22  # numbers of a table over chains and states, beyond which it is sparse


@dataclass(frozen=True, eq=False)
class LawRow:
    """A picture (rows, columns) of 0 and 1: its exact probability, the share of Gibbs samples with
    its standard error over chains (NaN without samples), its share of the data that fit what is
    known."""

    cells: NDArray[np.int8]
    exact: float
    found: float
    error: float
    share: float


@dataclass(frozen=True, eq=False)
class LawPicture:
    """The most probable pictures, what is left to all others, and how far both laws are apart.

    distance is half the sum of |exact - sampled| over all states, noise what it would be for as
    many independent samples as there are chains; NaN without samples.
    """

    rows: tuple[LawRow, ...]
    others: int
    rest: float
    rest_found: float
    distance: float
    noise: float
    sweeps: int


@dataclass(frozen=True, eq=False)
class Completion:
    """Chances of ink (V,) of the visible units: exact, and of the Gibbs samples (NaN without).

    known (V,) are held at pattern (V,).
    """

    shape: tuple[int, int]
    known: NDArray[np.bool_]
    pattern: NDArray[np.int8]
    exact: FloatArray
    found: FloatArray


def law_picture(study: Study, most: int = ROWS) -> LawPicture | None:
    """The law of the machine that is shown, given what is known; None before there is one."""
    here = study.here
    if here is None:
        return None
    law, counted = conditional(here.machine, study.pattern, study.known), _counted(study)
    found = _shares(counted, len(law))
    errors = _errors(counted, len(law))
    order = np.argsort(-law, kind="stable")[: min(most, int(np.count_nonzero(law)))]
    fits = (study.patterns[:, study.known] == study.pattern[study.known]).all(axis=1)
    data = np.bincount(codes(study.patterns[fits]), minlength=len(law)) / max(fits.sum(), 1)
    bits = (order[:, None] >> np.arange(study.visible - 1, -1, -1) & 1).astype(np.int8)
    rows = tuple(
        LawRow(
            cells.reshape(study.shape),
            float(law[code]),
            float(found[code]),
            float(errors[code]),
            float(data[code]),
        )
        for code, cells in zip(order, bits, strict=True)
    )
    distance = 0.5 * float(np.abs(law - found).sum())
    noise = math.nan if math.isnan(distance) else _noise(law, counted.shape[1])
    return LawPicture(
        rows,
        int(np.count_nonzero(law)) - len(rows),
        1.0 - sum(row.exact for row in rows),
        1.0 - sum(row.found for row in rows),
        distance,
        noise,
        len(counted),
    )


def completion(study: Study) -> Completion | None:
    """What every visible unit does given those that are known; None before there is a machine."""
    here = study.here
    if here is None:
        return None
    law = conditional(here.machine, study.pattern, study.known)
    return Completion(
        study.shape,
        study.known,
        study.pattern,
        np.diag(pairs(law)).copy(),
        np.diag(pairs(_shares(_counted(study), len(law)))).copy(),
    )


def _counted(study: Study) -> NDArray[np.int32]:
    """How often each chain was in each picture; no chain before any was drawn."""
    chains = study.sampled
    return chains.counted() if chains is not None else np.zeros((0, 0), np.int32)


def particles(study: Study, most: int) -> NDArray[np.int8]:
    """Visible states of the first chains at the cursor, as pictures: (count, rows, columns)."""
    chains: Chains | None = study.sampled
    if chains is None:
        return np.zeros((0, *study.shape), np.int8)
    states = chains.states()[:most, : study.visible].astype(np.int8)
    return states.reshape(-1, *study.shape)


def describe_law(study: Study) -> str:
    """What is compared, in a line."""
    seen = law_picture(study, 1)
    if seen is None:
        return "Draw data and learn; what the machine then believes stands here."
    held = int(study.known.sum())
    given = f" given {held} known cells" if held > 1 else " given 1 known cell" if held else ""
    if math.isnan(seen.distance):
        early = study.sampled
        waits = f"; the first {BURN} sweeps do not count" if early is not None else ""
        return f"Probability of each picture{given}: exact. Press Sample for Gibbs chains{waits}."
    slow = ": the chains have not mixed yet" if seen.distance > 1.5 * seen.noise else ""
    return (
        f"Probability of each picture{given}: exact, and {seen.sweeps:,} sweeps of Gibbs chains; "
        f"total variation {seen.distance:.4f}{slow}."
    )


def _shares(counted: NDArray[np.int32], states: int) -> FloatArray:
    """The share of each state among the samples (S, C); NaN where there are none."""
    if counted.size == 0:
        return np.full(states, math.nan)
    shares: FloatArray = np.bincount(counted.ravel(), minlength=states) / counted.size
    return shares


def _errors(counted: NDArray[np.int32], states: int) -> FloatArray:
    """The standard error of each state's share: chains are independent, sweeps of one are not.

    (states,); NaN without two chains of samples.
    """
    sweeps, chains = counted.shape
    if counted.size == 0 or chains < 2:
        return np.full(states, math.nan)
    each = (counted.astype(np.int64) + states * np.arange(chains)).ravel()
    if chains * states <= _TABLE:
        often = np.bincount(each, minlength=chains * states)
        visits = np.flatnonzero(often)
        often = often[visits]
    else:
        visits, often = np.unique(each, return_counts=True)
    squares = np.bincount(visits % states, (often / sweeps) ** 2, states)
    mean = np.bincount(visits % states, often / sweeps, states) / chains
    spread = np.maximum(squares - chains * mean**2, 0.0) / (chains - 1)
    errors: FloatArray = np.sqrt(spread / chains)
    return errors


def _noise(law: FloatArray, count: int) -> float:
    """The mean total variation between a law and `count` independent draws of it, for many."""
    spread: FloatArray = np.sqrt(law * (1.0 - law) * 2.0 / (math.pi * count))
    return 0.5 * float(spread.sum())
