"""Bridge: everything that is visible in the workspace "Attention is a memory", frozen. No Qt.

Four memories get the same task. Each has a line: what it stores, the query that it started from,
and one record for each update that was made. Letters: P patterns, N neurons or D numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.physics.one_update import Update
from explorer.session.bridge.letters import NAMES
from explorer.session.status import Play

FloatArray = NDArray[np.float64]
Kind = Literal["hopfield", "dense", "modern", "head"]
Store = Literal["letters", "keys"]

KINDS: tuple[Kind, ...] = ("hopfield", "dense", "modern", "head")
ALL = len(NAMES)  # patterns; with so many the head keeps all its keys too
FEWEST, POWERS = 2, (2, 3, 4, 5, 6, 8)
SOFTEST, SHARPEST = 0.01, 10.0


@dataclass(frozen=True)
class Setting:
    """What the sliders say, one for all four memories.

    store: what the first three memories hold, letters or the keys of the head. goal: the letter
    that is spoilt. count: how many patterns are stored. noise: share of neurons that are flipped;
    the head's query is turned to the same overlap 1 - 2 noise. sharpness: beta in units of
    1 / sqrt(d), d the width of a pattern; neurons of +1 and -1 have Glauber's temperature
    1 / (beta d). power: n of the dense memory. seed and throw: which dice.
    """

    store: Store = "letters"
    goal: int = 0
    count: int = ALL
    noise: float = 0.2
    sharpness: float = 1.0
    power: int = 4
    seed: int = 0
    throw: int = 0


@dataclass(frozen=True, eq=False)
class Head:
    """A head at a token of the text: what it compares, as the network recorded it.

    name is the head in words and token whose row it is. labels (S,) are those of the tokens whose
    keys (S, D) it sees, the first at position `first`; query (D,) and attention (S,) are recorded.
    beta is the sharpness that the network had, scaled if it is not 1 / sqrt(D); cap is the soft
    cap of its scores, which no energy has (None: none). step is the record that all this was
    taken from, to see that it is the same.
    """

    name: str
    token: str
    labels: tuple[str, ...]
    keys: FloatArray
    query: FloatArray
    attention: FloatArray
    beta: float
    scaled: bool
    cap: float | None
    first: int
    where: tuple[int, int, int]
    step: object


@dataclass(frozen=True, eq=False)
class Line:
    """One memory: patterns (P, N), their names, the goal among them, and the updates so far.

    indices (P,) are those of the patterns among all that could be stored; updates[t] turned the
    state after t updates into the next one, so there is always one more than steps were made.
    """

    kind: Kind
    patterns: FloatArray
    names: tuple[str, ...]
    indices: tuple[int, ...]
    goal: int
    updates: tuple[Update, ...]


@dataclass(frozen=True, eq=False)
class Bridge:
    """The whole visible state of the workspace; a change makes another one.

    lines are empty for what cannot be shown yet: while no text has been read the head has none.
    missing says why the engine of the text has no head at all, empty if it may have one.
    cursor counts the updates that were made; the next one is shown before it is made.
    """

    setting: Setting = Setting()
    head: Head | None = None
    missing: str = ""
    lines: tuple[Line, ...] = ()
    cursor: int = 0
    play: Play = field(default_factory=lambda: Play(rate=2.0))
    notice: str = ""
    error: str = ""
    busy: str = ""
