"""A model behind `explorer serve`: steps with it, and looks inside it row by row.

The steps hold the probabilities; of attention, queries, keys and hidden streams only the rows that
`want` names come with them, and `fetch` brings those of steps read before. So a laptop looks at one
head of a network whose whole attention would not fit into its memory or through its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from explorer.engine.apart import Apart
from explorer.engine.checks import Check
from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.facts import ModelFacts
from explorer.engine.opening import Progress
from explorer.engine.partial import Rows
from explorer.engine.remote.address import Address, parse_address
from explorer.engine.remote.asking import AskingReader
from explorer.engine.remote.composing import (
    blocks,
    check_ids,
    composed,
    first_lacking,
    richer,
)  # fmt: skip
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client, Limits, ignore
from explorer.engine.remote.inspected import Inspected
from explorer.engine.remote.packing import pack, unpack
from explorer.engine.remote.protocol import (
    FAILED,
    KIND,
    MODEL,
    MORE,
    ROOT,
    VERSION,
    Hello,
)  # fmt: skip
from explorer.engine.remote.questions import (
    ANSWERS,
    Fetch,
    Prove,
    Question,
    Read,
)
from explorer.engine.remote.wire import Patience
from explorer.engine.trace import Trace

# A network whose weights lie on the disk takes minutes for a step.
_PATIENCE = Patience(silence=1800.0, answer=3600.0)
_LONGEST_DEVICE = 60


class ServedReader(AskingReader):
    """Reads text with a network on another machine; see `Reader`."""

    def __init__(self, client: Client, facts: ModelFacts) -> None:
        told = "".join(char for char in facts.device if char.isprintable())[:_LONGEST_DEVICE]
        self.facts = replace(facts, device=told, host=str(client.address))
        self._client = client
        self._wanted = Rows()

    def want(self, rows: Rows) -> None:
        """Which rows come with every step from now on; may be called from any thread."""
        self._wanted = self._possible(rows)

    def read(self, trace: Trace, ids: Sequence[int], edits: Edits = NO_EDITS) -> Trace:
        """The trace after reading `ids` behind it; raises ValueError with a sentence."""
        if trace.edits != edits:
            trace, ids = Trace((), edits), [*trace.ids, *ids]
        text, rows = (*trace.ids, *(int(one) for one in ids)), self._wanted
        for start, end in blocks(len(trace), len(text), rows, self.facts, logits=True):
            sent = self.answer(Read(text[:end], start, edits, rows))
            check_ids(sent, text[start:end])
            trace = trace.extend(
                composed(step, at, rows, self.facts) for at, step in enumerate(sent, start)
            )
        return trace

    def fetch(self, trace: Trace, rows: Rows) -> Trace:
        """The same text with these rows here as well; raises ValueError with a sentence."""
        rows = self._possible(rows)
        first = first_lacking(trace, rows)
        if first is None:
            return trace
        steps = list(trace.steps)
        for start, end in blocks(first, len(trace), rows, self.facts, logits=False):
            sent = self.answer(Fetch(trace.ids, start, end, rows, trace.edits))
            check_ids(sent, trace.ids[start:end])
            for at, new in enumerate(sent, start):
                found = composed(new, at, rows, self.facts, logits=False)
                steps[at] = richer(steps[at], found)
        return Trace(tuple(steps), trace.edits)

    def lacks(self, trace: Trace, rows: Rows) -> bool:
        """Whether some of these rows of a text are not here; asks nobody."""
        return first_lacking(trace, self._possible(rows)) is not None

    def _possible(self, rows: Rows) -> Rows:
        """Those of the rows that the engine over there has at all."""
        can = self.facts.can
        return Rows(
            () if can.attention else rows.attention,
            () if can.queries else rows.states,
            rows.hidden and not can.hidden,
        )

    def inspect(self, trace: Trace, position: int) -> Apart:
        """The pass at one position, taken apart on the server; raises ValueError."""
        if self.facts.can.formulas:
            raise ValueError(self.facts.can.formulas)
        if not 0 <= position < len(trace):
            raise ValueError(
                f"position {position} has not been read; the text has {len(trace)} tokens"
            )
        return Inspected(self.answers, self.facts, trace, position)

    def prove(self, trace: Trace, position: int, token: int) -> Iterator[Check]:
        """The checks of a text, made on the server with the steps that it keeps."""
        yield from self.answers(Prove(trace.ids, trace.edits, position, token))

    def interrupt(self) -> None:
        """Wait no longer for the answer under way."""
        self._client.stop()

    def close(self) -> None:
        """Hang up; an answer under way is not waited for."""
        self._client.stop()
        self._client.close()

    def answers(self, question: Question) -> Iterator[Any]:
        """The values of the server's answer; raises ValueError with a sentence."""
        value, more = self._ask(question)
        yield value
        while more:
            value, more = self._ask(question, more)
            if value is not None:
                yield value

    def _ask(self, question: Question, more: str = "") -> tuple[Any, str]:
        """A value of the answer, and the name under which the next one is asked for."""
        self._client.resume()
        name = type(question).__name__.lower()
        path = f"{ROOT}/more/{more}" if more else f"{ROOT}/{name}"
        body = b"" if more else b"".join(pack(question))
        answer = self._client.post(path, body, KIND)
        if answer.headers.get(FAILED):
            raise ValueError(answer.body.decode("utf-8", "replace"))
        if answer.headers.get(MODEL) != self.facts.fingerprint:
            raise ServerError(
                f"{self._client.address} has another model now; connect again to read with it."
            )
        if not answer.body:
            return None, answer.headers.get(MORE, "")
        return unpack(answer.body, ANSWERS[type(question)]), answer.headers.get(MORE, "")


def connecting(
    address: Address | str,
    key: str = "",
    limits: Limits | None = None,
    tell: Callable[[str], None] = ignore,
) -> Iterator[Progress | ServedReader]:
    """Meet a server: progress, then its reader; raises ServerError with a sentence."""
    at = parse_address(address) if isinstance(address, str) else address
    client, met = Client(at, key, limits, tell), False
    try:
        for part in greeting(client):
            met = isinstance(part, ServedReader)
            yield part
    finally:
        if not met:
            client.close()


def greeting(client: Client) -> Iterator[Progress | ServedReader]:
    """The same through a client that is there."""
    at = client.address
    yield Progress(0, 2)
    hello(client)
    client.wait_longer(_PATIENCE)
    yield Progress(1, 2)
    answer = client.get(f"{ROOT}/facts")
    facts: ModelFacts = unpack(answer.body, ModelFacts)
    if len(facts.pieces) != len(facts.labels) or not facts.labels or min(
        facts.layers, facts.heads, facts.width, facts.context
    ) < 1:  # fmt: skip
        raise ServerError(f"{at} describes a model that cannot be.")
    yield ServedReader(client, facts)


def hello(client: Client) -> Hello:
    """What the server says about itself; raises ServerError where it is no `explorer serve`."""
    answer = client.get(ROOT)
    try:
        found = msgspec.json.decode(answer.body, type=Hello)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ServerError(f"{client.address} is no “explorer serve”.", 404) from None
    if found.explorer != VERSION:
        raise ServerError(
            f"{client.address} speaks version {found.explorer} of the protocol, this Explorer "
            f"version {VERSION}; install the same Explorer on both machines."
        )
    return found
