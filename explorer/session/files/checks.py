"""What must hold in a session before it is believed: all points to something that is there."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable

from explorer.engine import fit
from explorer.engine.edits import Edits
from explorer.engine.facts import ModelFacts
from explorer.session.files.errors import SessionError
from explorer.session.files.records import DrawRecord, NodeRecord, State, Tree
from explorer.session.files.slices import run
from explorer.session.inside import RUNNER_UP, HeadSearch, Inside, last_stage, places
from explorer.session.stop_language import StopError, parse
from explorer.session.stop_list import Stops

_MOST_STEPS = 50_000_000
_EVERY = 2000
_MOST_STOPS = 1000
_LONGEST_NAME = 1000
_LIMITS = {
    "layers": 1 << 10, "heads": 1 << 12, "width": 1 << 20, "head_width": 1 << 16, "context": 1 << 24
}  # fmt: skip


def check(model: ModelFacts, tree: Tree, state: State) -> None:
    """Raise SessionError unless everything points to something that is there."""
    run(checking(model, tree, state))


def checking(model: ModelFacts, tree: Tree, state: State) -> Generator[str, None, None]:
    """The same in slices that say how far they are."""
    _check_model(model)
    size = model.vocabulary
    for token in (min(tree.tokens, default=0), max(tree.tokens, default=0)):
        _within("tree.tokens", token, 0, size - 1)
    _check_edits(model, (*tree.edits, state.edits))
    lengths: list[int] = []
    for index, node in enumerate(tree.nodes):
        lengths.append(_check_node(index, node, tree, lengths))
        _need(lengths[-1] <= model.context, f"node {index} is longer than the context")
        if (index + 1) % _EVERY == 0:
            yield f"{index + 1:,} of {len(tree.nodes):,} nodes checked"
    _need(sum(lengths) <= _MOST_STEPS, "its tree is too large")
    _check_places(tree)
    _within("state.twin.other", state.twin.other or 0, 0, max(len(tree.nodes) - 1, 0))
    _within("state.asked", state.asked or 0, 0, size - 1)
    _check_stops(state.stops, len(tree.nodes) - 1)
    _check_inside(model, state.inside)
    _check_look(model, state, lengths[tree.cursor] if lengths else 0)


def _check_places(tree: Tree) -> None:
    last = len(tree.nodes) - 1
    _within("tree.cursor", tree.cursor, min(last, 0), last)
    _within("tree.tip", tree.tip, min(last, 0), last)
    at = tree.tip
    while last >= 0 and at > tree.cursor:
        parent = tree.nodes[at].parent
        at = -1 if parent is None else parent
    _need(last < 0 or at == tree.cursor, "the cursor is not on the line to the tip")
    for node, name in tree.names:
        _within("tree.names: a node", node, 0, last)
        _need(0 < len(name) <= _LONGEST_NAME, f"the name of node {node} is empty or too long")
    for node in tree.pruned:
        _within("tree.pruned: a node", node, 0, last)


def _check_model(model: ModelFacts) -> None:
    for name, most in _LIMITS.items():
        least = 0 if model.can.attention and name != "context" else 1
        _within(f"model.{name}", getattr(model, name), least, most)
    size = model.vocabulary
    _need(len(model.pieces) == size > 0, "model.pieces and model.labels differ in number")
    _within("model.begin_token", model.begin_token, 0, size - 1)
    for token in (model.end_token, *model.further_ends):
        _within("an end token of the model", token, -1, size - 1)
    _within("model.key_groups", model.groups, min(1, model.heads), model.heads)
    _within("model.scale", model.beta, 0.0, 1e6)
    _within("model.inner", model.inner, 0, 1 << 20)
    _within("model.score_cap", model.score_cap or 0.0, 0.0, 1e9)
    for window in model.windows:
        _within("model.windows", window or 1, 1, _LIMITS["context"])


def _check_node(index: int, node: NodeRecord, tree: Tree, lengths: list[int]) -> int:
    """The length of a node's text."""
    where = f"node {index}"
    for step in node.steps:
        _within(f"{where}: a step", step, 0, len(tree.tokens) - 1)
    _within(f"{where}: its edits", node.edits, 0, len(tree.edits) - 1)
    if node.parent is None:
        _need(node.fresh and bool(node.steps) and node.draw is None, f"{where} is no prompt")
        return len(node.steps)
    _within(f"{where}: its parent", node.parent, 0, index - 1)
    before, edits = lengths[node.parent], tree.nodes[node.parent].edits
    _need(node.fresh or node.edits == edits, f"{where} continues a text read under other edits")
    wanted = before + 1 if node.fresh else 1
    _need(len(node.steps) == wanted, f"{where} does not add one token to its parent")
    _need(node.draw is not None, f"{where} has no draw")
    if node.draw is not None:
        _check_draw(where, node.draw, len(tree.samplings))
    return before + 1


def _check_draw(where: str, draw: DrawRecord, samplings: int) -> None:
    _within(f"{where}: the sampling of its draw", draw.sampling, 0, samplings - 1)
    for value in (draw.raw, draw.final, draw.uniform):
        _within(f"{where}: a probability", value, 0.0, 1.0 + 1e-9)


def _check_edits(model: ModelFacts, edits: Iterable[Edits]) -> None:
    sizes = fit.Sizes(
        layers=model.layers, heads=model.heads, width=model.width, head_width=model.head_width,
        inner=model.inner, context=model.context, vocabulary=model.vocabulary,
    )  # fmt: skip
    for one in edits:
        try:
            fit.check(one, sizes)
        except ValueError as error:
            raise SessionError(f"one of its edits does not fit its model: {error}") from None


def _check_stops(stops: Stops, last: int) -> None:
    _need(len(stops.items) <= _MOST_STOPS, "it has too many stops")
    for stop in stops.items:
        try:
            parse(stop.text)
        except StopError as error:
            raise SessionError(f"the stop {stop.text[:80]!r} cannot be: {error}") from None
        _within("the hits of a stop", stop.hits, 0, 1 << 40)
    if stops.hit is not None:
        _within("state.stops.hit.node", stops.hit.node, 0, last)


def _check_inside(model: ModelFacts, inside: Inside) -> None:
    _within("state.inside.place", inside.place, 0, places(model) - 1)
    _within("state.inside.inner", inside.inner, 0, last_stage(model))
    _within("state.inside.token", inside.token or 0, 0, model.vocabulary - 1)
    _within("state.inside.versus", inside.versus or 0, RUNNER_UP, model.vocabulary - 1)
    for layer in inside.open:
        _within("state.inside.open", layer, 0, max(0, model.layers - 1))
    _need(
        not inside.entries and inside.heads == HeadSearch(), "state.inside holds what is not kept"
    )


def _check_look(model: ModelFacts, state: State, length: int) -> None:
    look = state.look
    # Of an engine that shows no layers the first one is looked at all the same.
    _within("state.look.layer", look.layer, 0, max(0, model.layers - 1))
    _within("state.look.head", look.head, 0, max(0, model.heads - 1))
    for position in (look.position, look.hover, *(look.rivals or ())):
        if position is not None:
            _within("state.look: a position", position, 0, max(length - 1, 0))
    _within("state.look.bars", look.bars, 3, 100)
    _within("state.rate", state.rate, 0.25, 60.0)
    _within("state.limit", state.limit, 0, 1 << 40)


def _within(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise SessionError(f"{name} is {value}, which cannot be")


def _need(holds: bool, problem: str) -> None:
    if not holds:
        raise SessionError(problem)
