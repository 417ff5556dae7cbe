"""The strip tells of whatever is walked, and of nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.lens.walks import narrate, place
from explorer.physics.restricted_learning import Course
from explorer.session.memory import machines, moves, studies, teaching, walks
from explorer.session.memory.lessons import study
from explorer.session.memory.snapshot import Memory, empty
from explorer.session.memory.study import advanced, seek


@pytest.fixture(scope="module")
def s() -> Memory:
    s = moves.store(moves.draw(empty(), range(12), 1), "a")
    *_, there = advanced(s.machines.study, 6)
    s = studies.keep_study(s, seek(there, 4))
    *_, learned = study(teaching.prepare(s, teaching.Plan("bars 3", 4, Course(steps=9))))
    return moves.notice(teaching.keep_learned(s, learned), "Stored a.")


def test_recall_is_told_of_until_a_machine_is_walked(s: Memory) -> None:
    assert "Stored a." in narrate(s) and place(s).startswith("step")
    there = machines.walk(s, "boltzmann")
    assert "both on" in narrate(there) and "Stored" not in narrate(there)
    assert place(there) == "update 4"
    other = machines.walk(s, "restricted")
    assert "9 updates" in narrate(other) and place(other) == "update 9 of 9"


def test_steps_are_possible_where_the_record_says_so(s: Memory) -> None:
    there = machines.walk(s, "boltzmann")
    assert walks.bounds(there) == (4, 6)
    assert walks.can_step(there) and walks.can_go_back(there) and walks.can_go_forward(there)
    other = machines.walk(s, "restricted")
    assert walks.bounds(other) == (9, 9)
    assert not walks.can_step(other) and not walks.can_play(other)
    assert walks.can_go_back(other) and not walks.can_go_forward(other)
    nothing = machines.walk(empty(), "restricted")
    assert "press Learn" in narrate(nothing) and place(nothing) == ""
    assert not walks.can_go_back(nothing)


def test_a_failure_is_told_first(s: Memory) -> None:
    for what in ("recall", "boltzmann", "restricted"):
        assert narrate(replace(s, walks=what, error="It broke.")) == "It broke."
