"""How many tokens each head reads from: the regimes of attention as a memory. No Qt.

k90 is the smallest number of keys that hold 90 % of a row of attention; the classes I to IV are
those of physics.regimes (Ramsauer et al. 2020, section 4), named from 64 tokens on. BERT sees whole
texts of one length; here row i has N = i + 1 keys, so k90 and k90 / N are always given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.engine.trace import Step
from explorer.lens.attention import chosen_head
from explorer.lens.surprise import lit
from explorer.physics.regimes import BOUNDARIES, MEANING, NAMED, Class, carriers, class_of
from explorer.session.snapshot import Snapshot

FloatArray = NDArray[np.float64]
SHORT: dict[Class, str] = {
    "IV": "one or few", "III": "some: medium metastable", "II": "many: large metastable",
    "I": "average",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class RegimeMap:
    """For every layer and head: k90 (L, H), NaN where the row is broken, and its share of N.

    keys is N of one token, or the largest N when the map averages over the text (the medians of k
    and of k / N over all tokens). classes are None below 64 keys; averaged, they follow from the
    rows of at least 64 keys alone, since a short row can only have a large share. tone is the place
    of k between one key (0) and all (1) on a logarithmic scale.
    """

    k90: FloatArray
    share: FloatArray
    tone: FloatArray
    classes: tuple[tuple[Class | None, ...], ...]
    keys: int
    whole_text: bool
    chosen: tuple[int, int]


@dataclass(frozen=True)
class Band:
    """A regime on the scale of tones: from `start` to `end`, its name, and the k at its end."""

    start: float
    end: float
    name: str
    top: str


def regimes(s: Snapshot) -> RegimeMap | None:
    """The map of the lit token, or of the whole text up to it; None while nothing is read."""
    if not s.timeline:
        return None
    steps = s.timeline.node.trace.steps[: lit(s) + 1]
    if s.look.whole:
        counts = np.stack([used(step) for step in steps])  # (T, L, H)
        shares = counts / np.arange(1, len(steps) + 1)[:, None, None]
        k90, share = np.median(counts, axis=0), np.median(shares, axis=0)
        long = np.median(shares[NAMED - 1 :], axis=0) if len(steps) >= NAMED else share
    else:
        k90 = used(steps[-1])
        share = long = k90 / len(steps)
    tone = np.log(np.maximum(share * len(steps), 1.0)) / max(math.log(len(steps)), 1e-9)
    classes = _classes(long, len(steps))
    return RegimeMap(k90, share, tone, classes, len(steps), s.look.whole, chosen_head(s))


@lru_cache(maxsize=4096)
def used(step: Step) -> FloatArray:
    """k90 of every head (L, H) for one token; found once, since a step never changes."""
    rows = np.asarray(step.attention)
    whole = np.asarray(np.isfinite(rows).all(axis=-1))  # (L, H)
    safe = np.where(whole[..., None], rows, 1.0 / rows.shape[-1])
    found = np.where(whole, carriers(safe), np.nan)
    found.setflags(write=False)
    return found


def bands(keys: int) -> tuple[Band, ...]:
    """The regimes along the scale of tones for rows of N keys: the classes from 64 keys on.

    Below, the three that every row has: one memory, a subset, more than half.
    """
    if keys < 2:
        return (Band(0.0, 1.0, "the only token", "1"),)
    if keys < NAMED:
        half = keys / 2
        few = min(1.5, half)
        return tuple(
            Band(_tone(low, keys), _tone(high, keys), name, top)
            for low, high, name, top in (
                (1.0, few, "one", "1"),
                (few, half, "a subset", f"N/2 = {half:g}"),
                (half, float(keys), "average", f"N = {keys}"),
            )
        )
    found, low = [], 1.0
    for name, share in (*BOUNDARIES, ("I", 1.0)):
        top = "N" if share == 1 else f"N/{round(1 / share)}"
        ends = _tone(low, keys), _tone(share * keys, keys)
        found.append(Band(*ends, f"{name} {SHORT[name]}", f"{top} = {share * keys:.3g}"))
        low = share * keys
    return tuple(found)


def describe_regime(found: RegimeMap, layer: int, head: int, name: str = "") -> str:
    """One head in words; `name` is what it is called, with the keys that it shares."""
    name = (name or f"layer {layer}, head {head}").capitalize()
    k, share = found.k90[layer, head], found.share[layer, head]
    if not np.isfinite(k):
        return f"{name}: its attention is not finite."
    what = "Median over the text: " if found.whole_text else ""
    kept = found.classes[layer][head]
    rows = f" over the rows of at least {NAMED} tokens" if found.whole_text else ""
    kind = f", class {kept}{rows}: {MEANING[kept]}" if kept else ""
    return (
        f"{name}. {what}{k:g} of {found.keys} tokens carry 90 % of the "
        f"attention ({100 * share:.0f} %){kind}. A click or Enter opens its landscape."
    )


def count_regimes(found: RegimeMap) -> str:
    """How many heads do what, in a line."""
    if found.keys < NAMED:
        single = int((found.k90 == 1).sum())
        average = int((found.share > 0.5).sum())
        rest = int(np.isfinite(found.k90).sum()) - single - average
        if found.keys < 2:
            return "One token: every head can only read from it. Classes are named from 64 tokens."
        return (
            f"{single} heads on one token, {rest} on a subset, {average} on more than half; "
            f"classes are named from {NAMED} tokens on"
        )
    flat = [name for row in found.classes for name in row]
    return "heads by class: " + ", ".join(f"{name} {flat.count(name)}" for name in MEANING)


def _tone(k: float, keys: int) -> float:
    return math.log(max(k, 1.0)) / math.log(keys)


def _classes(share: FloatArray, keys: int) -> tuple[tuple[Class | None, ...], ...]:
    def name(part: float) -> Class | None:
        return class_of(max(part * keys, 1.0), keys) if np.isfinite(part) else None

    return tuple(tuple(name(part) for part in row) for row in share.tolist())
