"""Experiments of the memory workspace: in the background, each one step of undo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from explorer.physics.capacity import Plan, Sweep, sweep
from explorer.physics.capacity_growth import GrowthPlan, measure_growth
from explorer.physics.hopfield import Network
from explorer.physics.hopfield_basins import Basins, basins
from explorer.physics.hopfield_search import Found, search
from explorer.physics.phase_diagram import measured, theory
from explorer.session.memory import experiments, moves
from explorer.session.memory.snapshot import Memory, Valleys
from explorer.ui.memory_desk import MemoryDesk


def find_valleys(desk: MemoryDesk) -> None:
    """Search for all states in which recall can end."""
    if not desk.snapshot.pictures:
        desk.apply(moves.fail, "Nothing is stored yet: store a pattern, then search.")
        return
    _begin(desk)
    _search(desk)


def measure_capacity(desk: MemoryDesk, plans: Sequence[Plan]) -> None:
    """Measure recall against load, a rule after the other."""
    _begin(desk)
    for plan in plans:
        desk.experiment(sweep(plan), partial(_keep_curve, plan))


def measure_basins(desk: MemoryDesk, trials: int) -> None:
    """Measure how far each stored pattern may be spoilt, and where random starts end."""
    _begin(desk)
    s = desk.snapshot
    slices = basins(s.network, s.patterns, trials=trials, seed=s.how.seed)
    desk.experiment(slices, partial(_keep_basins, s.network))
    _search(desk)


def grow_capacity(desk: MemoryDesk, plan: GrowthPlan) -> None:
    """Measure how many patterns each energy holds against the dimension."""
    _begin(desk)
    desk.experiment(measure_growth(plan), experiments.keep_growth)


def map_phases(desk: MemoryDesk, size: int) -> None:
    """Fill the phase diagrams of theory and of networks with `size` neurons."""
    _begin(desk)
    desk.experiment(theory(), experiments.keep_theory)
    desk.experiment(measured(size), experiments.keep_diagram)


def _begin(desk: MemoryDesk) -> None:
    desk.stop_measuring()
    desk.apply(experiments.begin)


def _search(desk: MemoryDesk) -> None:
    s = desk.snapshot
    slices = search(s.network, s.patterns)
    desk.experiment(slices, partial(_keep_valleys, s.network), "Searching")


def _keep_curve(plan: Plan, s: Memory, found: Sweep) -> Memory:
    return experiments.keep_curve(s, plan, found)


def _keep_basins(net: Network, s: Memory, found: Basins) -> Memory:
    return experiments.keep_basins(s, net, found)


def _keep_valleys(net: Network, s: Memory, found: Found) -> Memory:
    return moves.found_valleys(s, Valleys(net, found))
