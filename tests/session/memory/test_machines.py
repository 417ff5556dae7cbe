"""Machines are kept by reference; what changes nothing returns the same snapshot."""

from explorer.physics import boltzmann_machine as bm
from explorer.physics.bars_and_stripes import bars_and_stripes
from explorer.physics.restricted_learning import Course, learn
from explorer.physics.restricted_likelihood import meters
from explorer.physics.restricted_machine import fresh
from explorer.session.memory import machines, moves
from explorer.session.memory.snapshot import empty

DATA = bars_and_stripes(2)


def test_a_restricted_machine_is_kept_with_its_figures():
    course, s = Course("cd", steps=30), empty()
    for stand in learn(fresh(4, 3), DATA, course, 10):
        s = machines.keep_stand(s, course, stand, meters(stand.machine, DATA))
    assert s.machines.stand is stand
    assert [step for step, _ in s.machines.trace] == [10, 20, 30]
    other = Course("pcd", steps=10)
    first = next(learn(fresh(4, 3), DATA, other, 10))
    assert machines.keep_stand(s, other, first).machines.trace == ()
    again = next(learn(fresh(4, 3), DATA, course, 10))
    assert machines.keep_stand(s, course, again).machines.trace == ()


def test_storing_a_pattern_leaves_the_machines_alone():
    taught = next(bm.teach(bm.fresh(4, 2), DATA, bm.Lesson(steps=1)))
    s = machines.keep_taught(empty(), taught)
    after = moves.store(moves.draw(s, [0, 1, 2], 1))
    assert after.machines is s.machines
    assert machines.keep_taught(s, taught) is s
    assert machines.forget_machines(empty()).machines == empty().machines
    assert machines.forget_machines(after).pictures is after.pictures
