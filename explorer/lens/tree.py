"""The tree of everything generated as rows to draw: text, probability of the path, luck.

For the path x_1 ... x_n that was drawn after the prompt, all under the model's own distribution
(T = 1, nothing removed) and in nats:

    path      ln p    = sum_t ln p_t(x_t)
    greedy    G       = sum_t max_x ln p_t(x)       what the greediest choices along it would give
    expected  E       = sum_t sum_x p_t(x) ln p_t(x) = -sum_t H_t

The luck against the greedy path is ln p - G <= 0, against the expected value ln p - E; the latter
is 0 on average over draws at T = 1 (the surprise minus the entropy is a martingale difference).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from explorer.engine.facts import ModelFacts
from explorer.engine.sampling import Draw, Sampling
from explorer.lens.stages import changed
from explorer.lens.surprise import outlook, surprise
from explorer.session.branches import Segment, row_of, segments
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Node, Timeline

PROMPT, DICE, FORCED = "prompt", "dice", "forced"
FORMULAS = {
    "path": "p of the path = Π p(token), the model's own probability (T = 1) of all tokens drawn "
    "after the prompt up to the end of this segment.",
    "greedy": "Luck against the greedy path: ln p(path) − Σ max ln p, in nats. 0 if every token "
    "was the most probable one, below 0 otherwise.",
    "expected": "Luck against the expected value: ln p(path) − Σ(−H), in nats, with H = −Σ p ln p "
    "at each step. Above 0: more probable than an average draw at T = 1.",
}


@dataclass(frozen=True, eq=False)
class Row:
    """One segment as it is drawn.

    words are the texts of its nodes; why says what differs from the oldest branch of the same fork
    (a setting, the seed, the edits), kind how its first token was chosen. log_p, greedy and
    expected are the sums of the module's formulas from the prompt to its end, NaN where the engine
    did not name a token of the path; tokens counts those drawn on the whole path. vague: the engine
    left out tokens on it, so that H, and with it the luck, is the least that it can be.
    """

    segment: Segment
    words: tuple[str, ...]
    kind: str
    why: str
    name: str
    log_p: float
    greedy: float
    expected: float
    tokens: int
    vague: bool = False

    @property
    def against_greedy(self) -> float:
        """Luck against the greedy path, nats, at most 0."""
        return min(self.log_p - self.greedy, 0.0)

    @property
    def against_expected(self) -> float:
        """Luck against the expected value, nats."""
        return self.log_p - self.expected


@dataclass(frozen=True, eq=False)
class TreePicture:
    """All rows; sums (N, 3) are ln p, greedy and expected of the path to each of the N nodes.

    on_line says of each row whether the line through the cursor passes it; here is the row of the
    cursor and read how many of its nodes have been read there.
    """

    timeline: Timeline
    rows: tuple[Row, ...]
    sums: NDArray[np.float64]
    on_line: tuple[bool, ...]
    here: int
    read: int


def tree(s: Snapshot, old: TreePicture | None = None) -> TreePicture | None:
    """The tree as rows; None while nothing has been read.

    What `old` knows of nodes and rows that are the same is taken from it.
    """
    if s.model is None or not s.timeline:
        return None
    timeline = s.timeline
    rows: tuple[Row, ...]
    if old is not None and _same_tree(timeline, old.timeline):
        rows, sums = old.rows, old.sums
    else:
        sums = _sums(timeline.nodes, old)
        kept = {} if old is None else {row.segment.head: row for row in old.rows}
        rows = tuple(
            _row(s.model, timeline, sums, segment, kept.get(segment.head))
            for segment in segments(timeline)
        )
    line = set(timeline.line())
    here = row_of(tuple(row.segment for row in rows), timeline.cursor)
    return TreePicture(
        timeline,
        rows,
        sums,
        tuple(row.segment.head in line for row in rows),
        -1 if here is None else here,
        0 if here is None else rows[here].segment.nodes.index(timeline.cursor) + 1,
    )


def probability(log_p: float) -> str:
    """exp(log_p) for a column, also where it is too small for a number of the machine.

    A path over a token that the engine did not name has no probability that is known: "?".
    """
    if math.isnan(log_p):
        return "?"
    if log_p > math.log(0.00995):
        return f"{100 * math.exp(log_p):.1f} %" if log_p < -5e-4 else "100 %"
    exponent = math.floor(log_p / math.log(10))
    digits = f"{10 ** (log_p / math.log(10) - exponent):.1f}"
    return f"1.0e{exponent + 1}" if digits == "10.0" else f"{digits}e{exponent}"


def signed(nats: float) -> str:
    """A number of nats with its sign: +2.1, −13.4, 0; "?" where it is not known."""
    if math.isnan(nats):
        return "?"
    rounded = round(nats, 1)
    return "0" if rounded == 0 else f"{'+' if rounded > 0 else '−'}{abs(rounded):.1f}"


def describe(row: Row) -> str:
    """Everything known about a row, with the formulas and the numbers in them."""
    text = "".join(row.words)
    start = {PROMPT: "A prompt", DICE: "Begins with a draw", FORCED: "Begins with a forced token"}
    head = f"{row.name}\n" if row.name else ""
    first = f"{head}“{text[:300]}{'…' if len(text) > 300 else ''}”\n{start[row.kind]}"
    why = f", {row.why}" if row.why else ""
    if not row.tokens:
        return f"{first}{why}; nothing has been drawn before its end."
    drawn = f"{first}{why}; {row.tokens} drawn from the prompt to its end.\n"
    if math.isnan(row.log_p):
        return f"{drawn}The engine did not name one of them: what it is worth is not known."
    least = "\nTokens are missing: H is the least that it can be, and so is this luck."
    return (
        f"{drawn}ln p(path) = Σ ln p = {row.log_p:.2f} nats, p = {probability(row.log_p)}\n"
        f"against greedy: {row.log_p:.2f} − ({row.greedy:.2f}) = {row.against_greedy:.2f}, "
        f"with Σ max ln p = {row.greedy:.2f}\n"
        f"against expected: {row.log_p:.2f} − ({row.expected:.2f}) = {row.against_expected:+.2f}, "
        f"with −Σ H = {row.expected:.2f}{least if row.vague else ''}"
    )


def summary(picture: TreePicture | None) -> str:
    """One sentence that says what the tree shows."""
    if picture is None:
        return "Nothing has been read yet."
    tips = sum(not picture.timeline.children(row.segment.end) for row in picture.rows)
    ends = "1 branch" if tips == 1 else f"{tips} branches"
    row = picture.rows[picture.here] if picture.here >= 0 else None
    if row is None:
        return f"{ends}."
    if math.isnan(row.log_p):
        return f"{ends}; the path here has a token that the engine did not name."
    return (
        f"{ends}; the path here has probability {probability(row.log_p)}, "
        f"{row.against_greedy:.1f} nats against greedy, {row.against_expected:+.1f} against the "
        "expected value."
    )


def _same_tree(a: Timeline, b: Timeline) -> bool:
    return a.nodes is b.nodes and a.names == b.names and a.pruned == b.pruned


def _sums(nodes: tuple[Node, ...], old: TreePicture | None) -> NDArray[np.float64]:
    """(N, 3) sums of every node; those of nodes that `old` has too are copied."""
    sums = np.zeros((len(nodes), 3))
    known = 0
    if old is not None:
        before = old.timeline.nodes
        known = min(len(nodes), len(before))
        # Nodes are only ever added: two tuples share a beginning, and mostly all of the shorter.
        while known and nodes[known - 1] is not before[known - 1]:
            known -= 1
        sums[:known] = old.sums[:known]
    for index in range(known, len(nodes)):
        node = nodes[index]
        if node.parent is None or node.draw is None:
            continue
        step = nodes[node.parent].trace.steps[-1]
        ahead = outlook(step)
        best = float(step.logits.max()) - ahead.log_partition
        gain = (-surprise(step, node.draw.token), best, -ahead.entropy)
        sums[index] = sums[node.parent] + gain
    sums.setflags(write=False)
    return sums


def _row(
    model: ModelFacts,
    timeline: Timeline,
    sums: NDArray[np.float64],
    segment: Segment,
    old: Row | None,
) -> Row:
    name = timeline.names.get(segment.head, "")
    why = _why(timeline, segment.head)
    known: tuple[str, ...] = ()
    if old is not None and segment.nodes[: len(old.words)] == old.segment.nodes:
        known = old.words
        if len(known) == len(segment.nodes) and (old.name, old.why) == (name, why):
            return old if old.segment == segment else replace(old, segment=segment)
    nodes = timeline.nodes
    drawn = [*known, *(_text(model, nodes[index]) for index in segment.nodes[len(known) :])]
    draw = nodes[segment.head].draw
    kind = PROMPT if draw is None else FORCED if draw.forced else DICE
    log_p, greedy, expected = (float(value) for value in sums[segment.end])
    count = len(timeline.line(segment.end)) - 1
    vague = any(step.rest for step in nodes[segment.end].trace.steps)
    return Row(segment, tuple(drawn), kind, why, name, log_p, greedy, expected, count, vague)


def _text(model: ModelFacts, node: Node) -> str:
    """The text of a node, line ends made visible."""
    if node.draw is None:
        shown = node.prompt or "(no prompt)"
        return shown.replace("\n", "↵")
    return model.pieces[node.draw.token].decode("utf-8", "replace").replace("\n", "↵")


def _why(timeline: Timeline, head: int) -> str:
    """What the branch that begins here did otherwise than the oldest of its fork."""
    node = timeline.nodes[head]
    if node.parent is None or node.draw is None:
        return ""
    eldest = timeline.nodes[timeline.children(node.parent)[0]]
    if eldest is node or eldest.draw is None:
        return ""
    said = [] if node.draw.forced else _changes(eldest.draw, node.draw)
    if node.trace.edits != eldest.trace.edits:
        said.append("edited" if node.trace.edits else "no edits")
    return ", ".join(said)


def _changes(before: Draw, after: Draw) -> list[str]:
    a, b = before.sampling, after.sampling
    return [
        changed(one.name, getattr(b, one.name))
        for one in fields(Sampling)
        if getattr(a, one.name) != getattr(b, one.name)
    ]
