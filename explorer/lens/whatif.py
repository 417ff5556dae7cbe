"""What if the settings had been these all along? Where the text would first have gone elsewhere.

Every token of the line that was drawn is drawn again from the logits that are stored, with the dice
of its own position, under the present settings. Tokens forced by hand are left out: no dice chose
them. Knows no network: nothing is read again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from explorer.engine import sampling as stages
from explorer.engine.replay import PastDraws, chunks, doubtful
from explorer.engine.sampling import Draw, Sampling
from explorer.engine.trace import Step
from explorer.lens.narration import percent
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Node

# So many draws are thrown at once: the first that differs ends the search, and it is mostly early.
_FIRST, _AT_ONCE = 8, 32
_NAMES = {
    "temperature": "T",
    "top_k": "top-k",
    "top_p": "top-p",
    "min_p": "min-p",
    "repetition_penalty": "penalty",
    "seed": "seed",
}


@dataclass(frozen=True)
class Turn:
    """The first draw of the line that would fall elsewhere.

    position is that of the token, node the one before it, from which the branch would start; was
    is the draw that happened, now the one that would.
    """

    position: int
    node: int
    was: Draw
    now: Draw


def turn(s: Snapshot) -> Turn | None:
    """The first turn of the line under the present settings; None when there is none."""
    if s.model is None or not s.timeline:
        return None
    line = s.timeline.line()
    found = _turn(tuple(s.timeline.nodes[index] for index in line), s.sampling)
    if found is None:
        return None
    place, now = found
    was = s.timeline.nodes[line[place]].draw
    assert was is not None
    before = s.timeline.nodes[line[place - 1]]
    return Turn(len(before.trace), line[place - 1], was, now)


def explain(s: Snapshot, found: Turn) -> str:
    """One sentence: at which settings the dice would choose which token here."""
    assert s.model is not None
    labels = s.model.labels
    return (
        f"{settings(s.sampling, found.was.sampling)} the dice would choose "
        f"“{labels[found.now.token]}” ({percent(found.now.final)}) here instead of "
        f"“{labels[found.was.token]}”"
    )


def brief(s: Snapshot, found: Turn) -> str:
    """The same in few words, the tokens first."""
    assert s.model is not None
    labels, at = s.model.labels, settings(s.sampling, found.was.sampling)
    return f"“{labels[found.now.token]}”, not “{labels[found.was.token]}”, a{at[1:]}"


def settings(now: Sampling, was: Sampling) -> str:
    """The settings that differ: At T = 1.4, top-p = 0.9."""
    said = [
        f"{_NAMES.get(one.name, one.name)} = {getattr(now, one.name):g}"
        for one in fields(Sampling)
        if getattr(now, one.name) != getattr(was, one.name)
    ]
    return "At " + ", ".join(said)


@lru_cache(maxsize=4)
def _turn(line: tuple[Node, ...], sampling: Sampling) -> tuple[int, Draw] | None:
    """(place in the line, draw) of the first draw that falls elsewhere."""
    drawn = [
        place
        for place, node in enumerate(line)
        if node.draw is not None and not node.draw.forced and node.draw.sampling != sampling
    ]
    ids = line[-1].trace.ids if drawn and sampling.repetition_penalty != 1 else ()
    for part in chunks(len(drawn), _FIRST, _AT_ONCE):
        places = [drawn[index] for index in part]
        past = _past(line, places, sampling, ids)
        for index in np.flatnonzero(doubtful(past, sampling)):
            draw = _again(line[places[index] - 1], sampling)
            if draw.token != past.tokens[index]:
                return places[index], draw
    return None


def _past(
    line: tuple[Node, ...], places: list[int], sampling: Sampling, ids: tuple[int, ...]
) -> PastDraws:
    steps: list[Step] = []
    tokens, positions, numbers = [], [], []
    for place in places:
        before, draw = line[place - 1].trace, line[place].draw
        assert draw is not None
        steps.append(before.steps[-1])
        tokens.append(draw.token)
        positions.append(len(before))
        same = draw.sampling.seed == sampling.seed
        numbers.append(draw.uniform if same else stages.uniform(sampling.seed, len(before)))
    return PastDraws(tuple(steps), np.array(tokens), np.array(positions), np.array(numbers), ids)


def _again(before: Node, sampling: Sampling) -> Draw:
    """The draw after a node as the program would make it now."""
    trace = before.trace
    last = trace.steps[-1]
    return stages.draw(last.logits, sampling, trace.ids, len(trace), last.rest)
