"""Moves: pure functions from Snapshot to Snapshot.

A move that changes nothing returns the same snapshot.

Moves never run the network. Where a new token has to be read, `next_draw` says which, the engine
reads it, and `advance` puts the longer trace into the story.
"""

from __future__ import annotations

from dataclasses import replace

from explorer.engine import sampling as stages
from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.facts import ModelFacts
from explorer.engine.sampling import Draw, Sampling
from explorer.engine.trace import Trace
from explorer.session.findings import Findings
from explorer.session.inside import reset
from explorer.session.sharpness import Sharpness
from explorer.session.snapshot import Draft, Look, Snapshot
from explorer.session.status import fail as fail
from explorer.session.status import notice as notice
from explorer.session.status import play as play
from explorer.session.status import play_at as play_at
from explorer.session.status import working as working
from explorer.session.timeline import Node, Timeline
from explorer.session.twin import Twin


def load(s: Snapshot, model: ModelFacts) -> Snapshot:
    """A network is ready; texts read by another one are put away, and edits made for it.

    A session that was locked because this very network was not open can be read on.
    """
    known = s.model is None or s.model.fingerprint == model.fingerprint
    if s.locked and s.model is not None and known:
        return replace(s, model=model, locked="", busy="", error="", notice="")
    layer, head = (
        max(0, min(at, size - 1))
        for at, size in ((s.look.layer, model.layers), (s.look.head, model.heads))
    )
    look = replace(s.look, layer=layer, head=head, position=None, hover=None, rivals=None)
    kept = replace(s, model=model, timeline=Timeline(), look=look, inside=reset(s.inside))
    kept = replace(kept, twin=Twin(), sharpness=Sharpness())
    edits, findings = s.edits if known else NO_EDITS, Findings(s.findings.how, s.findings.measure)
    return replace(kept, edits=edits, findings=findings, busy="", error="", locked="", notice="")


def begin(s: Snapshot, prompt: str, trace: Trace) -> Snapshot:
    """A prompt has been read: it becomes a new root, earlier texts stay in the tree."""
    timeline = s.timeline.grown(Node(trace, prompt=prompt))
    return replace(s, timeline=timeline, look=_ahead(s.look), notice="", error="")


def why_stopped(s: Snapshot) -> str:
    """Why no further token can be drawn at the cursor, in words; empty when one can."""
    if s.model is None:
        return "The model is still loading."
    if s.locked:
        return s.locked
    if not s.timeline:
        return "Nothing has been read yet."
    trace, grown = s.timeline.node.trace, len(s.timeline.line(s.timeline.cursor)) - 1
    if s.timeline.node.draw is not None and s.model.ends(trace.steps[-1].token):
        return "The model wrote its stop token: the text is finished."
    if len(trace) >= s.model.context:
        return f"The context is full: the model can read {s.model.context} tokens and no more."
    if s.limit and grown >= s.limit:
        return f"The limit of {s.limit} new tokens is reached."
    return ""


def next_draw(s: Snapshot) -> Draw:
    """The draw for the token after the cursor, with the dice of its position."""
    trace = s.timeline.node.trace
    found = stages.after(trace.steps[-1], s.sampling, trace.ids)
    return stages.drawn(found, s.sampling, len(trace))


def forced_draw(s: Snapshot, token: int) -> Draw:
    """The record of choosing `token` by hand after the cursor."""
    trace = s.timeline.node.trace
    last = trace.steps[-1]
    return stages.force(last.logits, s.sampling, trace.ids, len(trace), token, last.rest)


def known(s: Snapshot, draw: Draw) -> Snapshot | None:
    """The snapshot after a draw that has been made here before, without reading anything.

    A forced token that was once drawn is the same text: the old branch is entered. None when the
    token has to be read.
    """
    here, nodes = s.timeline.cursor, s.timeline.nodes
    same = [
        (nodes[index].draw == draw, index)
        for index in s.timeline.children(here)
        if nodes[index].trace.steps[-1].token == draw.token and nodes[index].trace.edits == s.edits
    ]
    if not same:
        return None
    made_here, index = max(same)
    if made_here or draw.forced:
        return seek(s, index)
    return advance(s, here, nodes[index].trace, draw)


def advance(s: Snapshot, parent: int, trace: Trace, draw: Draw) -> Snapshot:
    """One token further: `trace` is the parent's text with the drawn token read."""
    timeline = s.timeline.grown(Node(trace, parent, draw))
    return replace(s, timeline=timeline, look=_ahead(s.look), notice="", error="")


def back(s: Snapshot) -> Snapshot:
    """One token back; the same snapshot at the prompt."""
    parent = s.timeline.node.parent if s.timeline else None
    return s if parent is None else seek(s, parent)


