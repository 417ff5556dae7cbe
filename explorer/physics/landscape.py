"""The energy of a dense memory on a plane through chosen points. Knows no model and no screen.

A point of the plane is xi(a, b) = origin + a e1 + b e2 with orthonormal e1, e2. Scores are affine
in (a, b), X xi = X origin + a X e1 + b X e2, and so is what is left of |xi|^2 after a^2 + b^2. So
every pixel is the exact energy at that point of the full space, for O(N) work. Points that do not
lie on the plane cast a shadow on it: their height is their own energy, not that of the pixel below.
A minimum of the picture need not be a minimum of the energy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.physics.dense_memory import (
    Memory,
    energies,
    memory,
    overlaps,
    product,
    sealed,
    updated,
)

FloatArray = NDArray[np.float64]

COLLINEAR = 0.02  # sine of the angle, about one degree, below which three points span no plane
LEAST = 0.25  # share of the spread of the keys that the frame shows at least
GROWTH = 0.5  # the frame may grow by this share of its width on each side to show more keys
SAFE_SPREAD = 600.0  # exp(-600) is still a normal number, so no leading term is lost
MOST = 0.05  # quantile of key shadows that may stay outside on each side


@dataclass(frozen=True)
class Plane:
    """A plane in R^d: origin (d,), orthonormal e1 and e2 (d,).

    kind says what spans it: "keys" the query and two keys, "line" the query, one key and the widest
    remaining spread of the keys, "principal" the two widest spreads through the mean key. `anchors`
    are the rows of the keys that lie on it by construction, `explained` the share of the variance
    of the keys (about their mean) that its directions hold.
    """

    origin: FloatArray
    e1: FloatArray
    e2: FloatArray
    kind: Literal["keys", "line", "principal"]
    anchors: tuple[int, ...]
    explained: float


@dataclass(frozen=True)
class Projection:
    """P points seen from a plane: shadow (P, 2) as (a, b), distance (P,) off it, energy (P,).

    The energy is the point's own, computed when asked for; at distance 0 it is its shadow's too.
    """

    coordinates: FloatArray
    distance: FloatArray
    measure: Callable[[], FloatArray]

    @cached_property
    def energy(self) -> FloatArray:
        """The points' own energies (P,)."""
        return sealed(self.measure())


@dataclass(frozen=True)
class Landscape:
    """Energies on a grid: a (W,), b (H,), energy (H, W) with energy[h, w] at (a[w], b[h]).

    `query`, `retrieved` (one update later) and `keys` are projections of 1, 1 and N points.
    """

    plane: Plane
    a: FloatArray
    b: FloatArray
    energy: FloatArray
    query: Projection
    retrieved: Projection
    keys: Projection


def plane_through(patterns: ArrayLike, query: ArrayLike, keys: Sequence[int]) -> Plane:
    """The plane through the query (d,) and one or two rows of the patterns (N, d).

    Falls back to the principal plane where these points span none, that is where they coincide or
    lie within a degree of one line. Raises ValueError for d < 2, wrong shapes or not 1 or 2 keys.
    """
    stored, start = _points(patterns), np.asarray(query, dtype=np.float64)
    if start.shape != stored.shape[1:] or len(keys) not in (1, 2):
        raise ValueError(f"need a query with {stored.shape[1]} values and one or two keys")
    arms = stored[list(keys)] - start  # (1 or 2, d)
    lengths = np.linalg.norm(arms, axis=1)
    scale = max(float(np.abs(stored).max()), float(np.abs(start).max()))
    if lengths.min() <= 1e-9 * scale:
        return principal_plane(stored)
    e1 = arms[0] / lengths[0]
    if len(keys) == 1:
        spread = stored - stored.mean(axis=0)
        e2 = _widest(spread - overlaps(spread, [e1]) * e1, avoid=e1)
        return _plane(stored, start, e1, e2, "line", (int(keys[0]),))
    across = arms[1] - (arms[1] @ e1) * e1
    if np.linalg.norm(across) < COLLINEAR * lengths[1]:
        return principal_plane(stored)
    anchors = (int(keys[0]), int(keys[1]))
    return _plane(stored, start, e1, _unit(across, avoid=e1), "keys", anchors)


