"""Track: the steps that recall has made from a start, and how far along them we look. Frozen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Configuration, Network, Spins, configuration
from explorer.physics.hopfield_dynamics import Dynamics, Stretch, joined, overlaps_along

FloatArray = NDArray[np.float64]

PART = 1024  # steps or flips up to which short parts become one, so that there are few of them
LONGEST = 500_000  # steps kept: 30 MB, and eight seconds of 1,024 steps in each of 60 frames


@dataclass(frozen=True, eq=False)
class Track:
    """`parts` follow each other from `start`; the first step of all has the number `first`.

    `how` are the dynamics of the last part. cursor counts the steps done at the state shown.
    """

    start: Configuration
    parts: tuple[Stretch, ...] = ()
    how: Dynamics = field(default_factory=Dynamics)
    first: int = 0
    cursor: int = 0

    @property
    def length(self) -> int:
        """Steps that are recorded."""
        return self._ends[-1]

    @property
    def step(self) -> int:
        """The number of the next step, which is the counter of its dice."""
        return self.first + self.cursor

    @property
    def at_end(self) -> bool:
        """Whether the state shown is the last one recorded."""
        return self.cursor == self.length

    def grown(self, here: Configuration, part: Stretch, how: Dynamics) -> Track:
        """With more steps after the cursor, where the state is `here`; what lay beyond gives way.

        The oldest parts are forgotten beyond LONGEST steps.
        """
        parts = _appended(self._until(here), part)
        start, first, length = self.start, self.first, self.cursor + len(part.neurons)
        while length > LONGEST and len(parts) > 1:
            start, first = parts[0].end, first + len(parts[0].neurons)
            length -= len(parts[0].neurons)
            parts = parts[1:]
        return Track(start, parts, how, first, length)

    def at(self, net: Network, cursor: int) -> Configuration:
        """The state after `cursor` recorded steps; raises IndexError for others."""
        if not 0 <= cursor <= self.length:
            raise IndexError(f"there is no step {cursor}; {self.length} are recorded")
        index = self._part(cursor)
        begin = self.start if index == 0 else self.parts[index - 1].end
        if cursor == self._ends[index]:
            return begin
        head = _head(self.parts[index], cursor - self._ends[index])
        spins = np.array(begin.spins)
        spins[head.flips] = head.values  # of several values for one neuron the last stays
        here = configuration(net, spins)
        return Configuration(here.spins, here.fields, float(head.energies[-1]))

    @cached_property
    def energies(self) -> FloatArray:
        """Before the first step and after every one: (S + 1,)."""
        return np.concatenate([[self.start.energy], *(part.energies for part in self.parts)])

    @cached_property
    def neurons(self) -> NDArray[np.int64]:
        """The neuron under update in every step, -1 for all at once: (S,)."""
        return np.concatenate([np.empty(0, np.int64), *(part.neurons for part in self.parts)])

    @cached_property
    def felt(self) -> FloatArray:
        """The field of that neuron before the step, NaN for all at once: (S,)."""
        return np.concatenate([np.empty(0), *(part.felt for part in self.parts)])

    def overlaps(self, patterns: ArrayLike) -> FloatArray:
        """m with every pattern (P, N), before the first step and after every one: (S + 1, P)."""
        xi = np.asarray(patterns, dtype=np.float64)
        begin, rows = self.start.spins, [(self.start.spins @ xi.T / xi.shape[1])[None]]
        for part in self.parts:
            rows.append(overlaps_along(begin, part, patterns)[1:])
            begin = part.end.spins
        return np.concatenate(rows)

    def last(self) -> tuple[int, float, float]:
        """The step that led to the state shown: its neuron, the field it felt, the change of E.

        Raises IndexError at the start, where no step has been made.
        """
        at = self.cursor - 1
        index = self._part(at) if at >= 0 else -1
        if not 0 <= index < len(self.parts):
            raise IndexError("no step has been made")
        part, within = self.parts[index], at - self._ends[index]
        begin = self.start if index == 0 else self.parts[index - 1].end
        before = part.energies[within - 1] if within else begin.energy
        change = float(part.energies[within] - before)
        return int(part.neurons[within]), float(part.felt[within]), change

    def following(self) -> int | None:
        """The neuron of the next recorded step (-1: all at once), None at the end."""
        if self.at_end:
            return None
        index = self._part(self.cursor)
        return int(self.parts[index].neurons[self.cursor - self._ends[index]])

    def before(self, net: Network) -> Spins | None:
        """The state one step before the cursor, None at the start."""
        return self.at(net, self.cursor - 1).spins if self.cursor else None

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        """Steps done before each part, and in all: one more than there are parts."""
        return tuple(accumulate((len(part.neurons) for part in self.parts), initial=0))

    def _part(self, cursor: int) -> int:
        """The part that holds the step after the cursor, or the number of parts at the end."""
        return int(np.searchsorted(self._ends, cursor, side="right")) - 1

    def _until(self, here: Configuration) -> tuple[Stretch, ...]:
        index = self._part(self.cursor)
        extra = self.cursor - self._ends[index]
        whole = self.parts[:index]
        return whole if extra == 0 else (*whole, replace(_head(self.parts[index], extra), end=here))


def _appended(parts: tuple[Stretch, ...], part: Stretch) -> tuple[Stretch, ...]:
    """With one more part, joined to the last one while both are short."""
    if parts and max(
        len(parts[-1].neurons) + len(part.neurons), len(parts[-1].flips) + len(part.flips)
    ) <= PART:  # fmt: skip
        return (*parts[:-1], joined(parts[-1], part))
    return (*parts, part)


def _head(part: Stretch, count: int) -> Stretch:
    """The first `count` > 0 steps; `end` is still that of the whole."""
    flips = int(part.ends[count - 1])
    return Stretch(
        part.neurons[:count],
        part.felt[:count],
        part.energies[:count],
        part.flips[:flips],
        part.values[:flips],
        part.ends[:count],
        part.end,
    )
