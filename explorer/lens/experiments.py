"""Edits in words, and what they change: the next token before and after.

Before is the same text read without edits; both are the model's own probabilities (T = 1, whole
vocabulary, nothing removed). KL(before || after) = sum p ln(p / q) in nats.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.engine.edits import EVERY, OF_A_HEAD, Edit, Off, Patch, Sharpening, Steering
from explorer.engine.facts import ModelFacts
from explorer.lens.attention import lit_row
from explorer.lens.candidates import exact
from explorer.lens.temperatures import ATTENTION, SAMPLING
from explorer.physics.boltzmann import boltzmann
from explorer.physics.falling import largest
from explorer.physics.information import kl_divergence
from explorer.session.snapshot import Snapshot

ROWS, CHANGED = 8, 5
_SOURCES = 20
ACTIVATIONS = {
    "resid_pre": "residual stream into the layer",
    "attn_out": "output of the attention",
    "resid_mid": "residual stream after the attention",
    "mlp_out": "output of the MLP",
    "mlp_post": "activations of the MLP's neurons",
    "resid_post": "residual stream out of the layer",
    "z": "mixed values of the head",
    "pattern": "attention row of the head",
}


@dataclass(frozen=True)
class Badge:
    """One active edit: what it is in a few words, its explanation, and the edit itself."""

    text: str
    tip: str
    edit: Edit


@dataclass(frozen=True)
class Shift:
    """One token before and after: its probabilities; `moved` marks it as among the most changed."""

    token: int
    label: str
    before: float
    after: float
    moved: bool
    tip: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """The next token before and after the edits.

    rows are the most probable tokens of either, then those that changed most beside them;
    divergence is KL(before || after) in nats; scale is the probability of a full bar.
    """

    rows: tuple[Shift, ...]
    divergence: float
    scale: float
    summary: str


def badges(s: Snapshot) -> tuple[Badge, ...]:
    """Every active edit: parts in the order of the layers, sharpness, steering, patches."""
    edits = s.edits
    found = [Badge(part_name(off) + _how(off), _off_tip(off), off) for off in edits.off]
    found += [Badge(_sharp_text(one), _sharp_tip(one, s.model), one) for one in edits.sharpening]
    found += [Badge(_steer_text(one), _steer_tip(one), one) for one in edits.steering]
    found += [Badge(_patch_text(one), _patch_tip(one), one) for one in edits.patches]
    return tuple(found)


def banner(s: Snapshot) -> str:
    """The edits in a few words, for the strip at the top; empty without any."""
    every = badges(s)
    if len(every) <= 2:
        return ", ".join(badge.text for badge in every)
    return f"{every[0].text} and {len(every) - 1} more edits"


def part_name(off: Off) -> str:
    """A part by its layer and number: L2 · H1, L2 · MLP, L2, L2 · neuron 17."""
    where = f"L{off.layer}"
    return {
        "head": f"{where} · H{off.index}",
        "mlp": f"{where} · MLP",
        "block": where,
        "neuron": f"{where} · neuron {off.index}",
    }[off.part]


def place_words(s: Snapshot) -> str:
    """The lit position, where steering begins and patches go, in words."""
    row = lit_row(s)
    if row is None or s.model is None:
        return ""
    return f"{s.model.labels[s.timeline.node.trace.steps[row].token]} ({row})"


def sources(s: Snapshot) -> tuple[tuple[int, str], ...]:
    """The ends of the other lines, newest first, as (node, text): where patches come from."""
    if s.model is None:
        return ()
    timeline, nodes = s.timeline, s.timeline.nodes
    parents = {node.parent for node in nodes}
    ends = [at for at in range(len(nodes)) if at not in parents and at != timeline.cursor]
    found = []
    for at in reversed(ends[-_SOURCES:]):
        if not timeline.pruned.isdisjoint(timeline.line(at)):
            continue
        ids = nodes[at].trace.ids[1:]
        text = "".join(s.model.labels[token] for token in ids[-8:]).strip("·")
        start = "… " if len(ids) > 8 else ""
        edited = ", edited" if nodes[at].trace.edits else ""
        found.append((at, f"{start}{text.replace('·', ' ')} ({len(ids) + 1} tokens{edited})"))
    return tuple(found)


def comparison(s: Snapshot) -> Comparison | None:
    """The next token before and after; None without edits, or while `before` is being read."""
    before = s.findings.before
    if s.model is None or not s.timeline or not s.edits or before is None:
        return None
    step = s.timeline.node.trace.steps[-1]
    if before.ids != s.timeline.node.trace.ids:
        return None
    return _compare(_Logits(before.logits), _Logits(step.logits), s.model.labels)


@dataclass(frozen=True, eq=False)
class _Logits:
    """Logits that a cache can know again; equal when they are the same array."""

    values: NDArray[np.float32]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Logits) and other.values is self.values

    def __hash__(self) -> int:
        return id(self.values)


@lru_cache(maxsize=8)
def _compare(before: _Logits, after: _Logits, labels: tuple[str, ...]) -> Comparison:
    p, q = (boltzmann(-one.values.astype(np.float64), 1.0) for one in (before, after))
    top = largest(np.maximum(p, q), ROWS)
    moved = largest(np.abs(q - p), CHANGED)
    order = [int(token) for token in top]
    order += [int(token) for token in moved if token not in set(order)]
    changed = {int(token) for token in moved if p[token] != q[token]}
    rows = tuple(
        Shift(
            token,
            labels[token],
            float(p[token]),
            float(q[token]),
            token in changed,
            f"“{labels[token]}”, token {token}: before {exact(float(p[token]))}, after "
            f"{exact(float(q[token]))}; the logit changes by "
            f"{float(after.values[token]) - float(before.values[token]):+.4f}.",
        )
        for token in order
    )
    nats = float(kl_divergence(p, q))
    highest = max(max(row.before, row.after) for row in rows)
    scale = next(full for full in (0.05, 0.1, 0.2, 0.5, 1.0) if highest <= full or full == 1.0)
    first, second = labels[int(p.argmax())], labels[int(q.argmax())]
    summary = (
        f"KL(before || after) = {nats:.4g} nats. Most probable before: {first} with "
        f"{exact(float(p.max()))}; after: {second} with {exact(float(q.max()))}."
    )
    return Comparison(rows, nats, scale, summary)


def _how(off: Off) -> str:
    return " off" if off.how == "zero" else " to its mean"


def _off_tip(off: Off) -> str:
    what = {
        "head": "What this head mixes, z,",
        "mlp": "The output of this MLP",
        "block": "What this layer's attention and MLP add",
        "neuron": "The activation of this neuron",
    }[off.part]
    by = "zeros" if off.how == "zero" else "its mean over the reference text"
    return f"{what} is replaced by {by} at every position."


def _sharp_text(one: Sharpening) -> str:
    return f"{heads_of(one.layer, one.head)} β × {one.factor:.3g}"


def heads_of(layer: int, head: int) -> str:
    """Which heads a sharpening acts on: L2 · H1, or all heads."""
    return "all heads" if head == EVERY else f"L{layer} · H{head}"


def _sharp_tip(one: Sharpening, model: ModelFacts | None) -> str:
    whose = "every head" if one.head == EVERY else "this head"
    now = f" to {one.factor * model.beta:.3g}" if model else ""
    sharper = "fewer" if one.factor > 1 else "more"
    return (
        f"The scores of {whose} are multiplied by {one.factor:.3g} before the softmax, which "
        f"brings the {ATTENTION.control}{now}: it reads from {sharper} tokens. "
        f"The {SAMPLING.name} is another one."
    )


def _steer_text(one: Steering) -> str:
    return f"steer L{one.layer} × {one.strength:g}"


def _steer_tip(one: Steering) -> str:
    where = f"from position {one.position} on" if one.onwards else f"at position {one.position}"
    norm = float(np.linalg.norm(one.vector))
    return (
        f"{one.strength:g} times {one.source or 'a vector'} (norm {norm:.3g}) is added to the "
        f"residual stream that enters layer {one.layer}, {where}."
    )


def _patch_text(one: Patch) -> str:
    head = f" · H{one.head}" if one.name in OF_A_HEAD else ""
    return f"patch L{one.layer}{head} {one.name} at {one.position}"


def _patch_tip(one: Patch) -> str:
    return (
        f"The {ACTIVATIONS[one.name]} {one.layer} at position {one.position} is replaced by that "
        f"of {one.source or 'another text'}."
    )
