"""What if the settings had been these all along? Where the text would first have gone elsewhere.

Every token of the line that was drawn is drawn again from the logits that are stored, with the dice
of its own position, under the present settings. Tokens forced by hand are left out: no dice chose
them. Knows no network: nothing is read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from weakref import WeakKeyDictionary

import numpy as np

from explorer.engine import sampling as stages
from explorer.engine.replay import PastDraws, chunks, doubtful
from explorer.engine.sampling import Draw, Sampling
from explorer.engine.trace import Step
from explorer.lens.narration import percent
from explorer.lens.stages import changed
from explorer.session.findings import Turned
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Node, Timeline

# So many draws are thrown at once: the first that differs ends the search, and it is mostly early.
_FIRST, _AT_ONCE = 8, 32
_ENTRIES = 2**18  # of logits at once: a slice of the search stays short with a large vocabulary

# Several pictures ask at every change; the answer is kept as long as the tree is there.
_KNOWN: WeakKeyDictionary[Timeline, tuple[tuple[Sampling, Turned | None], Turned | None]] = (
    WeakKeyDictionary()
)


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
    """The first turn of the line under the present settings; None while none is known."""
    found = known(s)
    if found is None or found.place is None:
        return None
    line = s.timeline.line()
    was = s.timeline.nodes[line[found.place]].draw
    assert was is not None and found.now is not None
    before = line[found.place - 1]
    return Turn(len(s.timeline.nodes[before].trace), before, was, found.now)


def pending(s: Snapshot) -> bool:
    """Whether the line has to be searched to know where it would turn."""
    return s.model is not None and bool(s.timeline) and known(s) is None


def known(s: Snapshot) -> Turned | None:
    """What is known of the turn without a look at any logits; None where that is not enough."""
    if s.model is None or not s.timeline:
        return None
    asked = (s.sampling, s.findings.turned)
    kept = _KNOWN.get(s.timeline)
    if kept is None or kept[0] != asked:
        found: Turned | None = _searched(s)
        assert found is not None
        if found.place is None and _others(_line(s), found.count, s.sampling):
            found = None
        kept = _KNOWN[s.timeline] = (asked, found)
    return kept[1]


def search(s: Snapshot) -> Iterator[Turned | None]:
    """Search the line of a text for its first turn, in slices; the last value is the answer."""
    line, found = _line(s), _searched(s)
    drawn = [] if found.place is not None else _others(line, found.count, s.sampling)
    ids = line[-1].trace.ids if drawn and s.sampling.repetition_penalty != 1 else ()
    size = max(1, min(_AT_ONCE, _ENTRIES // len(line[-1].trace.steps[-1].logits)))
    for part in chunks(len(drawn), min(_FIRST, size), size):
        place = _first_turn(line, [drawn[index] for index in part], s.sampling, ids)
        if place is not None:
            yield Turned(line[-1], len(line), s.sampling, *place)
            return
        yield None
    if found.place is not None:
        yield found
    else:
        yield Turned(line[-1], len(line), s.sampling)


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
        changed(one.name, getattr(now, one.name), " = ")
        for one in fields(Sampling)
        if getattr(now, one.name) != getattr(was, one.name)
    ]
    return "At " + ", ".join(said)


def _line(s: Snapshot) -> tuple[Node, ...]:
    return tuple(s.timeline.nodes[index] for index in s.timeline.line())


def _searched(s: Snapshot) -> Turned:
    """The part of the line that a finding of the same settings covers; at least its root."""
    line, found = s.timeline.line(), s.findings.turned
    if (
        found is not None
        and found.count <= len(line)
        and s.timeline.nodes[line[found.count - 1]] is found.end
        and found.sampling == s.sampling
    ):
        return found
    return Turned(s.timeline.nodes[line[0]], 1, s.sampling)


def _others(line: Sequence[Node], start: int, sampling: Sampling) -> list[int]:
    """The places from `start` on of draws of the dice under other settings."""
    same: dict[int, bool] = {}  # most draws share one record of settings
    places = []
    for place in range(start, len(line)):
        draw = line[place].draw
        if draw is None or draw.forced:
            continue
        key = id(draw.sampling)
        if key not in same:
            same[key] = draw.sampling == sampling
        if not same[key]:
            places.append(place)
    return places


def _first_turn(
    line: tuple[Node, ...], places: list[int], sampling: Sampling, ids: tuple[int, ...]
) -> tuple[int, Draw] | None:
    """(place in the line, draw) of the first of these draws that falls elsewhere."""
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
