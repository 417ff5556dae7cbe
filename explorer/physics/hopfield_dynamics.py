"""How a Hopfield network moves: one neuron at a time, all at once, or by Glauber's dice.

    asynchronous  s_i <- sign(h_i), 0 keeps s_i; E never rises, so it ends in a fixed point
    synchronous   all at once; ends in a fixed point or a cycle of two states, and
                  L(t) = -s(t)^T W s(t+1) - b^T (s(t) + s(t+1)) never rises (Goles et al. 1985)
    glauber       P(s_i = +1) = 1 / (1 + exp(-2 h_i / T)); stationary law exp(-E / T) / Z

Chance is counted, not consumed: step t owns block t of the generator Philox (Salmon et al. 2011)
under the seed. Going back and stepping again gives the same result. Knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Configuration, Network, Spins, energy, fields

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Kind = Literal["asynchronous", "synchronous", "glauber"]
Order = Literal["sweep", "random", "fixed"]
Outcome = Literal["fixed point", "two-cycle", "not settled"]

_Scalar = TypeVar("_Scalar", bound=np.generic)

_BLOCK = 4  # 64-bit numbers in one block of Philox4x64
_UNIT = 2.0**-53
_SHUFFLES = 1  # second word of the key for the order of sweeps, apart from the dice of the steps


@dataclass(frozen=True)
class Dynamics:
    """How to step. order: a new shuffled order every sweep of N steps, any neuron each step, or
    0, 1, 2 ... again and again. temperature is dimensionless and used by glauber alone; at T = 0
    glauber is the asynchronous rule.

    Raises ValueError for T < 0, NaN or infinity, and a seed that is negative.
    """

    kind: Kind = "asynchronous"
    order: Order = "sweep"
    temperature: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.temperature < math.inf:
            raise ValueError(
                f"the temperature must be a number from 0 up, not {self.temperature}; "
                "0 is recall without noise"
            )
        if not 0 <= self.seed < 2**64:
            raise ValueError(f"the seed must be a whole number from 0 up, not {self.seed}")


@dataclass(frozen=True, eq=False)
class Stretch:
    """S steps: for each the neuron under update, its field before, and the energy after.

    neurons (S,) is -1 and felt (S,) NaN for synchronous steps. flips (F,) lists every neuron that
    changed and values (F,) what it became; step t owns flips[ends[t-1]:ends[t]], ends (S,).
    `end` is the configuration after the last step.
    """

    neurons: IntArray
    felt: FloatArray
    energies: FloatArray
    flips: IntArray
    values: Spins
    ends: IntArray
    end: Configuration


def stretch(net: Network, start: Configuration, how: Dynamics, first: int, count: int) -> Stretch:
    """Steps first .. first + count - 1 from `start`, whatever they change.

    A flip costs O(N), a step without one O(1). Raises ValueError for a negative first or count.
    """
    if first < 0 or count < 0:
        raise ValueError(f"steps are counted from 0 up, not {first} and {count}")
    if how.kind == "synchronous":
        return _synchronous(net, start, count)
    return _one_by_one(net, start, how, first, count)


def settle(
    net: Network, start: Configuration, how: Dynamics, first: int, limit: int, slice_steps: int = 0
) -> Iterator[Stretch]:
    """Stretches of `slice_steps` (0: a sweep of N) until `outcome` is reached or `limit` steps ran.

    Synchronous steps come one by one. With glauber at T > 0 nothing ends but by the limit.
    """
    here, done = start, 0
    before: Spins | None = None
    size = 1 if how.kind == "synchronous" else slice_steps or net.size
    while done < limit and outcome(net, here, how, before) == "not settled":
        part = stretch(net, here, how, first + done, min(size, limit - done))
        yield part
        before, here, done = here.spins, part.end, done + len(part.neurons)


def outcome(
    net: Network, here: Configuration, how: Dynamics, before: Spins | None = None
) -> Outcome:
    """Whether another step can change anything; `before` is the state one synchronous step ago."""
    if how.kind == "glauber" and how.temperature > 0.0:
        return "not settled"
    content = (np.abs(here.fields) <= net.tie) | (here.spins * here.fields > 0.0)
    if content.all():
        return "fixed point"
    if how.kind == "synchronous" and before is not None:
        next_spins = _signs(here.fields, here.spins, net.tie)
        if np.array_equal(next_spins, before):
            return "two-cycle"
    return "not settled"


def lyapunov(net: Network, spins: ArrayLike, following: ArrayLike) -> float:
    """L = -s(t)^T W s(t+1) - b^T (s(t) + s(t+1)) of two states (N,) in a row."""
    now, then = np.asarray(spins, dtype=np.float64), np.asarray(following, dtype=np.float64)
    return float(-now @ (net.weights @ then) - net.bias @ (now + then))


def neurons(how: Dynamics, size: int, first: int, count: int) -> IntArray:
    """The neurons under update in steps first .. first + count - 1: (count,)."""
    if how.order == "fixed":
        return np.arange(first, first + count, dtype=np.int64) % size
    if how.order == "random":
        return (_dice(how.seed, first, count)[:, 0] * size).astype(np.int64)
    sweeps = range(first // size, (first + count - 1) // size + 1) if count else range(0)
    rows = [
        np.random.Generator(
            np.random.Philox(key=[how.seed, _SHUFFLES], counter=[0, sweep, 0, 0])
        ).permutation(size)
        for sweep in sweeps
    ]
    start = first - (first // size) * size
    return np.concatenate([*rows, np.empty(0, np.int64)])[start : start + count].astype(np.int64)


def thresholds(how: Dynamics, first: int, count: int) -> list[float]:
    """What a field must exceed in steps first .. first + count - 1 for Glauber's +1: (T/2) logit u.

    s is +1 where u < 1 / (1 + exp(-2 h / T)), that is where h > (T / 2) ln(u / (1 - u)).
    """
    u = _dice(how.seed, first, count)[:, 1]
    limits: list[float] = (0.5 * how.temperature * np.log(u / (1.0 - u))).tolist()
    return limits


def overlaps_along(start: Spins, track: Stretch, patterns: ArrayLike) -> FloatArray:
    """m_mu before the first step and after every step: (S + 1, P), from the flips alone."""
    xi = np.asarray(patterns, dtype=np.float64)  # (P, N)
    steps = np.concatenate(([0], track.ends))
    order = np.argsort(track.flips, kind="stable")  # (F,) the flips of a neuron one after another
    neurons, values = track.flips[order], track.values[order].astype(np.float64)
    again = neurons[1:] == neurons[:-1]
    before = start[neurons].astype(np.float64)
    before[1:][again] = values[:-1][again]
    change = np.empty(len(order))
    change[order] = values - before
    moves = np.zeros((len(track.flips) + 1, len(xi)))
    np.cumsum(change[:, None] * xi.T[track.flips], axis=0, out=moves[1:])
    found: FloatArray = (start @ xi.T + moves[steps]) / xi.shape[1]
    return found


def joined(first: Stretch, second: Stretch) -> Stretch:
    """Two stretches that follow each other as one."""
    return Stretch(
        _sealed(np.concatenate([first.neurons, second.neurons])),
        _sealed(np.concatenate([first.felt, second.felt])),
        _sealed(np.concatenate([first.energies, second.energies])),
        _sealed(np.concatenate([first.flips, second.flips])),
        _sealed(np.concatenate([first.values, second.values])),
        _sealed(np.concatenate([first.ends, second.ends + len(first.flips)])),
        second.end,
    )


def _one_by_one(
    net: Network, start: Configuration, how: Dynamics, first: int, count: int
) -> Stretch:
    order = neurons(how, net.size, first, count)
    noisy = how.kind == "glauber" and how.temperature > 0.0
    # s becomes +1 where u < 1 / (1 + exp(-2 h / T)), that is where h exceeds a random threshold
    limits = thresholds(how, first, count) if noisy else [0.0] * count
    tie = -1.0 if noisy else net.tie
    spins, h, value = start.spins.tolist(), start.fields.copy(), start.energy
    felt, energies, ends = [0.0] * count, [0.0] * count, [0] * count
    flips: list[int] = []
    values: list[int] = []
    for step, neuron in enumerate(order.tolist()):
        field, old = h.item(neuron), spins[neuron]
        excess = field - limits[step]
        new = old if abs(excess) <= tie else 1 if excess > 0.0 else -1
        if new != old:
            value -= (new - old) * field
            h += (new - old) * net.weights[neuron]
            spins[neuron] = new
            flips.append(neuron)
            values.append(new)
        felt[step], energies[step], ends[step] = field, value, len(flips)
    end = Configuration(_sealed(np.array(spins, np.int8)), _sealed(h), value)
    return _track(order, np.array(felt), np.array(energies), flips, values, ends, end)


def _synchronous(net: Network, start: Configuration, count: int) -> Stretch:
    here = start
    energies, ends = [], []
    flips: list[int] = []
    values: list[int] = []
    for _ in range(count):
        new = _signs(here.fields, here.spins, net.tie)
        changed = np.flatnonzero(new != here.spins)
        if len(changed):
            there = float(energy(net, new))
            here = Configuration(_sealed(new), _sealed(fields(net, new)), there)
        flips.extend(changed.tolist())
        values.extend(new[changed].tolist())
        energies.append(here.energy)
        ends.append(len(flips))
    order = np.full(count, -1, np.int64)
    felt = np.full(count, np.nan)
    return _track(order, felt, np.array(energies, np.float64), flips, values, ends, here)


def _track(
    order: IntArray,
    felt: FloatArray,
    energies: FloatArray,
    flips: list[int],
    values: list[int],
    ends: list[int],
    end: Configuration,
) -> Stretch:
    return Stretch(
        _sealed(order),
        _sealed(felt),
        _sealed(energies),
        _sealed(np.array(flips, np.int64)),
        _sealed(np.array(values, np.int8)),
        _sealed(np.array(ends, np.int64)),
        end,
    )


def _signs(h: FloatArray, spins: Spins, tie: float) -> Spins:
    new: Spins = np.where(np.abs(h) <= tie, spins, np.where(h > 0.0, 1, -1)).astype(np.int8)
    return new


def _dice(seed: int, first: int, count: int) -> FloatArray:
    """Four uniform numbers in (0, 1) for every step: (count, 4)."""
    raw = np.random.Philox(key=seed, counter=first).random_raw(_BLOCK * count)
    whole = (np.asarray(raw) >> np.uint64(11)).astype(np.float64)
    return ((whole + 0.5) * _UNIT).reshape(count, _BLOCK)


def _sealed(values: NDArray[_Scalar]) -> NDArray[_Scalar]:
    values.setflags(write=False)
    return values
