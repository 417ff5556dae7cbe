"""Which head matters: the effects of a sweep as a map of layers x (heads and MLP)."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.engine.edits import Part
from explorer.engine.effects import Effect
from explorer.lens.experiments import part_name
from explorer.session.findings import Measure, Sweep
from explorer.session.snapshot import Snapshot

Place = tuple[Part, int, int]
NAMES: dict[Measure, str] = {
    "log p": "change of ln p, nats",
    "logit": "change of the logit",
    "KL": "KL(with || without), nats",
}
HELP: dict[Measure, str] = {
    "log p": "ln p of the token without the part, minus with it, in nats.",
    "logit": "The token's logit without the part, minus with it.",
    "KL": "How far the whole distribution moves: KL(with || without) in nats.",
}


@dataclass(frozen=True)
class Cell:
    """One part: its layer and column (the last is the MLP), the value, its share of the largest.

    share lies in -1 ... 1; value is None until it has been found.
    """

    layer: int
    column: int
    value: float | None
    share: float
    off: bool
    tip: str


@dataclass(frozen=True, eq=False)
class Map:
    """The whole map; caption says what was asked, progress how far it is (empty when done).

    largest is the value at which a colour is full.
    """

    cells: tuple[Cell, ...]
    layers: int
    heads: int
    caption: str
    progress: str
    done: float
    measure: Measure
    largest: float
    summary: str


def sweep_map(s: Snapshot) -> Map | None:
    """The map of the last sweep; None before the first."""
    found = s.findings.sweep
    if found is None or s.model is None:
        return None
    measure = s.findings.measure
    values = {(one.off.part, one.off.layer, one.off.index): one for one in found.effects}
    largest = max((abs(value_of(one, measure)) for one in found.effects), default=0.0)
    gone = {(off.part, off.layer, off.index) for off in s.edits.off}
    cells = []
    for layer in range(s.model.layers):
        for column in range(s.model.heads + 1):
            mlp = column == s.model.heads
            place: Place = ("mlp", layer, 0) if mlp else ("head", layer, column)
            cells.append(_cell(values.get(place), layer, column, place in gone, measure, largest))
    done = len(found.effects) / max(found.total, 1)
    count = f"{len(found.effects)} of {found.total} parts"
    progress = f"{count} …" if found.running else "" if done == 1 else f"stopped after {count}"
    caption = _caption(s, found)
    summary = f"{caption} {_strongest(found, measure)}"
    return Map(
        tuple(cells), s.model.layers, s.model.heads, caption, progress, done, measure, largest,
        summary,
    )  # fmt: skip


def value_of(effect: Effect, measure: Measure) -> float:
    """The number of an effect that is drawn."""
    if measure == "logit":
        return effect.logit
    return effect.log_probability if measure == "log p" else effect.divergence


def figure(value: float) -> str:
    """A value for a cell: two digits, and a dot where it is next to nothing."""
    if abs(value) < 0.005:
        return "·"
    return f"{value:+.2f}".replace("-", "−") if abs(value) < 9.95 else f"{value:+.1f}"


def _cell(
    one: Effect | None, layer: int, column: int, off: bool, measure: Measure, largest: float
) -> Cell:
    if one is None:
        return Cell(layer, column, None, 0.0, off, "not measured yet")
    value = value_of(one, measure)
    tip = (
        f"without {part_name(one.off)}: logit {one.logit:+.4f}, ln p {one.log_probability:+.4f} "
        f"nats, KL {one.divergence:.4f} nats\nClick to look at the head, X to switch it off."
    )
    return Cell(layer, column, value, value / largest if largest else 0.0, off, tip)


def _caption(s: Snapshot, found: Sweep) -> str:
    assert s.model is not None
    by = "zeros" if found.how == "zero" else "means of this text"
    last = s.model.labels[found.ids[-1]]
    edited = ", the edits kept" if found.edits else ""
    here = s.timeline and s.timeline.node.trace.ids == found.ids and s.edits == found.edits
    stale = "" if here else " Another text than the one shown: S sweeps this one."
    return (
        f"What switching a part off, at all positions, by {by}{edited}, does to "
        f"“{s.model.labels[found.token]}” after “{last}” ({len(found.ids) - 1}).{stale}"
    )


def _strongest(found: Sweep, measure: Measure) -> str:
    if not found.effects:
        return "Nothing has been measured yet."
    one = max(found.effects, key=lambda effect: abs(value_of(effect, measure)))
    return f"Strongest: {part_name(one.off)} with {value_of(one, measure):+.3f} ({NAMES[measure]})."
