"""A toy network for the laws of the session: six tokens, a context of twelve, no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.facts import ModelFacts
from explorer.engine.trace import Step, Trace
from explorer.session import moves
from explorer.session.snapshot import Snapshot

Read = Callable[..., Trace]


def _read(trace: Trace, ids: Sequence[int], edits: Edits = NO_EDITS) -> Trace:
    """Logits that depend on the whole text and on nothing else."""
    if trace.edits != edits:
        trace, ids = Trace((), edits), (*trace.ids, *ids)
    for token in ids:
        text = [*trace.ids, token]
        noise = np.random.default_rng([len(edits.heads_off), *text]).normal(size=6)
        size = len(text)
        step = Step(
            token=token,
            logits=(2 * noise).astype(np.float32),
            attention=np.full((1, 1, size), 1 / size, np.float32),
            hidden=np.zeros((2, 4), np.float32),
            queries=np.zeros((1, 1, 4), np.float32),
            keys=np.zeros((1, 1, 4), np.float32),
        )
        trace = Trace((*trace.steps, step), edits)
    return trace


@pytest.fixture(scope="session")
def read() -> Read:
    """Reads like an engine: a longer trace."""
    return _read


@pytest.fixture(scope="session")
def opening() -> Snapshot:
    """The toy is loaded and has read its begin token and two tokens of a prompt."""
    pieces = tuple(bytes([65 + index]) for index in range(6))
    facts = ModelFacts(
        name="toy",
        fingerprint="",
        layers=1,
        heads=1,
        width=4,
        head_width=4,
        context=12,
        begin_token=0,
        end_token=1,
        pieces=pieces,
        labels=tuple(piece.decode() for piece in pieces),
    )
    return moves.begin(moves.load(Snapshot(), facts), "CD", _read(Trace(), (0, 2, 3)))
