"""The four memories of a setting and one more update of each. Pure functions."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from explorer.physics import dense_memory
from explorer.physics.hopfield_dynamics import Dynamics
from explorer.physics.hopfield_noise import flipped
from explorer.physics.hopfield_rules import stored
from explorer.physics.one_update import Update, classical, dense, modern, turned
from explorer.session.bridge.head import key_names
from explorer.session.bridge.letters import NAMES, letters
from explorer.session.bridge.snapshot import ALL, Head, Kind, Line, Setting

FloatArray = NDArray[np.float64]
_NOISE = 3  # second word of the key of the dice that turn a query, apart from all other dice


def lines(setting: Setting, head: Head | None) -> tuple[Line, ...]:
    """The memories that can be shown, each with its first update."""
    ready = [line for line in _stores(setting, head) if len(line[1].patterns)]
    return tuple(
        replace(line, updates=(update(line, setting, head, query, 0),)) for query, line in ready
    )


def grown(line: Line, setting: Setting, head: Head | None) -> Line:
    """The memory after one more update."""
    there = line.updates[-1].after
    time = len(line.updates)
    return replace(line, updates=(*line.updates, update(line, setting, head, there, time)))


def update(line: Line, setting: Setting, head: Head | None, state: FloatArray, time: int) -> Update:
    """Update number `time` of a memory from a state (N,)."""
    beta = sharpness(setting, line.kind, line.patterns.shape[1], head)
    if line.kind in ("modern", "head"):
        return modern(dense_memory.memory(line.patterns, beta), state)
    heat = temperature(setting, line.patterns.shape[1])
    dice = Dynamics("glauber", "sweep", heat, setting.seed + setting.throw)
    if line.kind == "hopfield":
        return classical(stored(line.patterns, "hebb"), line.patterns, state, dice, time)
    return dense(line.patterns, state, setting.power, dice, time)


def sharpness(setting: Setting, kind: Kind, width: int, head: Head | None) -> float:
    """beta of a continuous memory of patterns of a width; keys have the one of their network."""
    of_keys = kind == "head" or setting.store == "keys"
    beta = head.beta if of_keys and head is not None else 1.0 / math.sqrt(width)
    return setting.sharpness * beta


def temperature(setting: Setting, width: int) -> float:
    """Glauber's temperature of neurons of +1 and -1, 1 / (beta N) for beta in 1 / sqrt(N)."""
    return 1.0 / (setting.sharpness * math.sqrt(width))


def kept_keys(setting: Setting, head: Head) -> tuple[int, ...]:
    """Which keys are stored: all, or the `count` with the most attention, in their order."""
    if setting.count >= min(ALL, len(head.labels)):
        return tuple(range(len(head.labels)))
    most = np.argsort(-head.attention, kind="stable")[: setting.count]
    return tuple(sorted(most.tolist()))


def _stores(setting: Setting, head: Head | None) -> list[tuple[FloatArray, Line]]:
    """(query, memory without updates) of all that can be shown."""
    if head is None:
        return _letters(setting) if setting.store == "letters" else []
    query, real = spoilt_query(setting, head), _keys(setting, head)
    if setting.store == "letters":
        return [*_letters(setting), (query, real)]
    signs = replace(real, patterns=dense_memory.sealed(_signs(real.patterns)))
    start = dense_memory.sealed(_signs(query))
    binary: tuple[Kind, ...] = ("hopfield", "dense")
    return [
        *((start, replace(signs, kind=kind)) for kind in binary),
        (query, replace(real, kind="modern")),
        (query, real),
    ]


def _letters(setting: Setting) -> list[tuple[FloatArray, Line]]:
    patterns = letters()[: setting.count]
    spoilt = flipped(patterns[setting.goal], setting.noise, setting.seed, setting.throw)
    query, stock = dense_memory.sealed(spoilt), _stock(setting.count)
    names, chosen = NAMES[: setting.count], tuple(range(setting.count))
    kinds: tuple[Kind, ...] = ("hopfield", "dense", "modern")
    return [(query, Line(kind, stock, names, chosen, setting.goal, ())) for kind in kinds]


@cache
def _stock(count: int) -> FloatArray:
    """The first letters as numbers; many snapshots share them."""
    return dense_memory.sealed(letters()[:count])


def spoilt_query(setting: Setting, head: Head) -> FloatArray:
    """The head's query (D,), turned by as much noise as letters get; without noise the same."""
    if not setting.noise:
        return head.query
    dice = np.random.Generator(
        np.random.Philox(key=[setting.seed, _NOISE], counter=[0, setting.throw, 0, 0])
    )
    return turned(head.query, 1.0 - 2.0 * setting.noise, dice)


def _keys(setting: Setting, head: Head) -> Line:
    chosen = kept_keys(setting, head)
    goal = int(np.argmax(head.attention[list(chosen)]))
    names = key_names(head)
    patterns = dense_memory.sealed(head.keys[list(chosen)])
    return Line("head", patterns, tuple(names[one] for one in chosen), chosen, goal, ())


def _signs(values: FloatArray) -> FloatArray:
    """+1 and -1; 0 counts as +1, so that every neuron is one of them."""
    return np.where(values < 0.0, -1.0, 1.0)
