"""Pictures of an energy landscape: a contour map and a solid view of it. Arrays only.

Both show the exact energy in bands of a round width with thin lines between them. The solid view
samples the energy anew on a grid that is turned towards the eye, so its columns are exact as well.
Lengths on the plane are in units of the keys, energies as in `lens.hopfield`, angles in degrees.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from explorer.lens.hopfield import Memory, Terrain, heights
from explorer.physics.dense_memory import energy
from explorer.physics.landscape import lift

FloatArray = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Sample: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]
Stage: TypeAlias = tuple[FloatArray, float, float, float]  # centre, radius, lowest, ceiling

BANDS = 16  # bands of energy; a level is 16 times its band plus how much of a line covers it
INKS = 16
DEPTH = 144  # samples along each line of sight
LINE = 0.45  # half the width of a line, in samples
STEEP = 0.5  # height of the solid over its radius
AMBIENT = 0.7  # light that reaches a slope turned away
SUN = np.array([-0.5, -0.4, 0.77])  # from the left and over the viewer's shoulder


@dataclass(frozen=True, eq=False)
class Contour:
    """levels (H, W), each 16 band + ink; band 0 begins at `lowest`, each is `step` wide."""

    levels: Bytes
    lowest: float
    step: float


@dataclass(frozen=True)
class Eye:
    """Where the solid is seen from: turned by `azimuth`, from `elevation` above the plane."""

    azimuth: float = 30.0
    elevation: float = 52.0

    def turned(self, azimuth: float, elevation: float) -> Eye:
        """Moved by some degrees; never below the horizon nor over the top."""
        return Eye((self.azimuth + azimuth) % 360.0, min(max(self.elevation + elevation, 15), 90))


@dataclass(frozen=True, eq=False)
class Solid:
    """The landscape as a solid: an image (H, W, 4) RGBA and what is needed to put points on it.

    What lies outside the disc around `centre` or above `ceiling` is cut away (transparent).
    """

    image: Bytes
    contour: Contour
    eye: Eye
    centre: FloatArray
    radius: float
    ceiling: float
    front: NDArray[np.intp]

    @property
    def scale(self) -> float:
        """Length on the plane that one unit of energy is drawn high."""
        return STEEP * self.radius / max(self.ceiling - self.contour.lowest, 1e-12)

    def place(self, coordinates: FloatArray, energies: FloatArray) -> FloatArray:
        """Points (P, 2) of the plane at energies (P,) -> columns x, y (pixels), depth: (P, 3).

        depth runs from 0 at the front to 1 at the back.
        """
        u, v = _turn(coordinates - self.centre, self.eye.azimuth)
        up = (energies - self.contour.lowest) * self.scale
        tilt = math.radians(self.eye.elevation)
        size = self.image.shape
        unit, middle = _view(size[0], size[1], self.radius, self.eye)
        x = 0.5 * size[1] + u / unit
        y = middle - (v * math.sin(tilt) + up * math.cos(tilt)) / unit
        return np.stack([x, y, 0.5 + 0.5 * v / self.radius], axis=1)

    def hidden(self, placed: FloatArray) -> NDArray[np.bool_]:
        """Which of the placed points (P, 3) lie behind a part of the surface that is in front."""
        h, w = self.front.shape
        x = np.clip(placed[:, 0].astype(int), 0, w - 1)
        y = np.clip(placed[:, 1].astype(int), 0, h - 1)
        first = self.front[y, x]
        behind: NDArray[np.bool_] = (first >= 0) & (first < (placed[:, 2] - 0.04) * DEPTH)
        return behind


def contour(values: FloatArray, lowest: float | None = None, top: float | None = None) -> Contour:
    """Bands and lines of energies (H, W), from `lowest` (their minimum) to `top` (their maximum).

    The width of a band is 1, 2, 2.5 or 5 times a power of ten, so that at most 16 are needed.
    """
    low = float(values.min()) if lowest is None else lowest
    span = (float(values.max()) if top is None else top) - low
    step = round_step(span / (BANDS - 0.5)) if span > 0.0 else 1.0
    share = values - low
    share /= step  # (H, W) in bands
    levels = np.clip(share, 0.0, BANDS - 1.0).astype(np.uint8)
    levels *= INKS
    levels += _ink(share.astype(np.float32))
    return Contour(levels, low, step)


def _ink(share: NDArray[np.float32]) -> Bytes:
    """How much of a line covers each sample of (H, W) bands: 0 to INKS - 1."""
    # single precision and few new arrays: this is done for every picture of every step
    nearest = np.rint(share)
    slope, across = (np.asarray(side) for side in np.gradient(share))
    slope *= slope
    across *= across
    slope += across
    np.sqrt(slope, out=slope)
    away = np.abs(share - nearest, out=across)
    away /= np.maximum(slope, np.float32(1e-9), out=slope)  # samples to the next line
    ink = np.subtract(np.float32(LINE + 0.5), away, out=away)
    ink *= INKS - 1
    np.clip(ink, np.float32(0.0), np.float32(INKS - 1.0), out=ink)
    ink *= nearest > 0
    return ink.astype(np.uint8)


def level_colors(table: Bytes, ink: tuple[int, int, int], strength: float = 0.45) -> Bytes:
    """Colours (256, 4) of the levels: a colour of `table` (256, 4) per band, darkened by lines."""
    bands = table[np.linspace(0, 255, BANDS).astype(int)].astype(float)  # (BANDS, 4)
    cover = np.linspace(0.0, strength, INKS)[None, :, None]
    lined = bands[:, None] * (1.0 - cover) + np.array([*ink, 255.0]) * cover
    colors: Bytes = lined.reshape(BANDS * INKS, 4).round().astype(np.uint8)
    return colors


def solid(terrain: Terrain, size: tuple[int, int], eye: Eye, colors: Bytes) -> Solid:
    """The landscape of a head seen from `eye` on (H, W) pixels; colors as of `level_colors`."""
    stage = _stage(terrain)
    centre = stage[0]
    return relief(
        lambda u, v: _towards(terrain.memory, centre, u, v, eye), stage, size, eye, colors
    )


def relief(sample: Sample, stage: Stage, size: tuple[int, int], eye: Eye, colors: Bytes) -> Solid:
    """Any landscape seen from `eye` on (H, W) pixels; colors (256, 4) as of `level_colors`.

    `sample(u, v)` gives the heights (DEPTH, W) at the distances u (W,) across and v (DEPTH,) along
    the line of sight from the centre of the stage. Each column of pixels is a line of sight over a
    row of exact samples, nearest first: a pixel shows the first sample that is high enough.
    """
    centre, radius, lowest, ceiling = stage
    height, width = size
    unit, _ = _view(height, width, radius, eye)
    columns = np.arange(width, dtype=np.float64)
    u: FloatArray = (columns + (0.5 - 0.5 * width)) * unit
    v = np.linspace(-radius, radius, DEPTH)
    values = sample(u, v)  # (DEPTH, width)
    inside = v[:, None] ** 2 + u**2 <= radius**2
    bands = contour(np.minimum(values, ceiling), lowest, ceiling)
    there = inside & (values <= ceiling)
    empty = np.zeros((height, width, 4), np.uint8)
    shape = Solid(empty, bands, eye, centre, radius, ceiling, np.empty(0, np.intp))
    front = _first_seen(shape, values, v, there)
    colored = colors[bands.levels].astype(np.float64)  # (DEPTH, width, 4)
    colored[..., :3] = colored[..., :3] * _shade(shape, values, u, v)[..., None]
    pixels = colored.astype(np.uint8)[np.maximum(front, 0), np.arange(width)]
    pixels[..., 3] = _soft(front >= 0)
    return replace(shape, image=pixels, front=front)


def track(memory: Memory, corners: FloatArray, parts: int = 12) -> tuple[FloatArray, FloatArray]:
    """A line over corners (S, 2) on the plane, `parts` to a side: points (P, 2), energies (P,).

    The heights are those of the plane under the line, so that it lies on the surface.
    """
    share = np.linspace(0.0, 1.0, parts, endpoint=False)[:, None]
    sides = [a + share * (b - a) for a, b in pairwise(corners)]
    points = np.concatenate([*sides, corners[-1:]])
    return points, energy(memory.keys, lift(memory.plane, points), memory.beta)


def round_step(step: float) -> float:
    """The next number that is 1, 2, 2.5 or 5 times a power of ten and not smaller."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * m for m in (1.0, 2.0, 2.5, 5.0, 10.0) if power * m >= step * (1 - 1e-9))


