"""How good a restricted Boltzmann machine is: figures to trust beside figures that mislead.

log-likelihood and KL can be summed up to 20 units on the smaller side, which is soon done up to
16; beyond, log Z is estimated by annealed importance sampling with error bars (Neal 2001;
Salakhutdinov and Murray 2008):

    log Z = log Z_0 + log mean_c w_c,  log w_c = sum_k (F_k - F_(k+1))(v_k),  b_k from 0 to 1,
    F_k(v) = -(1 - b_k) a_0.v - b_k a.v - sum_j softplus(b_k (b_j + v.W_j))

Pseudo-likelihood and reconstruction error are cheap, and their order can be wrong. Knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.restricted_machine import (
    Restricted,
    checked_data,
    chunk_units,
    free_energy,
    log_partition,
    log_partition_parts,
    log_sum_exp,
    reconstructed,
    sigma,
    softplus,
)

FloatArray = NDArray[np.float64]

SOON_SUMMED = 16  # units of the smaller side whose states are summed in a blink
_SLICE_STEPS = 20


@dataclass(frozen=True)
class LogZ:
    """log Z with a band: exact has low = high = value, an estimate three standard errors.

    effective is the number of chains that count, of those that ran; done of total temperatures.
    """

    value: float
    low: float
    high: float
    exact: bool
    effective: float
    done: int
    total: int


@dataclass(frozen=True)
class Meters:
    """Figures of one machine on a set of patterns, per pattern, in nats where they are logarithms.

    log_likelihood and its band follow from log Z; divergence is KL(data || model) for the uniform
    set. pseudo_likelihood is the mean of sum_i log p(v_i | all others), reconstruction the mean
    square error of one pass up and down. free_energy is the mean of the data, noise that of coins.
    unseen_likelihood and unseen_energy are the means over patterns held out, NaN without any.
    """

    log_z: LogZ
    log_likelihood: float
    low: float
    high: float
    divergence: float
    pseudo_likelihood: float
    reconstruction: float
    free_energy: float
    noise: float
    unseen_likelihood: float = math.nan
    unseen_energy: float = math.nan


def exact_log_z(m: Restricted) -> LogZ:
    """log Z by summation; raises ValueError above 20 units on the smaller side."""
    value = log_partition(m)
    return LogZ(value, value, value, True, math.inf, 1, 1)


def summed_log_z(m: Restricted) -> Iterator[LogZ]:
    """log Z in parts: the last yield is exact, those before sum what has come.

    Raises ValueError above 20 units on the smaller side.
    """
    total = 1 << max(min(m.weights.shape) - chunk_units(m), 0)
    value = -math.inf
    for done, part in enumerate(log_partition_parts(m), 1):
        value = float(np.logaddexp(value, part))
        yield LogZ(value, value, value, done == total, math.inf, done, total)


def annealed_log_z(
    m: Restricted,
    temperatures: int = 1000,
    chains: int = 100,
    seed: int = 0,
    base: ArrayLike | None = None,
) -> Iterator[LogZ]:
    """Estimates of log Z: the last yield is the answer, those before say how far it is.

    base (V,) are visible biases of the start, best the log odds of the data (None: coins). Raises
    ValueError for fewer than one temperature or two chains.
    """
    if temperatures < 1 or chains < 2:
        raise ValueError("annealing needs at least 1 temperature and 2 chains")
    dice = np.random.Generator(np.random.Philox(key=seed))
    start = np.zeros(len(m.visible)) if base is None else np.asarray(base, dtype=np.float64)
    log_z0 = float(softplus(start).sum()) + len(m.hidden) * math.log(2.0)
    v = (dice.random((chains, len(start))) < sigma(start.copy())).astype(np.float64)
    logs = np.zeros(chains)
    b = np.linspace(0.0, 1.0, temperatures + 1)
    for k in range(1, temperatures + 1):
        input_ = v @ m.weights + m.hidden  # (C, H)
        tilt = v @ (m.visible - start)
        logs += (b[k] - b[k - 1]) * tilt
        logs += (softplus(b[k] * input_) - softplus(b[k - 1] * input_)).sum(axis=1)
        h = dice.random(input_.shape) < sigma(b[k] * input_)
        field = b[k] * (h @ m.weights.T + m.visible) + (1.0 - b[k]) * start
        v = (dice.random(field.shape) < sigma(field)).astype(np.float64)
        if k % _SLICE_STEPS == 0 or k == temperatures:
            yield _estimate(logs, log_z0, k, temperatures)


def pseudo_likelihood(m: Restricted, patterns: ArrayLike) -> float:
    """Mean over patterns (n, V) of sum_i log p(v_i | the others), in nats."""
    data = checked_data(patterns, len(m.visible))
    here = free_energy(m, data)
    total = np.zeros(len(data))
    for unit in range(data.shape[1]):
        other = data.copy()
        other[:, unit] = 1.0 - other[:, unit]
        total -= softplus(here - free_energy(m, other))
    return float(total.mean())


def reconstruction_error(m: Restricted, patterns: ArrayLike) -> float:
    """Mean square error per unit of one pass up and down by means."""
    data = checked_data(patterns, len(m.visible))
    return float(((reconstructed(m, data) - data) ** 2).mean())


def meters(
    m: Restricted,
    patterns: ArrayLike,
    log_z: LogZ | None = None,
    seed: int = 0,
    unseen: FloatArray | None = None,
) -> Meters:
    """All figures for different patterns (n, V), and those held out (m, V) beside them.

    log Z is summed when it is not given.

    Raises ValueError where it is not given and cannot be summed.
    """
    data = checked_data(patterns, len(m.visible))
    z = exact_log_z(m) if log_z is None else log_z
    energies = free_energy(m, data)
    mean = -float(energies.mean())
    dice = np.random.Generator(np.random.Philox(key=[seed, 3]))
    coins = dice.integers(0, 2, (max(len(data), 100), data.shape[1]))
    held = math.nan if unseen is None or not len(unseen) else float(free_energy(m, unseen).mean())
    return Meters(
        z,
        mean - z.value,
        mean - z.high,
        mean - z.low,
        -math.log(len(data)) - (mean - z.value),
        pseudo_likelihood(m, data),
        reconstruction_error(m, data),
        -mean,
        float(free_energy(m, coins).mean()),
        -held - z.value,
        held,
    )


def log_z_of(m: Restricted, seed: int = 0, base: ArrayLike | None = None) -> Iterator[LogZ]:
    """log Z exactly up to 16 units on the smaller side, else annealed."""
    if min(m.weights.shape) <= SOON_SUMMED:
        yield from summed_log_z(m)
    else:
        yield from annealed_log_z(m, seed=seed, base=base)


def data_bias(patterns: ArrayLike) -> FloatArray:
    """Log odds of each visible unit in patterns (n, V), kept finite by one coin: to begin AIS."""
    data = np.asarray(patterns, dtype=np.float64)
    mean = (data.sum(axis=0) + 0.5) / (len(data) + 1.0)
    odds: FloatArray = np.log(mean / (1.0 - mean))
    return odds


def _estimate(logs: FloatArray, log_z0: float, done: int, total: int) -> LogZ:
    count = len(logs)
    value = log_z0 + log_sum_exp(logs) - math.log(count)
    w = np.exp(logs - logs.max())
    relative = float(w.std(ddof=1)) / float(w.mean()) / math.sqrt(count)
    # log(1 - 3 e) where the error allows it; else nothing is known of the lower end
    low = value + math.log1p(-3.0 * relative) if 3.0 * relative < 1.0 else -math.inf
    effective = float(w.sum()) ** 2 / float((w * w).sum())
    return LogZ(value, low, value + math.log1p(3.0 * relative), False, effective, done, total)
