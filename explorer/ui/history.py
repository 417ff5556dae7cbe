"""The changes that can be taken back: snapshots before and after the current one."""

from __future__ import annotations

from dataclasses import replace

from explorer.session.snapshot import Snapshot

_STEPS = 500


class History:
    """Two stacks of snapshots; changes of one gesture (a slider's drag) are one entry."""

    def __init__(self) -> None:
        self._past: list[Snapshot] = []
        self._future: list[Snapshot] = []
        self._gesture = ""

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return bool(self._future)

    def keep(self, old: Snapshot, gesture: str) -> None:
        """Remember the snapshot before a change."""
        if not gesture or gesture != self._gesture:
            self._past = [*self._past[-(_STEPS - 1) :], old]
        self._gesture = gesture
        self._future.clear()

    def rest(self) -> None:
        """The hand has let go: the next change is another entry even if it is the same gesture."""
        self._gesture = ""

    def undo(self, now: Snapshot) -> Snapshot:
        """The snapshot before the last change, or `now` when there is none."""
        return self._travel(now, self._past, self._future)

    def redo(self, now: Snapshot) -> Snapshot:
        """The snapshot after the change that was taken back, or `now` when there is none."""
        return self._travel(now, self._future, self._past)

    def clear(self) -> None:
        """Forget everything."""
        self._past.clear()
        self._future.clear()

    def _travel(self, now: Snapshot, source: list[Snapshot], target: list[Snapshot]) -> Snapshot:
        if not source:
            return now
        then = source.pop()
        target.append(now)
        self._gesture = ""
        return replace(
            then,
            model=now.model,
            draft=now.draft,
            look=replace(then.look, hover=None),
            play=replace(then.play, running=False),
            busy="",
            error="",
        )
