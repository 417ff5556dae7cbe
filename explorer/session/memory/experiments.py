"""Moves that keep what experiments on random patterns have measured. Pure functions."""

from __future__ import annotations

from dataclasses import replace

from explorer.physics.capacity import Plan, Sweep
from explorer.physics.capacity_growth import Growth
from explorer.physics.hopfield import Network
from explorer.physics.hopfield_basins import Basins
from explorer.physics.phase_diagram import Diagram
from explorer.session.memory.snapshot import Measured, Memory, Wells


def keep_curve(s: Memory, plan: Plan, sweep: Sweep) -> Memory:
    """Recall against load as far as it has been measured; a plan replaces its own last curve."""
    others = tuple(pair for pair in s.measured.curves if pair[0] != plan)
    return _with(s, replace(s.measured, curves=(*others, (plan, sweep))))


def begin(s: Memory) -> Memory:
    """An experiment begins: the snapshot that undo goes back to lies before it."""
    return replace(s, runs=s.runs + 1, notice="", error="")


def carry(now: Memory, then: Memory) -> Memory:
    """The snapshot of another time, with what experiments have found since, unless it lies before
    the last one began or after one that is undone."""
    if then.runs != now.runs:
        return then
    valleys, measured = then.valleys, now.measured
    if now.valleys is not None and now.valleys.network is then.network:
        valleys = now.valleys
    wells = then.measured.basins
    if wells is not None and wells.network is then.network and (
        measured.basins is None or measured.basins.network is not then.network
    ):  # fmt: skip
        measured = replace(measured, basins=wells)
    return replace(then, valleys=valleys, measured=measured)


def forget_curves(s: Memory) -> Memory:
    """An empty chart."""
    if not s.measured.curves:
        return s
    return replace(s, runs=s.runs + 1, measured=replace(s.measured, curves=()))


def keep_theory(s: Memory, diagram: Diagram) -> Memory:
    """The phase diagram of mean-field theory."""
    return _with(s, replace(s.measured, theory=diagram))


def keep_diagram(s: Memory, diagram: Diagram) -> Memory:
    """The phase diagram measured on networks."""
    return _with(s, replace(s.measured, diagram=diagram))


def keep_basins(s: Memory, network: Network, basins: Basins) -> Memory:
    """How wide the basins are; dropped when the network is another one by now."""
    if network is not s.network:
        return s
    return _with(s, replace(s.measured, basins=Wells(network, basins)))


def keep_growth(s: Memory, growth: Growth) -> Memory:
    """Capacity against dimension as far as it has been measured."""
    return _with(s, replace(s.measured, growth=growth))


def forget_growth(s: Memory) -> Memory:
    """An empty chart of the growth."""
    if s.measured.growth is None:
        return s
    return replace(s, runs=s.runs + 1, measured=replace(s.measured, growth=None))


def _with(s: Memory, measured: Measured) -> Memory:
    return s if measured == s.measured else replace(s, measured=measured)
