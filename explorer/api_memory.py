"""The public interface of the memory workspace: store pictures, spoil one, recall it, get numbers.

    >>> import explorer
    >>> memory = explorer.open_memory((5, 5)).store("cross", "04 04 1f 04 04")
    >>> spoilt = memory.spoil(share=0.2)
    >>> round(float(spoilt.overlaps[0]), 2)
    0.6
    >>> recalled = spoilt.step(40)
    >>> bool((recalled.state == memory.state).all()), recalled.energy < spoilt.energy
    (True, True)
    >>> len(recalled.numbers("memory_energy")["energy"])
    41

A pattern is written as a word for each row, of the letters # (ink), . (paper) and ? (erased) or of
hexadecimal digits, or given as numbers +1, -1 and 0 (N,) or (rows, columns). Every method returns
another memory or numbers; nothing is changed in place. Needs neither torch nor Qt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.lens.export import Columns
from explorer.lens.export_memory import memory_numbers
from explorer.physics.hopfield import overlaps
from explorer.physics.hopfield_rules import Rule
from explorer.session.memory import moves, steps
from explorer.session.memory.snapshot import Memory as Snapshot
from explorer.session.memory.snapshot import MemoryLook, Spoil, empty
from explorer.session.memory.spelling import spins_of


class Memory:
    """Hopfield's associative memory: what it has stored, the state, how it came about. Frozen."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @property
    def state(self) -> NDArray[np.int8]:
        """The state (rows, columns): +1 ink, -1 paper, 0 erased."""
        return self.snapshot.here.spins.reshape(self.snapshot.shape)

    @property
    def energy(self) -> float:
        """E(s) = -1/2 s W s - b s of the state."""
        return self.snapshot.here.energy

    @property
    def overlaps(self) -> NDArray[np.float64]:
        """m = xi s / N of the state with every stored pattern: (P,), within [-1, 1]."""
        return overlaps(self.snapshot.here.spins, self.snapshot.patterns)

    def store(self, name: str, pattern: str | ArrayLike) -> Memory:
        """Store a pattern and make it the state; raises ValueError where it cannot be."""
        return _after(self.put(pattern), moves.store, name)

    def put(self, pattern: str | ArrayLike) -> Memory:
        """Make this the state from which recall starts; raises ValueError for a bad pattern."""
        return _after(self, moves.put, spins_of(pattern, self.snapshot.shape))

    def spoil(self, **how: Any) -> Memory:
        """Spoil the state: kind (flip, erase, half), share, fill (random, zero), side.

        Once more spoils other neurons. Raises TypeError for an unknown name, ValueError for a share
        outside 0 to 1.
        """
        told = _after(self, moves.spoil_with, replace(Spoil(), **how))
        return _after(told, moves.corrupt)

    def dynamics(self, **how: Any) -> Memory:
        """Other steps from here on: kind, order, temperature, seed (see `Dynamics` in physics).

        Raises TypeError for an unknown name, ValueError for one out of range.
        """
        return _after(self, steps.use_dynamics, replace(self.snapshot.how, **how))

    def step(self, count: int = 1) -> Memory:
        """So many neurons further, or times all at once if synchronous, while any would move."""
        return _after(self, steps.step, count)

    def back(self, count: int = 1) -> Memory:
        """So many steps back, at most to the start; stepping again repeats them exactly."""
        return _after(self, steps.back, count)

    def settle(self) -> Memory:
        """Recall until nothing changes any more, for 100 sweeps at most."""
        return _after(self, steps.settle)

    def look(self, *patterns: int) -> Memory:
        """Put the plane of the energy landscape through these stored patterns, counted from 0."""
        return _after(self, moves.look_at, MemoryLook(patterns))

    def numbers(self, panel: str) -> Columns:
        """The numbers behind a panel of the workspace, as columns of equal length.

        Raises ValueError with a sentence for another panel, or while there are none.
        """
        return memory_numbers(panel, self.snapshot).columns


def open_memory(
    shape: tuple[int, int] = (10, 10), rule: Rule = "hebb", bias: float = 0.0
) -> Memory:
    """An empty memory on a grid of rows x columns that stores by hebb, projection or storkey.

    bias acts on every neuron. Raises ValueError for a grid beyond 5 x 5 to 32 x 32.
    """
    memory = _after(Memory(empty()), moves.resize, *shape)
    return _after(_after(memory, moves.use_rule, rule), moves.use_bias, bias)


def _after(memory: Memory, move: Callable[..., Snapshot], *arguments: Any) -> Memory:
    """The memory after a move; what the window would say in its status line is raised."""
    after = move(memory.snapshot, *arguments)
    if after.error and after is not memory.snapshot:
        raise ValueError(after.error)
    return Memory(after)
