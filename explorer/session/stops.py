"""Stops: conditions at which play and runs stop, kept in the snapshot. Knows no screen.

A stop is plain data: its condition as text in the language of `stop_language`, whether it is on,
and how often it has stopped something. Whether it holds at a node depends on what was read there
and on nothing else, so running to the next stop and running back to it meet the same nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from explorer.engine.trace import Trace
from explorer.session import moves
from explorer.session.snapshot import Snapshot
from explorer.session.stop_language import StopError, parse
from explorer.session.stop_list import Hit, Stop, Stops
from explorer.session.stop_meaning import holds, problem, truth
from explorer.session.stop_tree import names_in, quoted
from explorer.session.stop_values import Moment, Same, tokens_named, whole
from explorer.session.stop_words import explain

NONE_ON = "There is no stop to run to: add one in the panel Stops, or press F9."


@dataclass(frozen=True)
class Held:
    """A stop that holds at a node: its place in the list, and why, in words."""

    index: int
    why: str


def add(s: Snapshot, text: str) -> Snapshot:
    """Put a stop at the end of the list; raises StopError for a condition that cannot be read.

    One with the same text is switched on instead.
    """
    parse(text)
    text = text.strip()
    for index, stop in enumerate(s.stops.items):
        if stop.text == text:
            return switch(s, index, True)
    return _with(s, (*s.stops.items, Stop(text)))


def rewrite(s: Snapshot, index: int, text: str) -> Snapshot:
    """Give a stop another condition, its count begins anew; raises StopError."""
    parse(text)
    if text.strip() == s.stops.items[index].text:
        return s
    return _replaced(s, index, replace(s.stops.items[index], text=text.strip(), hits=0))


def switch(s: Snapshot, index: int, on: bool) -> Snapshot:
    """Switch a stop on or off; it stays in the list."""
    stop = s.stops.items[index]
    return s if stop.on == on else _replaced(s, index, replace(stop, on=on))


def remove(s: Snapshot, index: int) -> Snapshot:
    """Take a stop out of the list."""
    items = s.stops.items
    return _with(s, (*items[:index], *items[index + 1 :]))


def for_token(s: Snapshot) -> str:
    """The condition that stops at the token which is lit, or was read last; "" without a text."""
    if s.model is None or not s.timeline:
        return ""
    trace = s.timeline.node.trace
    at = s.look.hover if s.look.hover is not None else s.look.position
    at = at if at is not None and at < len(trace) else len(trace) - 1
    token, labels = trace.steps[at].token, s.model.labels
    others = sorted({labels[x] for x in tokens_named(s.model, labels[token])} - {labels[token]})
    only = "".join(f" and token != {quoted(other)}" for other in others)
    return f"token = {quoted(labels[token])}{only}"


def held(s: Snapshot, node: int) -> tuple[Held, ...]:
    """The stops that are on and hold at a node, in the order of the list."""
    if s.model is None or not s.timeline:
        return ()
    at = s.timeline.nodes[node]
    found = []
    for index, stop in enumerate(s.stops.items):
        if stop.on:
            why = _why(stop.text, at.trace, at.draw is not None, Same(s.model))
            if why:
                found.append(Held(index, why))
    return tuple(found)


def open_here(s: Snapshot, stop: Stop) -> bool:
    """Whether a stop may or may not hold where we stand, since the engine left out tokens."""
    if s.model is None or not s.timeline:
        return False
    at = s.timeline.node
    # A condition looks no further back than to what was expected of the token read last.
    if not any(step.rest for step in at.trace.steps[-2:]) or complaint(s, stop):
        return False
    return truth(parse(stop.text), Moment(at.trace, at.draw is not None, s.model)) is None


def heads_asked(s: Snapshot) -> frozenset[tuple[int, int]]:
    """The (layer, head) whose attention the stops that are on ask about."""
    found = set()
    for stop in s.stops.items:
        for name in names_in(parse(stop.text)) if stop.on else ():
            if name.name in ("attention", "regime"):
                found.add((whole(name, 0), whole(name, 1)))
    model = s.model
    if model is None:
        return frozenset()
    return frozenset((a, b) for a, b in found if a < model.layers and b < model.heads)


def complaint(s: Snapshot, stop: Stop) -> str:
    """Why a stop can never hold here, in one sentence; empty if it can."""
    try:
        return problem(parse(stop.text), s.model)
    except StopError as error:
        return str(error)


def any_on(s: Snapshot) -> bool:
    """Whether there is a stop that may hold."""
    return any(stop.on for stop in s.stops.items)


def arrive(s: Snapshot) -> Snapshot:
    """After a step of play: pause where a stop holds; the same snapshot where none does."""
    return _stop_at(s, s.timeline.cursor) or s


def run(s: Snapshot) -> Snapshot:
    """Towards the next stop: walk the line that is there, then play without waiting.

    The line is walked first so that running back and to again meets the same nodes, also where
    tokens were forced or settings were other ones.
    """
    if not s.timeline:
        return moves.notice(s, moves.why_stopped(s))
    if not any_on(s):
        return moves.notice(s, NONE_ON)
    if s.play.to_stop:
        return s
    line = s.timeline.line()
    ahead = line[line.index(s.timeline.cursor) + 1 :]
    if found := _first(s, ahead):
        return found
    s = moves.to_end(s)
    if stopped := moves.why_stopped(s):
        return moves.notice(s, f"No stop was reached. {stopped}")
    return replace(s, play=replace(s.play, running=True, to_stop=True), notice="", error="")


def run_back(s: Snapshot) -> Snapshot:
    """Back to the stop before this node, or to the prompt with a sentence."""
    if not s.timeline:
        return moves.notice(s, moves.why_stopped(s))
    if not any_on(s):
        return moves.notice(s, NONE_ON)
    behind = s.timeline.line(s.timeline.cursor)[:-1]
    found = _first(s, reversed(behind))
    return found or moves.notice(moves.to_start(s), "No stop holds before: this is the prompt.")


def ended(s: Snapshot, why: str) -> Snapshot:
    """Play or a run that comes to an end of its own says why."""
    said = f"No stop was reached. {why}" if s.play.to_stop else why
    return moves.notice(moves.play(s, False), said)


@lru_cache(maxsize=2048)
def _why(text: str, trace: Trace, chosen: bool, same: Same) -> str:
    """Why a stop holds at a node, empty where it does not: found once, since nothing changes it."""
    try:
        condition = parse(text)
    except StopError:
        return ""
    moment = Moment(trace, chosen, same.model)
    if problem(condition, same.model) or not holds(condition, moment):
        return ""
    return explain(condition, moment)


def _first(s: Snapshot, nodes: Iterable[int]) -> Snapshot | None:
    return next((found for node in nodes if (found := _stop_at(s, node))), None)


def _stop_at(s: Snapshot, node: int) -> Snapshot | None:
    """The snapshot stopped at a node with its hits counted; None where no stop holds."""
    found = held(s, node)
    if not found:
        return None
    counted = {one.index for one in found}
    items = tuple(
        replace(stop, hits=stop.hits + 1) if index in counted else stop
        for index, stop in enumerate(s.stops.items)
    )
    position = len(s.timeline.nodes[node].trace) - 1
    why = "; ".join(one.why for one in found)
    hit = Hit(node, f"Stopped at position {position}: {why}.")
    there = moves.play(moves.seek(s, node), False)
    return replace(there, stops=Stops(items, hit), notice="", error="")


def _with(s: Snapshot, items: tuple[Stop, ...]) -> Snapshot:
    return replace(s, stops=replace(s.stops, items=items))


def _replaced(s: Snapshot, index: int, stop: Stop) -> Snapshot:
    items = s.stops.items
    return _with(s, (*items[:index], stop, *items[index + 1 :]))
