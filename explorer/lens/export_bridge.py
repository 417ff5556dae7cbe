"""The numbers of the workspace "Attention is a memory" as columns, with the setting that made them.

bridge: a line for each stored pattern of each memory. bridge_curve: the fixed point that is kept
against the temperature of a pair of patterns.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from explorer.lens.bridge import rows
from explorer.lens.bridge_curve import bridge_curve
from explorer.lens.export import Columns, Numbers
from explorer.session.bridge.snapshot import Bridge


def bridge_numbers(panel: str, s: Bridge) -> Numbers:
    """The numbers of a panel; raises ValueError with a sentence for one that has none."""
    if panel not in _NUMBERS:
        raise ValueError(f"The panel {panel!r} has no numbers; take {' or '.join(_NUMBERS)}.")
    return Numbers(panel, _NUMBERS[panel](s), about_bridge(s))


def about_bridge(s: Bridge) -> dict[str, object]:
    """What the numbers depend on: the sliders, the updates made, the head at its token."""
    head = s.head
    shown = [row for row in rows(s) if row is not None]
    return {
        **asdict(s.setting),
        "updates": s.cursor,
        "energy before": {row.kind: row.energies[0] for row in shown},
        "energy after": {row.kind: row.energies[1] for row in shown},
        "overlap before": {row.kind: row.overlaps[0] for row in shown},
        "overlap after": {row.kind: row.overlaps[1] for row in shown},
        "layer, head, position": None if head is None else list(head.where),
        "beta of the network": None if head is None else head.beta,
    }


def _weights(s: Bridge) -> Columns:
    shown = [row for row in rows(s) if row is not None]
    nan = float("nan")
    recorded = [
        row.recorded if row.recorded is not None else np.full(len(row.names), nan) for row in shown
    ]
    return {
        "memory": np.array([row.kind for row in shown for _ in row.names]),
        "pattern": np.array([name for row in shown for name in row.names]),
        "goal": np.array([at == row.goal for row in shown for at in range(len(row.names))]),
        "cosine": np.concatenate([row.similarities for row in shown] or [np.zeros(0)]),
        "weight": np.concatenate([row.weights for row in shown] or [np.zeros(0)]),
        "recorded": np.concatenate(recorded or [np.zeros(0)]),
    }


def _curve(s: Bridge) -> Columns:
    curve = bridge_curve(s)
    return {"temperature": curve.temperatures, "kept": curve.fixed}


_NUMBERS = {"bridge": _weights, "bridge_curve": _curve}
