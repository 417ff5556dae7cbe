"""Where heads look: one head's matrix, one row in numbers, and what to say about them.

The weights of a query add up to 1 over the keys up to itself; later keys do not exist for it, nor
do those before its window in a layer that has one.
Shapes: T tokens, S keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.facts import ModelFacts
from explorer.engine.trace import Step
from explorer.lens.growing import Growing
from explorer.lens.temperatures import ATTENTION
from explorer.physics.information import entropy, smallest_support
from explorer.session.snapshot import Snapshot

TOP_KEYS = 5
_MASS = 0.9


@dataclass(frozen=True, eq=False)
class HeadMatrix:
    """One head over the whole text: weights (T, T) by query and key, NaN where absent.

    steps (T,) are those that computed the rows, grown is where they go on.
    """

    layer: int
    head: int
    weights: NDArray[np.float32]
    labels: tuple[str, ...]
    off: bool
    steps: tuple[Step, ...]
    grown: Growing


@dataclass(frozen=True, eq=False)
class HeadRow:
    """One query of one head: weights (S,), entropy in nats, the keys that carry 90 %.

    top holds the positions of the most attended keys, strongest first. Keys before `first` lie
    outside the window of this layer; their weights are 0.
    """

    layer: int
    head: int
    position: int
    weights: NDArray[np.float32]
    entropy: float
    k90: int
    top: tuple[int, ...]
    first: int = 0

    @property
    def keys(self) -> int:
        """How many keys the query sees."""
        return len(self.weights) - self.first


def lit_row(s: Snapshot) -> int | None:
    """The position whose row is lit: under the mouse, else selected, else the last one read."""
    if not s.timeline:
        return None
    size = len(s.timeline.node.trace)
    wanted = (s.look.hover, s.look.position, size - 1)
    return next((at for at in wanted if at is not None and 0 <= at < size), None)


def chosen_head(s: Snapshot) -> tuple[int, int]:
    """The layer and head that are drawn large, brought into the range of the model."""
    if s.model is None:
        return s.look.layer, s.look.head
    return s.look.layer % max(1, s.model.layers), s.look.head % max(1, s.model.heads)


def head_matrix(s: Snapshot, old: HeadMatrix | None = None) -> HeadMatrix | None:
    """The chosen head at the cursor; None while nothing has been read.

    What `old` has of the same steps is shared with it.
    """
    if s.model is None or not s.timeline or not len(s.timeline.node.trace):
        return None
    trace, (layer, head) = s.timeline.node.trace, chosen_head(s)
    labels = tuple(s.model.labels[token] for token in trace.ids)
    off = (layer, head) in trace.edits.heads_off
    same = old is not None and (old.layer, old.head) == (layer, head)
    grown = old.grown if old is not None and same else Growing((), np.nan)
    first_key = s.model.first_key

    def write(row: NDArray[np.float32], position: int) -> None:
        first = first_key(layer, position)
        row[first:] = trace.steps[position].attention[layer, head, first:]

    weights = grown.view(trace.steps, write)
    return HeadMatrix(layer, head, weights, labels, off, trace.steps, grown)


def head_row(s: Snapshot, layer: int, head: int) -> HeadRow | None:
    """The lit row of one head; None while nothing has been read.

    Entropy is -sum p ln p; k90 is the smallest number of keys with 90 % of the weight (Ramsauer et
    al. 2020, section 4).
    """
    position = lit_row(s)
    if position is None or s.model is None:
        return None
    first = s.model.first_key(layer, position)
    weights = s.timeline.node.trace.steps[position].attention[layer, head]
    top = first + np.argsort(-weights[first:], kind="stable")[:TOP_KEYS]
    return HeadRow(
        layer,
        head,
        position,
        weights,
        float(entropy(weights)),
        int(smallest_support(weights, _MASS)),
        tuple(int(key) for key in top),
        first,
    )


def weight_text(weight: float) -> str:
    """A weight with four digits; tiny ones by power of ten, so that they are not read as zero."""
    return f"{weight:.4f}" if weight >= 0.001 else f"{weight:.1e}"


def named(s: Snapshot, position: int) -> str:
    """A token of the text at the cursor with its position, such as “·on (5)”."""
    assert s.model is not None
    return f"{s.model.labels[s.timeline.node.trace.steps[position].token]} ({position})"


def describe_row(s: Snapshot, row: HeadRow) -> str:
    """One head's lit row in a sentence."""
    share = _percent(float(row.weights[row.top[0]]))
    keys = "1 token carries" if row.k90 == 1 else f"{row.k90} tokens carry"
    assert s.model is not None
    return (
        f"{s.model.head_name(row.layer, row.head, ', ')}: {named(s, row.position)} puts {share} on "
        f"{named(s, row.top[0])}; entropy {row.entropy:.2f} nats; {keys} 90 %"
    )


