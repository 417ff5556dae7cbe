"""Moves that keep Boltzmann machines as far as they have learned. Pure functions.

Machines are immutable records, held by reference: an undo step that does not touch them costs
nothing, and a machine that is shown cannot change while the next one is learned.
"""

from __future__ import annotations

from dataclasses import replace

from explorer.physics.boltzmann_machine import Taught
from explorer.physics.pretraining_contest import Curves
from explorer.physics.restricted_learning import Course, Stand
from explorer.physics.restricted_likelihood import Meters
from explorer.session.memory.snapshot import Machines, Memory


def keep_taught(s: Memory, taught: Taught | None) -> Memory:
    """The general machine with its phases; None forgets it."""
    return _with(s, replace(s.machines, taught=taught))


def keep_stand(s: Memory, course: Course, stand: Stand, meters: Meters | None = None) -> Memory:
    """The restricted machine after some updates of a course; meters join the trace when given."""
    same = s.machines.course == course and s.machines.trace
    begun = same and s.machines.trace[-1][0] < stand.step
    trace = s.machines.trace if begun else ()
    if meters is not None:
        trace = (*trace, (stand.step, meters))
    return _with(s, replace(s.machines, course=course, stand=stand, trace=trace))


def keep_contest(s: Memory, curves: Curves) -> Memory:
    """The curves with and without pretraining; a task replaces its own last curves."""
    others = tuple(one for one in s.machines.contests if one.task != curves.task)
    return _with(s, replace(s.machines, contests=(*others, curves)))


def forget_machines(s: Memory) -> Memory:
    """No machine has learned anything; stored patterns stay."""
    return _with(s, Machines())


def _with(s: Memory, machines: Machines) -> Memory:
    return s if machines == s.machines else replace(s, machines=machines)
