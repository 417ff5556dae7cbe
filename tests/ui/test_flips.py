"""The marks of the flips: found in the background, once, for the step that is shown."""

from __future__ import annotations

import pytest

from explorer.engine.sampling import Sampling
from explorer.lens.heat import marks
from explorer.session import moves
from explorer.ui.flips import Flips


@pytest.fixture
def found(controller) -> list:
    """What was found so far, by a follower of every change."""
    flips, found = Flips.of(controller), []
    controller.changed.connect(lambda new, old: flips.follow(new))
    flips.changed.connect(lambda: found.append(flips.marks))
    return found


def test_one_is_shared_by_all_panels_of_a_controller(controller) -> None:
    assert Flips.of(controller) is Flips.of(controller)


def test_the_marks_are_those_of_the_step_that_is_shown(controller, found, qtbot) -> None:
    controller.apply(moves.sample_with, Sampling(top_k=8, seed=3))
    qtbot.waitUntil(lambda: bool(found))
    assert found == [marks(controller.snapshot)] and found[0].flips
    before = len(controller.snapshot.timeline.node.trace)
    controller.step()
    qtbot.waitUntil(lambda: len(found) == 2)
    assert len(controller.snapshot.timeline.node.trace) == before + 1
    assert found[1] is marks(controller.snapshot)


def test_while_they_are_looked_for_there_are_none_and_only_the_last_are_found(
    controller, found, qtbot
) -> None:
    flips = Flips.of(controller)
    for seed in (3, 4, 5):
        controller.apply(moves.sample_with, Sampling(top_k=8, seed=seed))
        assert flips.marks is None
    qtbot.waitUntil(lambda: flips.marks is not None)
    assert found == [marks(controller.snapshot)]
    controller.apply(moves.heat, 0.3)
    assert flips.marks is found[0]
