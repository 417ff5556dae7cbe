"""Moves of one beat: what a press of Step or a beat of play does. Pure functions."""

from __future__ import annotations

from dataclasses import replace

from explorer.session.memory import steps
from explorer.session.memory.snapshot import Memory


def stride(s: Memory) -> int:
    """Steps in one beat: all neurons at once count as one, a stride of 0 is a sweep of N."""
    if s.how.kind == "synchronous":
        return 1
    return s.stride or s.size


def beat(s: Memory) -> Memory:
    """One beat further; the same snapshot where recall has ended."""
    return steps.step(s, stride(s))


def beat_back(s: Memory) -> Memory:
    """One beat back, at most to the start."""
    return steps.back(s, stride(s))


def use_stride(s: Memory, count: int) -> Memory:
    """How many neurons are updated in one beat; 0 is a whole sweep."""
    count = max(0, count)
    return s if count == s.stride else replace(s, stride=count)
