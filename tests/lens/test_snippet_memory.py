"""Recall as Python: the lines run, and give the numbers that are on the screen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explorer.lens.export_memory import NUMBERS, memory_numbers
from explorer.lens.snippet_memory import MOST, TOLD, memory_snippet
from explorer.physics.hopfield_dynamics import Dynamics
from explorer.session.memory import moves, steps
from explorer.session.memory.snapshot import Memory, MemoryLook, Spoil, empty


def run(code: str) -> dict[str, np.ndarray]:
    """The numbers that a snippet ends with."""
    space: dict[str, object] = {}
    exec(compile(code, "<copied>", "exec"), space)
    return space["numbers"]


def holding(count: int, shape: tuple[int, int] = (6, 7), seed: int = 3) -> Memory:
    dice, s = np.random.default_rng(seed), empty(shape)
    for index in range(count):
        s = moves.store(moves.put(s, dice.choice([-1, 1], s.size)), f"P{index} \u201c'\"")
    return s


def spoilt(s: Memory) -> Memory:
    return moves.corrupt(moves.show(s, 0))


def changed_dynamics(s: Memory) -> Memory:
    s = steps.step(steps.use_dynamics(spoilt(s), Dynamics("glauber", "random", 0.8, 5)), 60)
    return steps.use_dynamics(s, Dynamics("synchronous"))


STATES: dict[str, Callable[[], Memory]] = {
    "stored": lambda: holding(3),
    "spoilt": lambda: spoilt(holding(3)),
    "walked": lambda: steps.step(spoilt(holding(3)), 50),
    "gone back": lambda: steps.back(steps.step(spoilt(holding(3)), 50), 20),
    "erased": lambda: moves.corrupt(moves.spoil_with(holding(2), Spoil("erase", 0.4, "zero"))),
    "by dice": lambda: changed_dynamics(holding(3)),
    "another rule": lambda: moves.use_bias(moves.use_rule(holding(3), "storkey"), 0.125),
    "chosen": lambda: moves.look_at(holding(4), MemoryLook((3, 1))),
    "another grid": lambda: moves.resize(holding(2), 9, 12),
}


@pytest.mark.parametrize("panel", TOLD)
@pytest.mark.parametrize("state", STATES)
def test_the_lines_give_the_numbers_of_the_panel(panel: str, state: str) -> None:
    s = STATES[state]()
    again = run(memory_snippet(panel, s))
    expected = memory_numbers(panel, s).columns
    assert list(again) == list(expected)
    for name, column in expected.items():
        np.testing.assert_array_equal(again[name], column, err_msg=name)


def test_a_recall_of_mixed_dynamics_is_told_by_its_state_or_refused() -> None:
    s = steps.step(changed_dynamics(holding(3)), 3)
    with pytest.raises(ValueError, match="other settings"):
        memory_snippet("memory_energy", s)
    numbers = run(memory_snippet("memory_state", s))
    assert np.array_equal(numbers["spin"], s.here.spins)


@pytest.mark.parametrize("panel", sorted(set(NUMBERS) - set(TOLD)))
def test_what_was_measured_is_refused_in_words(panel: str) -> None:
    with pytest.raises(ValueError, match="export the table"):
        memory_snippet(panel, holding(2))


def test_too_many_patterns_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="too many to tell"):
        memory_snippet("patterns", holding(MOST + 1, (8, 8)))
