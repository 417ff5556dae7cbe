"""The scale of the sampling temperature, and the marks on it where the choice flips.

The scale is logarithmic from LOWEST to HIGHEST. While the dice stay, the chosen token is a step
function of the temperature; a mark stands where it steps.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache

from explorer.engine.facts import ModelFacts
from explorer.engine.flips import Flip, flips
from explorer.engine.sampling import HIGHEST, LOWEST, Sampling, among_named, uniform
from explorer.engine.trace import Step
from explorer.lens.temperatures import SAMPLING
from explorer.session.snapshot import Snapshot

TICKS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, eq=False)
class Marks:
    """The flips of one step, by rising temperature, and the label of every token."""

    flips: tuple[Flip, ...]
    labels: tuple[str, ...]

    def around(self, temperature: float) -> tuple[Flip | None, Flip | None]:
        """The nearest flip at or below a temperature and the nearest above it."""
        index = bisect_right(self.flips, temperature, key=lambda flip: flip.temperature)
        below = self.flips[index - 1] if index else None
        return below, (self.flips[index] if index < len(self.flips) else None)

    def tip(self, flip: Flip) -> str:
        """A flip in one sentence."""
        below, above = self.labels[flip.below], self.labels[flip.above]
        return f"At T = {shown(flip.temperature)} the same dice change from “{below}” to “{above}”."

    def beside(self, temperature: float) -> tuple[str, str]:
        """What the two nearest flips would choose, to stand left and right under the scale."""
        below, above = self.around(temperature)
        left = f"“{self.labels[below.below]}” below {shown(below.temperature)}" if below else ""
        right = f"“{self.labels[above.above]}” above {shown(above.temperature)}" if above else ""
        return left, right


def marks(s: Snapshot) -> Marks | None:
    """Where the choice after the cursor flips; None while nothing has been read.

    Depends on the logits, the other stages and the dice, never on the temperature.
    """
    if s.model is None or not s.timeline:
        return None
    return _marks(*marks_key(s), s.model)


def marks_key(s: Snapshot) -> tuple[Step, Sampling, tuple[int, ...], int]:
    """Everything that the marks depend on: equal keys, equal marks. Needs a text."""
    trace = s.timeline.node.trace
    history = trace.ids if s.sampling.repetition_penalty != 1 else ()
    return trace.steps[-1], replace(s.sampling, temperature=1.0), history, len(trace)


@lru_cache(maxsize=64)
def _marks(
    step: Step,
    sampling: Sampling,
    history: tuple[int, ...],
    position: int,
    model: ModelFacts,
) -> Marks:
    number = uniform(sampling.seed, position)
    sampling = among_named(sampling, step.logits, step.rest)
    return Marks(flips(step.logits, sampling, history, number), model.labels)


def place(temperature: float) -> float:
    """Where a temperature stands on the scale, 0 at LOWEST and 1 at HIGHEST; 0 for greedy."""
    if temperature <= LOWEST:
        return 0.0
    return min(math.log(temperature / LOWEST) / math.log(HIGHEST / LOWEST), 1.0)


def temperature_at(share: float) -> float:
    """The temperature at a place of the scale, to three digits; near 1 it is 1."""
    temperature = LOWEST * (HIGHEST / LOWEST) ** min(max(share, 0.0), 1.0)
    if abs(math.log(temperature)) < 0.015:
        return 1.0
    return float(f"{temperature:.3g}")


def shown(temperature: float) -> str:
    """A temperature for reading: 0.062, 0.75, 1.31."""
    return f"{temperature:.3f}" if temperature < 0.1 else f"{temperature:.2f}"


def number(text: str, name: str, low: float, high: float) -> float:
    """A number as a person types it, with a point or a comma, between `low` and `high`.

    Raises ValueError with a sentence when it is none or lies outside.
    """
    plain = text.strip().replace(",", ".").replace("−", "-")
    try:
        value = float(plain)
    except ValueError:
        raise ValueError(f"“{text.strip()}” is not a number for {name}.") from None
    if not math.isfinite(value) or not low <= value <= high:
        raise ValueError(f"{name} is {plain}; it must lie between {low:g} and {high:g}.")
    return value


def typed_temperature(text: str) -> float:
    """A temperature as a person types it: 0 is greedy, else from LOWEST to HIGHEST.

    Raises ValueError with a sentence for everything else.
    """
    value = number(text, SAMPLING.title, 0.0, HIGHEST)
    if 0 < value < LOWEST:
        raise ValueError(
            f"{SAMPLING.title} is {value:g}; take 0 for greedy, or at least {LOWEST:g}."
        )
    return value


def whole(text: str, name: str, low: int, high: int) -> int:
    """A whole number as a person types it. Raises ValueError with a sentence."""
    plain = text.strip().replace(" ", "").replace(" ", "")
    if not plain.removeprefix("-").isdecimal():
        raise ValueError(f"“{text.strip()}” is not a whole number for {name}.")
    if len(plain) > 25 or not low <= int(plain) <= high:
        raise ValueError(f"{name} must lie between {low:,} and {high:,}.")
    return int(plain)
