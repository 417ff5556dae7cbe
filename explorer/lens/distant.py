"""Which rows of a network on another machine a screen needs, and whether they are here. No Qt.

The head that is looked at is always wanted: one row of attention, a query and a key a token. All
heads are wanted by the panels that draw all of them, and only while they are seen.
"""

from __future__ import annotations

from collections.abc import Iterable

from explorer.engine.partial import Heads, Rows, lacking
from explorer.lens.attention import chosen_head
from explorer.session.snapshot import Snapshot
from explorer.session.stops import heads_asked

ALL_HEADS = ("heads", "headscores", "regimes")
ONE_HEAD = ("attention", "hopfield", "twin", "temperatures")


def wanted(panels: Iterable[str], s: Snapshot) -> Rows:
    """The rows that these panels and the stops of a snapshot need."""
    chosen = chosen_head(s)
    heads: Heads = tuple(sorted({chosen, *heads_asked(s)}))
    whole = any(panel in ALL_HEADS for panel in panels)
    return Rows(None if whole else heads, (chosen,))


def on_the_way(panel: str, s: Snapshot) -> str:
    """Why a panel has nothing to draw yet, in one sentence; empty when its rows are here."""
    if s.model is None or not s.timeline or panel not in (*ALL_HEADS, *ONE_HEAD):
        return ""
    if s.timeline.node.trace.whole:
        return ""
    places = None if panel in ALL_HEADS else (chosen_head(s),)
    for step in s.timeline.node.trace.steps:
        if lacking(step.attention, places) or (
            panel == "hopfield" and lacking(step.queries, places)
        ):
            what = "All heads are" if places is None else "This head is"
            return f"{what} on the way from the machine that runs {s.model.name} …"
    return ""
