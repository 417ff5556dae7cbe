"""Moves that keep what machines have shown. Pure functions.

Machines are immutable records, held by reference: an undo step that does not touch them costs
nothing, and a machine that is shown cannot change while the next one is learned.
"""

from __future__ import annotations

from dataclasses import replace

from explorer.physics.pretraining_contest import Curves
from explorer.session.memory.snapshot import Machines, Memory, Walks


def keep_contest(s: Memory, curves: Curves) -> Memory:
    """The curves with and without pretraining; a task replaces its own last curves."""
    others = tuple(one for one in s.machines.contests if one.task != curves.task)
    both = tuple(sorted((*others, curves), key=lambda one: one.task))
    return replace(s, machines=replace(s.machines, contests=both))


def forget_contests(s: Memory) -> Memory:
    """No curves."""
    if not s.machines.contests:
        return s
    return replace(s, machines=replace(s.machines, contests=()))


def forget_machines(s: Memory) -> Memory:
    """No machine has learned anything; stored patterns stay."""
    return replace(s, machines=Machines())


def walk(s: Memory, walks: Walks) -> Memory:
    """Which dynamics Step, Back and Play walk: recall, or the learning of a machine."""
    if walks == s.walks:
        return s
    return replace(s, walks=walks, play=replace(s.play, running=False))
