"""The curve on which Hopfield's network and attention meet: x = tanh(beta x), m = tanh(m / T).

A modern network that stores +1 and -1 has p = softmax(beta (x, -x)), so its update is
x <- tanh(beta x). Hopfield's network with one pattern has the mean-field equation m = tanh(m / T):
the same with T = 1 / beta. Both remember below T = 1 (beta > 1) and forget above. No Qt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from explorer.physics.mean_field import magnet
from explorer.session.bridge.letters import SHAPE
from explorer.session.bridge.snapshot import Bridge

FloatArray = NDArray[np.float64]
HOTTEST = 2.0
_POINTS = 161


@dataclass(frozen=True, eq=False)
class BridgeCurve:
    """Both charts at the present sharpness.

    x and update (K,): the right-hand side tanh(beta x) over x. temperatures and fixed (K,): the
    fixed point that is kept against T = 1 / beta; its mirror image is one too, and so is 0.
    beta is that of a pair, temperature 1 / beta; kept is the fixed point there.
    """

    x: FloatArray
    update: FloatArray
    temperatures: FloatArray
    fixed: FloatArray
    beta: float
    temperature: float
    kept: float
    sentence: str


def pair_sharpness(s: Bridge) -> float:
    """beta of a pair +1 and -1 that does what the present patterns do: beta |xi|^2."""
    width = SHAPE[0] * SHAPE[1]
    if s.setting.store == "keys" and s.head is not None:
        width = s.head.keys.shape[1]
    return s.setting.sharpness * math.sqrt(width)


def sharpness_at(s: Bridge, temperature: float) -> float:
    """The setting's sharpness at which a pair has the temperature T > 0."""
    return s.setting.sharpness / (pair_sharpness(s) * temperature)


def bridge_curve(s: Bridge) -> BridgeCurve:
    """The curve and where the sliders stand on it."""
    beta = pair_sharpness(s)
    x = np.linspace(-1.25, 1.25, _POINTS)
    kept = magnet(1.0 / beta)
    return BridgeCurve(
        x=x,
        update=np.tanh(beta * x),
        temperatures=np.linspace(0.0, HOTTEST, _POINTS),
        fixed=_fixed_points(),
        beta=beta,
        temperature=1.0 / beta,
        kept=kept,
        sentence=_said(beta, kept),
    )


@cache
def _fixed_points() -> FloatArray:
    return np.array([magnet(one) for one in np.linspace(0.0, HOTTEST, _POINTS).tolist()])


def _said(beta: float, kept: float) -> str:
    heat = 1.0 / beta
    where = f"As the sliders stand, a pattern and its inverse have β = {beta:.3g}, τ = {heat:.3g}: "
    if kept == 0.0:
        return f"{where}too soft, both patterns melt into their mean 0."
    return f"{where}sharp enough, the state stays at x = m = ±{kept:.6f}."
