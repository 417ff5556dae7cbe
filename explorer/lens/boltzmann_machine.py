"""What to draw of a general Boltzmann machine that learns: its phases and its distance. No Qt.

Letters: n units, the first V of them visible. Correlations lie in [0, 1], their difference is the
gradient of the log-likelihood, in nats per unit of a coupling; KL(data || machine) is in nats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.session.memory.study import Study, place, why_stopped

FloatArray = NDArray[np.float64]
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class UnitMap:
    """One table over pairs of units: values (n, n) within [-limit, limit]; what the diagonal is."""

    name: str
    values: FloatArray
    limit: float
    diagonal: str
    visible: int

    @property
    def power(self) -> int:
        """Values are written in units of 10^power, so that small ones do not all read as zero."""
        return 0 if self.limit >= 0.1 else math.floor(math.log10(self.limit))

    def written(self, row: int, column: int) -> str:
        """One entry as short as it can be, in units of 10^power."""
        text = f"{self.values[row, column] / 10.0**self.power:.2f}"
        return "0" if float(text) == 0 else text.replace("0.", ".", 1).replace("-", "−")

    def span(self) -> str:
        """The largest size of a value in words, with the unit: ±9.2 in 10⁻⁴."""
        if not self.power:
            return f"±{self.limit:.2g}"
        raised = str(self.power).translate(_RAISED)
        return f"±{self.limit / 10.0**self.power:.2g} in 10{raised}"

    def explain(self, row: int, column: int) -> str:
        """One entry in words."""
        names = [_unit(unit, self.visible) for unit in (row, column)]
        if row == column:
            return f"{self.name}, {self.diagonal} of {names[0]}: {self.values[row, column]:+.4f}"
        return f"{self.name}, {names[0]} with {names[1]}: {self.values[row, column]:+.4f}"


@dataclass(frozen=True, eq=False)
class DistanceChart:
    """KL(data || machine) (K,) after updates (K,), and the place of the one that is shown."""

    steps: FloatArray
    distance: FloatArray
    cursor: int


def unit_maps(study: Study) -> tuple[UnitMap, ...]:
    """Couplings, both phases, and their difference; none before the phases are measured."""
    here = study.here
    if here is None:
        return ()
    weights = np.array(here.machine.couplings)
    np.fill_diagonal(weights, here.machine.bias)
    phases = here.phases
    climb, tilt = phases.slope
    np.fill_diagonal(climb, tilt)
    clamped, free = np.array(phases.clamped_pairs), np.array(phases.free_pairs)
    for table, means in ((clamped, phases.clamped_means), (free, phases.free_means)):
        np.fill_diagonal(table, means)
    count = study.visible
    return (
        UnitMap("clamped", clamped, 1.0, "mean", count),
        UnitMap("free", free, 1.0, "mean", count),
        UnitMap("clamped − free", climb, _limit(climb), "bias gradient", count),
        UnitMap("couplings J", weights, _limit(weights), "bias", count),
    )


def distance_chart(study: Study) -> DistanceChart | None:
    """The curve so far; None before the first update."""
    if len(study.moments) < 2:
        return None
    steps = np.array([float(moment.step) for moment in study.moments])
    return DistanceChart(
        steps, np.array([moment.divergence for moment in study.moments]), study.cursor
    )


def describe_study(study: Study) -> str:
    """Where learning stands, in a line."""
    here = study.here
    if here is None:
        return why_stopped(study) or f"{_data_words(study)} The machine has learned nothing yet."
    climb, tilt = here.phases.slope
    steepest = max(float(np.abs(climb).max()), float(np.abs(tilt).max()))
    how = "exact" if study.lesson.phases == "exact" else f"{study.lesson.samples} samples"
    return (
        f"{_data_words(study)} Update {here.step:,} of {study.lesson.steps:,}: KL(data ‖ machine) "
        f"{here.divergence:.4f} nats (exact); steepest gradient {steepest:.4f} ({how})."
    )


def narrate_study(study: Study) -> str:
    """What the last step did and what the next one will do, in one sentence for the strip."""
    if stopped := why_stopped(study):
        return stopped
    here = study.here
    if study.focus == "sample":
        found = study.sampled
        if found is None or not found.cursor:
            return "Press Step: every chain draws each free unit once from its field."
        count = len(found.record[0])
        return f"Sweep {found.cursor:,}: {count} chains have drawn each free unit once more."
    if here is None:
        return "Press Step: the phases are compared, and the couplings follow their difference."
    climb, _ = here.phases.slope
    row, column = divmod(int(np.abs(climb).argmax()), len(climb))
    if row == column:
        return f"Update {here.step:,}: the phases differ in no pair of units."
    names = f"{_unit(row, study.visible)} and {_unit(column, study.visible)}"
    clamped, free = here.phases.clamped_pairs[row, column], here.phases.free_pairs[row, column]
    verb = "more" if climb[row, column] > 0 else "less"
    return (
        f"{names} are both on in {clamped:.1%} of the clamped phase and {free:.1%} of the free "
        f"one: their coupling becomes {verb}."
    )


def study_place(study: Study) -> str:
    """Where we are: updates or sweeps."""
    at, _ = place(study)
    if study.focus == "sample":
        return f"sweep {at:,}"
    return f"update {study.here.step if study.here else 0:,}"


def _unit(unit: int, visible: int) -> str:
    return f"v{unit + 1}" if unit < visible else f"h{unit - visible + 1}"


def _limit(values: FloatArray) -> float:
    return max(float(np.abs(values).max()), 1e-9)


def _data_words(study: Study) -> str:
    count = len(study.patterns)
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    return f"{pictures}, {study.visible} visible and {study.hidden} hidden units."
