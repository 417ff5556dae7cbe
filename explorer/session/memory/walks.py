"""What Step, Back, Home and End walk in the memory workspace: recall, or a machine's learning.

`Memory.walks` says which; the functions here ask the one that it names. Pure.
"""

from __future__ import annotations

from explorer.session.memory import steps, study
from explorer.session.memory.snapshot import Memory


def why_stopped(s: Memory) -> str:
    """Why no further step can be made, in words; empty when one can."""
    if s.walks == "boltzmann":
        return study.why_stopped(s.machines.study)
    if s.walks == "recall":
        return steps.why_stopped(s)
    found = s.machines.learned
    if found is None:
        return "Choose what the restricted machine learns and press Learn."
    if found.done < found.total:
        return ""
    return f"All {found.total:,} updates of the lesson are made; go back, or learn anew."


def bounds(s: Memory) -> tuple[int, int]:
    """(where we stand, where the record ends) in steps of what is walked."""
    if s.walks == "boltzmann":
        return study.place(s.machines.study)
    if s.walks == "recall":
        return s.track.cursor, s.track.length
    found = s.machines.learned
    if found is None:
        return 0, 0
    return found.done, max(found.done, found.marks[-1].step if found.marks else 0)


def can_play(s: Memory) -> bool:
    """There is something to walk."""
    return bool(s.pictures) if s.walks == "recall" else not why_stopped(s)


def can_step(s: Memory) -> bool:
    """Another step can change something, or is recorded."""
    return not why_stopped(s)


def can_go_back(s: Memory) -> bool:
    """Steps have been made."""
    return bounds(s)[0] > 0


def can_go_forward(s: Memory) -> bool:
    """The record goes on beyond where we stand."""
    here, end = bounds(s)
    return here < end
