"""Every panel of the memory workspace gives its numbers, those that it draws."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.lens.export_memory import NUMBERS, memory_numbers
from explorer.lens.tables import FORMATS
from explorer.physics.capacity import Plan, sweep
from explorer.physics.hopfield import energy, overlaps
from explorer.physics.hopfield_basins import basins
from explorer.physics.hopfield_search import search
from explorer.physics.phase_diagram import theory
from explorer.physics.restricted_learning import Course
from explorer.session.memory import experiments, moves, steps, studies, teaching
from explorer.session.memory.lessons import study
from explorer.session.memory.snapshot import Memory, Valleys, empty
from explorer.session.memory.study import advanced
from explorer.ui.memory_workspace import MEMORY_PANELS


@pytest.fixture(scope="module")
def worked() -> Memory:
    """Three patterns, one spoilt and recalled, everything measured, machines that have learned."""
    dice, s = np.random.default_rng(4), empty((6, 6))
    for index in range(3):
        s = moves.store(moves.put(s, dice.choice([-1, 1], 36)), f"P{index}")
    s = steps.step(moves.corrupt(moves.show(s, 0)), 20)
    plan = Plan(60, "hebb", (0.05, 0.2), nets=1, starts=2)
    *_, curve = sweep(plan)
    s = experiments.keep_curve(s, plan, curve)
    s = experiments.keep_theory(s, next(theory()))
    *_, wells = basins(s.network, s.patterns, trials=3)
    s = experiments.keep_basins(s, s.network, wells)
    *_, found = search(s.network, s.patterns, 60)
    s = moves.found_valleys(s, Valleys(s.network, found))
    *_, taught = advanced(s.machines.study, 4)
    s = studies.keep_study(s, taught)
    *_, end = study(teaching.prepare(s, teaching.Plan("stored", 4, Course("cd", steps=20))))
    return teaching.keep_learned(s, end)


def test_every_panel_has_its_row() -> None:
    assert set(NUMBERS) == {panel.id for panel in MEMORY_PANELS}


@pytest.mark.parametrize("panel", sorted(set(NUMBERS) - {"pretraining", "memory_growth"}))
def test_columns_are_equally_long_and_become_files(panel: str, worked: Memory) -> None:
    found = memory_numbers(panel, worked)
    lengths = {len(column) for column in found.columns.values()}
    assert len(lengths) == 1 and lengths.pop() > 0
    assert found.about["patterns"] == ["P0", "P1", "P2"]
    for write in FORMATS.values():
        assert len(write(found)) > 40


@pytest.mark.parametrize("panel", sorted(NUMBERS))
def test_before_anything_is_done_there_are_numbers_or_a_sentence(panel: str) -> None:
    try:
        memory_numbers(panel, empty())
    except ValueError as error:
        assert str(error).startswith("There are no numbers yet: ") and str(error).endswith(".")


def test_the_energies_are_those_of_the_states(worked: Memory) -> None:
    columns = memory_numbers("memory_energy", worked).columns
    at = int(np.flatnonzero(columns["shown"])[0])
    assert columns["energy"][at] == pytest.approx(float(energy(worked.network, worked.here.spins)))
    alike = overlaps(worked.here.spins, worked.patterns)
    assert [columns[f"overlap {n + 1} P{n}"][at] for n in range(3)] == pytest.approx(alike.tolist())


def test_weights_and_landscape_are_those_of_the_network(worked: Memory) -> None:
    columns = memory_numbers("memory_weights", worked).columns
    row = 100
    i, j = columns["first"][row], columns["second"][row]
    assert columns["weight"][row] == worked.network.weights[i, j]
    assert len(memory_numbers("memory_landscape", worked).columns["energy"]) == 40_000


def test_basins_and_capacity_carry_their_errors(worked: Memory) -> None:
    columns = memory_numbers("memory_basins", worked).columns
    basin = columns["kind"] == "basin"
    assert basin.sum() == 33 and (columns["error"] > 0).all()
    assert columns["share"][~basin].sum() == pytest.approx(1.0)
    columns = memory_numbers("memory_capacity", worked).columns
    point = worked.measured.curves[0][1].points[0]
    assert columns["recalled"][0] == point.recalled and columns["trials"][0] == 2
    assert set(columns["kind"]) == {"recall", "theory"}


def test_a_panel_that_is_not_there_is_a_sentence(worked: Memory) -> None:
    with pytest.raises(ValueError, match="has no numbers"):
        memory_numbers("bars", worked)
