"""One update of four memories, written alike: similarity, weight, mix. Knows no model.

    m_mu = xi_mu . s / |xi_mu| |s|     how similar the state is to each stored pattern
    w_mu ~ F'(similarity)              how much each pattern counts: the only thing that differs
    s <- mix of w_mu xi_mu             its sign, neuron by neuron, where neurons are +1 and -1

    Hopfield 1982                F(m) = m^2 / 2        w_mu ~ m_mu
    dense (Krotov, Hopfield)     F(m) = m^n / n        w_mu ~ m_mu^(n-1)
    modern (Ramsauer et al.)     F = exp               w = softmax(beta xi_mu . s), an attention row

Energies of +1 and -1 are E = -(N/n) sum_mu m_mu^n, without the terms of a neuron with itself for
n = 2; those of modern memories stand in dense_memory. Energies of different memories do not
compare, falls of one of them do. Neurons follow Glauber's dice at a temperature tau, one after
another, each once; step t of the record owns the dice of its neurons, so that it can be repeated.

The bridge is exact for one pattern and its inverse: m = tanh(m / tau) is x = tanh(beta N x), so
tau = 1 / (beta N). Letters: P patterns, N neurons (or D numbers of a key).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics import dense_memory, dense_powers, hopfield
from explorer.physics.hopfield_dynamics import Dynamics, neurons, stretch, thresholds

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Update:
    """The state before (N,), what each pattern weighed (P,), the state after (N,), both energies.

    Weights are shares: their absolute values sum to 1, except that all are 0 where nothing is
    similar.
    """

    before: FloatArray
    weights: FloatArray
    after: FloatArray
    energy_before: float
    energy_after: float

    @property
    def drop(self) -> float:
        """How far the energy fell; without dice it never rises."""
        return self.energy_before - self.energy_after


def shares(similarities: ArrayLike, power: int) -> FloatArray:
    """w_mu = m_mu^(n-1) / sum |m|^(n-1) of similarities (..., P): (..., P)."""
    m = np.asarray(similarities, np.float64)
    raised = m ** (power - 1)
    whole = np.abs(raised).sum(axis=-1, keepdims=True)
    share: FloatArray = np.divide(raised, whole, out=np.zeros_like(raised), where=whole > 0.0)
    return share


def classical(net: hopfield.Network, patterns: ArrayLike, state: ArrayLike, dice: Dynamics,
              time: int) -> Update:  # fmt: skip
    """Sweep number `time` of Hopfield's network, which stores patterns (P, N)."""
    before = np.asarray(state, np.float64)
    start = hopfield.configuration(net, before)
    end = stretch(net, start, dice, time * net.size, net.size).end
    weights = shares(hopfield.overlaps(before, patterns), 2)
    return _sealed(before, weights, end.spins, start.energy, float(hopfield.energy(net, end.spins)))


def dense(patterns: ArrayLike, state: ArrayLike, power: int, dice: Dynamics, time: int) -> Update:
    """Sweep number `time` of a dense memory of patterns (P, N); for n = 2 it is the classical one.

    The same dice decide as in `classical`, so that rows beside each other differ by n alone.
    """
    before = np.asarray(state, np.float64)
    size = len(before)
    order = neurons(dice, size, time * size, size)
    limits = thresholds(dice, time * size, size) if dice.temperature > 0.0 else None
    after = dense_powers.swept(patterns, before, power, order, limits)
    weights = shares(hopfield.overlaps(before, patterns), power)
    energies = dense_energy(patterns, np.stack([before, after]), power)
    return _sealed(before, weights, after, float(energies[0]), float(energies[1]))


def dense_energy(patterns: ArrayLike, spins: ArrayLike, power: int) -> FloatArray:
    """E = -(N/n) sum_mu m_mu^n of states (..., N): (...)."""
    size = np.asarray(patterns).shape[1]
    scaled: FloatArray = dense_powers.energy(patterns, spins, power) * (size / power)
    return scaled


def modern(store: dense_memory.Memory, state: ArrayLike) -> Update:
    """One update of a modern network, which is one step of attention over its patterns."""
    before = np.asarray(state, np.float64)
    found = dense_memory.updated(store, before)
    energies = dense_memory.energies(store, np.stack([before, found.state]))
    return _sealed(before, found.weights, found.state, float(energies[0]), float(energies[1]))


def turned(state: ArrayLike, overlap: float, dice: np.random.Generator) -> FloatArray:
    """The state (D,) turned in a random direction until its cosine with itself is `overlap`.

    The length stays. What flipping a share f of neurons is for +1 and -1, with overlap 1 - 2 f.
    """
    given = np.asarray(state, np.float64)
    length = float(np.linalg.norm(given))
    if length == 0.0 or len(given) < 2:
        return dense_memory.sealed(given)
    noise = dice.standard_normal(len(given))
    noise -= given * float(noise @ given) / length**2
    noise *= length / np.linalg.norm(noise)
    return dense_memory.sealed(overlap * given + np.sqrt(1.0 - overlap**2) * noise)


def cosine(one: ArrayLike, other: ArrayLike) -> float:
    """The cosine of two vectors, the overlap m for +1 and -1; 0 where one of them is 0."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else 0.0


def _sealed(
    before: FloatArray, weights: ArrayLike, after: ArrayLike, high: float, low: float
) -> Update:
    return Update(
        dense_memory.sealed(before), dense_memory.sealed(weights), dense_memory.sealed(after),
        high, low,
    )  # fmt: skip
