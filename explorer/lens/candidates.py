"""The candidates for the next token, computed once and shared by every picture of the draw."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.engine import sampling as stages
from explorer.engine.sampling import Distribution, Sampling
from explorer.engine.trace import Step
from explorer.physics import information
from explorer.session.snapshot import Snapshot


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline: its name, its setting, the candidates left, whether it acts."""

    name: str
    setting: str
    left: int
    on: bool
    help: str


@dataclass(frozen=True, eq=False)
class Chances:
    """What may come after the cursor, the dice of that position, and what they choose.

    Identical objects are returned for identical inputs, so `is` tells whether anything changed.
    """

    distribution: Distribution
    sampling: Sampling
    position: int
    number: float
    chosen: int

    @property
    def cumulative(self) -> NDArray[np.float64]:
        """(V,) cumulative final probability along the order."""
        return self.distribution.cumulative

    @cached_property
    def ranks(self) -> NDArray[np.intp]:
        """(V,) the place of each token in the order, 0 being the most probable."""
        ranks = np.empty_like(self.distribution.order)
        ranks[self.distribution.order] = np.arange(len(ranks))
        return ranks

    @cached_property
    def kept(self) -> int:
        """How many candidates survive every stage."""
        return int(np.count_nonzero(self.distribution.removed == stages.KEPT))

    @cached_property
    def entropy(self) -> float:
        """H = -sum p log p of the final distribution, in nats."""
        return float(information.entropy(self.distribution.final))

    def interval(self, rank: int) -> tuple[float, float]:
        """The part [from, to) of the dice's line that belongs to a rank."""
        start = float(self.cumulative[rank - 1]) if rank else 0.0
        return start, float(self.cumulative[rank])


def candidates(s: Snapshot) -> Distribution | None:
    """The distribution over the token after the cursor; None while nothing has been read."""
    found = chances(s)
    return None if found is None else found.distribution


def chances(s: Snapshot) -> Chances | None:
    """The candidates after the cursor with their dice; None while nothing has been read."""
    if s.model is None or not s.timeline:
        return None
    trace = s.timeline.node.trace
    history = trace.ids if s.sampling.repetition_penalty != 1 else ()
    return _chances(trace.steps[-1], s.sampling, history, len(trace))


def followed(s: Snapshot) -> int | None:
    """The token that comes next on the line walked before; None at its tip."""
    if not s.timeline or s.timeline.cursor == s.timeline.tip:
        return None
    line = s.timeline.line()
    draw = s.timeline.nodes[line[line.index(s.timeline.cursor) + 1]].draw
    return None if draw is None else draw.token


def pipeline(c: Chances) -> tuple[Stage, ...]:
    """The stages in their order, each with the number of candidates that leave it."""
    smp, removed = c.sampling, c.distribution.removed
    gone = np.bincount(removed, minlength=len(stages.REMOVERS))
    size, greedy = len(removed) - int(gone[stages.UNNAMED]), c.sampling.temperature == 0
    top_k = size - int(gone[stages.TOP_K])
    top_p = top_k - int(gone[stages.TOP_P])
    min_p = top_p - int(gone[stages.MIN_P])
    if greedy:
        top_k = top_p = min_p = 1
    penalty = smp.repetition_penalty
    return (
        Stage("tokens", "", size, True, "Every token that the model knows is a candidate."),
        Stage(
            "penalty", f"{penalty:g}", size, penalty != 1,
            "Repetition penalty r: the logit z of a token of this text becomes z/r if z > 0, "
            "else z·r.",
        ),
        Stage(
            "T", f"{smp.temperature:.3g}", 1 if greedy else size,
            smp.temperature != 1,
            "Sampling temperature: P_i = exp(log p_i / T) / sum; T = 0 keeps the most probable.",
        ),
        Stage(
            "top-k", f"{smp.top_k}", top_k, smp.top_k > 0 and not greedy,
            "Top-k keeps the k most probable candidates.",
        ),
        Stage(
            "top-p", f"{smp.top_p:g}", top_p, smp.top_p < 1 and not greedy,
            "Top-p keeps the smallest leading set whose probabilities add up to at least p.",
        ),
        Stage(
            "min-p", f"{smp.min_p:g}", min_p, smp.min_p > 0 and not greedy,
            "Min-p keeps candidates with at least the fraction m of the highest probability.",
        ),
        Stage(
            "draw", "", 1, True,
            "The dice choose one: the first whose cumulative probability exceeds u.",
        ),
    )  # fmt: skip


def openness(c: Chances) -> str:
    """How much the final distribution leaves open: H = -sum p ln p and exp(H), in one line."""
    nats = c.entropy
    bits = information.nats_to_bits(nats)
    return (
        f"H = {nats:.3f} nats = {bits:.3f} bits, exp(H) = {math.exp(nats):,.4g} effective choices"
    )


def figure(p: float) -> str:
    """A probability for a column: 43.2 %, 7.1 %, 0.031 %, and 1.2e-6 (of 1) below 0.001 %."""
    if p <= 0:
        return "0"
    if p >= 0.9995:
        return "100 %" if p > 1 - 5e-10 else ">99.9 %"
    if p >= 0.00995:
        return f"{100 * p:.1f} %"
    if p < 0.995e-5:
        return f"{p:.1e}".replace("e-0", "e-")
    digits = math.ceil(-math.log10(p * 100)) + 1
    return f"{100 * p:.{digits}f} %"


def exact(p: float) -> str:
    """A probability with five digits, for tool tips."""
    return f"{100 * p:.5g} %" if p >= 1e-5 or p <= 0 else f"{p:.4e}"


@lru_cache(maxsize=8)
def _chances(step: Step, sampling: Sampling, history: tuple[int, ...], position: int) -> Chances:
    found = stages.after(step, sampling, history)
    number = stages.uniform(sampling.seed, position)
    return Chances(found, sampling, position, number, stages.choose(found, number))
