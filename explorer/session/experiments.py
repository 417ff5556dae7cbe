"""Moves of experiments: change something inside the network, read the text again, compare.

An edit belongs to a whole line: the text up to the cursor is read again under the new edits and
becomes a line of its own beside the old one, which is kept. So every number on a line was computed
under one set of edits, `Snapshot.edits`, wherever the cursor stands on it. The tokens stay the
same; one that the same dice would not have chosen under the new edits counts as chosen by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from explorer.engine import sampling as stages
from explorer.engine.edits import NO_EDITS, Edit, Edits, How, Off, Patch, Steering
from explorer.engine.interface import Distant
from explorer.engine.partial import Rows
from explorer.engine.sampling import Draw
from explorer.engine.trace import Step, Trace
from explorer.session import moves
from explorer.session.findings import Before, Findings, Measure, Proof, Sweep, Turned
from explorer.session.reader import Reader
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Node, Timeline

# Tokens whose draws are found in one slice of the worker's time.
_DRAWS = 24
_HIDDEN = Rows(hidden=True)


@dataclass(frozen=True, eq=False)
class Reread:
    """A text read again under other edits, and how each of its generated tokens came about."""

    trace: Trace
    draws: tuple[Draw, ...]


def toggled(edits: Edits, off: Off, text: tuple[int, ...]) -> Edits:
    """With a part switched off, or on again if it was off in whatever way.

    Means are taken over `text`, unless the edits have a reference text already.
    """
    rest = tuple(one for one in edits.off if (one.part, one.layer, one.index) != _place(off))
    if len(rest) < len(edits.off):
        return replace(edits, off=rest)
    return replace(edits, off=(*rest, off), reference=edits.reference or text)


def without(edits: Edits, one: Edit) -> Edits:
    """Without one of the edits."""
    return replace(
        edits,
        off=tuple(other for other in edits.off if other != one),
        steering=tuple(other for other in edits.steering if other != one),
        patches=tuple(other for other in edits.patches if other != one),
        sharpening=tuple(other for other in edits.sharpening if other != one),
    )


def steered(edits: Edits, steering: Steering) -> Edits:
    """With a further vector added."""
    return replace(edits, steering=(*edits.steering, steering))


def patched(edits: Edits, patch: Patch) -> Edits:
    """With an activation replaced; a patch of the same place gives way."""
    place = (patch.name, patch.layer, patch.head, patch.position)
    kept = [one for one in edits.patches if (one.name, one.layer, one.head, one.position) != place]
    return replace(edits, patches=(*kept, patch))


def choose_how(s: Snapshot, how: How) -> Snapshot:
    """Switch the next parts off with zeros or with means."""
    if how == s.findings.how:
        return s
    return replace(s, findings=replace(s.findings, how=how))


def choose_measure(s: Snapshot, measure: Measure) -> Snapshot:
    """Show another number of the sweep."""
    if measure == s.findings.measure:
        return s
    return replace(s, findings=replace(s.findings, measure=measure))


def enter(s: Snapshot, edits: Edits) -> Snapshot | None:
    """The snapshot at the same text under other edits, if it has been read before."""
    ids = s.timeline.node.trace.ids
    index = _find(s.timeline, ids, edits)
    return None if index is None else moves.seek(s, index)


def branch(s: Snapshot, reread: Reread) -> Snapshot:
    """The text at the cursor under other edits: a line of its own, with the cursor at its end."""
    timeline, trace = s.timeline, reread.trace
    prompt = timeline.nodes[timeline.root()].prompt
    first, nodes = len(trace) - len(reread.draws), list(timeline.nodes)
    nodes.append(Node(Trace(trace.steps[:first], trace.edits), prompt=prompt))
    for index, draw in enumerate(reread.draws):
        steps = trace.steps[: first + index + 1]
        nodes.append(Node(Trace(steps, trace.edits), len(nodes) - 1, draw))
    last = len(nodes) - 1
    look = replace(s.look, hover=None, rivals=None)
    grown = replace(timeline, nodes=tuple(nodes), cursor=last, tip=last)
    return replace(s, timeline=grown, edits=trace.edits, look=look, notice="", error="")


def reread(reader: Reader, s: Snapshot, edits: Edits) -> Iterator[Reread | None]:
    """Read the text at the cursor again under edits, in slices; the last value is the answer."""
    before = s.timeline.node.trace
    trace = reader.read(Trace((), edits), before.ids, edits)
    yield None
    line = s.timeline.line(s.timeline.cursor)
    draws: list[Draw] = []
    for index, node in enumerate(line[1:], len(trace) - len(line) + 1):
        draw = s.timeline.nodes[node].draw
        assert draw is not None
        draws.append(_drawn_again(trace, index, draw))
        if len(draws) % _DRAWS == 0:
            yield None
    yield Reread(trace, tuple(draws))


def difference(reader: Reader, wanted: str, unwanted: str, layer: int) -> tuple[float, ...]:
    """The vector (C,) from one prompt to another in the residual stream that enters a layer.

    Both are read without edits, and their last positions are compared (Turner et al. 2023 add such
    a difference position by position; one vector can be added anywhere). Raises ValueError with a
    sentence.
    """
    ends = [_end(reader, prompt).hidden[layer] for prompt in (wanted, unwanted)]
    vector = ends[0] - ends[1]
    if not vector.any():
        raise ValueError("The two prompts end in the same activations: there is nothing to add.")
    return tuple(vector.tolist())


def taken(reader: Reader, source: Trace | str, like: Patch) -> Patch:
    """A patch with the values that another text has at the same position.

    source is a text that was read, under its own edits, or a prompt to be read without any. Where
    it is shorter, its last position is taken; not for rows of a pattern, whose width is their
    position. Raises ValueError with a sentence.
    """
    trace = _read(reader, source) if isinstance(source, str) else source
    at = min(like.position, len(trace) - 1)
    if like.name == "pattern" and at < like.position:
        raise ValueError(
            f"The other text has {len(trace)} tokens, so it has no attention row at position "
            f"{like.position}."
        )
    name = f"blocks.{like.layer}.{like.name}"
    found = reader.activations(trace.ids[: at + 1], (name,), trace.edits)[name]
    row = found[like.head, at] if found.ndim == 3 else found[at]
    return replace(like, values=tuple(row.tolist()))


def plain(reader: Reader, known: Trace, ids: tuple[int, ...]) -> Trace:
    """A text read without edits, going on from what is known of it."""
    shared = 0
    for one, other in zip(known.ids, ids, strict=False):
        if one != other:
            break
        shared += 1
    start = Trace(known.steps[:shared])
    return reader.read(start, ids[shared:], NO_EDITS)


def plain_node(s: Snapshot) -> Trace | None:
    """The text at the cursor as it was read without edits, if it is in the tree."""
    index = _find(s.timeline, s.timeline.node.trace.ids, NO_EDITS)
    return None if index is None else s.timeline.nodes[index].trace


def compare(s: Snapshot, before: Before | None) -> Snapshot:
    """What the text at the cursor leads to without edits is known."""
    return _found(s, replace(s.findings, before=before))


def sweep(s: Snapshot, found: Sweep | None) -> Snapshot:
    """A sweep has begun, gone on or ended."""
    return _found(s, replace(s.findings, sweep=found))


def prove(s: Snapshot, found: Proof | None) -> Snapshot:
    """A proof has begun, gone on or ended."""
    return _found(s, replace(s.findings, proof=found))


def foresee(s: Snapshot, found: Turned) -> Snapshot:
    """Where the line would first have turned under the present settings is known."""
    return _found(s, replace(s.findings, turned=found))


def asked_token(s: Snapshot) -> int:
    """The token that a sweep asks about: the next one on this line, else what the dice choose."""
    line = s.timeline.line()
    if s.timeline.cursor != s.timeline.tip:
        draw = s.timeline.nodes[line[line.index(s.timeline.cursor) + 1]].draw
        assert draw is not None
        return draw.token
    return moves.next_draw(s).token


def proved(s: Snapshot) -> tuple[int, int]:
    """The position that a proof takes apart, the lit one, and the token that came after it."""
    trace = s.timeline.node.trace
    last = len(trace) - 1
    position = s.look.position
    if position is None or not 0 <= position < last:
        return last, asked_token(s)
    return position, trace.ids[position + 1]


def _found(s: Snapshot, findings: Findings) -> Snapshot:
    return replace(s, findings=findings)


def _place(off: Off) -> tuple[str, int, int]:
    return off.part, off.layer, off.index


def _find(timeline: Timeline, ids: tuple[int, ...], edits: Edits) -> int | None:
    for index in reversed(range(len(timeline.nodes))):
        trace = timeline.nodes[index].trace
        same = len(trace) == len(ids) and trace.edits == edits and trace.ids == ids
        if same and timeline.pruned.isdisjoint(timeline.line(index)):
            return index
    return None


def _drawn_again(trace: Trace, position: int, draw: Draw) -> Draw:
    """The draw of the token at a position under the edits of `trace`, with the dice it had."""
    logits, history = trace.steps[position - 1].logits, trace.ids[:position]
    if not draw.forced:
        again = stages.draw(logits, draw.sampling, history, position)
        if again.token == draw.token:
            return again
    return stages.force(logits, draw.sampling, history, position, draw.token)


def _end(reader: Reader, prompt: str) -> Step:
    """The last step of a prompt, its hidden streams included."""
    trace = _read(reader, prompt)
    return (reader.fetch(trace, _HIDDEN) if isinstance(reader, Distant) else trace).steps[-1]


def _read(reader: Reader, prompt: str) -> Trace:
    ids = (reader.facts.begin_token, *reader.encode(prompt).ids)
    return reader.read(Trace(), ids, NO_EDITS)
