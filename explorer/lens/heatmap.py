"""Attention weights as pictures: levels, pooling, the grid of all heads, the zoomed window.

A weight w in 0..1 becomes a level: 0 means absent (the key comes after the query or before its
window, so the weight does not exist), 1 to 255 mean w from 0 to the ceiling of the scale. Where
several tokens share a pixel, the strongest level is drawn, so no peak is lost. Knows no text and no
screen.

Shapes: L layers, H heads, T tokens, S keys, G pixels of one tile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.engine.trace import Step, Trace, shared_steps

Levels = NDArray[np.uint8]
N = TypeVar("N", bound=np.generic)
ROOT, LINEAR = 0.5, 1.0
_GROWTH = 1.25
_LIGHTEST = 24  # where the colours of weights begin in the table: seen on the ground


@dataclass(frozen=True, eq=False)
class Overview:
    """All heads as levels (L, G + gap, H, G + gap); `image` is the same as one picture.

    A tile spans `capacity` tokens: room is left for the next ones, so that a step adds a row and
    moves nothing.
    """

    steps: tuple[Step, ...]
    side: int
    capacity: int
    levels: Levels

    @property
    def image(self) -> Levels:
        """The levels as one picture (L * (G + gap), H * (G + gap))."""
        layers, high, heads, wide = self.levels.shape
        return self.levels.reshape(layers * high, heads * wide)


def levels(weights: NDArray[np.float32], gamma: float = ROOT, ceiling: float = 1.0) -> Levels:
    """Levels of weights, any shape: 0 where NaN, else 1 + 254 (w / ceiling)^gamma up to 255."""
    there = ~np.isnan(weights)
    share = np.clip(np.where(there, weights, 0.0) / ceiling, 0.0, 1.0)
    if gamma == ROOT:
        np.sqrt(share, out=share)
    elif gamma != LINEAR:
        share **= gamma
    found = (share * 254 + 1.5).astype(np.uint8)
    found[~there] = 0
    return found


def ceiling_without_begin(weights: NDArray[np.float32]) -> float:
    """The largest weight (T, T) outside the column of the first token; 1 where there is none."""
    others = weights[:, 1:]
    if not (others > 0).any():
        return 1.0
    return float(np.nanmax(others))


def weight_table(heat: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """A table (256,) of 0xffRRGGBB for levels, from RGBA (256, 4) that begins with the ground.

    Level 0 is the ground itself; level 1, the weight 0, already differs from it.
    """
    at = np.concatenate([[0], np.linspace(_LIGHTEST, 255, 255).round().astype(int)])
    red, green, blue = heat[at, :3].astype(np.uint32).T
    table: NDArray[np.uint32] = 0xFF000000 | red << 16 | green << 8 | blue
    return table.astype(np.uint32)


def capacity(tokens: int, context: int) -> int:
    """How many tokens a picture leaves room for: a few sizes, so that it seldom changes."""
    size = 8
    while size < tokens:
        size = int(size * _GROWTH) + 1
    return max(tokens, min(size, context))


def first_pixel(token: int, side: int, span: int) -> int:
    """The first of `side` pixels that belongs to a token when `span` tokens share them."""
    return token * side // span


def overview(
    trace: Trace,
    context: int,
    side: int,
    gap: int,
    old: Overview | None,
    windows: tuple[int | None, ...] = (),
    most: int | None = None,
) -> Overview:
    """All heads at once, tiles of `side` pixels; only rows that differ from `old` are computed.

    windows[layer] is how many last tokens a query sees, None or no entry: all. `most` is how many
    rows are computed in one call: the steps of the answer end there, and it goes on from them.
    Raises ValueError for an empty trace.
    """
    if not trace.steps:
        raise ValueError("an overview needs at least one token")
    span = capacity(len(trace), context)
    layers, heads = trace.steps[0].attention.shape[:2]
    pitch = side + gap
    shape = (layers, pitch, heads, pitch)
    start = 0
    if old is not None and old.levels.shape == shape and old.capacity == span and old.side == side:
        found = old.levels.copy()
        start = shared_steps(old.steps, trace.steps)
        if start < len(old.steps):
            # The pixel row of the first new token may hold older tokens as well.
            pixel = first_pixel(start, side, span)
            start = min(start, -(-pixel * span // side))
            found[:, pixel:] = 0
    else:
        found = np.zeros(shape, dtype=np.uint8)
    end = len(trace) if most is None else min(len(trace), start + most)
    for token in range(start, end):
        seen = _without_unseen(levels(trace.steps[token].attention), windows)  # (L, H, S)
        row = pooled(seen, side, span)  # (L, H, g)
        top = first_pixel(token, side, span)
        bottom = max(top + 1, first_pixel(token + 1, side, span))
        part = found[:, top:bottom, :, : row.shape[-1]]
        np.maximum(part, row[:, None], out=part)
    found.setflags(write=False)
    return Overview(trace.steps[:end], side, span, found)


def _without_unseen(row: Levels, windows: tuple[int | None, ...]) -> Levels:
    """Levels (L, H, S) of one query with the keys before each layer's window absent."""
    for layer, window in enumerate(windows):
        if window is not None:
            row[layer, :, : max(0, row.shape[-1] - window)] = 0
    return row


