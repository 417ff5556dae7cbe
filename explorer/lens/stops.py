"""The list of stops as rows to draw: what holds where we stand, and what never can."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.session.snapshot import Snapshot
from explorer.session.stops import complaint, held


@dataclass(frozen=True)
class StopRow:
    """One stop. note says why it holds here, or (wrong) why it never can; else it is empty."""

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
        rows.append(StopRow(stop.text, stop.on, stop.hits, note, bool(wrong)))
    return tuple(rows)


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
