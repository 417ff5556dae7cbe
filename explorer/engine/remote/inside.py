"""Answers what is asked about the inside of a pass, for those who have not the weights.

A pass is remembered: whoever looks at it asks for one entry, one token after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from explorer.engine.apart import Apart
from explorer.engine.edits import Edits
from explorer.engine.interface import Reader
from explorer.engine.passage import layer_of, passage
from explorer.engine.remote.questions import Attribute, Fill, Lens, TakeApart
from explorer.engine.trace import Trace

_MOST = 2
# Bytes of the lens that are sent at a time.
_PART = 16 << 20

Key = tuple[tuple[int, ...], Edits, int]


class Inside:
    """The last passes that were asked about; `text` finds or reads a text with all its numbers."""

    def __init__(self, reader: Reader, text: Callable[[tuple[int, ...], Edits], Trace]) -> None:
        self._reader, self._text = reader, text
        self._passes: dict[Key, Apart] = {}

    def answers(self, q: TakeApart | Fill | Attribute | Lens) -> Iterator[object]:
        """The answer, or its parts; raises ValueError with a sentence."""
        found = self._pass((q.ids, q.edits, q.position))
        try:
            if isinstance(q, TakeApart):
                yield from self._blocks(found)
            elif isinstance(q, Fill):
                yield found[q.name].fill(q.index)
            elif isinstance(q, Attribute):
                yield found.attribute(q.token, q.versus)
            else:
                logits = found.lens(q.final_norm)  # (L + 1, V)
                rows = max(1, _PART // logits[0].nbytes)
                yield from (logits[at : at + rows] for at in range(0, len(logits), rows))
        except LookupError as error:
            raise ValueError(f"there is no such entry: {error}") from None

    def _pass(self, key: Key) -> Apart:
        if key not in self._passes:
            ids, edits, position = key
            found = self._reader.inspect(self._text(ids, edits), position)
            kept = list(self._passes.items())[-(_MOST - 1) :]
            self._passes = {**dict(kept), key: found}
        return self._passes[key]

    def _blocks(self, found: Apart) -> Iterator[object]:
        """The activations before and behind the blocks, then those of each."""
        facts = self._reader.facts
        names = passage(facts.anatomy).names(facts.layers)
        for layer in (None, *range(facts.layers)):
            yield {name: found.values(name) for name in names if layer_of(name) == layer}