def principal_plane(keys: ArrayLike) -> Plane:
    """The plane through the mean of the keys (N, d) along their two widest spreads (PCA).

    Directions without any spread are filled with arbitrary but repeatable ones, so a single key is
    allowed. Raises ValueError for d < 2 or wrong shapes.
    """
    stored = _points(keys)
    centre = stored.mean(axis=0)
    spread = stored - centre
    e1 = _widest(spread)
    e2 = _widest(spread - overlaps(spread, [e1]) * e1, avoid=e1)
    return _plane(stored, centre, e1, e2, "principal", ())


def lift(plane: Plane, coordinates: ArrayLike) -> FloatArray:
    """The points of R^d under coordinates (..., 2) of the plane: (..., d)."""
    ab = np.asarray(coordinates, dtype=np.float64)
    points: FloatArray = plane.origin + ab[..., :1] * plane.e1 + ab[..., 1:] * plane.e2
    return points


def project(
    plane: Plane,
    points: ArrayLike,
    patterns: ArrayLike,
    beta: float,
    bias: ArrayLike | None = None,
) -> Projection:
    """Shadow, distance and own energy of points (P, d), for example a path of descent."""
    there = np.atleast_2d(np.asarray(points, dtype=np.float64))  # (P, d)
    return placed(plane, there, partial(energies, memory(patterns, beta, bias), there))


def placed(plane: Plane, points: FloatArray, own: Callable[[], FloatArray]) -> Projection:
    """Shadow and distance of points (P, d) whose own energies (P,) `own` computes."""
    shadows = overlaps(points - plane.origin, [plane.e1, plane.e2])  # (P, 2)
    distance = np.linalg.norm(points - lift(plane, shadows), axis=1)
    return Projection(sealed(shadows), sealed(distance), own)


def landscape(
    patterns: ArrayLike,
    query: ArrayLike,
    beta: float,
    plane: Plane,
    size: tuple[int, int] = (72, 72),
    margin: float = 0.15,
    bias: ArrayLike | None = None,
) -> Landscape:
    """The energy of patterns (N, d) around the query (d,), size = (H, W) pixels.

    The frame holds the query, the plane's own keys and the retrieved point with a margin (a share
    of the frame), and most other shadows as far as it need not grow by more than half a width on
    each side. Both axes have one scale, so distances compare. Raises ValueError as `energy` does,
    and for fewer than 2 pixels on a side or a negative margin.
    """
    if min(size) < 2 or not margin >= 0.0:
        raise ValueError(f"need at least 2 x 2 pixels and margin >= 0, not {size}, {margin}")
    store = memory(patterns, beta, bias)
    retrieved = updated(store, query).state
    ends = np.vstack([np.asarray(query, dtype=np.float64), retrieved])
    here, there, keys = (
        placed(plane, points, partial(energies, store, points))
        for points in (ends[:1], ends[1:], store.patterns)
    )
    anchors = keys.coordinates[list(plane.anchors)]
    must = np.concatenate([here.coordinates, there.coordinates, anchors])  # (2 to 4, 2)
    stored = keys.coordinates[store.bias > -np.inf]
    a, b = _frame(must, stored, size, margin)
    return Landscape(plane, a, b, _surface(store, plane, a, b), here, there, keys)


def sample(
    patterns: ArrayLike,
    beta: float,
    plane: Plane,
    a: FloatArray,
    b: FloatArray,
    bias: ArrayLike | None = None,
) -> FloatArray:
    """The energy (H, W) at the points (a[w], b[h]) of a plane, for a (W,) and b (H,) of any kind.

    Raises ValueError as `energy` does.
    """
    return _surface(memory(patterns, beta, bias), plane, np.asarray(a), np.asarray(b))


def _surface(store: Memory, plane: Plane, a: FloatArray, b: FloatArray) -> FloatArray:
    base = store.beta * overlaps(plane.origin, store.patterns) + store.bias  # (N,)
    along = np.multiply.outer(a, store.beta * overlaps(plane.e1, store.patterns))  # (W, N)
    across = np.multiply.outer(b, store.beta * overlaps(plane.e2, store.patterns)) + base  # (H, N)
    log_sum = _log_sums(along, across)
    c, e1, e2 = plane.origin, plane.e1, plane.e2
    columns = a * (0.5 * a + c @ e1)  # (W,)
    rows = b * (0.5 * b + c @ e2)  # (H,)
    half_square = 0.5 * float(c @ c) + columns + rows[:, None]  # (H, W)
    return sealed(half_square - log_sum / store.beta + store.constant)


