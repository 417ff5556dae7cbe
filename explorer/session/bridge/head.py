"""What the bridge takes from the text: keys, query and row of the chosen head at its token."""

from __future__ import annotations

from collections import Counter

from explorer.engine.partial import lacking
from explorer.physics.dense_memory import sealed
from explorer.session.bridge.snapshot import Head
from explorer.session.snapshot import Snapshot


def head_of(text: Snapshot, known: Head | None = None) -> Head | None:
    """The chosen head at the lit token, or `known` if it is the same; None while nothing is read.

    Rotary positions, biases and shared keys are in what the network recorded; of a head with a
    window only the keys that it sees are taken.
    """
    if text.model is None or not text.timeline or why_no_head(text):
        return None
    trace, look = text.timeline.node.trace, text.look
    last = len(trace) - 1
    position = last if look.position is None else min(max(look.position, 0), last)
    step, where = trace.steps[position], (look.layer, look.head, position)
    if known is not None and known.step is step and known.where == where:
        return known
    first = text.model.first_key(look.layer, position)
    factor = trace.edits.sharpness(look.layer, look.head)
    labels = tuple(text.model.labels[token] for token in trace.ids[first : position + 1])
    return Head(
        name=text.model.head_name(look.layer, look.head),
        token=labels[-1],
        labels=labels,
        keys=sealed(trace.keys(look.layer, look.head, position, first)),
        query=sealed(step.queries[look.layer, look.head]),
        attention=sealed(step.attention[look.layer, look.head, first:]),
        beta=factor * text.model.beta,
        scaled=text.model.scale is not None or factor != 1.0,
        cap=text.model.score_cap,
        first=first,
        where=where,
        step=step,
    )


def why_no_head(text: Snapshot) -> str:
    """Why the engine of a text has no head to show, in a sentence; empty if it has, or may have."""
    if text.model is None:
        return ""
    look, steps = text.look, text.timeline.node.trace.steps if text.timeline else ()
    away = any(lacking(step.queries, ((look.layer, look.head),)) for step in steps)
    late = f"This head is on the way from the machine that runs {text.model.name} …"
    return text.model.can.lacking(("attention", "queries")) or (late if away else "")


def key_names(head: Head) -> tuple[str, ...]:
    """Labels of the keys, with the position behind a token that comes more than once."""
    counts = Counter(head.labels)
    return tuple(
        f"{label}·{position}" if counts[label] > 1 else label
        for position, label in enumerate(head.labels, head.first)
    )
