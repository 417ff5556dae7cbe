"""Dense associative memory: states of +1 and -1, energies that grow faster than the square.

    E(s) = -sum_mu F(x_mu . s),   F(x) = x^n (Krotov and Hopfield 2016) or exp(x) (Demircigil 2017)
    s_i <- sign( sum_mu [F(x_mu,i + A_mu,i) - F(-x_mu,i + A_mu,i)] )
    A_mu,i = sum_(j != i) x_mu,j s_j

n = 2 is the classical Hopfield network with E scaled by 2 N. Nearly error-free capacity of n:
N^(n-1) / (2 (2n - 3)!! ln N); of exp: 2^(N/2). A difference of 0 keeps the neuron as it is. Powers
are of overlaps divided by N, exponentials of x - N, so that nothing overflows: both only scale E.
Letters: P patterns, N neurons, B states. Knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Spins, checked_patterns

FloatArray = NDArray[np.float64]

EXPONENTIAL = math.inf  # the "power" of F = exp, the limit of ever higher powers
HELD = 0.5  # share of the sampled patterns that must be fixed for a count to be within capacity
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Capacity:
    """Patterns that N neurons hold with power n, measured: half of the sampled ones are fixed.

    low held, high did not; they bracket the count. theory is the literature's nearly error-free
    bound, which asks for more and is smaller.
    """

    size: int
    power: float
    low: int
    high: int
    theory: float


def checked_power(power: float) -> float:
    """A power n = 2, 3, 4 ... or infinity for exp; raises ValueError for others."""
    if power == EXPONENTIAL or (power >= 2 and float(power).is_integer()):
        return float(power)
    raise ValueError(f"the power must be a whole number from 2 up, or infinite for exp: {power}")


def energy(patterns: ArrayLike, spins: ArrayLike, power: float) -> FloatArray:
    """E(s) of states (..., N) over patterns (P, N), in units of N^n (power) or exp(N): (...)."""
    xi, s = np.asarray(patterns, np.float64), np.asarray(spins, np.float64)
    scores = s @ xi.T  # (..., P)
    value: FloatArray = np.asarray(-_rise(scores, xi.shape[1], checked_power(power)).sum(axis=-1))
    return value


def drives(patterns: ArrayLike, spins: ArrayLike, power: float) -> FloatArray:
    """What every neuron feels: half the energy of -1 less that of +1, others held: (..., N).

    A neuron becomes the sign of its drive. For n = 2 the drive is 2 h_i / N with Hebb's field h.
    """
    xi, s = np.asarray(patterns, np.float64), np.asarray(spins, np.float64)
    size, n = xi.shape[1], checked_power(power)
    scores = (s @ xi.T)[..., None]  # (..., P, 1)
    rest = scores - xi * s[..., None, :]  # (..., P, N) A
    rise = _rise(rest + 1.0, size, n) - _rise(rest - 1.0, size, n)
    # x_mu,i is a sign: exchanging the two terms is multiplying the difference by it
    felt: FloatArray = 0.5 * (xi * rise).sum(axis=-2)
    return felt


def updated(patterns: ArrayLike, spins: ArrayLike, power: float) -> Spins:
    """All neurons of states (..., N) at once, one step: (..., N)."""
    s = np.asarray(spins)
    drive = drives(patterns, s, power)
    new = np.where(np.abs(drive) <= _tie(drive), s, np.where(drive > 0.0, 1, -1))
    return new.astype(np.int8)


def swept(
    patterns: ArrayLike,
    spins: ArrayLike,
    power: float,
    order: ArrayLike,
    thresholds: ArrayLike | None = None,
) -> Spins:
    """One state (N,) after an update of each neuron of `order`, one at a time: E never rises.

    thresholds (len(order),) are the dice of Glauber's rule in units of N / n times a drive, which
    is Hebb's field for n = 2: a neuron becomes +1 where it feels more (hopfield_dynamics makes
    them of a temperature). Raises ValueError for thresholds with the power of exp.
    """
    xi, n = np.asarray(patterns, np.float64), checked_power(power)
    if thresholds is not None and n == EXPONENTIAL:
        raise ValueError("dice are scaled by N / n and need a finite power n")
    s = np.array(spins, dtype=np.float64)
    scores = xi @ s  # (P,)
    turns = np.asarray(order, np.int64).tolist()
    unit = np.zeros(len(turns)) if thresholds is None else np.asarray(thresholds) * n / len(s)
    for neuron, limit in zip(turns, unit.tolist(), strict=True):
        column = xi[:, neuron]
        rest = scores - column * s[neuron]
        rise = _rise(rest + 1.0, len(s), n) - _rise(rest - 1.0, len(s), n)
        excess = 0.5 * float(column @ rise) - limit
        tie = _ROUNDING * float(np.abs(rise).max(initial=0.0)) if thresholds is None else 0.0
        if abs(excess) > tie:
            new = 1.0 if excess > 0.0 else -1.0
            scores = rest + column * new
            s[neuron] = new
    return s.astype(np.int8)


def bound(size: int, power: float) -> float:
    """Patterns that are held nearly without error: N^(n-1) / (2 (2n - 3)!! ln N), exp: 2^(N/2)."""
    n = checked_power(power)
    if n == EXPONENTIAL:
        return math.pow(2.0, size / 2.0)
    odd = math.prod(range(1, 2 * int(n) - 2, 2))  # (2n - 3)!!
    return math.pow(size, n - 1.0) / (2.0 * odd * math.log(size))


def share_fixed(
    patterns: ArrayLike, power: float, sample: int = 100, noise: float = 0.0, seed: int = 0
) -> Iterator[tuple[int, int]]:
    """(recalled, tried) of patterns that one step leaves, or brings back from flipped neurons.

    Yields after every slice of the sample; the last is the answer.
    """
    xi = checked_patterns(patterns)
    rows, size = xi.astype(np.float64), xi.shape[1]
    dice = np.random.Generator(np.random.Philox(key=seed))
    chosen = dice.permutation(len(xi))[:sample].tolist()
    recalled = 0
    for tried, index in enumerate(chosen, 1):
        spins = rows[index].copy()
        spins[dice.permutation(size)[: round(noise * size)]] *= -1.0
        recalled += _comes_back(rows, spins, rows[index], checked_power(power))
        yield recalled, tried


def growth(
    sizes: tuple[int, ...],
    power: float,
    most: int = 50_000,
    sample: int = 40,
    seed: int = 0,
    noise: float = 0.0,
) -> Iterator[list[Capacity]]:
    """Capacity against N, measured: patterns are doubled until less than half come back.

    They come back in one step, from themselves or with a share `noise` of the neurons flipped.

    Yields the list so far after every slice of work. More than `most` patterns are not tried: then
    low = high = most, and the true count lies above.
    """
    done: list[Capacity] = []
    for size in sizes:
        low, high = 1, 2
        while (yield from _held(done, size, power, high, sample, seed, noise)):
            low, high = high, min(2 * high, most)
            if low == most:
                break
        while high - low > max(1, low // 8):  # networks differ by more than an eighth
            middle = (low + high) // 2
            if (yield from _held(done, size, power, middle, sample, seed, noise)):
                low = middle
            else:
                high = middle
        done = [*done, Capacity(size, power, low, high, bound(size, power))]
        yield done


def _held(
    done: list[Capacity],
    size: int,
    power: float,
    count: int,
    sample: int,
    seed: int,
    noise: float,
) -> Generator[list[Capacity], None, bool]:
    """Whether at least half of the sampled patterns of a random network come back."""
    dice = np.random.Generator(np.random.Philox(key=[seed, count], counter=[0, size, 0, 0]))
    xi = 2 * dice.integers(0, 2, (count, size), dtype=np.int8) - 1
    seen = (0, 0)
    for counts in share_fixed(xi, power, sample, noise, seed):
        seen = counts
        yield done
    return seen[0] >= HELD * seen[1]


def _comes_back(rows: FloatArray, spins: FloatArray, goal: FloatArray, power: float) -> bool:
    """Whether one step of all neurons turns the state (N,) into the goal (N,)."""
    scores = rows @ spins  # (P,)
    size = len(spins)
    # x_mu,i s_i is a sign, so A takes two values per pattern: two powers each instead of 2 N
    up = _rise(scores, size, power)  # F of +x and of -x at the neuron, where they agree with s
    down = _rise(scores - 2.0, size, power)
    over = _rise(scores + 2.0, size, power)
    agree, differ = up - down, over - up  # F(A + 1) - F(A - 1), where x s is +1 and where it is -1
    half = 0.5 * (agree + differ), 0.5 * (agree - differ)
    drive = half[0] @ rows + spins * half[1].sum()  # (N,)
    tie = _tie(drive)
    new = np.where(np.abs(drive) <= tie, spins, np.sign(drive))
    return bool(np.array_equal(new, goal))


def _rise(overlap: FloatArray, size: int, power: float) -> FloatArray:
    """F of overlaps, scaled so that F(N) = 1."""
    value: FloatArray
    if power == EXPONENTIAL:
        value = np.exp(overlap - size)
    else:
        value = (overlap / size) ** int(power)
    return value


def _tie(drive: FloatArray) -> float:
    return _ROUNDING * float(np.abs(drive).max(initial=0.0))
