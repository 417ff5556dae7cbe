"""What to draw of recall in a Hopfield network: state, stored patterns, energy, words. No Qt.

Letters: N neurons on a grid of rows x columns, P patterns, S recorded steps. Energies are
dimensionless (k_B = 1), overlaps m_mu = xi_mu . s / N lie within [-1, 1].
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.hopfield import Spins, overlaps
from explorer.physics.hopfield_dynamics import neurons, overlaps_along
from explorer.session.memory.snapshot import Memory
from explorer.session.memory.steps import reached, resting, why_stopped
from explorer.session.memory.track import Track

FloatArray = NDArray[np.float64]
KINDS = {"asynchronous": "one by one", "synchronous": "all at once", "glauber": "Glauber, by dice"}
ORDERS = {"sweep": "shuffled", "random": "at random", "fixed": "row by row"}
RULES = {"hebb": "Hebb", "projection": "projection", "storkey": "Storkey"}
WINDOW = 5_000  # steps in a chart: more than it has pixels


@dataclass(frozen=True, eq=False)
class StatePicture:
    """The state as a picture: cells (rows, columns) of +1 ink, -1 paper, 0 erased.

    next is the neuron that the next step updates and field its h; None and NaN where all move at
    once or nothing is stored.
    """

    cells: NDArray[np.int8]
    next: int | None
    field: float

    @property
    def next_spin(self) -> int:
        """What that neuron becomes at T = 0; 0 keeps it."""
        return 0 if math.isnan(self.field) else int(np.sign(self.field))


@dataclass(frozen=True, eq=False)
class PatternRow:
    """One stored pattern: its name, its picture (rows, columns) and its overlap with the state."""

    name: str
    cells: NDArray[np.int8]
    overlap: float


@dataclass(frozen=True, eq=False)
class RecallChart:
    """Energies (S + 1,) and overlaps (S + 1, P) along the track, and where we are on it.

    cursor is the place of the state shown in these arrays, first the number of their first step.
    """

    energies: FloatArray
    overlaps: FloatArray
    names: tuple[str, ...]
    cursor: int
    first: int


def state_picture(s: Memory) -> StatePicture:
    """The state and the neuron whose turn is next."""
    cells = s.here.spins.reshape(s.shape)
    if not s.pictures or s.how.kind == "synchronous":
        return StatePicture(cells, None, math.nan)
    following = s.track.following() if s.track.how == s.how else None
    if following is None:
        following = int(neurons(s.how, s.size, s.track.step, 1)[0])
    if following < 0:
        return StatePicture(cells, None, math.nan)
    return StatePicture(cells, following, float(s.here.fields[following]))


def pattern_rows(s: Memory) -> tuple[PatternRow, ...]:
    """Every stored pattern with its overlap, in the order of storing."""
    if not s.pictures:
        return ()
    alike = overlaps(s.here.spins, s.patterns)  # (P,)
    return tuple(
        PatternRow(one.name, one.spins.reshape(s.shape), float(m))
        for one, m in zip(s.pictures, alike, strict=True)
    )


def recall_chart(s: Memory) -> RecallChart:
    """What the energy and the overlaps did along the track, at most about WINDOW steps of it."""
    skipped, energies, alike = along(s.track, s.patterns)
    names = tuple(one.name for one in s.pictures)
    return RecallChart(energies, alike, names, s.track.cursor - skipped, s.track.first + skipped)


def along(track: Track, patterns: Spins) -> tuple[int, FloatArray, FloatArray]:
    """(steps left out, energies (S + 1,), overlaps (S + 1, P)) around the cursor of a track."""
    last = min(track.length, track.cursor + WINDOW // 2)
    skipped, begin = 0, track.start
    energies = [np.array([begin.energy])]
    alike = [overlaps(begin.spins, patterns)[None]]
    count = 0
    for part in track.parts:
        size = len(part.neurons)
        if not count and skipped + size <= last - WINDOW:
            skipped, begin = skipped + size, part.end
            energies, alike = [np.array([begin.energy])], [overlaps(begin.spins, patterns)[None]]
            continue
        energies.append(part.energies)
        alike.append(overlaps_along(begin.spins, part, patterns)[1:])
        begin, count = part.end, count + size
        if skipped + count >= last:
            break
    return skipped, np.concatenate(energies), np.concatenate(alike)


def narrate(s: Memory) -> str:
    """What happens now, in one sentence for the strip."""
    if s.error:
        return s.error
    if not s.pictures:
        if (s.here.spins == -1).all():
            return "Type a letter or draw a picture, then store it: the network will remember it."
        return "Press Store, and the network remembers this picture."
    if s.notice and not s.track.cursor:
        return f"{s.notice} {_invitation(s)}"
    if stopped := why_stopped(s):
        return f"{stopped} {_invitation(s)}" if not s.track.length else stopped
    return _step_words(s) or _invitation(s)


def _invitation(s: Memory) -> str:
    if resting(s) != "not settled" and len(s.pictures) == 1:
        return "Store another letter, or spoil this one and press Play."
    if resting(s) != "not settled":
        return "Spoil the picture, then press Play and watch it come back."
    return "Press Play and watch it fall into a memory."


def _step_words(s: Memory) -> str:
    if not s.track.cursor:
        return ""
    neuron, field, change = s.track.last()
    if neuron < 0:
        return f"All neurons at once: the energy went by {change:+.3g} to {s.here.energy:.4g}."
    row, column = divmod(neuron, s.shape[1])
    went = "stays" if change == 0 else f"flips, energy {change:+.3g}"
    return f"Neuron {neuron} (row {row}, column {column}) feels h = {field:+.3f}: it {went}."


def place(s: Memory) -> str:
    """Where we are: steps and sweeps done."""
    if s.how.kind == "synchronous":
        return f"step {s.track.step}"
    return f"step {s.track.step}, sweep {s.track.step / s.size:.1f}"


def verdict(s: Memory) -> str:
    """What the state is now: a memory, an inverse, the closest of them."""
    if not s.pictures:
        return "Nothing is stored yet."
    if said := reached(s):
        return said
    rows = pattern_rows(s)
    best = max(rows, key=lambda row: abs(row.overlap))
    whose = best.name if best.overlap > 0 else f"the inverse of {best.name}"
    return f"Most like {whose}: overlap {best.overlap:+.3f}."


def energy_limits(energies: FloatArray) -> tuple[float, float]:
    """A range for the axis of energies, a little wider than they are."""
    low, high = float(energies.min()), float(energies.max())
    room = max(0.06 * (high - low), 0.5)
    return low - room, high + room


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Up to `most` round numbers inside a range, at even distances."""
    step = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(step))
    step = next(power * m for m in (1.0, 2.0, 5.0, 10.0) if power * m >= step * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def thinned(values: FloatArray, most: int) -> tuple[NDArray[np.int64], FloatArray]:
    """(steps, values) of values (S,): at most about 2 x `most` points, where nothing that stands
    out is lost: the extremes of every stretch.
    """
    count = len(values)
    if count <= 2 * most:
        return np.arange(count), values
    wide = math.ceil(count / most)
    filled = np.concatenate([values, np.full(-count % wide, values[-1])]).reshape(-1, wide)
    begins = wide * np.arange(len(filled))
    ends = (begins + filled.argmin(axis=1), begins + filled.argmax(axis=1))
    index = np.unique(np.concatenate([*ends, [0, count - 1]]))
    index = index[index < count]
    return index, values[index]
