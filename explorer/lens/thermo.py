"""The next token as a Boltzmann machine: F, U, S and C against the sampling temperature. No Qt.

With E_i = -ln p_i (nats) the weights at T are exp(-E_i / T) / Z over the whole vocabulary:

    F = -T ln Z,   U = <E>,   S = -sum p ln p,   F = U - T S,   C = Var(E) / T^2 = dU / dT

S and C are pure numbers (k_B = 1). No stage of sampling but the temperature takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.engine.trace import Step
from explorer.physics.boltzmann import Thermodynamics, thermodynamics, token_energies
from explorer.session.snapshot import Snapshot

FloatArray = NDArray[np.float64]
COLDEST, HOTTEST = 0.05, 5.0
POINTS = 48
LARGE = 20_000  # tokens from which on fewer temperatures are computed
FEW = 20


@dataclass(frozen=True, eq=False)
class ThermoChart:
    """Temperatures (K,) and the state functions (K,) there; `now` is the state at T."""

    temperatures: FloatArray
    free_energy: FloatArray
    mean_energy: FloatArray
    entropy: FloatArray
    heat_capacity: FloatArray
    temperature: float
    now: Thermodynamics


def thermo_chart(s: Snapshot) -> ThermoChart | None:
    """The state functions of the next token; None while nothing is read or it is not finite."""
    if not s.timeline:
        return None
    step = s.timeline.node.trace.steps[-1]
    if not np.isfinite(step.logits).all():
        return None
    heats, table = _curves(step)
    now = thermodynamics(token_energies(step.logits), s.sampling.temperature)
    free, mean, entropy, capacity = table
    return ThermoChart(heats, free, mean, entropy, capacity, s.sampling.temperature, now)


def describe_thermo(chart: ThermoChart) -> str:
    """The present state in one line."""
    now, peak = chart.now, int(chart.heat_capacity.argmax())
    return (
        f"T = {chart.temperature:g}: F {now.free_energy:.3f} = U {now.mean_energy:.3f} − T · S "
        f"{now.entropy:.3f}; heat capacity C {now.heat_capacity:.3f}, highest near T = "
        f"{chart.temperatures[peak]:.2g}: there a small turn changes the most"
    )


@lru_cache(maxsize=8)
def _curves(step: Step) -> tuple[FloatArray, FloatArray]:
    """(temperatures (K,), F U S C (4, K)) of one step, which never changes."""
    energies = token_energies(step.logits)
    heats = np.geomspace(COLDEST, HOTTEST, FEW if len(energies) > LARGE else POINTS)
    rows = [thermodynamics(energies, float(heat)) for heat in heats]
    table = np.array(
        [[one.free_energy, one.mean_energy, one.entropy, one.heat_capacity] for one in rows]
    ).T
    return heats, table
