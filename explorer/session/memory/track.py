"""Track: the steps that recall has made from a start, and how far along them we look. Frozen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Configuration, Network, Spins, configuration
from explorer.physics.hopfield_dynamics import Dynamics, Stretch, overlaps_along

FloatArray = NDArray[np.float64]

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
        parts = (*self._until(here), part)
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
