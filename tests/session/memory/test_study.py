"""A general Boltzmann machine is taught by hand: data on a grid, steps both ways, questions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.physics.boltzmann_learning import Lesson
from explorer.physics.boltzmann_machine import completed, conditional
from explorer.session.memory import studies
from explorer.session.memory.snapshot import Memory, empty
from explorer.session.memory.study import (
    BURN,
    CHAINS,
    Study,
    advanced,
    place,
    readied,
    sampled,
    seek,
    why_stopped,
)


def last(slices) -> Study:
    *_, end = slices
    return end


def taught(s: Memory, count: int) -> Memory:
    return studies.keep_study(s, last(advanced(s.machines.study, count)))


def test_a_step_back_and_forward_repeats_the_machine() -> None:
    there = last(advanced(Study(), 5))
    assert there.here.step == 5 and place(there) == (5, 5)
    back = seek(there, 4)
    assert back.here.step == 4 and place(back) == (4, 5)
    again = last(advanced(back, 1))
    assert again.here is there.here
    on = last(advanced(back, 3))
    assert on.here.step == 7 and on.moments[5] is there.moments[5]
    straight = last(advanced(Study(), 7))
    assert np.array_equal(straight.here.machine.couplings, on.here.machine.couplings)
    assert seek(there, -1) is there and seek(there, 6) is there


def test_another_rate_after_going_back_takes_the_place_of_the_steps_beyond() -> None:
    there = seek(last(advanced(Study(), 9)), 3)
    other = last(advanced(replace(there, lesson=replace(there.lesson, rate=0.01)), 1))
    assert len(other.moments) == 5 and other.moments[3] is there.moments[3]


@pytest.mark.parametrize("phases", ["exact", "sampled"])
def test_the_phases_shown_are_measured_as_the_lesson_says(phases: str) -> None:
    s = studies.use_lesson(empty(), Lesson(phases, samples=20, sweeps=2, steps=50))
    assert not s.machines.study.ready
    ready = last(readied(s.machines.study))
    assert ready.ready and ready.here.step == 0
    other = "sampled" if phases == "exact" else "exact"
    turned = replace(ready, lesson=replace(ready.lesson, phases=other))
    assert not turned.ready
    again = last(readied(turned))
    assert again.here.machine is ready.here.machine
    assert not np.array_equal(again.here.phases.free_pairs, ready.here.phases.free_pairs)


def test_learning_ends_with_the_lesson_and_says_so() -> None:
    s = studies.use_lesson(empty(), Lesson(steps=30))
    s = taught(s, 1000)
    assert s.machines.study.here.step == 30
    assert "30 updates" in why_stopped(s.machines.study)
    assert not why_stopped(studies.use_lesson(s, Lesson(steps=31)).machines.study)


def test_a_picture_is_drawn_added_and_taken_out() -> None:
    s = studies.clear_patterns(empty())
    assert "no pattern" in why_stopped(s.machines.study)
    s = studies.add_entry(studies.draw_entry(s, [0, 3, 99], 1))
    assert s.machines.study.patterns.tolist() == [[1, 0, 0, 1]]
    assert studies.draw_entry(s, [0], 1) is s
    s = studies.add_entry(studies.draw_entry(s, [0], 0))
    assert s.machines.study.patterns.tolist() == [[1, 0, 0, 1], [0, 0, 0, 1]]
    assert studies.edit_pattern(s, 0).machines.study.entry.tolist() == [1, 0, 0, 1]
    assert studies.remove_pattern(s, 0).machines.study.patterns.tolist() == [[0, 0, 0, 1]]
    assert studies.remove_pattern(s, 2) is s


def test_other_data_begin_a_new_machine_and_another_rate_does_not() -> None:
    s = taught(empty(), 10)
    assert studies.add_entry(s).machines.study.moments == ()
    assert studies.use_hidden(s, 3).machines.study.moments == ()
    assert studies.use_lesson(s, Lesson(seed=1)).machines.study.moments == ()
    assert len(studies.use_lesson(s, Lesson(rate=0.1)).machines.study.moments) == 11
    assert studies.restart(s).machines.study.moments == ()


@pytest.mark.parametrize(
    ("name", "count", "visible"), [("bars 2", 6, 4), ("bars 3", 14, 9), ("parity", 4, 3)]
)
def test_presets_fit_into_sixteen_units(name: str, count: int, visible: int) -> None:
    study = studies.use_preset(studies.use_hidden(empty(), 12), name).machines.study
    assert study.patterns.shape == (count, visible)
    assert study.visible + study.hidden <= 16
    assert last(advanced(study, 2)).here.step == 2


def test_another_grid_keeps_the_cells_that_both_have() -> None:
    s = studies.use_grid(empty(), 3, 2)
    assert s.machines.study.patterns.shape == (6, 6)
    assert (s.machines.study.patterns[:, 4:] == 0).all()
    back = studies.use_grid(s, 2, 2)
    assert np.array_equal(back.machines.study.patterns, empty().machines.study.patterns)


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (lambda s: studies.use_grid(s, 5, 4), "1 to 16 cells"),
        (lambda s: studies.use_grid(s, 0, 4), "1 to 16 cells"),
        (lambda s: studies.use_hidden(s, 13), "0 to 12 hidden"),
        (lambda s: studies.use_hidden(s, -1), "0 to 12 hidden"),
        (lambda s: studies.use_lesson(s, Lesson(steps=10**6)), "1 to 4,000 updates"),
        (lambda s: studies.use_lesson(s, Lesson(samples=10**7)), "1 to 5,000 samples"),
        (lambda s: studies.use_lesson(s, Lesson(seed=-1)), "whole number"),
        (lambda s: studies.use_lesson(s, Lesson(seed=10**30)), "whole number"),
        (lambda s: [s := studies.add_entry(s) for _ in range(70)][-1], "64 pictures"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_lost(move, words: str) -> None:
    s = taught(empty(), 2)
    after = move(s)
    assert words in after.error
    assert "64" in words or after.machines is s.machines


def test_chains_complete_a_partial_picture_as_the_exact_law_does() -> None:
    s = taught(studies.use_lesson(empty(), Lesson(steps=2000, seed=1)), 2000)
    s = studies.look_to(studies.ask(studies.ask(s, 0, 1), 2, 0), "sample")
    study = last(sampled(s.machines.study, 60))
    chains = study.sampled
    assert place(study) == (60, 60) and chains.counted().shape == (60 - BURN, CHAINS)
    machine = study.here.machine
    found = np.bincount(chains.counted().ravel(), minlength=16) / chains.counted().size
    exact = conditional(machine, study.pattern, study.known)
    assert 0.5 * np.abs(found - exact).sum() < 0.05
    # the left column is ink and paper: a stripe goes on, so the right one is the same
    assert completed(machine, study.pattern, study.known) == pytest.approx([1, 1, 0, 0], abs=0.1)
    assert seek(study, 59).sampled.cursor == 59
    on = last(sampled(seek(study, 59), 2))
    assert np.array_equal(on.sampled.record[60], chains.record[60])


def test_chains_of_another_question_or_machine_are_not_shown() -> None:
    study = last(sampled(replace(last(advanced(Study(), 3)), focus="sample"), 4))
    assert study.sampled is not None
    s = studies.keep_study(empty(), study)
    assert studies.ask(s, 1, 1).machines.study.sampled is None
    assert seek(replace(study, focus="learn"), 2).sampled is None
    assert studies.ask_nothing(studies.ask(s, 1, 1)).machines.study.sampled is not None


def test_parity_stays_at_ln_2_without_hidden_units() -> None:
    # SCIENCE 4.3, by the moves of the workspace
    s = studies.use_hidden(studies.use_preset(empty(), "parity"), 0)
    s = taught(studies.use_lesson(s, Lesson(steps=1500)), 1500)
    assert s.machines.study.here.divergence == pytest.approx(math.log(2), abs=1e-6)
