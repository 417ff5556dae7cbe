"""The numbers of the panels of Boltzmann machines as columns."""

from __future__ import annotations

import numpy as np

from explorer.lens.boltzmann_law import law_picture
from explorer.lens.export import Columns
from explorer.lens.restricted import learning_chart
from explorer.session.memory.snapshot import Memory

_ALL = 1 << 16


def couplings(s: Memory) -> Columns:
    """Every coupling of the general machine, clamped and free; a unit with itself is its bias."""
    study = s.machines.study
    here = study.here
    if here is None:
        raise ValueError("There are no numbers yet: give the machine data first.")
    first, second = np.triu_indices(here.machine.units)
    value = np.array(here.machine.couplings)
    value[np.diag_indices_from(value)] = here.machine.bias
    return {
        "first": first,
        "second": second,
        "visible": (first < study.visible) & (second < study.visible),
        "coupling": value[first, second],
        "clamped": here.phases.clamped_pairs[first, second],
        "free": here.phases.free_pairs[first, second],
    }


def law(s: Memory) -> Columns:
    """Every visible state: its exact probability, that of the samples, and its share of the data.

    found and error are NaN before there are samples.
    """
    picture = law_picture(s.machines.study, _ALL)
    if picture is None:
        raise ValueError("There are no numbers yet: give the machine data first.")
    rows = picture.rows
    states = ["".join("1" if cell > 0 else "0" for cell in np.ravel(row.cells)) for row in rows]
    columns: Columns = {"state": np.array(states)}
    for name in ("exact", "found", "error", "share"):
        columns[name] = np.array([getattr(row, name) for row in rows])
    return columns


def figures(s: Memory) -> Columns:
    """What was read of the restricted machine after so many updates, in nats a pattern."""
    chart = learning_chart(s)
    if chart is None:
        raise ValueError("There are no numbers yet: press Learn first.")
    names = ("steps", "likelihood", "low", "high", "unseen", "pseudo", "reconstruction",
             "data_energy", "unseen_energy", "noise_energy")  # fmt: skip
    return {name: np.asarray(getattr(chart, name)) for name in names}


def contests(s: Memory) -> Columns:
    """The error on unseen pictures of every seed, with and without pretraining."""
    parts = s.machines.contests
    if not parts:
        raise ValueError("There are no numbers yet: compare with and without pretraining first.")
    columns: dict[str, list[object]] = {
        name: [] for name in ("task", "seed", "step", "with", "without")
    }
    for one in parts:
        for seed in range(len(one.with_)):
            for at, step in enumerate(one.steps.tolist()):
                row = (one.task, seed, step, one.with_[seed, at], one.without[seed, at])
                for name, value in zip(columns, row, strict=True):
                    columns[name].append(value)
    return {name: np.array(values) for name, values in columns.items()}
