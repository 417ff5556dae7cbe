"""General Boltzmann machine (Ackley, Hinton, Sejnowski 1985), up to 16 units, all sums exact.

    E(s) = -(1/2) s^T J s - b^T s,   s in {0, 1}^n,   P(s) = exp(-E(s) / T) / Z

The first `visible` units carry the patterns, the others are hidden. States stand in binary order,
the first unit being the most significant digit, so a table over all states needs no list of them:
energies double from unit to unit, and <s_i s_j> are sums over supersets (the zeta transform), both
in n 2^n additions. `boltzmann_gibbs` samples, `boltzmann_learning` learns. Knows no model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.bars_and_stripes import binary_states

FloatArray = NDArray[np.float64]

LARGEST = 16


@dataclass(frozen=True, eq=False)
class Boltzmann:
    """Couplings J (n, n), symmetric with a zero diagonal, bias b (n,), number of visible units."""

    couplings: FloatArray
    bias: FloatArray
    visible: int

    @property
    def units(self) -> int:
        """All units n, visible and hidden."""
        return len(self.bias)


def boltzmann_machine(couplings: ArrayLike, bias: ArrayLike, visible: int) -> Boltzmann:
    """Check the parameters; the diagonal is set to 0.

    Raises ValueError for wrong shapes, values that are not finite, couplings that are not
    symmetric, more than 16 units, or no visible one.
    """
    j, b = np.array(couplings, dtype=np.float64), np.array(bias, dtype=np.float64)
    if b.ndim != 1 or j.shape != (len(b), len(b)) or not 1 <= len(b) <= LARGEST:
        raise ValueError(f"the machine takes 1 to {LARGEST} units, not couplings {j.shape}")
    if not (np.isfinite(j).all() and np.isfinite(b).all()):
        raise ValueError("the parameters are no longer finite; use a smaller learning rate")
    if not np.allclose(j, j.T, rtol=1e-9, atol=1e-12):
        raise ValueError("couplings must be symmetric; without symmetry there is no energy")
    if not 1 <= visible <= len(b):
        raise ValueError(f"between 1 and all {len(b)} units are visible, not {visible}")
    np.fill_diagonal(j, 0.0)
    j.setflags(write=False)
    b.setflags(write=False)
    return Boltzmann(j, b, visible)


def fresh(visible: int, hidden: int, seed: int = 0, scale: float = 0.1) -> Boltzmann:
    """Small normal couplings and no bias."""
    units = visible + hidden
    dice = np.random.Generator(np.random.Philox(key=seed))
    upper = np.triu(dice.normal(0.0, scale, (max(units, 1), max(units, 1))), 1)
    return boltzmann_machine(upper + upper.T, np.zeros(max(units, 1)), visible)


def energy(m: Boltzmann, states: ArrayLike) -> FloatArray:
    """E(s) of states (..., n) of 0 and 1: (...), in nats."""
    s = np.asarray(states, dtype=np.float64)
    value: FloatArray = np.asarray(-0.5 * ((s @ m.couplings) * s).sum(axis=-1) - s @ m.bias)
    return value


def energies(m: Boltzmann) -> FloatArray:
    """E of all states in binary order: (2^n,), in nats."""
    table = np.zeros(1)
    for unit in range(m.units - 1, -1, -1):
        field = np.full(1, m.bias[unit])  # b_i + sum over the later units of J_ij s_j
        for weight in m.couplings[unit, :unit:-1]:
            field = np.concatenate([field, field + weight])
        table = np.concatenate([table, table - field])
    return table


def probabilities(m: Boltzmann, temperature: float = 1.0) -> FloatArray:
    """exp(-E / T) / Z of all states in binary order: (2^n,). Raises ValueError for T <= 0."""
    if not 0.0 < temperature < math.inf:
        raise ValueError(f"the temperature must be above 0, not {temperature}")
    heights = energies(m) / temperature
    p: FloatArray = np.exp(heights.min() - heights)
    p /= p.sum()
    return p


def visible_probabilities(m: Boltzmann, temperature: float = 1.0) -> FloatArray:
    """The law of the visible units, hidden ones summed out: (2^visible,)."""
    table = probabilities(m, temperature).reshape(2**m.visible, -1)
    return np.asarray(table.sum(axis=1))


def pairs(law: FloatArray) -> FloatArray:
    """<s_i s_j> under a law (2^n,) of all states: (n, n), with <s_i> on the diagonal."""
    units = len(law).bit_length() - 1
    above = np.array(law)  # becomes the chance that all units of a mask are 1
    for bit in range(units):
        halves = above.reshape(-1, 2, 1 << bit)
        halves[:, 0] += halves[:, 1]
    masks = 1 << np.arange(units - 1, -1, -1)
    both: FloatArray = above[masks[:, None] | masks]
    return both


def shares(patterns: ArrayLike, visible: int) -> FloatArray:
    """The law of a set of patterns (B, visible) of 0 and 1, repeated ones counted: (2^visible,).

    Raises ValueError for no pattern or other values.
    """
    data = np.asarray(patterns, dtype=np.float64)
    if data.ndim != 2 or len(data) == 0:
        raise ValueError("there is no pattern to learn; draw at least one")
    if data.shape[1] != visible or not np.isin(data, (0.0, 1.0)).all():
        raise ValueError(f"patterns must hold {visible} values of 0 or 1")
    law: FloatArray = np.bincount(codes(data), minlength=2**visible) / len(data)
    return law


def codes(states: ArrayLike) -> NDArray[np.int64]:
    """The numbers of states (..., n) of 0 and 1 in binary order: (...)."""
    s = np.asarray(states, dtype=np.float64)
    return (s @ 2.0 ** np.arange(s.shape[-1] - 1, -1, -1)).astype(np.int64)


def divergence(m: Boltzmann, law: FloatArray) -> float:
    """KL(data || machine) of a law (2^visible,) of patterns, in nats."""
    return apart(law, visible_probabilities(m))


def apart(law: FloatArray, other: FloatArray) -> float:
    """KL(law || other) of two laws (S,), in nats; infinite where the other excludes a state."""
    here = law > 0.0
    with np.errstate(divide="ignore"):
        return float((law[here] * (np.log(law[here]) - np.log(other[here]))).sum())


def conditional(m: Boltzmann, pattern: ArrayLike, known: ArrayLike) -> FloatArray:
    """The law of the visible units, those that are `known` (visible,) held at the pattern.

    (2^visible,), exact. Raises ValueError where known values are not 0 or 1.
    """
    given, held = np.asarray(pattern, dtype=np.float64), np.asarray(known, dtype=bool)
    if given.shape != (m.visible,) or held.shape != (m.visible,):
        raise ValueError(f"need {m.visible} values and which of them are known")
    if not np.isin(given[held], (0.0, 1.0)).all():
        raise ValueError("known units must be 0 or 1")
    masks = 1 << np.arange(m.visible - 1, -1, -1)
    fits = (np.arange(2**m.visible) & masks[held].sum()) == (masks[held] @ given[held])
    p = np.where(fits, visible_probabilities(m), 0.0)
    law: FloatArray = p / p.sum()
    return law


def completed(m: Boltzmann, pattern: ArrayLike, known: ArrayLike) -> FloatArray:
    """P(s_i = 1) of every visible unit, those that are `known` (visible,) held at the pattern.

    Exact. Raises ValueError as `conditional` does.
    """
    chances: FloatArray = conditional(m, pattern, known) @ binary_states(m.visible)
    return chances
