"""What a server says about the next token, checked before it is believed.

A completion server gives log-probabilities of some tokens, raw and at temperature 1. The checks
here are what may be known of any such list: every number is a log-probability, no token stands
there twice, and all of them together have at most the mass 1. What is left of 1 is the `rest`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.remote.failure import ServerError

# Servers add up float32 numbers; a vocabulary of 150,000 strays by less than this.
_SLACK = 2e-3
# A probability of 0: llama.cpp writes the lowest float32 for its logarithm, vLLM -9999.
_NOTHING = -9999.0


@dataclass(frozen=True, eq=False)
class Outlook:
    """Token ids (N,) and their log-probabilities (N,) in nats, as a server gave them."""

    ids: NDArray[np.int64]
    logprobs: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spread:
    """The same over the whole vocabulary: logits (V,), -inf where nothing is known, and the rest.

    rest is the probability of all tokens that were not named.
    """

    logits: NDArray[np.float32]
    rest: float


def outlook(ids: list[int], logprobs: list[float | None]) -> Outlook:
    """Raises ServerError where a server gives no number at all (null is what NaN becomes)."""
    if any(value is None for value in logprobs):
        raise ServerError(
            "The server gave no number for the log-probability of a token (null, which is what "
            "NaN becomes): its weights or its arithmetic are damaged."
        )
    try:
        return Outlook(np.asarray(ids, np.int64), np.asarray(logprobs, np.float64))
    except OverflowError:
        raise ServerError("The server names a token by a number that no vocabulary has.") from None


def spread(found: Outlook, vocabulary: int) -> Spread:
    """The checked list over the vocabulary; raises ServerError with what is wrong in it."""
    ids, logprobs = found.ids, found.logprobs
    if not len(ids):
        raise ServerError(
            "The server gave no log-probabilities at all. Does it allow them, and is the text not "
            "empty?"
        )
    strange = ids[(ids < 0) | (ids >= vocabulary)]
    if len(strange):
        raise ServerError(
            f"The server names the token {int(strange[0])}; its vocabulary has only "
            f"{vocabulary:,} tokens. Has it changed its model?"
        )
    if len(np.unique(ids)) < len(ids):
        raise ServerError("The server names one token twice in one answer.")
    if not np.all(logprobs <= _SLACK):
        wrong = logprobs[~(logprobs <= _SLACK)][0]
        raise ServerError(
            f"The server gave {wrong:g} for the logarithm of a probability, which is never above 0."
        )
    logprobs = np.where(logprobs <= _NOTHING, -np.inf, logprobs)
    mass = float(np.exp(logprobs).sum())
    if mass > 1 + _SLACK:
        raise ServerError(
            f"The probabilities that the server gave add up to {mass:.3g}, which is more than 1."
        )
    if len(ids) == vocabulary and mass < 1 - _SLACK:
        raise ServerError(
            f"The server gave every token, and their probabilities add up to only {mass:.3g}; "
            "does it change them before it tells them?"
        )
    if mass <= 0:
        raise ServerError("The server gave every token that it named the probability 0.")
    logits = np.full(vocabulary, -np.inf, np.float32)
    logits[ids] = logprobs
    rest = 0.0 if len(ids) == vocabulary else max(0.0, 1.0 - mass)
    return Spread(logits, rest)
