"""The texts that a reader has read lately, found again by their tokens. Knows no network."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.engine.edits import Edits
from explorer.engine.trace import Trace

_MOST = 6


class Shelf:
    """Keeps the last few traces; a longer one takes the place of the text that it continues."""

    def __init__(self) -> None:
        self._traces: list[Trace] = []

    def find(self, ids: Sequence[int], edits: Edits) -> Trace:
        """The longest beginning of a text that is known, perhaps none of it."""
        best = Trace((), edits)
        for trace in self._traces:
            if trace.edits == edits and (shared := _shared(trace.ids, ids)) > len(best):
                best = trace if shared == len(trace) else Trace(trace.steps[:shared], edits)
        return best

    def keep(self, trace: Trace) -> None:
        """Remember a text, the last one to be forgotten."""
        others = [
            one
            for one in self._traces
            if one.edits != trace.edits or one.ids != trace.ids[: len(one)]
        ]
        self._traces = [*others[-(_MOST - 1) :], trace]


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    size = min(len(one), len(other))
    if tuple(one[:size]) == tuple(other[:size]):
        return size
    return next(at for at in range(size) if one[at] != other[at])
