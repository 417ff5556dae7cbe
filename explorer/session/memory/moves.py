"""Moves that change what is stored or shown: pure functions from Memory to Memory.

A move that changes nothing returns the same snapshot. One that cannot be made leaves everything as
it was and says why in `error`; what is worth knowing about one that was made stands in `notice`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from explorer.physics.hopfield import Network, Spins, configuration, network
from explorer.physics.hopfield_noise import erased, flipped, halved
from explorer.physics.hopfield_rules import Rule, stored
from explorer.session.memory.snapshot import (
    LARGEST,
    SMALLEST,
    Memory,
    MemoryLook,
    Picture,
    Spoil,
    Valleys,
    stacked,
)
from explorer.session.memory.track import Track
from explorer.session.memory.words import after_storing, why_not_stored
from explorer.session.status import fail as fail
from explorer.session.status import notice as notice
from explorer.session.status import play as play
from explorer.session.status import play_at as play_at
from explorer.session.status import working as working


def put(s: Memory, spins: ArrayLike, notice: str = "") -> Memory:
    """Show a state (N,) of +1, -1 and 0, from a letter, a file or a hand; recall starts there."""
    try:
        here = configuration(s.network, spins)
    except ValueError as error:
        return fail(s, _sentence(error))
    return replace(s, here=here, track=Track(here, how=s.how), notice=notice, error="")


def draw(s: Memory, neurons: Iterable[int], value: int) -> Memory:
    """Paint neurons with ink (+1) or paper (-1); those off the grid are ignored."""
    inside = [neuron for neuron in neurons if 0 <= neuron < s.size]
    spins = np.array(s.here.spins)
    spins[inside] = 1 if value > 0 else -1
    return s if np.array_equal(spins, s.here.spins) else put(s, spins)


def clear(s: Memory) -> Memory:
    """A blank state, all paper."""
    blank = np.full(s.size, -1)
    return s if np.array_equal(blank, s.here.spins) else put(s, blank)


def show(s: Memory, index: int) -> Memory:
    """Show a stored pattern as the state."""
    if not 0 <= index < len(s.pictures):
        return fail(s, f"There is no pattern {index + 1}; {len(s.pictures)} are stored.")
    return put(s, s.pictures[index].spins)


def store(s: Memory, name: str = "") -> Memory:
    """Store the state as a pattern under a name (none: the next free letter)."""
    why = why_not_stored(s, s.here.spins)
    if why:
        return fail(s, why)
    spins = s.here.spins
    picture = Picture(name.strip() or _free_name(s), spins, spins, s.shape)
    after = _remember(s, (*s.pictures, picture), s.rule, s.bias)
    return after if after.error else replace(after, notice=after_storing(after, picture))


def remove(s: Memory, index: int) -> Memory:
    """Forget a stored pattern."""
    if not 0 <= index < len(s.pictures):
        return fail(s, f"There is no pattern {index + 1}; {len(s.pictures)} are stored.")
    left = s.pictures[:index] + s.pictures[index + 1 :]
    chosen = tuple(one - (one > index) for one in s.look.chosen if one != index)
    after = _remember(s, left, s.rule, s.bias)
    return replace(
        after,
        look=replace(s.look, chosen=chosen),
        notice=after.notice or f"Forgot {s.pictures[index].name}.",
    )


def rename(s: Memory, index: int, name: str) -> Memory:
    """Give a stored pattern another name; an empty one changes nothing."""
    if not (0 <= index < len(s.pictures) and name.strip()):
        return s
    if name.strip() == s.pictures[index].name:
        return s
    pictures = list(s.pictures)
    pictures[index] = replace(pictures[index], name=name.strip())
    return replace(s, pictures=tuple(pictures))


def use_rule(s: Memory, rule: Rule) -> Memory:
    """Store the same patterns by another rule."""
    return s if rule == s.rule else _remember(s, s.pictures, rule, s.bias)


def use_bias(s: Memory, bias: float) -> Memory:
    """Set the bias b of every neuron: b > 0 favours ink, and breaks E(-s) = E(s)."""
    return s if bias == s.bias else _remember(s, s.pictures, s.rule, bias)


def spoil_with(s: Memory, spoil: Spoil) -> Memory:
    """Change how the next state will be spoilt; nothing is spoilt yet."""
    return s if spoil == s.spoil else replace(s, spoil=spoil)


def corrupt(s: Memory) -> Memory:
    """Spoil the state as `s.spoil` says; another time spoils other neurons."""
    how, seed, spins = s.spoil, s.how.seed, s.here.spins
    try:
        if how.kind == "flip":
            new = flipped(spins, how.share, seed, s.spoilt)
        elif how.kind == "erase":
            new = erased(spins, how.share, how.fill, seed, s.spoilt)
        else:
            new = halved(spins, s.shape, how.side, how.fill, seed, s.spoilt)
    except ValueError as error:
        return fail(s, _sentence(error))
    count = int(np.count_nonzero(new != spins))
    return replace(put(s, new, f"{count} of {s.size} neurons changed."), spoilt=s.spoilt + 1)


def resize(s: Memory, rows: int, columns: int) -> Memory:
    """Another grid. Patterns and state are redrawn cell by cell from their originals.

    Originals are kept, so that going back to their size brings them back exactly.
    """
    if (rows, columns) == s.shape:
        return s
    if not (SMALLEST <= rows <= LARGEST and SMALLEST <= columns <= LARGEST):
        sides = f"{SMALLEST} x {SMALLEST} to {LARGEST} x {LARGEST}"
        return fail(s, f"The grid can have {sides} cells, not {rows} x {columns}.")
    shape = (rows, columns)
    pictures = tuple(
        replace(one, spins=redrawn(one.original, one.drawn_on, shape)) for one in s.pictures
    )
    try:
        net = _network(pictures, rows * columns, s.rule, s.bias)
    except ValueError as error:
        return fail(s, f"On {rows} x {columns} cells this cannot be stored: {_sentence(error)}")
    here = configuration(net, redrawn(s.here.spins, s.shape, shape))
    what = f"{len(pictures)} patterns were" if len(pictures) != 1 else "One pattern was"
    kept = f"{what} redrawn on {rows} x {columns} cells; the originals are kept."
    return replace(
        s,
        network=net,
        here=here,
        track=Track(here, how=s.how),
        shape=shape,
        pictures=pictures,
        look=replace(s.look, neuron=None),
        notice=kept if pictures else "",
        error="",
    )


def look_at(s: Memory, look: MemoryLook) -> Memory:
    """Choose what is looked at; patterns and neurons that do not exist are left out."""
    chosen = tuple(dict.fromkeys(one for one in look.chosen if 0 <= one < len(s.pictures)))
    known = look.neuron is not None and 0 <= look.neuron < s.size
    seen = MemoryLook(chosen, look.neuron if known else None)
    return s if seen == s.look else replace(s, look=seen)


def found_valleys(s: Memory, valleys: Valleys) -> Memory:
    """What a search has found so far; dropped when the network is another one by now."""
    return replace(s, valleys=valleys) if valleys.network is s.network else s


def carry(now: Memory, then: Memory) -> Memory:
    """The snapshot of another time to travel to; what runs now is not restarted."""
    return replace(then, play=replace(then.play, running=False), busy=now.busy, error="")


def _remember(s: Memory, pictures: tuple[Picture, ...], rule: Rule, bias: float) -> Memory:
    """With these patterns in the network; the state stays and recall starts from it."""
    try:
        net = _network(pictures, s.size, rule, bias)
    except ValueError as error:
        return fail(s, _sentence(error))
    here = configuration(net, s.here.spins)
    return replace(
        s,
        network=net,
        here=here,
        track=Track(here, how=s.how),
        pictures=pictures,
        rule=rule,
        bias=bias,
        notice="",
        error="",
    )


def _network(pictures: tuple[Picture, ...], size: int, rule: Rule, bias: float) -> Network:
    tilt = np.full(size, bias)
    if not pictures:
        return network(np.zeros((size, size)), tilt)
    return stored(stacked(pictures, size), rule, tilt)


def redrawn(spins: Spins, old: tuple[int, int], new: tuple[int, int]) -> Spins:
    """The picture (rows x columns = old) on another grid, each cell from the one at its centre."""
    rows = ((np.arange(new[0]) + 0.5) * old[0] / new[0]).astype(int)
    columns = ((np.arange(new[1]) + 0.5) * old[1] / new[1]).astype(int)
    redrawn: Spins = spins.reshape(old)[np.ix_(rows, columns)].ravel()
    redrawn.setflags(write=False)
    return redrawn


def _free_name(s: Memory) -> str:
    taken = {picture.name for picture in s.pictures}
    return next(name for number in range(1, 10_000) if (name := f"Pattern {number}") not in taken)


def _sentence(error: ValueError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}." if not text.endswith(".") else text
