"""Which token next: the stages of sampling, each of which can be shown. Knows no text.

    logits -> repetition penalty -> temperature -> top-k -> top-p -> min-p -> renormalise -> draw

At temperature T the probabilities are the Boltzmann distribution P_i = exp(log p_i / T) / sum over
the token energies E_i = -log p_i. Top-k (Fan et al. 2018), top-p (Holtzman et al. 2020) and min-p
(Nguyen et al. 2024) each keep a leading part of the tokens in order of probability. The repetition
penalty divides positive and multiplies negative logits (Keskar et al. 2019, with the sign rule in
common use), so it depends on the zero of the logits. The draw inverts the cumulative sum with a
random number that belongs to the position (Philox, Salmon et al. 2011), so that stepping back and
again gives the same token.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.engine.trace import Step
from explorer.physics.falling import falling

LOWEST, HIGHEST = 0.05, 5.0
KEPT, TOP_K, TOP_P, MIN_P = 0, 1, 2, 3
GREEDY, UNNAMED = 4, 5
REMOVERS = ("", "top-k", "top-p", "min-p", "greedy", "not named")
_SLACK = 1e-12


@dataclass(frozen=True)
class Sampling:
    """The settings of the draw; the defaults change nothing.

    temperature 0 is greedy; top_k 0, top_p 1, min_p 0 and repetition penalty 1 are off.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        _require("temperature", self.temperature, 0.0, 1000.0)
        _require("top-k", self.top_k, 0, 10_000_000)
        _require("top-p", self.top_p, 0.0, 1.0)
        _require("min-p", self.min_p, 0.0, 1.0)
        _require("repetition penalty", self.repetition_penalty, 0.1, 10.0)
        _require("seed", self.seed, 0, 2**63 - 1)


@dataclass(frozen=True, eq=False)
class Distribution:
    """Every candidate at one step, over the whole vocabulary V.

    raw      (V,) probabilities of the model itself: T = 1, no penalty, nothing removed
    scaled   (V,) after penalty and temperature, before anything is removed
    final    (V,) what the draw uses; 0 where removed; sums to 1
    removed  (V,) which stage removed the token: an index into REMOVERS, 0 is kept
    order    (V,) token ids by falling scaled probability, ties to the lowest id
    rest     probability of the tokens that the engine did not name: raw sums to 1 - rest, while
             scaled and final are those among the named ones, and the rest is never drawn
    """

    raw: NDArray[np.float64]
    scaled: NDArray[np.float64]
    final: NDArray[np.float64]
    removed: NDArray[np.uint8]
    order: NDArray[np.intp]
    rest: float = 0.0

    @cached_property
    def cumulative(self) -> NDArray[np.float64]:
        """(V,) cumulative final probability along `order`."""
        return np.cumsum(self.final[self.order])


@dataclass(frozen=True)
class Draw:
    """The fact that a token was chosen: how probable it was, the dice, the settings used."""

    token: int
    raw: float
    final: float
    uniform: float
    sampling: Sampling
    forced: bool = False


def uniform(seed: int, position: int) -> float:
    """The random number in [0, 1) that belongs to a position under a seed."""
    philox = np.random.Philox(key=seed, counter=position)
    return float(np.random.Generator(philox).random())


def distribution(
    logits: NDArray[np.float32],
    sampling: Sampling,
    history: Sequence[int] = (),
    rest: float = 0.0,
) -> Distribution:
    """All candidates after logits (V,), stage by stage.

    `history` holds the ids that the repetition penalty acts on; rest is the probability of the
    tokens that were not named, whose logits are -inf. Raises ValueError when a logit is NaN or all
    are -inf.
    """
    z = logits.astype(np.float64)
    raw = _softmax(z) * (1.0 - rest)
    sampling = among_named(sampling, logits, rest)
    scaled_logits = penalised(z, sampling.repetition_penalty, history)
    order = falling(logits if scaled_logits is z else scaled_logits)
    falling_p = boltzmann_of_sorted(scaled_logits[order], np.array([sampling.temperature]))
    scaled = np.empty_like(raw)
    scaled[order] = falling_p[0]
    top_k, top_p, min_p = (int(count[0]) for count in survivors(falling_p, sampling))
    removed = np.zeros(len(z), dtype=np.uint8)
    removed[order[min_p:]] = MIN_P
    removed[order[top_p:]] = TOP_P
    removed[order[top_k:]] = TOP_K
    if sampling.temperature == 0:
        min_p = 1
        removed[order[1:]] = GREEDY
    if rest:
        removed[np.isneginf(z)] = UNNAMED
    final = np.zeros_like(scaled)
    kept = falling_p[0, :min_p]
    final[order[:min_p]] = kept / kept.sum()
    for array in (raw, scaled, final, removed, order):
        array.setflags(write=False)
    return Distribution(raw, scaled, final, removed, order, rest)


def after(step: Step, sampling: Sampling, text: tuple[int, ...]) -> Distribution:
    """All candidates after a recorded step of a text; the last few are kept."""
    return _after(step, sampling, text if sampling.repetition_penalty != 1 else ())


@lru_cache(maxsize=8)
def _after(step: Step, sampling: Sampling, history: tuple[int, ...]) -> Distribution:
    return distribution(step.logits, sampling, history, step.rest)