def _log_sums(along: FloatArray, across: FloatArray) -> FloatArray:
    """log sum_n exp(along[w, n] + across[h, n]): (W, N), (H, N) -> (H, W)."""
    wide, high = along.max(axis=1, keepdims=True), across.max(axis=1, keepdims=True)
    finite = across[:, across[0] > -np.inf]
    spread = float((wide - along.min(axis=1, keepdims=True)).max()) + float(
        (high - finite.min(axis=1, keepdims=True)).max()
    )
    if spread < SAFE_SPREAD:
        # the exponential of a sum is a product: one matrix product instead of H W N exponentials
        columns, rows = along - wide, across - high  # (W, N), (H, N)
        quick = product(np.exp(rows, out=rows), np.exp(columns, out=columns).T)
        np.log(quick, out=quick)
        quick += high
        quick += wide.T
        return quick
    logs = np.empty((len(across), len(along)))
    scores = np.empty_like(along)
    for row, shift in enumerate(across):  # one row of pixels at a time stays in the cache
        np.add(along, shift, out=scores)  # (W, N)
        peak = scores.max(axis=1)  # (W,)
        scores -= peak[:, None]
        logs[row] = peak + np.log(np.exp(scores, out=scores).sum(axis=1))
    return logs


def _frame(
    must: FloatArray, others: FloatArray, size: tuple[int, int], margin: float
) -> tuple[FloatArray, FloatArray]:
    low, high = must.min(axis=0), must.max(axis=0)  # (2,)
    near, far = np.quantile(others, [MOST, 1.0 - MOST], axis=0)  # (2,) each
    # a state that hardly moves must not shrink the frame to a point; if all coincide, any will do
    span = max(float((high - low).max()), LEAST * float((far - near).max())) or 1.0
    low = np.clip(near, low - GROWTH * span, low)
    high = np.clip(far, high, high + GROWTH * span)
    centre = 0.5 * (low + high)
    half = 0.5 * (high - low) * (1.0 + 2.0 * margin)
    half[0] = max(half[0], 0.5 * span)
    pixels = np.array([size[1] - 1, size[0] - 1])  # steps along a, along b
    half = float((half / pixels).max()) * pixels
    axes = [np.linspace(c - h, c + h, n + 1) for c, h, n in zip(centre, half, pixels, strict=True)]
    return sealed(axes[0]), sealed(axes[1])


def _plane(
    stored: FloatArray,
    origin: FloatArray,
    e1: FloatArray,
    e2: FloatArray,
    kind: Literal["keys", "line", "principal"],
    anchors: tuple[int, ...],
) -> Plane:
    spread = stored - stored.mean(axis=0)
    total = float((spread**2).sum())
    held = float((overlaps(spread, [e1, e2]) ** 2).sum())
    explained = min(held / total, 1.0) if total > 0.0 else 1.0
    return Plane(sealed(origin), sealed(e1), sealed(e2), kind, anchors, explained)


def _widest(spread: FloatArray, avoid: FloatArray | None = None) -> FloatArray:
    """Unit vector of the largest spread of rows (N, d), with a repeatable sign."""
    direction: FloatArray = np.linalg.svd(spread, full_matrices=False)[2][0]
    return _unit(direction * np.sign(direction[np.abs(direction).argmax()]), avoid)


def _unit(vector: FloatArray, avoid: FloatArray | None) -> FloatArray:
    """`vector` made orthogonal to `avoid`, of length 1; another axis where nothing is left."""
    rest = vector / np.linalg.norm(vector)
    if avoid is not None:
        rest = rest - (rest @ avoid) * avoid
        if np.linalg.norm(rest) < 0.5:
            # without spread the SVD may return `avoid` itself: take the axis that is furthest off
            rest = np.zeros_like(avoid)
            rest[np.abs(avoid).argmin()] = 1.0
            rest -= (rest @ avoid) * avoid
        rest = rest / np.linalg.norm(rest)
        rest = rest - (rest @ avoid) * avoid  # twice is enough (Kahan and Parlett)
        rest = rest / np.linalg.norm(rest)
    unit: FloatArray = rest
    return unit


def _points(patterns: ArrayLike) -> FloatArray:
    stored = np.asarray(patterns, dtype=np.float64)
    if stored.ndim != 2 or len(stored) == 0 or stored.shape[1] < 2:
        raise ValueError(f"a plane needs points of shape (N, d), d >= 2, not {stored.shape}")
    return stored