def pooled(row: NDArray[N], side: int, span: int) -> NDArray[N]:
    """Numbers (..., S) of one query as pixels (..., g): stretched, or the strongest each."""
    size = row.shape[-1]
    if span <= side:
        edges = np.arange(size + 1) * side // span
        stretched: NDArray[N] = np.repeat(row, np.diff(edges), axis=-1)
        return stretched
    starts = -(-np.arange(side) * span // side)
    strongest: NDArray[N] = np.maximum.reduceat(row, starts[starts < size], axis=-1)
    return strongest


def picture(matrix: Levels, side: int) -> Levels:
    """A square of levels (N, N) for `side` pixels: itself, or pooled when it is larger."""
    size = len(matrix)
    if size <= side:
        return matrix
    edges = -(-np.arange(side + 1) * size // side)
    small = matrix
    for axis in (1, 0):
        # A few whole takes are ten times faster here than one reduceat over short runs.
        wide = small
        small = wide.take(edges[:-1], axis)
        for further in range(1, int(np.diff(edges).max())):
            at = np.minimum(edges[:-1] + further, edges[1:] - 1)
            np.maximum(small, wide.take(at, axis), out=small)
    return small


@dataclass(frozen=True)
class Zoom:
    """The square of a matrix that is shown: `span` queries and keys from these positions on."""

    query: int
    key: int
    span: int


def zoomed(zoom: Zoom, factor: float, at: tuple[float, float], whole: int) -> Zoom:
    """With `factor` times the tokens; the cell under `at` (shares of height and width) stays."""
    span = max(min(8, whole), min(round(zoom.span * factor), whole))
    query = zoom.query + at[0] * (zoom.span - span)
    key = zoom.key + at[1] * (zoom.span - span)
    return moved(Zoom(round(query), round(key), span), whole)


def moved(zoom: Zoom, whole: int) -> Zoom:
    """The same zoom brought back inside a matrix of `whole` tokens."""
    room = whole - zoom.span
    return Zoom(min(max(zoom.query, 0), room), min(max(zoom.key, 0), room), zoom.span)


def reaching(zoom: Zoom, position: int, whole: int) -> Zoom:
    """The zoom shifted just so far that the row of a position is shown."""
    query = min(max(zoom.query, position - zoom.span + 1), position)
    key = zoom.key + (query - zoom.query)
    return moved(Zoom(query, key, zoom.span), whole)


def columns(values: NDArray[Any], wide: float, span: int) -> tuple[NDArray[Any], float]:
    """Values (S,) as bars over `wide` pixels for `span` tokens: the heights, and a bar's width.

    Where several tokens share a pixel, the highest is drawn.
    """
    side = max(int(wide), 1)
    if span <= side:
        return values, wide / span
    return pooled(values, side, span), wide / side


def shown_labels(first: int, count: int, every: float) -> range:
    """Which of the positions first..first+count-1 get a label when one needs `every` positions.

    Every n-th position of the text, so that a label stays with its token when others come.
    """
    step = max(1, int(np.ceil(every)))
    return range(-(-first // step) * step, first + count, step)