def _towards(
    memory: Memory, centre: FloatArray, u: FloatArray, v: FloatArray, eye: Eye
) -> FloatArray:
    plane, turn = memory.plane, math.radians(eye.azimuth)
    cos, sin = math.cos(turn), math.sin(turn)
    across = cos * plane.e1 + sin * plane.e2
    away = cos * plane.e2 - sin * plane.e1
    facing = replace(plane, origin=lift(plane, centre), e1=across, e2=away)
    return heights(memory, facing, u, v)


def _turn(points: FloatArray, azimuth: float) -> tuple[FloatArray, FloatArray]:
    cos, sin = math.cos(math.radians(azimuth)), math.sin(math.radians(azimuth))
    return cos * points[:, 0] + sin * points[:, 1], cos * points[:, 1] - sin * points[:, 0]


def _stage(terrain: Terrain) -> Stage:
    """Centre and radius of the disc that is shown, its lowest energy, and where it is cut off.

    The cut lies a little above the highest point that must be seen: the start, the mix, the rivals.
    """
    ground, memory = terrain.ground, terrain.memory
    lowest, highest = float(ground.energy.min()), float(ground.energy.max())
    must = np.concatenate([terrain.path.energy[:2], ground.keys.energy[list(memory.place.rivals)]])
    ceiling = highest
    if memory.plane.anchors:
        ceiling = min(highest, lowest + 1.2 * (float(must.max()) - lowest))
    ceiling = max(ceiling, lowest + 1e-9)
    rows, columns = np.nonzero(ground.energy <= ceiling)
    a, b = ground.a[columns], ground.b[rows]
    centre = 0.5 * np.array([a.min() + a.max(), b.min() + b.max()])
    radius = 1.03 * float(np.hypot(a - centre[0], b - centre[1]).max())
    return centre, max(radius, 2.0 * float(ground.a[1] - ground.a[0])), lowest, ceiling


