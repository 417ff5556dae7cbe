"""Machines are kept by reference; what changes nothing returns the same snapshot."""

from explorer.session.memory import machines, moves, studies
from explorer.session.memory.snapshot import empty
from explorer.session.memory.study import advanced


def test_storing_a_pattern_leaves_the_machines_alone():
    *_, study = advanced(empty().machines.study, 3)
    s = studies.keep_study(empty(), study)
    after = moves.store(moves.draw(s, [0, 1, 2], 1))
    assert after.machines is s.machines
    assert studies.keep_study(s, study) is s
    assert machines.forget_machines(after).pictures is after.pictures
    assert not machines.forget_machines(after).machines.study.moments


def test_another_dynamics_to_walk_stops_play():
    s = moves.play(empty(), True)
    assert machines.walk(s, "recall") is s
    there = machines.walk(s, "boltzmann")
    assert there.walks == "boltzmann" and not there.play.running
