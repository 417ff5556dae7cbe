"""The sentence of the strip and the place beside it, for whatever is walked. No Qt."""

from __future__ import annotations

from explorer.lens import boltzmann_machine, recall, restricted
from explorer.session.memory import walks
from explorer.session.memory.snapshot import Memory


def narrate(s: Memory) -> str:
    """What happens now, in one sentence for the strip."""
    if s.walks == "recall":
        return recall.narrate(s)
    if s.error:
        return s.error
    if s.walks == "boltzmann":
        return boltzmann_machine.narrate_study(s.machines.study)
    return walks.why_stopped(s) or restricted.narrate_learning(s)


def place(s: Memory) -> str:
    """Where we are along it."""
    if s.walks == "recall":
        return recall.place(s)
    if s.walks == "boltzmann":
        return boltzmann_machine.study_place(s.machines.study)
    found = s.machines.learned
    return "" if found is None else f"update {found.done:,} of {found.total:,}"
