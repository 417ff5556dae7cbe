"""The energy between two stored patterns, and where the state, its track and the valleys stand.

Heights and shadows are those of physics.hopfield_landscape: every pixel is the exact energy of the
state under it. Corner states lie off the plane; they are drawn at their shadow with their distance
and their own energy. No Qt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.lens.hopfield_relief import Eye, Solid, relief
from explorer.lens.recall import along
from explorer.physics.hopfield import Network, Spins, energy, overlaps
from explorer.physics.hopfield_landscape import (
    REACH,
    Ground,
    PatternPlane,
    Surface,
    distances,
    heights,
    plane_of,
    shadows,
    surface,
)
from explorer.session.memory.snapshot import Memory, Picture, Valleys

FloatArray = NDArray[np.float64]
TRACK = 400  # points of the track that are drawn
GROUNDS: dict[Ground, tuple[str, str]] = {
    "clipped": (
        "Energy",
        "E at s = clip(x ξ + y η): inside the cube of states, with the patterns and their inverses "
        "as valleys.",
    ),
    "free": (
        "Free energy",
        "F = E − τ S of independent neurons with means tanh((x ξ + y η) / τ): the smooth bowl at "
        "the Glauber temperature τ.",
    ),
    "plane": ("Plane", "E at the real states x ξ + y η: a dome, lowest at the rim."),
}


@dataclass(frozen=True, eq=False)
class Mark:
    """A corner state on the landscape: what it is, its shadow (2,), distance and own energy."""

    name: str
    sort: str
    shadow: FloatArray
    distance: float
    energy: float


@dataclass(frozen=True, eq=False)
class Landscape:
    """The surface, the ball, its track (K, 2) with energies (K,), patterns and other valleys."""

    plane: PatternPlane
    names: tuple[str, str]
    surface: Surface
    ball: Mark
    track: FloatArray
    track_energy: FloatArray
    marks: tuple[Mark, ...]


def chosen_pair(s: Memory) -> tuple[int, int] | None:
    """The two patterns that span the plane: those chosen, else those most like the state.

    None while no two patterns differ by more than their sign.
    """
    if len(s.pictures) < 2:
        return None
    alike = np.abs(overlaps(s.here.spins, s.patterns))
    by_likeness = np.argsort(-alike, kind="stable").tolist()
    order = list(dict.fromkeys([*s.look.chosen, *by_likeness]))
    first = order[0]
    for second in order[1:]:
        product = s.patterns[first].astype(int) @ s.patterns[second]
        if abs(int(product)) != s.size:
            return first, second
    return None


def landscape(s: Memory, pair: tuple[int, int], ground: Ground, size: tuple[int, int]) -> Landscape:
    """The landscape over the plane of two stored patterns, sampled on (H, W) points.

    Raises ValueError for the free energy at the Glauber temperature 0.
    """
    found = s.valleys if s.valleys is not None and s.valleys.network is s.network else None
    still = _still(s.network, s.pictures, found, pair, ground, s.how.temperature, size)
    track, track_energy = _track(s, still.plane)
    return Landscape(
        still.plane,
        (s.pictures[pair[0]].name, s.pictures[pair[1]].name),
        still.surface,
        _mark(s.network, still.plane, s.here.spins, "state", "state"),
        track,
        track_energy,
        still.marks,
    )


@dataclass(frozen=True, eq=False)
class _Still:
    """What no step changes: the plane, its surface and the valleys."""

    plane: PatternPlane
    surface: Surface
    marks: tuple[Mark, ...]


@lru_cache(maxsize=4)
def _still(
    net: Network,
    pictures: tuple[Picture, ...],
    valleys: Valleys | None,
    pair: tuple[int, int],
    ground: Ground,
    temperature: float,
    size: tuple[int, int],
) -> _Still:
    plane = plane_of(net, pictures[pair[0]].spins, pictures[pair[1]].spins)
    marks = [
        *(_mark(net, plane, one.spins, one.name, "pattern") for one in pictures),
        *(_mark(net, plane, -one.spins, f"−{one.name}", "inverse") for one in pictures),
    ]
    for one in valleys.found.minima if valleys is not None else ():
        if one.sort in ("mixture", "other"):
            name = _parts(pictures, one.parts) or one.sort
            marks.append(_mark(net, plane, one.spins, name, one.sort))
    return _Still(plane, surface(plane, ground, temperature, size), tuple(marks))


def view(land: Landscape, size: tuple[int, int], eye: Eye, colors: NDArray[np.uint8]) -> Solid:
    """The landscape as a solid on (H, W) pixels; colors as of `hopfield_relief.level_colors`."""
    shown = land.surface
    cos, sin = math.cos(math.radians(eye.azimuth)), math.sin(math.radians(eye.azimuth))

    def sample(u: FloatArray, v: FloatArray) -> FloatArray:
        x = cos * u - sin * v[:, None]
        y = sin * u + cos * v[:, None]
        return heights(land.plane, x, y, shown.ground, shown.temperature)

    low, high = float(shown.height.min()), float(shown.height.max())
    stage = (np.zeros(2), REACH * 1.02, low, max(high, low + 1e-9))
    return relief(sample, stage, size, eye, colors)


def explain(land: Landscape, mark: Mark) -> str:
    """One corner state in words."""
    where = "on this plane" if mark.distance < 1e-9 else f"{mark.distance:.2f} off this plane"
    return f"{mark.name}: {mark.sort}, E = {mark.energy:.4g}, {where} (r.m.s. per neuron)"


def _mark(net: Network, plane: PatternPlane, spins: Spins, name: str, sort: str) -> Mark:
    both = np.stack([plane.first, plane.second])
    return Mark(
        name,
        sort,
        shadows(plane, overlaps(spins, both)),
        float(distances(plane, spins)),
        float(energy(net, spins)),
    )


def _parts(pictures: tuple[Picture, ...], parts: tuple[tuple[int, int], ...]) -> str:
    names = [("" if sign > 0 else "−") + pictures[one].name for one, sign in parts]
    return "+".join(names).replace("+−", "−")


def _track(s: Memory, plane: PatternPlane) -> tuple[FloatArray, FloatArray]:
    """Shadows (K, 2) and energies (K,) of the states up to the cursor, at most about TRACK."""
    skipped, energies, m = along(s.track, np.stack([plane.first, plane.second]))
    count = s.track.cursor - skipped + 1
    at = np.unique(np.linspace(0, count - 1, TRACK).astype(int))
    return shadows(plane, m[at]), energies[at]