def _view(height: int, width: int, radius: float, eye: Eye) -> tuple[float, float]:
    """Units of the plane per pixel, and the row at which the centre's lowest energy stands."""
    tilt = math.radians(eye.elevation)
    tall = 2.0 * radius * math.sin(tilt) + STEEP * radius * math.cos(tilt)
    unit = max(2.0 * radius / width, tall / (height - 1))
    return unit, 0.5 * height + 0.5 * STEEP * radius * math.cos(tilt) / unit


def _first_seen(
    shape: Solid, values: FloatArray, v: FloatArray, there: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Which sample each pixel shows, -1 for none: values (DEPTH, W) -> (H, W)."""
    depth, width = values.shape
    height = shape.image.shape[0]
    unit, middle = _view(height, width, shape.radius, shape.eye)
    tilt = math.radians(shape.eye.elevation)
    up = (values - shape.contour.lowest) * shape.scale
    rows = middle - (v[:, None] * math.sin(tilt) + up * math.cos(tilt)) / unit  # (DEPTH, W)
    rows = np.where(there, np.clip(np.ceil(rows), 0, height), height)
    tops = np.minimum.accumulate(rows, axis=0).astype(np.intp)  # highest row reached so far
    columns = np.arange(width)
    counts = np.bincount((tops * width + columns).ravel(), minlength=(height + 1) * width)
    passed = np.cumsum(counts.reshape(height + 1, width), axis=0)[:-1]  # samples at or above a row
    first = depth - passed  # (H, W); tops never fall, so those are the last ones
    whole = np.zeros_like(there)
    whole[1:] = there[1:] & there[:-1]  # a sheet between two samples, not across a gap
    seen = (first < depth) & whole[np.minimum(first, depth - 1), columns]
    return np.where(seen, first, -1)


def _soft(seen: NDArray[np.bool_]) -> Bytes:
    """Opacity (H, W): full inside, falling towards the outline so that it looks smooth."""
    padded = np.pad(seen, 1).astype(np.int16)
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    near = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]  # of 9 pixels
    opacity: Bytes = (np.clip(near - 2, 0, 5) * 51 * seen).astype(np.uint8)
    return opacity


def _shade(shape: Solid, values: FloatArray, u: FloatArray, v: FloatArray) -> FloatArray:
    up = values * shape.scale
    away, across = np.gradient(up, v[1] - v[0], u[1] - u[0])
    light = SUN / np.linalg.norm(SUN)
    lit = (light[2] - across * light[0] - away * light[1]) / np.sqrt(1 + across**2 + away**2)
    shade: FloatArray = AMBIENT + (1.0 - AMBIENT) * np.clip(lit * 1.15, 0.0, 1.0)
    return shade
