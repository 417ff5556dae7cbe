"""The chosen and the named token inside the network: down the layers, and by component.

Layers by the logit lens (nostalgebraist 2020, final norm applied), components by direct logit
attribution; both from the recorded pass. Shapes: L layers, V vocabulary.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.engine.apart import Apart
from explorer.engine.attribution import Part
from explorer.lens.candidates import figure
from explorer.lens.why_not import Line, Question

STRONGEST = 8


def layer_lines(q: Question, normed: NDArray[np.float64]) -> tuple[Line, ...]:
    """Probability and rank of both after every layer; normed (L + 1, V) are the probabilities."""
    pair = q.chosen, q.token
    rows = [Line("Down the layers", q.chosen_label, q.label, "ln ratio", title=True)]
    for layer, p in enumerate(normed):
        where = "embedding" if layer == 0 else f"after block {layer - 1}"
        ours, theirs = (f"{figure(float(p[t]))}  #{1 + int((p > p[t]).sum()):,}" for t in pair)
        low = np.finfo(float).tiny
        lead = float(np.log(max(p[pair[0]], low)) - np.log(max(p[pair[1]], low)))
        rows.append(
            Line(
                where,
                ours,
                theirs,
                f"{lead:+.2f}".replace("-", "−"),
                "Logit lens: probability, rank.",
            )
        )
    return tuple(rows)


def component_lines(q: Question, inspection: Apart) -> tuple[Line, ...]:
    """What the strongest parts add to both logits; the rest and the sum below."""
    ours = inspection.attribute(q.chosen)
    theirs = inspection.attribute(q.token)
    leads = ours.amounts - theirs.amounts
    order = np.argsort(-np.abs(leads), kind="stable")
    rows = [Line("By component", q.chosen_label, q.label, "lead", title=True)]
    for index in order[:STRONGEST]:
        part = ours.parts[index]
        head = None
        if part.kind == "head" and part.layer is not None and part.head is not None:
            head = (part.layer, part.head)
        pair = float(ours.amounts[index]), float(theirs.amounts[index])
        rows.append(_amounts(_called(part), pair, head))
    rest = order[STRONGEST:]
    pair = float(ours.amounts[rest].sum()), float(theirs.amounts[rest].sum())
    rows.append(_amounts(f"{len(rest)} other parts", pair, None))
    sums = _amounts("sum = logit z", (ours.total, theirs.total), None)
    off = max(abs(ours.total - ours.true), abs(theirs.total - theirs.true))
    tip = f"The sums miss the logits that the network computed by {off:.0e}."
    rows.append(Line(sums.name, sums.chosen, sums.named, sums.gap, tip))
    return tuple(rows)


def _amounts(name: str, pair: tuple[float, float], head: tuple[int, int] | None) -> Line:
    tip = "What the part adds to each logit, the final norm's scale frozen (direct effect only)."
    if head is not None:
        tip += " Click to look at the head."
    ours, theirs, gap = (f"{x:+.3f}".replace("-", "−") for x in (*pair, pair[0] - pair[1]))
    return Line(name, ours, theirs, gap, tip, head=head)


def _called(part: Part) -> str:
    names = {
        "embed": "token embedding",
        "pos_embed": "position embedding",
        "ln_bias": "bias of the final norm",
        "logit_cap": "cap of the logits",
        "edit": "edit",
    }
    if part.kind == "head":
        return f"head {part.layer}.{part.head}"
    if part.kind == "mlp":
        return f"MLP {part.layer}"
    return f"attention bias {part.layer}" if part.kind == "attn_bias" else names[part.kind]
