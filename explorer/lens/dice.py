"""The dice: the line from 0 to 1 cut into the final probabilities, and where u falls on it.

The draw inverts the cumulative sum (Devroye 1986, section II.2): the token is the first whose
cumulative final probability exceeds the uniform number u of the position.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.engine.facts import ModelFacts
from explorer.lens.candidates import Chances, chances, exact, figure
from explorer.session.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class Dice:
    """The segments of the line in order, those after the last kept candidate left out.

    tokens (K,) ids; ends (K,) where each segment ends, rising to 1; chosen is the index of the
    segment on which u falls. greedy: the temperature is 0 and u does not matter.
    """

    tokens: NDArray[np.intp]
    ends: NDArray[np.float64]
    labels: tuple[str, ...]
    number: float
    chosen: int
    caption: str
    answer: str
    greedy: bool

    def interval(self, index: int) -> tuple[float, float]:
        """Where a segment starts and ends."""
        return (float(self.ends[index - 1]) if index else 0.0), float(self.ends[index])

    def at(self, number: float) -> int:
        """The segment on which a number in [0, 1) falls."""
        index = int(np.searchsorted(self.ends, number, side="right"))
        return min(index, len(self.ends) - 1)

    def label(self, index: int) -> str:
        """The token of a segment, made visible."""
        return self.labels[int(self.tokens[index])]

    def tip(self, index: int) -> str:
        """A segment in one or two sentences."""
        start, end = self.interval(index)
        return (
            f"“{self.label(index)}”: from {start:.6g} to {end:.6g}, which is its final "
            f"probability {exact(end - start)}. It is chosen when u lies in between."
        )


def dice(s: Snapshot) -> Dice | None:
    """The dice of the position after the cursor; None while nothing has been read."""
    c = chances(s)
    return None if c is None or s.model is None else _dice(c, s.model)


def window(d: Dice, share: float = 0.2) -> tuple[float, float] | None:
    """A part of the line in which the chosen segment fills `share`, as (from, to).

    None when the whole line already shows it at a tenth of that or more.
    """
    start, end = d.interval(d.chosen)
    if end - start >= share / 5 or end <= start:
        return None
    width = (end - start) / share
    low = min(max((start + end - width) / 2, 0.0), 1.0 - width)
    return low, low + width


@lru_cache(maxsize=4)
def _dice(c: Chances, model: ModelFacts) -> Dice:
    labels = model.labels
    d = c.distribution
    kept = max(1, int(np.count_nonzero(d.final)))
    ends = c.cumulative[:kept] / c.cumulative[kept - 1]
    tokens = d.order[:kept]
    chosen = int(c.ranks[c.chosen])
    greedy = c.sampling.temperature == 0
    caption = f"u = {c.number:.4f}, Philox(seed {c.sampling.seed}, position {c.position})"
    start, end = (float(ends[chosen - 1]) if chosen else 0.0), float(ends[chosen])
    label = labels[c.chosen]
    answer = (
        f"Greedy: “{label}” whatever the dice say"
        if greedy
        else f"falls on “{label}”, {_between(start, end)}: {figure(end - start)}"
    )
    return Dice(tokens, ends, labels, c.number, chosen, caption, answer, greedy)


def _between(start: float, end: float) -> str:
    """An interval with as many digits as tell its ends apart."""
    digits = 4
    while digits < 9 and f"{start:.{digits}f}" == f"{end:.{digits}f}":
        digits += 1
    return f"{start:.{digits}f} to {end:.{digits}f}"