def forward(s: Snapshot) -> Snapshot:
    """One token forward on the line that was walked before; the same snapshot at its end."""
    line = s.timeline.line()
    if not s.timeline or s.timeline.cursor == s.timeline.tip:
        return s
    return seek(s, line[line.index(s.timeline.cursor) + 1])


def to_start(s: Snapshot) -> Snapshot:
    """To the end of the prompt of this line."""
    return seek(s, s.timeline.root()) if s.timeline else s


def to_end(s: Snapshot) -> Snapshot:
    """To the last token of this line."""
    return seek(s, s.timeline.tip) if s.timeline else s


def token_at_rank(s: Snapshot, rank: int) -> int | None:
    """The candidate at a rank, 1 being the most probable; None when there is none."""
    if not s.timeline or s.model is None or not 1 <= rank <= s.model.vocabulary:
        return None
    trace = s.timeline.node.trace
    return int(stages.after(trace.steps[-1], s.sampling, trace.ids).order[rank - 1])


def seek(s: Snapshot, node: int) -> Snapshot:
    """To any node of the tree, under the edits that it was read with."""
    timeline = s.timeline.at(node)
    if timeline is s.timeline:
        return s
    edits = timeline.node.trace.edits
    return replace(s, timeline=timeline, edits=edits, look=_ahead(s.look), notice="", error="")


def seek_position(s: Snapshot, position: int) -> Snapshot:
    """To the moment at which the token at `position` of this line had just been read.

    Positions inside the prompt were read at once: there the cursor goes to the prompt and the row
    of that token is lit.
    """
    if not s.timeline:
        return s
    position = max(position, 0)
    line = s.timeline.line()
    start = len(s.timeline.nodes[line[0]].trace) - 1
    if position < start:
        return select(seek(s, line[0]), position)
    return select(seek(s, line[min(position - start, len(line) - 1)]), None)


def select(s: Snapshot, position: int | None) -> Snapshot:
    """Light the row of one token (None, or a position that was not read: the last one)."""
    return _look(s, replace(s.look, position=_read(s, position), rivals=None))


def hover(s: Snapshot, position: int | None) -> Snapshot:
    """The token under the mouse, in whichever panel; None where no token has been read."""
    return _look(s, replace(s.look, hover=_read(s, position)))


def look_at(s: Snapshot, layer: int, head: int) -> Snapshot:
    """Draw this head large; out of range is brought back into it."""
    if s.model is not None:
        layer, head = layer % max(1, s.model.layers), head % max(1, s.model.heads)
    return _look(s, replace(s.look, layer=layer, head=head, rivals=None))


def average(s: Snapshot, whole: bool) -> Snapshot:
    """Average over the text up to the lit token, or count that token alone."""
    return _look(s, replace(s.look, whole=whole))


def compare_keys(s: Snapshot, rivals: tuple[int, int] | None) -> Snapshot:
    """Span the energy plane by these two keys (None: the two most attended)."""
    return _look(s, replace(s.look, rivals=rivals))


def show_bars(s: Snapshot, count: int) -> Snapshot:
    """How many candidates are drawn as bars."""
    return _look(s, replace(s.look, bars=max(3, min(count, 100))))


def sample_with(s: Snapshot, sampling: Sampling) -> Snapshot:
    """Change the settings of the draw; nothing is read again."""
    return s if sampling == s.sampling else replace(s, sampling=sampling)


def heat(s: Snapshot, temperature: float) -> Snapshot:
    """Set the temperature of the next draws; 0 is greedy."""
    return sample_with(s, stages.with_temperature(s.sampling, temperature))


def limit_to(s: Snapshot, tokens: int) -> Snapshot:
    """Stop after this many new tokens (0: no limit but the context)."""
    tokens = max(0, tokens)
    return s if tokens == s.limit else replace(s, limit=tokens)


def edit(s: Snapshot, edits: Edits) -> Snapshot:
    """Change what is switched off inside the network for the tokens read from now on."""
    return s if edits == s.edits else replace(s, edits=edits)


def write(s: Snapshot, draft: Draft) -> Snapshot:
    """The prompt being typed."""
    return s if draft == s.draft else replace(s, draft=draft)


def carry(now: Snapshot, then: Snapshot) -> Snapshot:
    """The snapshot of another time to travel to: model and draft stay as they are now."""
    return replace(
        then,
        model=now.model,
        draft=now.draft,
        findings=now.findings,
        look=replace(then.look, hover=None),
        play=replace(then.play, running=False, to_stop=False),
        busy="",
        error="",
    )


def _read(s: Snapshot, position: int | None) -> int | None:
    """A position that has been read at the cursor, else None: no panel need look beyond it."""
    count = len(s.timeline.node.trace) if s.timeline else 0
    return position if position is not None and 0 <= position < count else None


def _look(s: Snapshot, look: Look) -> Snapshot:
    return s if look == s.look else replace(s, look=look)


def _ahead(look: Look) -> Look:
    return replace(look, position=None, hover=None, rivals=None)