def describe_tile(s: Snapshot, layer: int, head: int) -> str:
    """The tool tip of one head in the grid; empty while nothing has been read."""
    row = head_row(s, layer, head)
    if row is None:
        return ""
    return describe_row(s, row) + _off_note(s, layer, head)


def describe_cell(s: Snapshot, query: int, key: int) -> str:
    """The tool tip of one cell of the chosen head."""
    layer, head = chosen_head(s)
    if key > query:
        return (
            f"no value: key {named(s, key)} comes after query {named(s, query)}, "
            "and a token can only look back"
        )
    assert s.model is not None
    first = s.model.first_key(layer, query)
    if key < first:
        return (
            f"no value: query {named(s, query)} of layer {layer} sees only its last "
            f"{query + 1 - first} tokens, itself included"
        )
    weight = float(s.timeline.node.trace.steps[query].attention[layer, head, key])
    factor = s.timeline.node.trace.edits.sharpness(layer, head)
    beta = f"β = {beta_rule(s.model, factor)}{factor * s.model.beta:.4g}"
    cap = s.model.score_cap
    score = "β q·k" if cap is None else f"{cap:g} tanh(β q·k / {cap:g})"
    return (
        f"attention {weight_text(weight)} of query {named(s, query)} on key {named(s, key)}\n"
        f"softmax over the keys that it sees of {score}, with {beta}"
    )


def row_words(s: Snapshot, row: HeadRow, cell: tuple[int, int] | None) -> str:
    """The line above the picture: the cell that is pointed at, else the lit row in numbers."""
    if cell is not None:
        return describe_cell(s, *cell).split("\n")[0]
    keys = "1 key" if row.k90 == 1 else f"{row.k90} keys"
    window = " in its window" if row.first else ""
    off = ", switched off" if (row.layer, row.head) in s.edits.heads_off else ""
    return (
        f"query {named(s, row.position)}: 90 % on {keys} of {row.keys}{window}, "
        f"entropy {row.entropy:.2f} nats{off}"
    )


def sharpness(model: ModelFacts, factor: float = 1.0) -> str:
    """The scale inside a head, named so that nobody takes it for the sampling temperature."""
    return f"{ATTENTION.control} = {beta_rule(model, factor)}{factor * model.beta:.3f}"


def beta_rule(model: ModelFacts, factor: float = 1.0) -> str:
    """What beta is made of, with a sign of equality behind it; empty where it is just a number."""
    own = f"1/√{model.head_width}" if model.scale is None else f"{model.beta:.4g}"
    if factor != 1.0:
        return f"{factor:.3g} × {own} = "
    return f"{own} = " if model.scale is None else ""


def _off_note(s: Snapshot, layer: int, head: int) -> str:
    if (layer, head) in s.timeline.node.trace.edits.heads_off:
        return "\nswitched off: what it mixes is set to zero, its weights are still computed"
    if (layer, head) in s.edits.heads_off:
        return "\nswitched off for the tokens read from now on"
    return ""


def _percent(share: float) -> str:
    return "less than 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"
