"""Memory: everything that is visible in the memory workspace, in one frozen value. No Qt, no torch.

Letters: N = rows x columns neurons on a grid, row after row; P patterns. A pattern holds +1 (ink)
and -1 (paper); the state may also hold 0 where a neuron was erased.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.physics.capacity import Plan, Sweep
from explorer.physics.capacity_growth import Growth
from explorer.physics.hopfield import Configuration, Network, Spins, network
from explorer.physics.hopfield import configuration as configured
from explorer.physics.hopfield_basins import Basins
from explorer.physics.hopfield_dynamics import Dynamics
from explorer.physics.hopfield_noise import Fill, Side
from explorer.physics.hopfield_rules import Rule
from explorer.physics.hopfield_search import Found
from explorer.physics.phase_diagram import Diagram
from explorer.physics.pretraining_contest import Curves
from explorer.session.memory.lessons import Learned
from explorer.session.memory.study import Study
from explorer.session.memory.track import Track
from explorer.session.status import Play

SMALLEST, LARGEST = 5, 32  # rows and columns
SHAPE = (10, 10)
RATE = 12.0  # beats per second: a sweep of so many neurons is watched in eight seconds
Walks = Literal["recall", "boltzmann", "restricted"]


@dataclass(frozen=True, eq=False)
class Picture:
    """A stored pattern: name, spins (N,) on the present grid, and the original it was drawn as.

    `original` (rows x columns of `drawn_on`) outlives a change of the grid.
    """

    name: str
    spins: Spins
    original: Spins
    drawn_on: tuple[int, int]


@dataclass(frozen=True)
class Spoil:
    """How to spoil the state: flip a share, erase a share, or forget one half (see Side)."""

    kind: Literal["flip", "erase", "half"] = "flip"
    share: float = 0.2
    fill: Fill = "random"
    side: Side = "bottom"


@dataclass(frozen=True)
class MemoryLook:
    """What the person looks at: the patterns that span the landscape and the neuron under the
    mouse (None: the one under update)."""

    chosen: tuple[int, ...] = ()
    neuron: int | None = None


@dataclass(frozen=True, eq=False)
class Valleys:
    """Fixed points found by a search in this network; those of another network are out of date."""

    network: Network
    found: Found


@dataclass(frozen=True, eq=False)
class Wells:
    """How wide the basins are in this network; those of another network are out of date."""

    network: Network
    basins: Basins


@dataclass(frozen=True)
class Measured:
    """Experiments as far as they have come: none touches what is stored.

    curves: recall of random patterns against load, one for each plan; theory and diagram: the
    overlap over load and temperature, of mean-field theory and of networks; basins: how often the
    stored patterns come back; growth: how many a dense memory holds against its size.
    """

    curves: tuple[tuple[Plan, Sweep], ...] = ()
    theory: Diagram | None = None
    diagram: Diagram | None = None
    basins: Wells | None = None
    growth: Growth | None = None


@dataclass(frozen=True)
class Machines:
    """Boltzmann machines as far as they have learned, by reference to immutable records.

    study: the general machine; learned: the restricted one; contests: error with and without
    pretraining, one for each task. A session must keep all three, as their docstrings say.
    """

    study: Study = field(default_factory=Study)
    learned: Learned | None = None
    contests: tuple[Curves, ...] = ()


@dataclass(frozen=True, eq=False)
class Memory:
    """The whole visible state of the workspace; a change makes another one.

    `network` stores `pictures` by `rule` with the bias `bias` on every neuron; `here` is the state,
    `track` how it came about, `how` the dynamics of the next steps, `stride` how many of them one
    beat makes (0: a sweep of N). `spoilt` counts how often a state has been spoilt, so that the
    next time other neurons are hit, `valleys` what a search for fixed points found, `measured` what
    experiments did and `runs` how many of them were begun, `machines` what Boltzmann machines have
    learned. notice is the last sentence, error the last failure, busy what the worker does.
    """

    network: Network
    here: Configuration
    track: Track
    shape: tuple[int, int] = SHAPE
    pictures: tuple[Picture, ...] = ()
    rule: Rule = "hebb"
    bias: float = 0.0
    how: Dynamics = field(default_factory=Dynamics)
    stride: int = 1
    spoil: Spoil = Spoil()
    spoilt: int = 0
    look: MemoryLook = MemoryLook()
    valleys: Valleys | None = None
    measured: Measured = Measured()
    machines: Machines = field(default_factory=Machines)
    walks: Walks = "recall"
    runs: int = 0
    play: Play = field(default_factory=Play)
    notice: str = ""
    error: str = ""
    busy: str = ""

    @property
    def size(self) -> int:
        """The number of neurons N."""
        return self.network.size

    @property
    def patterns(self) -> Spins:
        """The stored patterns: (P, N), P may be 0."""
        return stacked(self.pictures, self.size)


def empty(shape: tuple[int, int] = SHAPE) -> Memory:
    """A workspace of a blank state (all paper) and nothing stored."""
    size = shape[0] * shape[1]
    net = network(np.zeros((size, size)))
    here = configured(net, np.full(size, -1))
    return Memory(net, here, Track(here), shape, play=Play(rate=RATE))


def stacked(pictures: tuple[Picture, ...], size: int) -> NDArray[np.int8]:
    """The patterns of the pictures: (P, N)."""
    return np.array([picture.spins for picture in pictures], np.int8).reshape(-1, size)
