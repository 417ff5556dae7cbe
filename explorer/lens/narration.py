"""What happens now, in one sentence: for the status line and for presenter mode."""

from __future__ import annotations

from explorer.engine.sampling import Draw
from explorer.session import moves
from explorer.session.snapshot import Snapshot


def narrate(s: Snapshot) -> str:
    """One or two plain sentences about the last token and the next draw."""
    if s.model is None:
        return s.busy or "No model is loaded."
    if not s.timeline:
        return s.busy or "Type a prompt and press Enter."
    draw, hit = s.timeline.node.draw, s.stops.hit
    if hit is not None and hit.node == s.timeline.cursor:
        return hit.sentence
    before = _read(s) if draw is None else _drawn(s, draw)
    if stopped := moves.why_stopped(s):
        return f"{before} {stopped}"
    return before


def place(s: Snapshot) -> str:
    """Where we stand: tokens read, of how many the model can read."""
    if s.model is None or not s.timeline:
        return ""
    return f"{len(s.timeline.node.trace)} of {s.model.context} tokens"


def percent(p: float) -> str:
    """A probability for reading aloud: 43 %, 3.1 %, 0.02 %, or 1.2e-6 below that."""
    if p >= 0.0999:
        return f"{100 * p:.0f} %"
    if p >= 0.00999:
        return f"{100 * p:.1f} %"
    return f"{100 * p:.2g} %" if p >= 1e-5 else f"{p:.1e}"


def _read(s: Snapshot) -> str:
    count = len(s.timeline.node.trace)
    tokens = "token" if count == 1 else "tokens"
    return f"The model has read {count} {tokens} and gives each possible next token a probability."


def _drawn(s: Snapshot, draw: Draw) -> str:
    assert s.model is not None
    label = s.model.labels[draw.token]
    if draw.forced and s.timeline.node.trace.edits:
        return (
            f"“{label}” was chosen by hand, or before the edits; the edited model gives it "
            f"{percent(draw.raw)}."
        )
    if draw.forced:
        return f"“{label}” was chosen by hand; the model had given it {percent(draw.raw)}."
    if draw.sampling.temperature == 0:
        return f"“{label}” was the most probable token, {percent(draw.raw)}: greedy takes it."
    if abs(draw.final - draw.raw) < 5e-4:
        return f"The dice fell on {draw.uniform:.3f}: “{label}”, which had {percent(draw.final)}."
    return (
        f"The dice fell on {draw.uniform:.3f}: “{label}”, which had {percent(draw.final)} "
        f"({percent(draw.raw)} before sampling at T = {draw.sampling.temperature:g})."
    )
