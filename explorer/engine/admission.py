"""What would let a token in: the smallest change of one setting of the draw. Knows no text.

Tokens in order of falling probability; the rank r of the token is given. Each of temperature,
top-k, top-p and min-p moves two things monotonically while the others stay: how many leading
candidates are kept, and the rank on which the same dice fall (raising the temperature or keeping
more candidates shifts the distribution towards later ranks, in the sense of stochastic dominance).
So the smallest change is found by bisection, down to neighbouring floating point numbers: one
further back, the token is out again. For the repetition penalty, which changes the order, what is
found is a border between its present value and 1, the nearest not being certain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.engine.sampling import (
    HIGHEST,
    LOWEST,
    Sampling,
    boltzmann_of_sorted,
    penalised,
    survivors,
    uniform,
)
from explorer.physics.falling import falling

SEEDS = 2000
_MANY = 80
Test = Callable[[Sampling], bool]


@dataclass(frozen=True)
class Change:
    """The nearest fitting value of one setting (a field of Sampling).

    short is the same in as few digits as fit; sampling has the exact value, round the short one.
    """

    setting: str
    value: float
    short: str
    sampling: Sampling
    round: Sampling


@dataclass(frozen=True)
class Admission:
    """What one token needs at one place.

    rank counts from 1 after penalty; admitted: it is a candidate; chosen: the dice fall on it.
    start, end: the part of the dice's line that is its own (equal where it is removed).
    admit, choose: for each setting that alone suffices the smallest change that makes the token a
    candidate, or the one on which the same dice fall. together: settings that make it a candidate
    where no single one does. seed: the next of SEEDS seeds whose dice fall on it.
    """

    rank: int
    admitted: bool
    chosen: bool
    number: float
    start: float
    end: float
    admit: tuple[Change, ...]
    choose: tuple[Change, ...]
    together: Sampling | None
    seed: int | None


class Place:
    """The logits of one place, sorted once: what any settings keep there and what they choose."""

    def __init__(
        self, logits: NDArray[np.float32], history: Sequence[int], number: float, token: int
    ) -> None:
        self._logits = logits.astype(np.float64)
        self._history, self.number, self._token = history, number, token
        self._sorted: dict[float, tuple[NDArray[np.float64], int]] = {}
        self._warm: tuple[tuple[float, float], NDArray[np.float64]] | None = None

    @property
    def size(self) -> int:
        """Number V of tokens."""
        return len(self._logits)

    def rank(self, sampling: Sampling) -> int:
        """The place of the token in the order, 0 the most probable."""
        return self._order(sampling)[1]

    def kept(self, sampling: Sampling) -> int:
        """How many leading candidates the settings keep."""
        if sampling.temperature == 0:
            return 1
        return int(survivors(self._probabilities(sampling)[None], sampling)[2][0])

    def line(self, sampling: Sampling) -> NDArray[np.float64]:
        """The cumulative final probability of the candidates that are kept."""
        p = self._probabilities(sampling)[: self.kept(sampling)]
        return np.cumsum(p / p.sum())

    def choice(self, sampling: Sampling) -> int:
        """The rank on which the dice fall."""
        line = self.line(sampling)
        index = int(np.searchsorted(line, self.number * line[-1], side="right"))
        return min(index, len(line) - 1)

    def _order(self, sampling: Sampling) -> tuple[NDArray[np.float64], int]:
        penalty = sampling.repetition_penalty
        if penalty not in self._sorted:
            z = penalised(self._logits, penalty, self._history)
            order = falling(z)
            if len(self._sorted) > 4:
                self._sorted.clear()
            self._sorted[penalty] = z[order], int(np.flatnonzero(order == self._token)[0])
        return self._sorted[penalty]

    def _probabilities(self, sampling: Sampling) -> NDArray[np.float64]:
        key = (sampling.temperature, sampling.repetition_penalty)
        if self._warm is None or self._warm[0] != key:
            falling = self._order(sampling)[0]
            p = boltzmann_of_sorted(falling, np.array([sampling.temperature]))[0]
            self._warm = key, p
        return self._warm[1]


def admission(
    logits: NDArray[np.float32],
    sampling: Sampling,
    history: Sequence[int],
    position: int,
    token: int,
) -> Admission:
    """What `token` needs to be a candidate, and to be chosen by the dice of `position`.

    Raises IndexError for a token outside the vocabulary.
    """
    if not 0 <= token < len(logits):
        raise IndexError(f"token id {token} is not in the vocabulary of {len(logits)}")
    here = Place(logits, history, uniform(sampling.seed, position), token)
    rank, line = here.rank(sampling), here.line(sampling)
    inside, chosen = rank < len(line), here.choice(sampling) == rank
    admit, choose = _to_admit(here, sampling), _to_choose(here, sampling)
    return Admission(
        rank=rank + 1,
        admitted=inside,
        chosen=chosen,
        number=here.number,
        start=float(line[rank - 1]) if rank and inside else 0.0,
        end=float(line[rank]) if inside else 0.0,
        admit=admit,
        choose=choose,
        together=None if inside or admit else _together(here, sampling),
        seed=None if chosen or not inside else _seed(here, sampling, position),
    )


def _to_admit(here: Place, now: Sampling) -> tuple[Change, ...]:
    inside: Test = lambda s: here.rank(s) < here.kept(s)  # noqa: E731
    if inside(now):
        return ()
    return tuple(_change(name, now, value, inside) for name, value in _nearest(here, now, inside))


def _to_choose(here: Place, now: Sampling) -> tuple[Change, ...]:
    off = here.choice(now) - here.rank(now)
    if off == 0:
        return ()
    late: Test = lambda s: here.choice(s) >= here.rank(s)  # noqa: E731
    early: Test = lambda s: here.choice(s) <= here.rank(s)  # noqa: E731
    exact: Test = lambda s: here.choice(s) == here.rank(s)  # noqa: E731
    found = _nearest(here, now, late if off < 0 else early, further=off < 0)
    return tuple(
        _change(name, now, value, exact)
        for name, value in found
        if exact(_with(now, name, value))  # the dice may leap over the token
    )


def _nearest(
    here: Place, now: Sampling, test: Test, further: bool = True
) -> Iterator[tuple[str, float]]:
    """(setting, value): the smallest change of each after which `test` holds, as it does not now.

    further: more candidates and more warmth lead there, else fewer and less.
    """
    size = here.size
    count = _whole(lambda k: test(replace(now, top_k=k)), now.top_k or size, size if further else 1)
    if count is not None:
        yield "top_k", 0 if count == size else count
    ends = {
        "top_p": 1.0 if further else 0.0,
        "min_p": 0.0 if further else 1.0,
        "temperature": HIGHEST if further else LOWEST,
        "repetition_penalty": 1.0,
    }
    for name, end in ends.items():
        start = float(getattr(now, name))
        if name == "temperature" and start == 0:
            if test(_with(now, name, LOWEST)):
                yield name, LOWEST
                continue
            start = LOWEST
        elif now.temperature == 0:
            continue  # only the most probable token is left, whatever the other stages say
        value = _border(lambda x, name=name: test(_with(now, name, x)), start, end)  # type: ignore[misc]
        if value is not None:
            yield name, value


def _change(name: str, now: Sampling, value: float, fits: Test) -> Change:
    """The change with its value in as few digits as fit: rounded away from the border."""
    exact = _with(now, name, value)
    if name == "top_k":
        return Change(name, value, str(int(value)), exact, exact)
    up = value > float(getattr(now, name))
    for digits in range(2, 18):
        unit = 10.0 ** (math.floor(math.log10(value)) - digits + 1) if value else 1.0
        steps = math.ceil(value / unit) if up else math.floor(value / unit)
        text = f"{steps * unit:.{digits}g}"
        near = float(text)
        if abs(near - value) <= 0.001 * value and fits(_with(now, name, near)):
            return Change(name, value, text, exact, _with(now, name, near))
    return Change(name, value, repr(value), exact, exact)


def _border(test: Callable[[float], bool], start: float, end: float) -> float | None:
    """The value nearest to `start` at which the test holds, where it holds from there to `end`."""
    if start == end or not test(end):
        return None
    out, inside = start, end
    for _ in range(_MANY):
        middle = (out + inside) / 2
        if middle in (out, inside):
            break
        if test(middle):
            inside = middle
        else:
            out = middle
    return inside


def _whole(test: Callable[[int], bool], start: int, end: int) -> int | None:
    """The same for whole numbers."""
    if start == end or not test(end):
        return None
    out, inside = start, end
    while abs(inside - out) > 1:
        middle = (out + inside) // 2
        if test(middle):
            inside = middle
        else:
            out = middle
    return inside


def _together(here: Place, now: Sampling) -> Sampling | None:
    """The settings that make the token a candidate, each moved as little as the ones before allow.

    First top-k to the rank, then top-p, then min-p. None at temperature 0.
    """
    rank = here.rank(now)
    if now.temperature == 0:
        return None
    if now.top_k and now.top_k <= rank:
        now = replace(now, top_k=rank + 1)
    free = replace(now, min_p=0.0)
    inside: Test = lambda s: rank < here.kept(s)  # noqa: E731
    if not inside(free):
        value = _border(lambda x: inside(replace(free, top_p=x)), free.top_p, 1.0)
        if value is None:
            return None
        value = _change("top_p", free, value, inside).round.top_p
        now, free = replace(now, top_p=value), replace(free, top_p=value)
    if not inside(now):
        value = _border(lambda x: inside(replace(now, min_p=x)), now.min_p, 0.0)
        if value is None:
            return None
        now = _change("min_p", now, value, inside).round
    return now


def _seed(here: Place, now: Sampling, position: int) -> int | None:
    """The next seed whose dice of this position fall on the token."""
    line, rank = here.line(now), here.rank(now)
    low = line[rank - 1] if rank else 0.0
    for seed in range(now.seed + 1, min(now.seed + 1 + SEEDS, 2**63)):
        target = uniform(seed, position) * line[-1]
        if low <= target < line[rank] or (rank == len(line) - 1 and target >= line[rank]):
            return seed
    return None


def _with(now: Sampling, name: str, value: float) -> Sampling:
    if name == "top_k":
        return replace(now, top_k=int(value))
    return replace(now, **{name: value})  # type: ignore[arg-type]
