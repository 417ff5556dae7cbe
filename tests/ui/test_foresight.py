"""Foresight: the turn of the line is found in the background and kept among the findings."""

from __future__ import annotations

import pytest

from explorer.lens.whatif import pending, turn
from explorer.session import moves


@pytest.fixture
def told(controller, qtbot):
    """The controller with some tokens drawn."""
    for _ in range(6):
        count = len(controller.snapshot.timeline.nodes)
        controller.step()
        qtbot.waitUntil(lambda n=count: len(controller.snapshot.timeline.nodes) > n)
    return controller


def test_a_turned_temperature_is_searched_and_stepping_on_keeps_the_answer(told, qtbot) -> None:
    assert not pending(told.snapshot) and told.snapshot.findings.turned is None
    told.apply(moves.heat, 5.0)
    assert pending(told.snapshot) and turn(told.snapshot) is None
    qtbot.waitUntil(lambda: not pending(told.snapshot))
    found = turn(told.snapshot)
    assert found is not None
    kept = told.snapshot.findings.turned
    count = len(told.snapshot.timeline.nodes)
    told.step()
    qtbot.waitUntil(lambda: len(told.snapshot.timeline.nodes) > count)
    assert turn(told.snapshot) == found and told.snapshot.findings.turned is kept


def test_the_search_is_no_step_that_undo_takes_back(told, qtbot) -> None:
    before = told.snapshot.sampling
    told.apply(moves.heat, 5.0)
    qtbot.waitUntil(lambda: not pending(told.snapshot))
    told.undo()
    assert told.snapshot.sampling == before and turn(told.snapshot) is None


def test_of_quick_changes_only_the_last_is_answered(told, qtbot) -> None:
    for temperature in (0.1, 5.0, 0.3, 4.0):
        told.apply(moves.heat, temperature)
    qtbot.waitUntil(lambda: not pending(told.snapshot))
    qtbot.waitUntil(lambda: not told.worker.busy)
    assert told.snapshot.findings.turned.sampling.temperature == 4.0
