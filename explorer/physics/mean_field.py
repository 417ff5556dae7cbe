"""Mean field of the Hopfield network for N -> infinity: retrieval against load and temperature.

    few patterns     m = tanh(m / T)
    load a = P / N   m = <tanh((m + sqrt(a r) z) / T)>, q = <tanh^2(...)>, r = q / (1 - C)^2,
                     C = (1 - q) / T, z normal   (Amit, Gutfreund, Sompolinsky 1985, no replica
                     symmetry breaking);  T = 0 leaves one equation in x = m / sqrt(2 a r):
                     erf(x) = x (sqrt(2 a) + (2 / sqrt(pi)) exp(-x^2)),  m = erf(x)
    no retrieval     below T_g = 1 + sqrt(a) a spin glass, above it nothing

m is the overlap with the pattern under recall, Hebb's rule without bias. Knows no model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

CRITICAL_LOAD = 0.137906  # where the equation of T = 0 loses its root; a test computes it again
MIXTURE_TEMPERATURE = 0.46  # mixtures of three are stable below it (Amit et al. 1985, abstract)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(64)  # four digits for T >= 0.05
_WEIGHTS = _WEIGHTS / math.sqrt(2.0 * math.pi)
LOST = 1e-3  # an overlap below this is 0: at the transition it jumps, but for few patterns
_ROUNDS = 5000
_CLOSE = 1e-10


@dataclass(frozen=True)
class Retrieval:
    """A solution at finite load: overlap m, freezing q = <tanh^2>, noise r of other patterns."""

    overlap: float
    freezing: float
    noise: float


def magnet(temperature: float) -> float:
    """The largest solution of m = tanh(m / T); 0 from T = 1 up, 1 at T = 0.

    The same curve is x = tanh(beta x), the fixed point of a modern Hopfield network that stores
    +1 and -1, with beta = 1 / T. Raises ValueError for T < 0 or NaN.
    """
    _checked(temperature)
    if temperature == 0.0:
        return 1.0
    if temperature >= 1.0:
        return 0.0
    low, high = 0.0, 1.0
    # m / T - artanh m falls through 0 once for m > 0, so halving finds it; near 0 it is positive
    for _ in range(200):
        middle = 0.5 * (low + high)
        above = math.tanh(middle / temperature) > middle
        low, high = (middle, high) if above else (low, middle)
        if high - low <= 0.0:
            break
    return 0.5 * (low + high)


def cold_overlap(load: float) -> float:
    """m at T = 0 and load a: the largest root of the equation of x; 0 beyond a = 0.1379.

    Raises ValueError for a < 0 or NaN.
    """
    if not load >= 0.0:
        raise ValueError(f"the load must be 0 or more, not {load}")
    if load == 0.0:
        return 1.0
    x = np.linspace(1e-3, 12.0, 120_000)
    gap = _gap(x, load)
    above = np.flatnonzero(gap > 0.0)
    if len(above) == 0:
        return 0.0
    low, high = float(x[above[-1]]), float(x[min(above[-1] + 1, len(x) - 1)])
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _gap(np.array([middle]), load)[0] > 0.0 else (low, middle)
    return math.erf(low)


def critical_load() -> float:
    """The largest load at T = 0 that still has a root: 0.1379 (bisection)."""
    low, high = 0.1, 0.2
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if cold_overlap(middle) > 0.0 else (low, middle)
    return low


def retrieval(load: float, temperature: float) -> Retrieval:
    """The retrieval solution at load a and temperature T, m = 0 where there is none.

    Iterated from m = 1, which ends in the largest solution. Raises ValueError for a < 0, T < 0.
    """
    _checked(temperature)
    if not load >= 0.0:
        raise ValueError(f"the load must be 0 or more, not {load}")
    if temperature == 0.0 or load == 0.0:
        m = cold_overlap(load) if temperature == 0.0 else magnet(temperature)
        return Retrieval(m, 1.0 if temperature == 0.0 else m * m, 1.0)
    m, q, r = 1.0, 1.0, 1.0
    for _ in range(_ROUNDS):
        mean, square = _averages(m, math.sqrt(load * r), temperature)
        slack = 1.0 - (1.0 - square) / temperature
        if mean < LOST or slack <= 0.0:
            return _glass(load, temperature)
        moved = abs(mean - m) + abs(square - q)
        m, q, r = mean, square, square / slack**2
        if moved < _CLOSE:
            break
    return Retrieval(m, q, r)


def retrieval_line(temperatures: ArrayLike) -> FloatArray:
    """The largest load with retrieval at each temperature (K,): T_M of the phase diagram."""
    return np.array([_largest_load(float(t)) for t in np.asarray(temperatures, np.float64)])


def glass_line(loads: ArrayLike) -> FloatArray:
    """T_g = 1 + sqrt(a): the spin glass lies below it."""
    line: FloatArray = 1.0 + np.sqrt(np.asarray(loads, dtype=np.float64))
    return line


def free_energy(overlaps: ArrayLike, patterns: ArrayLike, temperature: float) -> FloatArray:
    """f(m) = |m|^2 / 2 - T <ln 2 cosh(m . xi / T)> per neuron: overlaps (..., P) -> (...).

    The average runs over the neurons of the patterns (P, N); T = 0 is the limit
    |m|^2 / 2 - <|m . xi|>. The smooth bowl of the classical network: its minima
    are the overlaps at that temperature.
    """
    _checked(temperature)
    m, xi = np.asarray(overlaps, np.float64), np.asarray(patterns, np.float64)
    field = np.abs(m @ xi)  # (..., N)
    if temperature > 0.0:
        field = field + temperature * np.log1p(np.exp(-2.0 * field / temperature))
    value: FloatArray = np.asarray(0.5 * (m * m).sum(axis=-1) - field.mean(axis=-1))
    return value


def _glass(load: float, temperature: float) -> Retrieval:
    """The solution with m = 0: q > 0 below T_g, the largest root in the noise width sqrt(a r)."""
    low, high = 1e-6, 2.0 + math.sqrt(load)

    def rises(width: float) -> bool:
        q = _averages(0.0, width, temperature)[1]
        return width * (1.0 - (1.0 - q) / temperature) > math.sqrt(load * q)

    if rises(low):
        return Retrieval(0.0, 0.0, 0.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if rises(middle) else (middle, high)
    return Retrieval(0.0, _averages(0.0, low, temperature)[1], low * low / load)


def _largest_load(temperature: float) -> float:
    if temperature >= 1.0:
        return 0.0
    if temperature == 0.0:
        return critical_load()
    low, high = 0.0, 0.15
    for _ in range(12):
        middle = 0.5 * (low + high)
        found = retrieval(middle, temperature).overlap > 0.0
        low, high = (middle, high) if found else (low, middle)
    return low


def _gap(x: FloatArray, load: float) -> FloatArray:
    erf = np.array([math.erf(value) for value in x.tolist()])
    gap: FloatArray = erf - x * (math.sqrt(2.0 * load) + 2.0 / math.sqrt(math.pi) * np.exp(-x * x))
    return gap


def _averages(m: float, width: float, temperature: float) -> tuple[float, float]:
    """<tanh((m + width z) / T)> and of its square, for normal z."""
    values = np.tanh((m + width * _NODES) / temperature)
    return float(_WEIGHTS @ values), float(_WEIGHTS @ values**2)


def _checked(temperature: float) -> None:
    if not 0.0 <= temperature < math.inf:
        raise ValueError(f"the temperature must be a number from 0 up, not {temperature}")
