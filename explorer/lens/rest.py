"""What is not known of the next token, in words: how exact the final numbers are without it.

An engine that names only some tokens leaves a rest, the probability of all others together. The
dice choose among the named ones and never the rest; here it is said what that changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.engine.sampling import UNNAMED
from explorer.lens.candidates import Chances, figure
from explorer.physics.rest import most_of_one, rest_weight

_ALIKE = 1e-4


@dataclass(frozen=True)
class Rest:
    """The unnamed tokens: their probability and number, and what the numbers without them are.

    low and high: the exact final probability of a named token is this part of the one shown; both
    are 1 where the unnamed tokens cannot matter, and None where nothing can be said.
    """

    raw: float
    tokens: int
    named: int
    low: float | None
    high: float | None
    sentence: str

    @property
    def exact(self) -> bool:
        """Whether the final numbers are those that the whole vocabulary would give."""
        return self.low == 1.0


def rest(c: Chances) -> Rest | None:
    """What the engine left out at this step; None where every token is named."""
    d, smp = c.distribution, c.sampling
    if not d.rest:
        return None
    unnamed = int(np.count_nonzero(d.removed == UNNAMED))
    named = len(d.removed) - unnamed
    low, high = _parts(c, unnamed, named)
    told = f"{named:,} of {len(d.removed):,} tokens are named; the rest, {figure(d.rest)}, "
    if low == 1.0:
        said = "is removed by the stages in any case: the final numbers are exact."
    elif low is None:
        said = f"is never drawn, and how {_unknown(c)} would act on it cannot be known."
    elif high is not None and high - low < _ALIKE:
        said = f"is never drawn. With it the final numbers would be {low:.4g} of these."
    else:
        said = (
            f"is never drawn. At T = {smp.temperature:g} the exact final numbers lie between "
            f"{low:.3g} and {high:.3g} of these."
        )
    return Rest(d.rest, unnamed, named, low, high, told + said)


def _parts(c: Chances, unnamed: int, named: int) -> tuple[float | None, float | None]:
    """Between which parts of the final numbers the exact ones lie."""
    d, smp = c.distribution, c.sampling
    temperature, known = smp.temperature, d.raw[d.removed != UNNAMED]
    top, least_named = float(known.max()), float(known.min())
    # Named by their text, tokens may be missing from among the most probable ones.
    ordered = most_of_one(d.rest, unnamed, least_named) <= least_named
    if smp.repetition_penalty != 1:
        return None, None
    if temperature == 0 or 0 < smp.top_k <= named:
        return (1.0, 1.0) if ordered else (None, None)
    if smp.top_p < 1:
        # Behind a top-k beyond the named tokens, top-p counts a mass that is not known.
        of_all = not 0 < smp.top_k < named + unnamed
        inside = smp.top_p <= 1 - d.rest and temperature == 1 and ordered and of_all
        return (1.0, 1.0) if inside else (None, None)
    # Weights relative to the most probable token: p^(1/T) alone leaves the range of numbers.
    weights = (known / top) ** (1 / temperature)
    if smp.min_p > 0 and ordered and weights.min() < smp.min_p:
        return 1.0, 1.0
    kept = float(weights[d.final[d.removed != UNNAMED] > 0].sum())
    least, largest = rest_weight(d.rest / top, unnamed, least_named / top, temperature)
    if smp.min_p > 0:
        least = 0.0
    return kept / (kept + largest), kept / (kept + least)


def _unknown(c: Chances) -> str:
    """The stage whose work on the rest cannot be known."""
    smp = c.sampling
    if smp.repetition_penalty != 1:
        return "the penalty"
    if smp.top_p < 1 and not smp.top_k:
        return f"top-p at T = {smp.temperature:g}"
    return "the stages"
