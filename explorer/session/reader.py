"""Reader: what the session asks of a network, whoever runs it. Knows no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from explorer.engine.edits import Edits
from explorer.engine.facts import ModelFacts
from explorer.engine.inspect import Inspection
from explorer.engine.tokenizer import Encoding
from explorer.engine.trace import Trace


class Reader(Protocol):
    """A loaded network with its tokenizer."""

    @property
    def facts(self) -> ModelFacts:
        """Sizes, names and vocabulary."""

    def encode(self, text: str) -> Encoding:
        """The tokens of a text, without the begin token; raises ValueError with a sentence."""

    def read(self, trace: Trace, ids: Sequence[int], edits: Edits) -> Trace:
        """The trace after reading `ids` behind it; raises ValueError with a sentence."""

    def inspect(self, trace: Trace, position: int) -> Inspection:
        """The pass at one position of a trace taken apart; raises ValueError with a sentence."""
