"""Reader: the one interface of engines, whoever runs the network and wherever. Knows no torch.

A maker opens one, `read` steps it, `close` ends it; `facts.can` says what it cannot give. What an
engine cannot give it refuses with the ValueError of that sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from explorer.engine.apart import Apart
from explorer.engine.checks import Check
from explorer.engine.edits import Edits, How
from explorer.engine.effects import Effect
from explorer.engine.facts import ModelFacts
from explorer.engine.partial import Rows
from explorer.engine.tokenizer import Encoding
from explorer.engine.trace import Trace


class Reader(Protocol):
    """A loaded network with its tokenizer; called from one thread only."""

    @property
    def facts(self) -> ModelFacts:
        """Sizes, names and vocabulary."""

    def encode(self, text: str) -> Encoding:
        """The tokens of a text, without the begin token; raises ValueError with a sentence."""

    def read(self, trace: Trace, ids: Sequence[int], edits: Edits) -> Trace:
        """The trace after reading `ids` behind it; raises ValueError with a sentence."""

    def inspect(self, trace: Trace, position: int) -> Apart:
        """The pass at one position of a trace, to be taken apart; raises ValueError."""

    def prove(self, trace: Trace, position: int, token: int) -> Iterator[Check]:
        """The checks of a text that has been read, one by one."""

    def activations(
        self, ids: Sequence[int], names: Collection[str], edits: Edits
    ) -> dict[str, NDArray[np.float32]]:
        """Named activations over a whole text; raises ValueError with a sentence."""

    def sweep(
        self, ids: Sequence[int], token: int, edits: Edits, how: How, mlps: bool
    ) -> Iterator[tuple[Effect, ...]]:
        """What each head and MLP does for a token after a text, in slices; raises ValueError."""

    def close(self) -> None:
        """End whatever runs the network; it is not asked again. May be called from any thread."""

    def interrupt(self) -> None:
        """End the question under way, if it can be ended; it then raises ValueError.

        The reader can be asked again. May be called from any thread.
        """


@runtime_checkable
class Distant(Reader, Protocol):
    """A reader whose steps hold only some of their rows, since the network is far away."""

    def want(self, rows: Rows) -> None:
        """Which rows come with every step from now on; may be called from any thread."""

    def lacks(self, trace: Trace, rows: Rows) -> bool:
        """Whether some of these rows of a text are not here; asks nobody."""

    def fetch(self, trace: Trace, rows: Rows) -> Trace:
        """The same text with these rows here as well; raises ValueError with a sentence."""
