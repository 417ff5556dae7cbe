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
from explorer.physics.heat_curve import HeatCurve, heat_curve
from explorer.session.snapshot import Snapshot

FloatArray = NDArray[np.float64]
COLDEST, HOTTEST = 0.05, 5.0


@dataclass(frozen=True, eq=False)
class ThermoChart:
    """The state functions at many temperatures; `now` is the state at T."""

    curve: HeatCurve
    temperature: float
    now: Thermodynamics


def thermo_chart(s: Snapshot) -> ThermoChart | None:
    """The state functions of the next token; None while nothing is read or it is not finite."""
    if not s.timeline:
        return None
    known = _known(s.timeline.node.trace.steps[-1])
    if known is None:
        return None
    energies, curve = known
    temperature = s.sampling.temperature
    return ThermoChart(curve, temperature, thermodynamics(energies, temperature))


def describe_thermo(chart: ThermoChart) -> str:
    """The present state in one line."""
    now, peak = chart.now, int(chart.curve.heat_capacity.argmax())
    return (
        f"T = {chart.temperature:g}: F {now.free_energy:.3f} = U {now.mean_energy:.3f} − T · S "
        f"{now.entropy:.3f}; heat capacity C {now.heat_capacity:.3f}, highest near T = "
        f"{chart.curve.temperatures[peak]:.2g}: there a small turn changes the most"
    )


@lru_cache(maxsize=8)
def _known(step: Step) -> tuple[FloatArray, HeatCurve] | None:
    """What does not depend on T: the energies (V,) of a step and their curve; a step never changes.

    None where the logits are not finite.
    """
    if not np.isfinite(step.logits).all():
        return None
    energies = token_energies(step.logits)
    return energies, heat_curve(energies, COLDEST, HOTTEST)
