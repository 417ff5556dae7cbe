"""How many tokens each head reads from: the regimes of attention as a memory. No Qt.

k90 is the smallest number of keys that hold 90 % of a row of attention; the classes I to IV are
those of physics.regimes (Ramsauer et al. 2020, section 4), named from 64 tokens on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.engine.trace import Step
from explorer.lens.attention import chosen_head
from explorer.lens.surprise import lit
from explorer.physics.regimes import MEANING, NAMED, Class, carriers, class_of
from explorer.session.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class RegimeMap:
    """For every layer and head: k90 (L, H), NaN where the row is broken, and its share of N.

    keys is N of one token, or the largest N when the map averages over the text (the median of
    k / N over all tokens); classes are None below 64 keys.
    """

    k90: NDArray[np.float64]
    share: NDArray[np.float64]
    classes: tuple[tuple[Class | None, ...], ...]
    keys: int
    whole_text: bool
    chosen: tuple[int, int]


def regimes(s: Snapshot, whole_text: bool) -> RegimeMap | None:
    """The map of the lit token, or of the whole text up to it; None while nothing is read."""
    if not s.timeline:
        return None
    steps = s.timeline.node.trace.steps[: lit(s) + 1]
    if whole_text:
        counts = np.stack([used(step) for step in steps])  # (T, L, H)
        sizes = np.arange(1, len(steps) + 1)[:, None, None]
        k90, share = np.median(counts, axis=0), np.median(counts / sizes, axis=0)
    else:
        k90 = used(steps[-1])
        share = k90 / len(steps)
    return RegimeMap(
        k90, share, _classes(share, len(steps)), len(steps), whole_text, chosen_head(s)
    )


@lru_cache(maxsize=4096)
def used(step: Step) -> NDArray[np.float64]:
    """k90 of every head (L, H) for one token; found once, since a step never changes."""
    rows = step.attention
    whole = np.asarray(np.isfinite(rows).all(axis=-1))  # (L, H)
    safe = np.where(whole[..., None], rows, 1.0 / rows.shape[-1])
    found = np.where(whole, carriers(safe), np.nan)
    found.setflags(write=False)
    return found


def describe_regime(found: RegimeMap, layer: int, head: int) -> str:
    """One head in words."""
    k, share = found.k90[layer, head], found.share[layer, head]
    if not np.isfinite(k):
        return f"Layer {layer}, head {head}: its attention is not finite."
    what = "Median over the text: " if found.whole_text else ""
    name = found.classes[layer][head]
    kind = f", class {name}: {MEANING[name]}" if name else ""
    return (
        f"Layer {layer}, head {head}. {what}{k:g} of {found.keys} tokens carry 90 % of the "
        f"attention ({100 * share:.0f} %){kind}."
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


def _classes(share: NDArray[np.float64], keys: int) -> tuple[tuple[Class | None, ...], ...]:
    def name(part: float) -> Class | None:
        return class_of(max(part * keys, 1.0), keys) if np.isfinite(part) else None

    return tuple(tuple(name(part) for part in row) for row in share.tolist())
