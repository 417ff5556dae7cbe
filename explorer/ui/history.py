"""The changes that can be taken back: snapshots before and after the current one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

_STEPS = 500
S = TypeVar("S")


class History(Generic[S]):
    """Two stacks of snapshots; changes of one gesture (a slider's drag) are one entry.

    carry(now, then) is the snapshot to travel to: `then` with what must stay as it is now.
    """

    def __init__(self, carry: Callable[[S, S], S]) -> None:
        self._carry = carry
        self._past: list[S] = []
        self._future: list[S] = []
        self._gesture = ""

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._future)

    def keep(self, old: S, gesture: str) -> None:
        """Remember the snapshot before a change."""
        if not gesture or gesture != self._gesture:
            self._past = [*self._past[-(_STEPS - 1) :], old]
        self._gesture = gesture
        self._future.clear()

    def rest(self) -> None:
        """The hand has let go: the next change is another entry even if it is the same gesture."""
        self._gesture = ""

    def undo(self, now: S) -> S:
        """The snapshot before the last change, or `now` when there is none."""
        return self._travel(now, self._past, self._future)

    def redo(self, now: S) -> S:
        """The snapshot after the change that was taken back, or `now` when there is none."""
        return self._travel(now, self._future, self._past)

    def clear(self) -> None:
        """Forget everything."""
        self._past.clear()
        self._future.clear()

    def _travel(self, now: S, source: list[S], target: list[S]) -> S:
        if not source:
            return now
        then = source.pop()
        target.append(now)
        self._gesture = ""
        return self._carry(now, then)
