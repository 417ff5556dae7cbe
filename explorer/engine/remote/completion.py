"""A reader that steps with a completion server: ids out, probabilities in, the dice fall here.

Each step sends all tokens so far and asks for one more, of which only the probabilities are used;
the server's prefix cache makes that cheap. The tokens of a prompt are asked for one by one as well,
since what was expected before each of them can be had in no other way everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.engine.apart import Apart
from explorer.engine.checks import Check
from explorer.engine.edits import NO_EDITS, Edits, How
from explorer.engine.effects import Effect
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.http import Client
from explorer.engine.remote.llama_cpp import changed
from explorer.engine.remote.outlook import Spread
from explorer.engine.remote.shape import Shape
from explorer.engine.tokenizer import Encoding
from explorer.engine.trace import Step, Trace


class CompletionReader:
    """Reads text with a network of which only the probabilities of the next token are known.

    facts are names and vocabulary; no layers and no heads.
    """

    def __init__(self, client: Client, shape: Shape) -> None:
        self.client, self.shape = client, shape
        self.facts = replace(shape.facts, host=str(client.address))
        self._identity = shape.identity()
        self._calls = client.calls
        self._lost = ""

    def encode(self, text: str) -> Encoding:
        """The tokens of a text, without the begin token; raises ValueError with a sentence."""
        self.client.resume()
        return self.shape.encode(text)

    def read(self, trace: Trace, ids: Sequence[int], edits: Edits = NO_EDITS) -> Trace:
        """The trace after reading `ids` behind it, one request for each; raises ServerError."""
        *_, read = self.reading(trace, ids, edits)
        return read

    def reading(self, trace: Trace, ids: Sequence[int], edits: Edits = NO_EDITS) -> Iterator[Trace]:
        """The same in slices, the trace after each token."""
        if edits != NO_EDITS:
            raise ServerError(self.facts.can.edits)
        if len(trace) + len(ids) > self.facts.context:
            raise ServerError(
                f"The server can read {self.facts.context} tokens and no more; this text has "
                f"{len(trace) + len(ids)}."
            )
        self.client.resume()
        for token in ids:
            found = self._ahead([*trace.ids, token])
            trace = trace.extend([_step(token, found, len(trace))])
            yield trace
        if trace.steps and trace.steps[-1].rest >= 1:
            raise ServerError("This server cannot begin a text from nothing. Write a few words.")

    def interrupt(self) -> None:
        """End a request under way; may be called from any thread."""
        self.client.stop()

    def close(self) -> None:
        """Hang up; may be called from any thread."""
        self.client.stop()
        self.client.close()

    def inspect(self, trace: Trace, position: int) -> Apart:
        """Raises ServerError: a completion server shows nothing of a pass."""
        raise ServerError(self.facts.can.formulas)

    def prove(self, trace: Trace, position: int, token: int) -> Iterator[Check]:
        """Raises ServerError: a completion server shows nothing that could be checked."""
        raise ServerError(self.facts.can.proof)

    def activations(
        self, ids: Sequence[int], names: Collection[str], edits: Edits = NO_EDITS
    ) -> dict[str, NDArray[np.float32]]:
        """Raises ServerError: a completion server shows nothing from inside."""
        raise ServerError(self.facts.can.activations)

    def sweep(
        self,
        ids: Sequence[int],
        token: int,
        edits: Edits = NO_EDITS,
        how: How = "zero",
        mlps: bool = True,
    ) -> Iterator[tuple[Effect, ...]]:
        """Raises ServerError: nothing can be switched off inside a completion server."""
        raise ServerError(self.facts.can.sweep)

    def _ahead(self, ids: Sequence[int]) -> Spread:
        """What the server says about the next token, if it still runs the same model.

        A server that was started again may run another one under the same name, and calling it
        anew is the only sign of that.
        """
        if self._lost:
            raise ServerError(self._lost)
        found = self.shape.ahead(ids)
        if self.client.calls != self._calls:
            now = self.shape.identity()
            self._calls = self.client.calls
            if now != self._identity:
                self._lost = str(changed(self._identity, now))
                raise ServerError(self._lost)
        return found


def _step(token: int, found: Spread, position: int) -> Step:
    """The record of a token with nothing from inside the network."""
    nothing = np.zeros((0, 0), np.float32)
    none = np.zeros((0, 0, 0), np.float32)
    row = np.zeros((0, 0, position + 1), np.float32)
    return Step(token, found.logits, row, nothing, none, none, rest=found.rest)
