"""What to draw of a restricted Boltzmann machine while it learns. No Qt.

The exact or bounded log-likelihood stands beside pseudo-likelihood and reconstruction error, which
mislead: both can better while the model gets worse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.bars_and_stripes import likelihood_bound
from explorer.session.memory.lessons import Learned
from explorer.session.memory.snapshot import Memory

FloatArray = NDArray[np.float64]
FILTERS = 16
SHOWN = 12


@dataclass(frozen=True, eq=False)
class LearningChart:
    """Figures (K,) at steps (K,): log-likelihood with its band (K,), the others beside it.

    bound is the best that any model can reach on these patterns, -ln n; exact says whether log Z
    was summed. Free energies are the means over data and over coins.
    """

    steps: FloatArray
    likelihood: FloatArray
    low: FloatArray
    high: FloatArray
    pseudo: FloatArray
    reconstruction: FloatArray
    data_energy: FloatArray
    noise_energy: FloatArray
    bound: float
    exact: bool


@dataclass(frozen=True, eq=False)
class Pictures:
    """Rows of pictures (count, rows, columns): values 0 to 1, filters -1 to 1 by the largest."""

    data: FloatArray
    rebuilt: FloatArray
    filters: FloatArray
    dreams: FloatArray
    activity: FloatArray


def learning_chart(s: Memory) -> LearningChart | None:
    """The curves so far; None before the first figures."""
    found = s.machines.learned
    if found is None or not found.figures:
        return None
    rows = [one for _, one in found.figures]
    return LearningChart(
        np.array([float(step) for step, _ in found.figures]),
        np.array([one.log_likelihood for one in rows]),
        np.array([one.low for one in rows]),
        np.array([one.high for one in rows]),
        np.array([one.pseudo_likelihood for one in rows]),
        np.array([one.reconstruction for one in rows]),
        np.array([one.free_energy for one in rows]),
        np.array([one.noise for one in rows]),
        likelihood_bound(len(found.lesson.patterns)),
        rows[-1].log_z.exact,
    )


def learning_pictures(s: Memory) -> Pictures | None:
    """Data with their reconstructions, the filters of the hidden units, and fantasies."""
    found = s.machines.learned
    if found is None:
        return None
    shape = found.lesson.shape
    weights = found.stand.machine.weights  # (V, H)
    largest = max(float(np.abs(weights).max()), 1e-9)
    chosen = np.linspace(0, len(found.lesson.patterns) - 1, min(SHOWN, len(found.lesson.patterns)))
    rows = chosen.astype(int)
    return Pictures(
        found.lesson.patterns[rows].reshape(-1, *shape),
        found.rebuilt[rows].reshape(-1, *shape),
        (weights.T[:FILTERS] / largest).reshape(-1, *shape),
        found.dreams[:SHOWN].reshape(-1, *shape),
        hidden_activity(found),
    )


def hidden_activity(found: Learned) -> FloatArray:
    """Mean chance of each of the shown hidden units over the patterns: (H,)."""
    machine = found.stand.machine
    field = found.lesson.patterns @ machine.weights + machine.hidden
    mean: FloatArray = (1.0 / (1.0 + np.exp(-np.clip(field, -50, 50)))).mean(axis=0)[:FILTERS]
    return mean


def describe_learning(s: Memory) -> str:
    """Where learning stands, in a line or two."""
    found = s.machines.learned
    if found is None:
        return "Choose what to learn and press Learn."
    machine = found.stand.machine
    size = f"{len(machine.visible)} visible, {len(machine.hidden)} hidden"
    text = f"{found.lesson.name}; {size}; update {found.done:,} of {found.total:,}"
    if not found.figures:
        return text
    now = found.figures[-1][1]
    how = "exact" if now.log_z.exact else f"AIS, ±3 s.e. {now.low:.2f} … {now.high:.2f}"
    best = likelihood_bound(len(found.lesson.patterns))
    return (
        f"{text}. log-likelihood {now.log_likelihood:.3f} nats a pattern ({how}; at most "
        f"{best:.3f}), KL {now.divergence:.3f}. Pseudo-likelihood {now.pseudo_likelihood:.3f} and "
        f"reconstruction error {now.reconstruction:.4f} mislead"
    )
