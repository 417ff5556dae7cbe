"""What a reader does by asking alone, whatever carries its questions: a pipe or HTTP."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.engine.edits import NO_EDITS, Edits, How
from explorer.engine.effects import Effect
from explorer.engine.remote.questions import Activations, Encode, Question, Sweep
from explorer.engine.tokenizer import Encoding


class AskingReader(ABC):
    """The part of a `Reader` whose answers are taken as they come."""

    @abstractmethod
    def answers(self, question: Question) -> Iterator[Any]:
        """The values of an answer, of `questions.ANSWERS`; raises ValueError with a sentence."""

    def answer(self, question: Question) -> Any:
        """The first value of an answer, None where there is none; raises ValueError."""
        return next(self.answers(question), None)

    def encode(self, text: str) -> Encoding:
        """The tokens of a text, without the begin token; raises ValueError with a sentence."""
        found: Encoding = self.answer(Encode(text))
        return found

    def activations(
        self, ids: Sequence[int], names: Collection[str], edits: Edits = NO_EDITS
    ) -> dict[str, NDArray[np.float32]]:
        """Named activations over a whole text; raises ValueError with a sentence."""
        found: dict[str, NDArray[np.float32]] = self.answer(
            Activations(tuple(ids), tuple(names), edits)
        )
        return found

    def sweep(
        self,
        ids: Sequence[int],
        token: int,
        edits: Edits = NO_EDITS,
        how: How = "zero",
        mlps: bool = True,
    ) -> Iterator[tuple[Effect, ...]]:
        """What each head and MLP does for a token after a text, in slices; raises ValueError."""
        yield from self.answers(Sweep(tuple(ids), token, edits, how, mlps))
