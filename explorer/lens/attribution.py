"""Direct logit attribution as bars and as a map of layers x parts, for one token or a lead.

Shapes: L layers, H heads, n parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.engine.apart import Apart
from explorer.engine.attribution import Attribution, Part
from explorer.lens.logit_lens import asked_token
from explorer.physics.falling import falling
from explorer.session.inside import RUNNER_UP
from explorer.session.snapshot import Snapshot


@dataclass(frozen=True)
class Amount:
    """One bar: its name, what it adds in logits, and the head that a click looks at."""

    label: str
    amount: float
    head: tuple[int, int] | None
    tip: str


@dataclass(frozen=True, eq=False)
class AttributionPicture:
    """All parts, the strongest first, and the same as a map (L, H + 1), MLPs in the last column.

    scale is the largest absolute amount of a bar, reach that of the map, which lacks the largest
    where an embedding speaks for itself; total is the sum, true what was computed.
    """

    bars: tuple[Amount, ...]
    grid: NDArray[np.float64]
    scale: float
    token: int
    versus: int | None
    question: str
    total: float
    true: float

    @property
    def reach(self) -> float:
        """The largest absolute amount of a head or an MLP."""
        return max(float(np.abs(self.grid).max()), 1e-9)

    @property
    def check(self) -> str:
        """The sum beside the true value."""
        what = "logit" if self.versus is None else "difference of the logits"
        off = abs(self.total - self.true)
        said = f"sum {self.total:.4f} = {what} {self.true:.4f} (off by {off:.0e})"
        return said.replace(" -", " −")


def compared_token(s: Snapshot, inspection: Apart, token: int) -> int | None:
    """The token to compare with: the named one, or the most probable other one; None for none."""
    versus = s.inside.versus
    if versus is None or versus == token:
        return None
    logits = inspection.step.logits
    if versus != RUNNER_UP:
        return versus if versus < len(logits) else None
    best = falling(logits)[:2]
    return int(best[1] if best[0] == token else best[0])


def attribution(s: Snapshot, inspection: Apart) -> AttributionPicture | None:
    """The picture for the token asked about; None without one."""
    token, model = asked_token(s), s.model
    if token is None or model is None:
        return None
    versus = compared_token(s, inspection, token)
    found = inspection.attribute(token, versus)
    question = f"logit of “{model.labels[token]}”"
    if versus is not None:
        question += f" minus logit of “{model.labels[versus]}”"
    bars = tuple(
        _bar(part, float(amount)) for part, amount in zip(found.parts, found.amounts, strict=True)
    )
    ordered = tuple(sorted(bars, key=lambda bar: -abs(bar.amount)))
    scale = max(abs(ordered[0].amount), 1e-9)
    grid = _grid(found, model.layers, model.heads)
    return AttributionPicture(
        ordered, grid, scale, token, versus, question, found.total, found.true
    )


def describe_tile(picture: AttributionPicture, layer: int, column: int) -> str:
    """The tool tip of a tile of the map."""
    mlp = column == picture.grid.shape[1] - 1
    what = f"MLP {layer}" if mlp else f"L{layer} H{column}"
    return f"{what} adds {picture.grid[layer, column]:+.6f} logits"


def summary(picture: AttributionPicture) -> str:
    """The strongest parts in one sentence."""
    best = ", ".join(f"{bar.label} {bar.amount:+.2f}" for bar in picture.bars[:3])
    return f"{picture.question}: {picture.check}; strongest {best}."


def part_label(part: Part) -> str:
    """The name of a part, as the axes and tables of the window say it."""
    names = {
        "embed": "embedding", "pos_embed": "position", "ln_bias": "bias LN_f",
        "logit_cap": "cap of logits",
        "head": f"L{part.layer} H{part.head}", "mlp": f"MLP {part.layer}",
        "attn_bias": f"bias b_O {part.layer}",
        "edit": "edit" if part.layer is None else f"edit in {part.layer}",
    }  # fmt: skip
    return names[part.kind]


def _bar(part: Part, amount: float) -> Amount:
    label = part_label(part)
    head = (part.layer, part.head) if part.layer is not None and part.head is not None else None
    more = "\nClick to look at this head." if head else ""
    return Amount(label, amount, head, f"{label} adds {amount:+.6f} logits{more}")


def _grid(found: Attribution, layers: int, heads: int) -> NDArray[np.float64]:
    grid = np.zeros((layers, heads + 1))
    for part, amount in zip(found.parts, found.amounts, strict=True):
        if part.kind == "head" and part.layer is not None and part.head is not None:
            grid[part.layer, part.head] = amount
        elif part.kind == "mlp" and part.layer is not None:
            grid[part.layer, heads] = amount
    return grid
