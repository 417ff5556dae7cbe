"""The course of a story: surprise, entropy and temperature of each step, ready to draw."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.sampling import HIGHEST, LOWEST
from explorer.lens.surprise import (
    Course,
    FloatArray,
    course,
    draws,
    prompt_length,
    walk,
)
from explorer.session.snapshot import Snapshot

_SPANS = (24, 48, 96, 160, 256)
_APART = (1, 2, 4, 5, 8, 10, 16, 20, 32, 40, 50, 64, 100)
_HEIGHTS = (4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)


@dataclass(frozen=True, eq=False)
class TimelinePicture:
    """The line through the cursor, T tokens up to the tip.

    surprise     (T,) -ln p of the token at each position, nats; NaN for the begin token
    entropy      (T + 1,) H of the distribution that each token came from, nats, the open next
                 position included; NaN for the begin token
    temperature  (T,) of the draw; NaN for tokens that were not drawn (prompt, forced)
    vague        (T + 1,) the engine left out tokens there: the entropy is the least it can be
    forced       (T,) chosen by hand
    prompt       tokens of the prompt; cursor is the position last read
    span, top    range of the axes: 0..span positions, 0..top nats
    course       the surprise and entropy of the steps, to go on from
    """

    surprise: FloatArray
    entropy: FloatArray
    vague: NDArray[np.bool_]
    temperature: FloatArray
    forced: tuple[bool, ...]
    labels: tuple[str, ...]
    prompt: int
    cursor: int
    span: int
    top: float
    course: Course


def timeline(s: Snapshot, old: TimelinePicture | None = None) -> TimelinePicture | None:
    """The numbers of every step of the line, or None while nothing has been read.

    What `old` has of the same steps is not found again.
    """
    if s.model is None or not s.timeline:
        return None
    steps, chosen = walk(s.timeline), draws(s.timeline)
    told = course(steps, None if old is None else old.course)
    surprise = told.surprise
    entropy = np.concatenate([[np.nan], told.entropy])
    temperature = np.array(
        [np.nan if d is None or d.forced else d.sampling.temperature for d in chosen]
    )
    heights = np.concatenate([surprise, entropy])
    highest = float(heights[np.isfinite(heights)].max(initial=0.0))
    labels = s.model.labels
    return TimelinePicture(
        surprise=surprise,
        entropy=entropy,
        vague=np.array([False, *(step.rest > 0 for step in steps)]),
        temperature=temperature,
        forced=tuple(draw is not None and draw.forced for draw in chosen),
        labels=tuple(labels[step.token] for step in steps),
        prompt=prompt_length(chosen),
        cursor=len(s.timeline.node.trace) - 1,
        span=span_of(len(steps) + 1, s.model.context),
        top=next((height for height in _HEIGHTS if height >= highest), math.ceil(highest)),
        course=told,
    )


def heights(temperature: FloatArray) -> FloatArray:
    """(T,) place on a logarithmic scale of temperature: 0 at LOWEST or greedy, 1 at HIGHEST."""
    shown = np.clip(temperature, LOWEST, HIGHEST)
    share: FloatArray = np.log(shown / LOWEST) / math.log(HIGHEST / LOWEST)
    return share


def ticks(top: float, room: int) -> tuple[float, ...]:
    """At most `room` round values from 0 to `top`."""
    even = (1, 2, 4, 5, 8, 10, 20, 25, 50, 100)
    step = next((s for s in even if s <= top and top // s + 1 <= room), top)
    return tuple(float(value) for value in np.arange(0.0, top + 1e-9, step))


def label_every(step: float, room: float) -> int:
    """From how many positions on, of `step` pixels each, a label has `room` pixels to itself."""
    found = next((count for count in _APART if count * step >= room), 128)
    while found * step < room:
        found *= 2
    return found


def runs(values: FloatArray, cut: int) -> list[tuple[int, int]]:
    """Stretches [start, end) of equal values (T,), NaN left out, none across the index `cut`."""
    if not len(values):
        return []
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    edges = sorted({0, *changes.tolist(), *((cut,) if 0 < cut < len(values) else ()), len(values)})
    return [(a, b) for a, b in itertools.pairwise(edges) if not math.isnan(values[a])]


def first_change(old: TimelinePicture, new: TimelinePicture) -> int | None:
    """The first position at which two pictures differ, None if they show the same."""
    short, long = sorted((len(old.surprise), len(new.surprise)))
    found = [] if short == long else [short]
    if old.cursor != new.cursor:
        found.append(min(old.cursor, new.cursor) + 1)
    for mine, other in (
        (np.nan_to_num(old.surprise[1:short], nan=-1.0),
         np.nan_to_num(new.surprise[1:short], nan=-1.0)),
        (old.entropy[1 : short + 1], new.entropy[1 : short + 1]),
        (np.nan_to_num(old.temperature[1:short], nan=-1.0),
         np.nan_to_num(new.temperature[1:short], nan=-1.0)),
        (np.array(old.forced[1:short]), np.array(new.forced[1:short])),
    ):  # fmt: skip
        differing = np.flatnonzero(mine != other)
        if len(differing):
            found.append(1 + int(differing[0]))
    return min(found, default=None)


def readout(picture: TimelinePicture, position: int) -> tuple[str, ...]:
    """The numbers of one position in one line, from the longest wording to the shortest."""
    label = picture.labels[position]
    if position == 0:
        return (f"{position}  {label}",)
    nats, expected = picture.surprise[position], picture.entropy[position]
    sign, least = ("≥", "≥ ") if picture.vague[position] else ("=", "")
    told = "?" if math.isnan(nats) else f"{nats:.2f}"
    numbers = f"−ln p = {told}  H {sign} {expected:.2f} nats"
    return (
        f"{position}  “{label}”  {numbers}",
        numbers,
        f"{told} / {least}{expected:.2f} nats",
    )


def summary(picture: TimelinePicture | None) -> str:
    """One sentence that says what the timeline shows."""
    if picture is None:
        return "Nothing has been read yet."
    said = f"{len(picture.surprise)} tokens, the cursor at {picture.cursor}"
    if picture.cursor == 0:
        return f"{said}; the next token has {picture.entropy[1]:.2f} nats of entropy."
    course, ahead = picture.surprise[1 : picture.cursor + 1], picture.cursor + 1
    known = course[np.isfinite(course)]
    last = f"{course[-1]:.2f} nats" if np.isfinite(course[-1]) else "an unknown amount"
    mean = f"the mean is {known.mean():.2f}, " if len(known) else ""
    least = "at least " if picture.vague[ahead] else ""
    return (
        f"{said}; the last token surprised by {last}, {mean}"
        f"the entropy of the next {least}{picture.entropy[ahead]:.2f}."
    )


def span_of(count: int, context: int) -> int:
    """How many positions the axis of a chart has for `count` of them."""
    wide = next((span for span in _SPANS if span >= count), context + 1)
    return max(count, min(wide, context + 1))
