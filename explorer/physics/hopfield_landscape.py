"""The energy of a Hopfield network on the plane through two patterns. Knows no model, no screen.

A point (x, y) stands for the state s_i = g(x xi_i + y eta_i) of two patterns xi and eta. Where they
agree the argument is +-(x + y), elsewhere +-(x - y), so with A = (xi + eta) / 2, B = (xi - eta) / 2

    s = g(x + y) A + g(x - y) B,      E(s) is a quadratic form in the two numbers g:  O(1) a pixel

The kinds of ground differ in g, and every height is the exact value at that very state:

    plane    g(u) = u               real states; a dome that falls without end outside the cube
    clipped  g(u) = u in [-1, 1]    the same, held inside the cube: flat grounds are corner states,
                                    with the patterns and their inverses as valleys
    free     g(u) = tanh(u / T)     F = E - T S of independent neurons with these means, which is
                                    an upper bound of the free energy (Gibbs, Bogoliubov)

A corner state s has the shadow (x, y) of its least squares; its own energy is not that below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.hopfield import Network, Spins, checked_patterns, energy

FloatArray = NDArray[np.float64]
Ground = Literal["plane", "clipped", "free"]

REACH = 1.5  # the frame goes this far beyond the origin; patterns lie at distance 1


@dataclass(frozen=True, eq=False)
class PatternPlane:
    """Two patterns (N,) that span the plane, the share of the neurons where they agree, and the
    quadratic form E = -(1/2) (aa u^2 + 2 ab u v + bb v^2) - a u - b v in
    u = g(x + y), v = g(x - y).
    """

    first: Spins
    second: Spins
    agreement: float
    aa: float
    ab: float
    bb: float
    a: float
    b: float

    @property
    def size(self) -> int:
        """The number of neurons N."""
        return len(self.first)


@dataclass(frozen=True, eq=False)
class Surface:
    """Heights (H, W) at (x[w], y[h]), what they are, and the temperature of `free`."""

    ground: Ground
    temperature: float
    x: FloatArray
    y: FloatArray
    height: FloatArray


@dataclass(frozen=True, eq=False)
class Corners:
    """K sampled corner states: shadow (K, 2), distance off the plane (K,), own energy (K,)."""

    shadow: FloatArray
    distance: FloatArray
    energy: FloatArray


def plane_of(net: Network, first: ArrayLike, second: ArrayLike) -> PatternPlane:
    """The plane through two patterns (N,) and the origin.

    Raises ValueError for patterns that are equal or inverse: they span no plane.
    """
    xi, eta = checked_patterns(np.stack([np.asarray(first), np.asarray(second)]))
    if abs(int(xi.astype(np.int64) @ eta)) == len(xi):
        raise ValueError("the two patterns are equal or inverse; choose two different ones")
    even, odd = 0.5 * (xi + eta.astype(np.float64)), 0.5 * (xi - eta.astype(np.float64))
    w_even, w_odd = net.weights @ even, net.weights @ odd
    return PatternPlane(
        xi,
        eta,
        float(np.abs(even).mean()),
        aa=float(even @ w_even),
        ab=float(odd @ w_even),
        bb=float(odd @ w_odd),
        a=float(net.bias @ even),
        b=float(net.bias @ odd),
    )


def heights(
    plane: PatternPlane, x: ArrayLike, y: ArrayLike, ground: Ground, temperature: float = 0.0
) -> FloatArray:
    """The height at points (x, y) of any common shape, in units of the energy.

    Raises ValueError for `free` at T <= 0, or an unknown ground.
    """
    across, along = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    u, v = across + along, across - along
    if ground == "plane":
        return _energy(plane, u, v)
    if ground == "clipped":
        return _energy(plane, np.clip(u, -1.0, 1.0), np.clip(v, -1.0, 1.0))
    if ground != "free":
        raise ValueError(f"the ground must be plane, clipped or free, not {ground!r}")
    if not 0.0 < temperature < np.inf:
        raise ValueError(f"the free energy needs a temperature above 0, not {temperature}")
    value = _energy(plane, np.tanh(u / temperature), np.tanh(v / temperature))
    agreeing = plane.agreement * plane.size
    entropy = agreeing * _entropy(u / temperature)
    entropy += (plane.size - agreeing) * _entropy(v / temperature)
    value -= temperature * entropy
    return value


def surface(
    plane: PatternPlane,
    ground: Ground = "clipped",
    temperature: float = 0.0,
    size: tuple[int, int] = (200, 200),
    reach: float = REACH,
) -> Surface:
    """Heights on a grid of size (H, W) over [-reach, reach] both ways."""
    if min(size) < 2 or not reach > 0.0:
        raise ValueError(f"need at least 2 x 2 points and a reach above 0, not {size}, {reach}")
    x, y = np.linspace(-reach, reach, size[1]), np.linspace(-reach, reach, size[0])
    height = heights(plane, x, y[:, None], ground, temperature)
    for array in (x, y, height):
        array.setflags(write=False)
    return Surface(ground, temperature, x, y, height)


def shadows(plane: PatternPlane, overlaps: ArrayLike) -> FloatArray:
    """Where states with overlaps (..., 2) with the two patterns cast their shadow: (..., 2).

    The foot of the perpendicular: s is nearest to x xi + y eta.
    """
    m = np.asarray(overlaps, dtype=np.float64)
    q = 2.0 * plane.agreement - 1.0  # overlap of the two patterns
    found: FloatArray = (m - q * m[..., ::-1]) / (1.0 - q * q)
    return found


def distances(plane: PatternPlane, spins: ArrayLike) -> FloatArray:
    """Root mean square of what the plane leaves of states (..., N), per neuron: (...), 0 to 1."""
    s = np.asarray(spins, dtype=np.float64)
    both = np.stack([plane.first, plane.second]).astype(np.float64)  # (2, N)
    rest = s - shadows(plane, s @ both.T / plane.size) @ both
    found: FloatArray = np.asarray(np.sqrt((rest * rest).mean(axis=-1)))
    return found


def sampled_corners(net: Network, plane: PatternPlane, count: int = 500, seed: int = 0) -> Corners:
    """Corner states spread evenly over the overlaps that are allowed, with their exact energies.

    |m1 + m2| <= 2 f and |m1 - m2| <= 2 (1 - f) with f = `agreement`: each state takes a random
    share of its neurons from either pattern's side where they agree, and where they do not.
    """
    dice = np.random.Generator(np.random.Philox(key=seed))
    agree = plane.first == plane.second  # (N,)
    shares = dice.random((count, 2))  # chance of a flip where they agree, where they differ
    chance = np.where(agree, shares[:, :1], shares[:, 1:])  # (K, N)
    spins = np.where(dice.random(chance.shape) < chance, -plane.first, plane.first)
    m = spins @ np.stack([plane.first, plane.second]).astype(np.float64).T / plane.size
    return Corners(shadows(plane, m), distances(plane, spins), energy(net, spins))


def _energy(plane: PatternPlane, u: FloatArray, v: FloatArray) -> FloatArray:
    value: FloatArray = -0.5 * (plane.aa * u * u + 2.0 * plane.ab * u * v + plane.bb * v * v)
    return value - plane.a * u - plane.b * v


def _entropy(field: FloatArray) -> FloatArray:
    """Entropy in nats of a neuron with mean tanh(field): ln 2 cosh(h) - h tanh(h)."""
    h = np.abs(field)
    nats: FloatArray = h + np.log1p(np.exp(-2.0 * h)) - h * np.tanh(h)
    return nats
