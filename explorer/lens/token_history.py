"""One token through the whole story: how probable it was at every step, chosen or not.

Shannon's surprise -ln p of that token before each position (T = 1, nothing removed), and its rank.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.facts import ModelFacts
from explorer.engine.trace import Step, shared_steps
from explorer.lens.candidates import figure
from explorer.lens.surprise import (
    FloatArray,
    draws,
    limit,
    prompt_length,
    rank,
    surprise,
    walk,
)
from explorer.lens.timeline import span_of
from explorer.session.asked import named
from explorer.session.snapshot import Snapshot
from explorer.session.stop_values import tokens_named

_FLOORS = (4.0, 8.0, 12.0, 16.0, 24.0, 32.0)


@dataclass(frozen=True, eq=False)
class TokenHistory:
    """The named token on the line through the cursor, T tokens up to the tip.

    nats   (T + 1,) -ln p of the token as the next one, before each position, the open one last;
           NaN for position 0, and where the engine did not name it
    rank   (T + 1,) its rank there, 1 the most probable; 0 where nats is NaN
    most   (T + 1,) the largest probability that it may have where the engine did not name it
    chosen (T,) whether it stands there
    steps  (T,) what the numbers were taken from
    open   the position that is open at the cursor; prompt, span and floor are those of the chart
    """

    token: int
    label: str
    nats: FloatArray
    rank: NDArray[np.int64]
    most: FloatArray
    steps: tuple[Step, ...]
    chosen: NDArray[np.bool_]
    labels: tuple[str, ...]
    vocabulary: int
    open: int
    prompt: int
    span: int
    floor: float


def token_history(s: Snapshot, old: TokenHistory | None = None) -> TokenHistory | None:
    """The history of the token that is asked about; None without one or without a text.

    What `old` has of the same token and steps is not found again.
    """
    token = named(s)
    if token is None or s.model is None or not s.timeline:
        return None
    steps = walk(s.timeline)
    nats, ranks, most = _course(steps, token, old)
    worst = float(np.nanmax([0.0, *nats]))
    return TokenHistory(
        token=token,
        label=s.model.labels[token],
        nats=nats,
        rank=ranks,
        most=most,
        steps=steps,
        chosen=np.array([step.token == token for step in steps]),
        labels=tuple(s.model.labels[step.token] for step in steps),
        vocabulary=s.model.vocabulary,
        open=len(s.timeline.node.trace),
        prompt=prompt_length(draws(s.timeline)),
        span=span_of(len(steps) + 1, s.model.context),
        floor=next((floor for floor in _FLOORS if floor >= worst), math.ceil(worst)),
    )


def describe(history: TokenHistory, position: int) -> str:
    """What is known about the token at one position, one fact a line."""
    if not 1 <= position < len(history.nats):
        return ""
    nats = float(history.nats[position])
    came = "is open" if position == len(history.labels) else f"took “{history.labels[position]}”"
    if math.isnan(nats):
        return (
            f"position {position} {came}\n“{history.label}” was not named by the engine: "
            f"p ≤ {figure(float(history.most[position]))}\n"
            "A click goes to where this choice is open."
        )
    return (
        f"position {position} {came}\n“{history.label}” had p = {figure(math.exp(-nats))}, "
        f"−ln p = {nats:.2f} nats, rank {history.rank[position]:,} of {history.vocabulary:,}\n"
        "A click goes to where this choice is open."
    )


def summary(history: TokenHistory | None) -> str:
    """One sentence that says what the history shows."""
    if history is None:
        return "Name a token to see its probability and rank at every step, chosen or not."
    nats = history.nats[1:]
    times, named = int(history.chosen.sum()), int(np.isfinite(nats).sum())
    said = (
        f"“{history.label}”, token {history.token}: chosen {times} "
        f"{'time' if times == 1 else 'times'} in {len(history.labels)} tokens"
    )
    if not named:
        return f"{said}; the engine named it nowhere."
    best = int(np.nanargmin(nats)) + 1
    left = "" if named == len(nats) else f"; not named at {len(nats) - named} positions"
    return (
        f"{said}; most probable at position {best} with "
        f"{figure(math.exp(-float(nats[best - 1])))}; "
        f"rank 1 {int((history.rank[1:] == 1).sum())} times{left}."
    )


def typed_token(s: Snapshot, text: str) -> int:
    """The token that a person names: by label, by its text, or by the word alone.

    Of several that are written alike, the one that is most probable after the cursor. Raises
    ValueError with a sentence.
    """
    if s.model is None:
        raise ValueError("The model is still loading.")
    found = sorted(tokens_named(s.model, text) or tokens_named(s.model, text.strip()))
    if not found:
        raise ValueError(f"The model has no token “{text.strip()[:40]}”; labels look like “·cat”.")
    exact = text[:1] in ("·", " ") and labelled(s.model, text.replace(" ", "·"))
    if exact is not False and exact is not None:
        return exact
    if not s.timeline:
        return found[0]
    logits = s.timeline.node.trace.steps[-1].logits
    return max(found, key=lambda token: (float(logits[token]), -token))


def proposals(s: Snapshot, text: str, count: int = 5) -> tuple[str, ...]:
    """Labels that begin with what is typed, spaces left out, the most probable next ones first."""
    start = text.strip("· ").lower()
    if s.model is None or not start:
        return ()
    found = [
        token for token, label in enumerate(s.model.labels)
        if label.strip("·").lower().startswith(start)
    ]  # fmt: skip
    if s.timeline:
        logits = s.timeline.node.trace.steps[-1].logits
        found.sort(key=lambda token: -float(logits[token]))
    return tuple(dict.fromkeys(s.model.labels[token] for token in found))[:count]


def labelled(model: ModelFacts, label: str) -> int | None:
    """The token with this very label."""
    return next((t for t in tokens_named(model, label) if model.labels[t] == label), None)


def _course(
    steps: tuple[Step, ...], token: int, old: TokenHistory | None
) -> tuple[FloatArray, NDArray[np.int64], FloatArray]:
    nats, most = np.full(len(steps) + 1, np.nan), np.full(len(steps) + 1, np.nan)
    ranks = np.zeros(len(steps) + 1, np.int64)
    shared = 0
    if old is not None and old.token == token:
        shared = shared_steps(old.steps, steps)
        for new, known in ((nats, old.nats), (ranks, old.rank), (most, old.most)):
            new[: shared + 1] = known[: shared + 1]
    for at, step in enumerate(steps[shared:], shared + 1):
        nats[at], ranks[at] = surprise(step, token), rank(step, token)
        most[at] = limit(step) if step.rest else math.nan
    for array in (nats, ranks, most):
        array.setflags(write=False)
    return nats, ranks, most
