"""What experiments have found, and what the next one will use. Knows no Qt, no torch.

Findings carry the text and the edits that they belong to, so that nobody shows them for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.engine.checks import Check
from explorer.engine.edits import Edits, How
from explorer.engine.effects import Effect
from explorer.engine.sampling import Draw, Sampling
from explorer.session.timeline import Node

Measure = Literal["log p", "logit", "KL"]
MEASURES: tuple[Measure, ...] = ("log p", "logit", "KL")


@dataclass(frozen=True, eq=False)
class Before:
    """The logits (V,) after a text that was read without edits."""

    ids: tuple[int, ...]
    logits: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sweep:
    """Which part matters for `token` after a text: the effects found so far, of `total`."""

    ids: tuple[int, ...]
    edits: Edits
    token: int
    how: How
    total: int
    effects: tuple[Effect, ...] = ()
    running: bool = True


@dataclass(frozen=True, eq=False)
class Proof:
    """The checks made of what was on screen: a text under edits, as far as they are done.

    The residual stream was taken apart at `position`, the attribution is that of `token`.
    """

    ids: tuple[int, ...]
    edits: Edits
    position: int
    token: int
    checks: tuple[Check, ...] = ()
    running: bool = True


@dataclass(frozen=True, eq=False)
class Turned:
    """Where the dice would first have turned on a line, had the settings been these all along.

    end is the last of the `count` nodes of the line that were searched. The draw at the place
    `place` of the line would be `now`; None and None where no draw falls elsewhere.
    """

    end: Node
    count: int
    sampling: Sampling
    place: int | None = None
    now: Draw | None = None


@dataclass(frozen=True, eq=False)
class Findings:
    """All of them; how is what the next part is switched off with, measure what a sweep shows."""

    how: How = "zero"
    measure: Measure = "log p"
    before: Before | None = None
    sweep: Sweep | None = None
    proof: Proof | None = None
    turned: Turned | None = None
