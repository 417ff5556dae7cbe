"""Logit lens as a table: layers down, the most probable tokens across, the rank of one token.

Shapes: L layers, V vocabulary, k columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.engine.apart import Apart
from explorer.engine.facts import ModelFacts
from explorer.lens.candidates import chances, exact
from explorer.lens.inside import inspected_position
from explorer.physics.falling import largest
from explorer.physics.information import entropy
from explorer.session.snapshot import Snapshot
from explorer.session.stop_values import tokens_named

COLUMNS = 8


@dataclass(frozen=True)
class Guess:
    """One cell: a token, its probability at this layer, whether it is the one asked about."""

    token: int
    label: str
    p: float
    asked: bool


@dataclass(frozen=True)
class Layer:
    """One row: where the stream was read, its best guesses, and the asked token among all.

    rank counts from 1; entropy in nats.
    """

    title: str
    guesses: tuple[Guess, ...]
    rank: int
    p: float
    entropy: float


@dataclass(frozen=True)
class LensTable:
    """The table from the embedding to the output; normed says that the final norm is applied."""

    layers: tuple[Layer, ...]
    token: int
    label: str
    position: int
    normed: bool
    chosen: bool

    @property
    def heading(self) -> str:
        """What is asked, in words."""
        what = "comes next" if self.chosen else "asked about"
        return f"position {self.position}; rank of “{self.label}” ({what})"


def asked_token(s: Snapshot) -> int | None:
    """The token that is asked about: the named one, else the one after the inspected position.

    That is the token of the text where there is one, and what the dice choose now at its end.
    """
    position = inspected_position(s)
    if position is None or s.model is None:
        return None
    if s.inside.token is not None and s.inside.token < s.model.vocabulary:
        return s.inside.token
    steps = s.timeline.node.trace.steps
    if position + 1 < len(steps):
        return steps[position + 1].token
    found = chances(s)
    return None if found is None else found.chosen


def named_token(s: Snapshot, text: str) -> int | None:
    """The token that a text names, the likeliest now where several do; None where none does.

    A label ("·cat"), the token's own text (" cat"), or the text without its spaces.
    """
    if s.model is None or not s.timeline:
        return None
    found = sorted(tokens_named(s.model, text))
    logits = s.timeline.node.trace.steps[-1].logits
    exact = [token for token in found if s.model.labels[token] == text]
    return max(exact or found, key=lambda token: float(logits[token]), default=None)


def read_layers(inspection: Apart, final_norm: bool) -> NDArray[np.float64]:
    """The probabilities (L + 1, V) of every layer's stream."""
    logits = inspection.lens(final_norm)
    weights = np.exp(logits - logits.max(-1, keepdims=True), dtype=np.float64)
    found: NDArray[np.float64] = weights / weights.sum(-1, keepdims=True)
    return found


def lens_table(s: Snapshot, inspection: Apart, p: NDArray[np.float64]) -> LensTable | None:
    """The table for the token asked about, from probabilities (L + 1, V); None without a token."""
    token, model = asked_token(s), s.model
    if token is None or model is None:
        return None
    return LensTable(
        _layers(_Probabilities(p), token, model),
        token,
        model.labels[token],
        inspection.position,
        s.inside.final_norm,
        s.inside.token is None,
    )


def describe_guess(layer: Layer, guess: Guess) -> str:
    """The tool tip of a cell."""
    return f"{layer.title}: “{guess.label}” (token {guess.token}) {exact(guess.p)}"


def describe_layer(table: LensTable, layer: Layer) -> str:
    """The tool tip of the asked token in a row."""
    return (
        f"{layer.title}: “{table.label}” has rank {layer.rank:,} and {exact(layer.p)}\n"
        f"entropy of this layer's distribution {layer.entropy:.3f} nats"
    )


def summary(table: LensTable) -> str:
    """The table in one sentence."""
    ranks = ", ".join(f"{one.rank:,}" for one in table.layers)
    last = table.layers[-1].guesses[0]
    return f"{table.heading} by layer: {ranks}; the output prefers “{last.label}”, {exact(last.p)}."


class _Probabilities:
    """An array that is itself as a key: the same one is not sorted twice."""

    def __init__(self, p: NDArray[np.float64]) -> None:
        self.p = p

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Probabilities) and other.p is self.p

    def __hash__(self) -> int:
        return id(self.p)


@lru_cache(maxsize=2)
def _layers(key: _Probabilities, token: int, model: ModelFacts) -> tuple[Layer, ...]:
    found = zip(key.p, *_best(key), strict=True)
    return tuple(_layer(*one, index, token, model) for index, one in enumerate(found))


@lru_cache(maxsize=2)
def _best(key: _Probabilities) -> tuple[list[NDArray[np.intp]], list[float]]:
    """The best guesses (L + 1, k) and the entropy of each layer: the same for any asked token."""
    return [largest(row, COLUMNS) for row in key.p], [float(entropy(row)) for row in key.p]


def _layer(
    p: NDArray[np.float64],
    best: NDArray[np.intp],
    nats: float,
    index: int,
    token: int,
    model: ModelFacts,
) -> Layer:
    guesses = tuple(
        Guess(int(one), model.labels[one], float(p[one]), int(one) == token) for one in best
    )
    title = "embedding" if index == 0 else f"after block {index - 1}"
    # Among equals the lower id comes first, as in the table of candidates.
    rank = 1 + int((p > p[token]).sum()) + int((p[:token] == p[token]).sum())
    return Layer(title, guesses, rank, float(p[token]), nats)
