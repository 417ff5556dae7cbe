"""What to draw of a restricted Boltzmann machine while it learns. No Qt.

The exact or bounded log-likelihood stands beside pseudo-likelihood and reconstruction error, which
mislead: both can better while the model gets worse. Free energies of data, of patterns held out and
of noise show over-fitting: log Z cancels in their differences (Hinton 2010, section 6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.physics.bars_and_stripes import likelihood_bound
from explorer.physics.restricted_machine import hidden_chances
from explorer.session.memory.lessons import Learned
from explorer.session.memory.snapshot import Memory

FloatArray = NDArray[np.float64]
FILTERS = 16
UNITS = 64  # of the map of hidden activity
SHOWN = 12


@dataclass(frozen=True, eq=False)
class LearningChart:
    """Figures (K,) at steps (K,): log-likelihood with its band (K,), the others beside it.

    bound is the best that any model can reach on these patterns, -ln n; exact says whether log Z
    was summed. Free energies are the means over data, over patterns held out (NaN without any) and
    over coins. cursor is the update whose machine is shown.
    """

    steps: FloatArray
    likelihood: FloatArray
    low: FloatArray
    high: FloatArray
    pseudo: FloatArray
    reconstruction: FloatArray
    unseen: FloatArray
    data_energy: FloatArray
    unseen_energy: FloatArray
    noise_energy: FloatArray
    bound: float
    exact: bool
    cursor: float


@dataclass(frozen=True, eq=False)
class Pictures:
    """Rows of pictures (count, rows, columns): values 0 to 1, filters -1 to 1 by the largest.

    activity (H,) is the mean chance of the filters' units over all patterns, above (count, units)
    the chance of each hidden unit for each pattern shown.
    """

    data: FloatArray
    rebuilt: FloatArray
    filters: FloatArray
    dreams: FloatArray
    activity: FloatArray
    above: FloatArray


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
        np.array([one.unseen_likelihood for one in rows]),
        np.array([one.free_energy for one in rows]),
        np.array([one.unseen_energy for one in rows]),
        np.array([one.noise for one in rows]),
        likelihood_bound(len(found.lesson.patterns)),
        rows[-1].log_z.exact,
        float(found.done),
    )


def learning_pictures(s: Memory) -> Pictures | None:
    """Data with their reconstructions, the filters of the hidden units, and fantasies."""
    found = s.machines.learned
    if found is None:
        return None
    shape = found.lesson.shape
    machine, data = found.stand.machine, found.lesson.patterns
    largest = max(float(np.abs(machine.weights).max()), 1e-9)
    rows = np.linspace(0, len(data) - 1, min(SHOWN, len(data))).astype(int)
    return Pictures(
        data[rows].reshape(-1, *shape),
        found.rebuilt[rows].reshape(-1, *shape),
        (machine.weights.T[:FILTERS] / largest).reshape(-1, *shape),
        found.dreams[:SHOWN].reshape(-1, *shape),
        hidden_activity(found),
        hidden_chances(machine, data[rows])[:, :UNITS],
    )


def hidden_activity(found: Learned) -> FloatArray:
    """Mean chance of each of the shown hidden units over the patterns: (H,)."""
    mean: FloatArray = hidden_chances(found.stand.machine, found.lesson.patterns).mean(axis=0)
    return mean[:FILTERS]


def describe_learning(s: Memory) -> str:
    """Where learning stands, in a few lines."""
    found = s.machines.learned
    if found is None:
        return "Choose what to learn and press Learn."
    machine = found.stand.machine
    size = f"{len(machine.visible)} visible, {len(machine.hidden)} hidden"
    text = f"{found.lesson.name}; {size}; update {found.done:,} of {found.total:,}"
    now = found.figure
    if now is None:
        return text
    how = "exact" if now.log_z.exact else f"AIS, ±3 s.e. {now.low:.2f} … {now.high:.2f}"
    best = likelihood_bound(len(found.lesson.patterns))
    return (
        f"{text}. log-likelihood {now.log_likelihood:.3f} nats a pattern ({how}; at most "
        f"{best:.3f}), KL {now.divergence:.3f}. Pseudo-likelihood {now.pseudo_likelihood:.3f} and "
        f"reconstruction error {now.reconstruction:.4f} mislead.{_unseen_words(found)}"
    )


def energy_words(s: Memory) -> str:
    """How far apart the free energies of data, held out and noise are."""
    found = s.machines.learned
    now = found.figure if found is not None else None
    if now is None:
        return ""
    said = f"above data: noise {now.noise - now.free_energy:+.1f}"
    if math.isfinite(now.unseen_energy):
        said += f", held out {now.unseen_energy - now.free_energy:+.2f}"
    return f"{said} nats"


def narrate_learning(s: Memory) -> str:
    """What the last update did, in one sentence for the strip."""
    found = s.machines.learned
    if found is None or found.figure is None:
        return "Press Step: the machine makes one update."
    now = found.figure
    return (
        f"Update {found.done:,}: log-likelihood {now.log_likelihood:.3f} nats a pattern, "
        f"KL {now.divergence:.3f}."
    )


def _unseen_words(found: Learned) -> str:
    now, count = found.figure, len(found.lesson.unseen)
    if now is None or not count:
        return " Nothing is held out, so over-fitting cannot show."
    apart = now.unseen_energy - now.free_energy
    over = ": it over-fits" if apart > 0.5 else ""
    return (
        f" {count} held out: log-likelihood {now.unseen_likelihood:.3f}, free energy "
        f"{apart:+.2f} nats above the data{over}."
    )
