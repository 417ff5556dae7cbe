"""The dice thrown 1,000 times at one place: how often each token came, and whether that is fair.

The numbers come from Philox under a key of their own, (series, seed) instead of seed, so that the
story's dice are untouched. The same numbers at another temperature fall on other tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.lens.candidates import Chances, chances
from explorer.physics.chance import ChiSquare, chi_square
from explorer.session.snapshot import Snapshot

ROLLS = 1000


@dataclass(frozen=True, eq=False)
class Rolls:
    """counts (V,) of ROLLS draws, and Pearson's test against the final probabilities."""

    counts: NDArray[np.intp]
    series: int
    test: ChiSquare

    @property
    def sentence(self) -> str:
        """What the test says, in one line."""
        if self.test.freedom == 0:
            return f"{ROLLS:,} rolls: only one outcome is left, nothing to test"
        return (
            f"{ROLLS:,} rolls: χ² = {self.test.statistic:.1f}, k = {self.test.freedom}, "
            f"p = {self.test.p_value:.2g}, {'like' if self.test.p_value >= 0.01 else 'unlike'} "
            "fair dice"
        )

    @property
    def meaning(self) -> str:
        """The same, explained."""
        return (
            f"Series {self.series} of {ROLLS:,} draws from the final probabilities at this place, "
            "with random numbers of its own. χ² = Σ (n − e)² / e over the tokens, those expected "
            f"less than 5 times counted together: {self.test.freedom + 1} bins, k = "
            f"{self.test.freedom}. Fair dice are at least this far off in the share p of all "
            "series. R rolls again."
        )


def rolls(s: Snapshot) -> Rolls | None:
    """The rolls at the cursor; None where nobody asked for them."""
    asked, found = s.asked.roll, chances(s)
    if asked is None or found is None or asked.node != s.timeline.cursor:
        return None
    return _rolls(found, asked.series)


@lru_cache(maxsize=4)
def _rolls(c: Chances, series: int) -> Rolls:
    key = (series << 64) | c.sampling.seed
    philox = np.random.Philox(key=key, counter=c.position << 64)
    numbers = np.random.Generator(philox).random(ROLLS)
    cumulative = c.cumulative
    places = np.searchsorted(cumulative, numbers * cumulative[-1], side="right")
    final = c.distribution.final
    tokens = c.distribution.order[np.minimum(places, np.count_nonzero(final) - 1)]
    counts = np.bincount(tokens, minlength=len(final))
    return Rolls(counts, series, chi_square(counts, final))
