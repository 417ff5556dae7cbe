"""The records of which a session file and a journal consist. Knows no disk.

Adding to the format: what is visible gets a field with a default in `State` and its line in
`state_of` and `with_state`; what belongs to a token gets one in `NodeRecord`, to the tree one in
`Tree`.
Records of other rooms (Sampling, Edits, Look, ModelFacts) are stored field by field as they are.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from explorer.engine.edits import NO_EDITS, Edits, How
from explorer.engine.facts import ModelFacts
from explorer.engine.sampling import Draw, Sampling
from explorer.engine.trace import Step, Trace
from explorer.session.asked_list import Asked
from explorer.session.files.slices import run
from explorer.session.findings import Findings, Measure
from explorer.session.inside import HeadSearch, Inside
from explorer.session.snapshot import Draft, Look, Snapshot
from explorer.session.status import Play
from explorer.session.stop_list import Stops
from explorer.session.timeline import Node, Timeline
from explorer.session.twin import Twin

T = TypeVar("T")
_EVERY = 2000


@dataclass(frozen=True)
class DrawRecord:
    """A draw less its token, which is the node's; `sampling` is an index into the tree's table."""

    raw: float
    final: float
    uniform: float
    sampling: int
    forced: bool = False


@dataclass(frozen=True)
class NodeRecord:
    """One node: `steps` are indices of the steps behind the parent's trace.

    Where the parent's trace is not continued (at a root, and where other edits made the network
    read the text again) they are the whole trace, and `fresh` is true.
    """

    parent: int | None
    steps: tuple[int, ...]
    fresh: bool
    edits: int = 0
    draw: DrawRecord | None = None
    prompt: str = ""


@dataclass(frozen=True)
class Tree:
    """All nodes, and the tables that they point into; tokens[i] is the token of step i.

    names are pairs of a node and the name that a person gave it; pruned are the nodes cut off.
    """

    nodes: tuple[NodeRecord, ...] = ()
    tokens: tuple[int, ...] = ()
    samplings: tuple[Sampling, ...] = ()
    edits: tuple[Edits, ...] = ()
    cursor: int = -1
    tip: int = -1
    names: tuple[tuple[int, str], ...] = ()
    pruned: tuple[int, ...] = ()


@dataclass(frozen=True)
class State:
    """What a session remembers beside the tree and the model."""

    sampling: Sampling = field(default_factory=Sampling)
    edits: Edits = NO_EDITS
    look: Look = field(default_factory=Look)
    rate: float = 4.0
    limit: int = 0
    prompt: str = ""
    notes: str = ""
    stops: Stops = field(default_factory=Stops)
    inside: Inside = field(default_factory=Inside)
    how: How = "zero"
    measure: Measure = "log p"
    asked: int | None = None
    twin: Twin = field(default_factory=Twin)


def state_of(s: Snapshot) -> State:
    """What of a snapshot is kept beside the tree; not what the hand just does in a panel."""
    return State(
        sampling=s.sampling,
        edits=s.edits,
        look=replace(s.look, hover=None),
        rate=s.play.rate,
        limit=s.limit,
        prompt=s.draft.text,
        notes=s.notes,
        stops=s.stops,
        inside=replace(s.inside, entries=(), heads=HeadSearch()),
        how=s.findings.how,
        measure=s.findings.measure,
        asked=s.asked.token,
        twin=s.twin,
    )


def with_state(s: Snapshot, state: State) -> Snapshot:
    """A snapshot with what was kept; its tree and model stay."""
    return replace(
        s,
        sampling=state.sampling,
        edits=state.edits,
        look=state.look,
        play=Play(rate=state.rate),
        limit=state.limit,
        draft=Draft(state.prompt),
        notes=state.notes,
        stops=state.stops,
        inside=state.inside,
        findings=Findings(how=state.how, measure=state.measure),
        asked=Asked(token=state.asked),
        twin=state.twin,
    )


class Ledger:
    """Numbers the steps, settings and edits of a growing tree, each once."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.samplings: list[Sampling] = []
        self.edits: list[Edits] = []
        self._numbers: dict[int, int] = {}

    def record(self, nodes: tuple[Node, ...], node: Node) -> NodeRecord:
        """The record of one node of a tree."""
        steps, before = node.trace.steps, tuple[Step, ...]()
        if node.parent is not None:
            before = nodes[node.parent].trace.steps
        fresh = not before or len(steps) <= len(before) or steps[: len(before)] != before
        draw = node.draw
        return NodeRecord(
            parent=node.parent,
            steps=tuple(self._number(step) for step in (steps if fresh else steps[len(before) :])),
            fresh=fresh,
            edits=_entry(self.edits, node.trace.edits),
            draw=None if draw is None else self._draw(draw),
            prompt=node.prompt,
        )

    def tree(self, timeline: Timeline) -> Tree:
        """The whole tree as records."""
        return run(self.growing(timeline))

    def growing(self, timeline: Timeline) -> Generator[str, None, Tree]:
        """The same in slices that say how far they are."""
        nodes: list[NodeRecord] = []
        for node in timeline.nodes:
            nodes.append(self.record(timeline.nodes, node))
            if len(nodes) % _EVERY == 0:
                yield f"Saving … {len(nodes):,} of {len(timeline.nodes):,} nodes"
        return replace(
            frame(timeline),
            nodes=tuple(nodes),
            tokens=tuple(step.token for step in self.steps),
            samplings=tuple(self.samplings),
            edits=tuple(self.edits),
        )

    def _draw(self, draw: Draw) -> DrawRecord:
        sampling = _entry(self.samplings, draw.sampling)
        return DrawRecord(draw.raw, draw.final, draw.uniform, sampling, draw.forced)

    def _number(self, step: Step) -> int:
        # The list keeps the step alive, so that no other can get its id.
        number = self._numbers.setdefault(id(step), len(self.steps))
        if number == len(self.steps):
            self.steps.append(step)
        return number


def frame(timeline: Timeline) -> Tree:
    """What a tree holds beside its nodes and their tables."""
    return Tree(
        cursor=timeline.cursor,
        tip=timeline.tip,
        names=tuple(sorted(timeline.names.items())),
        pruned=tuple(sorted(timeline.pruned)),
    )


def planting(tree: Tree, traces: tuple[Trace, ...]) -> Generator[str, None, Timeline]:
    """The timeline of a checked tree whose nodes have these traces, in slices."""
    nodes: list[Node] = []
    for record, trace in zip(tree.nodes, traces, strict=True):
        draw, kept = None, record.draw
        if kept is not None:
            draw = Draw(
                token=trace.steps[-1].token,
                raw=kept.raw,
                final=kept.final,
                uniform=kept.uniform,
                sampling=tree.samplings[kept.sampling],
                forced=kept.forced,
            )
        nodes.append(Node(trace, record.parent, draw, record.prompt))
        if len(nodes) % _EVERY == 0:
            yield f"Opening the session … {len(nodes):,} of {len(tree.nodes):,} nodes"
    return Timeline(tuple(nodes), tree.cursor, tree.tip, dict(tree.names), frozenset(tree.pruned))


def empty(model: ModelFacts, state: State) -> Snapshot:
    """A snapshot of a session before its tree is planted."""
    return with_state(Snapshot(model=model), state)


def _entry(table: list[T], value: T) -> int:
    """The place of a value in a table, which gets it where it is missing."""
    if value not in table:
        table.append(value)
    return table.index(value)
