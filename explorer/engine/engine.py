"""Runs the network over new tokens and returns a longer trace. Knows token ids, no text.

`read` is pure: the same trace, ids and edits give the same result. The keys and values of texts
read before are a private memo; clearing it changes nothing but time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.engine.activations import read_named
from explorer.engine.device import within_memory
from explorer.engine.edits import NO_EDITS, Edits, How
from explorer.engine.effects import Effect
from explorer.engine.fit import check
from explorer.engine.interventions import Means, intervene, means_of, sizes_of
from explorer.engine.memory import Memory
from explorer.engine.model import Reading, Record, Transformer
from explorer.engine.network.decoder import Decoder
from explorer.engine.network.lending import parameters_of
from explorer.engine.parameters import Parameters
from explorer.engine.rows import Rows, in_a_file
from explorer.engine.sweep import sweep, sweep_under
from explorer.engine.trace import Step, Trace

_MEMOS = 4
# A large network reads a long text in parts: at once the rows of its queries would take several
# times its record.
_AT_ONCE = 64
_NO_NUMBERS = (
    "the network answers this text with numbers that are none (NaN or infinite): its weights are "
    "damaged, or an edit drives it beyond what its number format holds"
)
Read = Callable[[Tensor, Memory], Record]


class ContextFullError(ValueError):
    """The text does not fit into the context; says by how many tokens."""


class Memo:
    """One remembered text: its ids, the edits it was read under, its keys and values."""

    def __init__(self, edits: Edits, memory: Memory) -> None:
        self.edits = edits
        self.ids: list[int] = []
        self.memory = memory
        self.means: Means | None = None

    def agreement(self, ids: Sequence[int], edits: Edits) -> int:
        """How many leading tokens of `ids` it remembers, -1 under other edits."""
        if edits != self.edits:
            return -1
        if self.ids == list(ids[: len(self.ids)]):
            return len(self.ids)
        for index, (mine, theirs) in enumerate(zip(self.ids, ids, strict=False)):
            if mine != theirs:
                return index
        return min(len(self.ids), len(ids))


class Engine:
    """A network that reads; `forwards` counts the passes, so that tests can prove their absence.

    parameters are its trained numbers, for taking a pass apart: lent, not copied.
    """

    def __init__(self, model: Transformer | Decoder) -> None:
        self._model = model
        self._read: Read = model.read if isinstance(model, Decoder) else Reading(model).read
        self.parameters: Parameters = parameters_of(model)
        self._memos: list[Memo] = []
        self.forwards = 0
        self._rows = Rows() if in_a_file(model.config) else None

    @within_memory()
    def read(self, trace: Trace, ids: Sequence[int], edits: Edits = NO_EDITS) -> Trace:
        """The trace after reading `ids` behind it.

        A trace that was computed under other edits is read again from its beginning. Raises
        ContextFullError when the text is too long, ValueError for an id outside the vocabulary, an
        edit that does not fit the network, logits that are not finite, or a full device.
        """
        ids = [int(one) for one in ids]
        if trace.edits != edits:
            trace, ids = Trace((), edits), [*trace.ids, *ids]
        self._check(ids, edits, len(trace))
        if not ids:
            return trace
        memo = self._recall(trace.ids, edits)
        new = [*trace.ids[memo.memory.length :], *ids]
        steps: list[Step] = []
        at_once = len(new) if self._rows is None else _AT_ONCE
        for first in range(0, len(new), at_once):
            part = new[first : first + at_once]
            record = self._run(part, memo)
            self.forwards += 1
            memo.ids += part
            steps += _steps(record, part, memo.memory.length, self._rows)
            if not np.isfinite(steps[-1].logits).all():
                self.forget()
                raise ValueError(_NO_NUMBERS)
        return trace.extend(steps[-len(ids) :])

    @within_memory()
    def activations(
        self, ids: Sequence[int], names: Collection[str], edits: Edits = NO_EDITS
    ) -> dict[str, NDArray[np.float32]]:
        """Named activations over a whole text, by one pass without the memo.

        Names and shapes as in `activations`. Raises ValueError as `read` does.
        """
        self._check(ids, edits)
        means = means_of(edits, self._model)
        touch = intervene(edits, self._model.config.layers, means, 0)
        found: dict[str, NDArray[np.float32]] = {}

        def keep(name: str, value: Tensor) -> Tensor:
            value = touch(name, value)
            if name in names:
                found[name] = value.float().cpu().numpy().copy()
            return value

        read_named(self._model, torch.tensor(ids), self._model.memory(), keep)
        self.forwards += 1
        return found

    def sweep(
        self, ids: Sequence[int], token: int, edits: Edits, how: How, mlps: bool = True
    ) -> Iterator[tuple[Effect, ...]]:
        """The effect of every part on a text, in slices; raises ValueError as `read` does."""
        self._check(ids, edits)
        if edits or isinstance(self._model, Decoder):
            return _within_memory(sweep_under(self._model, ids, edits, token, how, mlps))
        return _within_memory(sweep(self._model, ids, token, how, mlps))

    def forget(self) -> None:
        """Clear the memo of keys and values."""
        self._memos.clear()

    def _check(self, ids: Sequence[int], edits: Edits, before: int = 0) -> None:
        config = self._model.config
        if edits:
            check(edits, sizes_of(config))
        bad = next((one for one in ids if not 0 <= one < config.vocabulary), None)
        if bad is not None:
            raise ValueError(f"token id {bad} is not in the vocabulary of {config.vocabulary}")
        length = before + len(ids)
        over = length - config.context
        if over > 0:
            raise ContextFullError(
                f"the text is {over} {'token' if over == 1 else 'tokens'} too long: "
                f"{length} tokens, the context holds {config.context}"
            )

    def _run(self, ids: list[int], memo: Memo) -> Record:
        """One pass over new tokens; only edits make it take the way that can be changed."""
        new, edits = torch.tensor(ids), memo.edits
        if not edits:
            return self._read(new, memo.memory)
        if memo.means is None:
            memo.means = means_of(edits, self._model)
        touch = intervene(edits, self._model.config.layers, memo.means, memo.memory.length)
        return read_named(self._model, new, memo.memory, touch)

    def _recall(self, ids: Sequence[int], edits: Edits) -> Memo:
        """A memo that holds a leading part of `ids` and nothing else, most recent last."""
        # Of two that know as much, the one that knows nothing else read these very tokens: its
        # numbers are the trace's own, where another text's differ in the last digit.
        best = max(
            self._memos,
            key=lambda memo: (memo.agreement(ids, edits), -len(memo.ids)),
            default=None,
        )
        known = best.agreement(ids, edits) if best else -1
        if best is None or known <= 0:
            best = Memo(edits, self._model.memory())
        elif known < len(best.ids):
            # The rest of this memo belongs to another branch, which may be asked for again.
            twin = Memo(edits, best.memory.copy(known))
            twin.ids, twin.means, best = best.ids[:known], best.means, twin
        else:
            self._memos.remove(best)
        self._memos = [*self._memos[-(_MEMOS - 1) :], best]
        return best


def _within_memory(slices: Iterator[tuple[Effect, ...]]) -> Iterator[tuple[Effect, ...]]:
    with within_memory():
        yield from slices


def _steps(record: Record, ids: Sequence[int], length: int, rows: Rows | None) -> list[Step]:
    """One Step per row of a record whose last query sees `length` keys."""
    start = length - len(ids)
    logits = record.logits.cpu().numpy()  # (T, V)
    hidden = record.hidden.cpu().numpy()  # (L + 1, T, C)
    queries, keys = record.queries.cpu().numpy(), record.keys.cpu().numpy()  # (L, H, T, D)
    attention = torch.stack(record.attention).cpu().numpy()  # (L, H, T, S)
    keep = np.ascontiguousarray if rows is None else rows.keep
    if len(ids) == 1:
        return [
            Step(ids[0], logits[0], keep(attention[:, :, 0]), hidden[:, 0], queries[:, :, 0],
                 keys[:, :, 0])
        ]  # fmt: skip
    return [
        Step(
            token,
            logits[row].copy(),
            keep(attention[:, :, row, : start + row + 1]),
            np.ascontiguousarray(hidden[:, row]),
            np.ascontiguousarray(queries[:, :, row]),
            np.ascontiguousarray(keys[:, :, row]),
        )
        for row, token in enumerate(ids)
    ]
