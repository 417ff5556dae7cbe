"""The list of stops as rows to draw: what holds where we stand, and what never can."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.session.snapshot import Snapshot
from explorer.session.stops import complaint, held, open_here


@dataclass(frozen=True)
class StopRow:
    """One stop. note says why it holds here or that nobody knows, or (wrong) why it never can."""

    text: str
    on: bool
    hits: int
    note: str = ""
    wrong: bool = False


def stop_rows(s: Snapshot) -> tuple[StopRow, ...]:
    """All stops in the order of the list."""
    here = {one.index: one.why for one in held(s, s.timeline.cursor)} if s.timeline else {}
    rows = []
    for index, stop in enumerate(s.stops.items):
        wrong = complaint(s, stop)
        note = wrong or (f"holds here: {here[index]}" if index in here else "")
        if not note and stop.on and open_here(s, stop):
            note = f"may hold here or not. {_missing(s)}"
        rows.append(StopRow(stop.text, stop.on, stop.hits, note, bool(wrong)))
    return tuple(rows)


def _missing(s: Snapshot) -> str:
    """How many tokens the engine named, so that a stop is open."""
    assert s.model is not None
    named = int(np.isfinite(s.timeline.node.trace.steps[-1].logits).sum())
    return (
        f"Only {named:,} of {s.model.vocabulary:,} tokens are named; a run stops where it is sure."
    )


def summary(rows: tuple[StopRow, ...]) -> str:
    """One sentence about the list, for screen readers."""
    if not rows:
        return "No stops yet: type a condition such as entropy > 4, or choose a kind."
    said = [
        f"{row.text}, {'on' if row.on else 'off'}, {row.hits} hits"
        + (f", {row.note}" if row.note else "")
        for row in rows
    ]
    return "; ".join(said) + "."