def among_named(sampling: Sampling, logits: NDArray[np.float32], rest: float) -> Sampling:
    """The settings that act on the named tokens alone as these do on all, at temperature 1.

    Top-p counts its share of the whole, of which only 1 - rest is named, unless top-k has made the
    named tokens the whole before.
    """
    if not rest or sampling.top_p >= 1:
        return sampling
    if 0 < sampling.top_k <= np.count_nonzero(np.isfinite(logits)):
        return sampling
    return replace(sampling, top_p=min(1.0, sampling.top_p / (1.0 - rest)))


def choose(candidates: Distribution, number: float) -> int:
    """The token at `number` in [0, 1) of the cumulative final probability, along `order`."""
    cumulative = candidates.cumulative
    index = np.searchsorted(cumulative, number * cumulative[-1], side="right")
    return int(candidates.order[min(index, np.count_nonzero(candidates.final) - 1)])


def draw(
    logits: NDArray[np.float32],
    sampling: Sampling,
    history: Sequence[int],
    position: int,
    rest: float = 0.0,
) -> Draw:
    """Draw the token for `position` with the dice of that position."""
    return drawn(distribution(logits, sampling, history, rest), sampling, position)


def drawn(candidates: Distribution, sampling: Sampling, position: int) -> Draw:
    """Draw the token for `position` from candidates under these settings."""
    number = uniform(sampling.seed, position)
    token = choose(candidates, number)
    return Draw(
        token, float(candidates.raw[token]), float(candidates.final[token]), number, sampling
    )


def force(
    logits: NDArray[np.float32],
    sampling: Sampling,
    history: Sequence[int],
    position: int,
    token: int,
    rest: float = 0.0,
) -> Draw:
    """The record of a token that a person chose instead of the dice."""
    candidates = distribution(logits, sampling, history, rest)
    raw, final = float(candidates.raw[token]), float(candidates.final[token])
    return Draw(token, raw, final, uniform(sampling.seed, position), sampling, forced=True)


def choices(
    logits: NDArray[np.float32],
    sampling: Sampling,
    history: Sequence[int],
    number: float,
    temperatures: NDArray[np.float64],
) -> NDArray[np.intp]:
    """The token (G,) that `number` chooses at each of `temperatures` (G,), all stages applied."""
    plain = logits.astype(np.float64)
    z = penalised(plain, sampling.repetition_penalty, history)
    order = falling(logits if z is plain else z)
    p = boltzmann_of_sorted(z[order], temperatures)  # (G, V)
    count = survivors(p, sampling)[2]  # (G,)
    cumulative = np.cumsum(p, axis=1)
    rows = np.arange(len(temperatures))
    target = number * cumulative[rows, count - 1]
    index = np.minimum((cumulative <= target[:, None]).sum(1), count - 1)
    return order[np.where(temperatures == 0, 0, index)]


def penalised(
    logits: NDArray[np.float64], penalty: float, history: Sequence[int]
) -> NDArray[np.float64]:
    """Logits (V,) with those of the tokens in `history` made less likely."""
    if penalty == 1.0 or not history:
        return logits
    seen = np.unique(np.asarray(history))
    out = logits.copy()
    out[seen] = np.where(out[seen] > 0, out[seen] / penalty, out[seen] * penalty)
    return out


def with_temperature(sampling: Sampling, temperature: float) -> Sampling:
    """The same settings at another temperature: beyond the slider's ends it is clamped, 0 stays.

    Raises ValueError for a temperature that is negative, infinite or not a number.
    """
    if math.isfinite(temperature) and temperature > 0:
        temperature = min(max(temperature, LOWEST), HIGHEST)
    return replace(sampling, temperature=temperature)


def boltzmann_of_sorted(
    sorted_logits: NDArray[np.float64], temperatures: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(G, V) probabilities of falling logits (V,) at each temperature; T = 0 is the first token."""
    safe = np.where(temperatures == 0, 1.0, temperatures)
    with np.errstate(over="ignore"):  # a minute temperature makes -inf of a gap, rightly
        p: NDArray[np.float64] = (sorted_logits - sorted_logits[0])[None] / safe[:, None]
    np.exp(p, out=p)
    p[temperatures == 0, 1:] = 0.0
    p /= p.sum(1, keepdims=True)
    return p


def survivors(
    p: NDArray[np.float64], sampling: Sampling
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """How many of the falling probabilities p (G, V) are left after top-k, top-p and min-p."""
    rows, size = p.shape
    top_k = np.full(rows, min(sampling.top_k or size, size))
    top_p = top_k
    if sampling.top_p < 1:
        cumulative = np.cumsum(p, axis=1)
        mass = sampling.top_p * cumulative[:, top_k[0] - 1]
        before = cumulative - p
        top_p = np.clip((before < mass[:, None] - _SLACK).sum(1), 1, top_k)
    min_p = top_p
    if sampling.min_p > 0:
        enough = p >= sampling.min_p * p[:, :1] * (1 - _SLACK)
        min_p = np.clip(enough.sum(1), 1, top_p)
    return top_k, top_p, min_p


def _softmax(z: NDArray[np.float64]) -> NDArray[np.float64]:
    top = z.max()
    if not np.isfinite(top):
        raise ValueError("the logits hold NaN or no finite number; the weights are damaged")
    p: NDArray[np.float64] = np.exp(z - top)
    p /= p.sum()
    return p


def _require(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} is {value}; it must lie between {low:g} and {high:g}")


PRESETS: dict[str, Sampling] = {
    "plain": Sampling(),
    "factual": Sampling(temperature=0.3, top_p=0.9),
    "chat": Sampling(temperature=0.7, top_p=0.9),
    "creative": Sampling(temperature=1.1, top_p=0.95),
    "code": Sampling(temperature=0.2, top_p=0.95),
}
