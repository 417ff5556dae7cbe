"""What each panel draws of the things that an engine may lack. No Qt.

The one table that says which panel can be fed by which engine: a panel whose engine lacks
something paints the engine's sentence in its place, and its numbers are refused with the same one.
A panel that is not in the table needs nothing but the probabilities of the text.
"""

from __future__ import annotations

from collections.abc import Mapping

from explorer.engine.capabilities import Thing
from explorer.lens.distant import on_the_way
from explorer.session.snapshot import Snapshot

NEEDS: Mapping[str, tuple[Thing, ...]] = {
    "heads": ("attention",),
    "attention": ("attention",),
    "hopfield": ("attention", "queries"),
    "inside": ("formulas",),
    "logitlens": ("formulas",),
    "attribution": ("formulas",),
    "headscores": ("attention",),
    "regimes": ("attention",),
    "sweep": ("sweep",),
    "experiments": ("edits",),
    "proof": ("proof",),
    "temperatures": ("attention", "activations"),
    "thermo": ("vocabulary",),
    "whynot": ("vocabulary",),
}


def absent(panel: str, s: Snapshot) -> str:
    """Why the open engine cannot feed a panel, in one sentence; empty where it can.

    From another machine the rows of a panel may still be on the way (`lens.distant`).
    """
    if s.model is None:
        return ""
    return s.model.can.lacking(NEEDS.get(panel, ())) or on_the_way(panel, s)
