"""What is stored and shown changes by pure moves, and bad input ends in a sentence."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.hopfield_rules import stored
from explorer.session.memory import moves
from explorer.session.memory.snapshot import MemoryLook, Spoil, empty


def picture(seed, size=100):
    return np.random.default_rng(seed).choice([-1, 1], size)


def holding(*seeds, shape=(10, 10), rule="hebb"):
    """A workspace that stores these random pictures."""
    s = moves.use_rule(empty(shape), rule)
    for seed in seeds:
        s = moves.store(moves.put(s, picture(seed, shape[0] * shape[1])))
        assert not s.error
    return s


@pytest.mark.parametrize("rule", ["hebb", "projection", "storkey"])
def test_stored_pictures_make_the_network_of_the_rule(rule):
    s = holding(1, 2, 3, rule=rule)
    expected = stored([picture(1), picture(2), picture(3)], rule).weights
    assert np.allclose(s.network.weights, expected, atol=1e-12)
    assert [one.name for one in s.pictures] == ["Pattern 1", "Pattern 2", "Pattern 3"]
    fewer = moves.remove(s, 1)
    expected = stored([picture(1), picture(3)], rule).weights
    assert np.allclose(fewer.network.weights, expected, atol=1e-12)
    assert np.array_equal(s.patterns[[0, 2]], fewer.patterns)


def test_the_last_pattern_can_be_removed():
    s = moves.remove(holding(1), 0)
    assert s.pictures == ()
    assert s.patterns.shape == (0, 100)
    assert not s.network.weights.any()


def test_the_bias_lies_on_every_neuron():
    s = moves.use_bias(holding(1), 0.25)
    assert np.array_equal(s.network.bias, np.full(100, 0.25))
    assert s.here.energy == pytest.approx(-0.5 * s.here.spins @ s.network.weights @ s.here.spins
                                          - 0.25 * s.here.spins.sum())  # fmt: skip


def test_painting_changes_only_what_is_painted():
    s = moves.draw(empty(), [0, 5, 500, -1], 1)
    assert np.flatnonzero(s.here.spins == 1).tolist() == [0, 5]
    assert moves.draw(s, [0, 5], 1) is s
    assert np.array_equal(moves.draw(s, [0, 5], -1).here.spins, empty().here.spins)
    assert moves.clear(empty()).here.spins.tolist() == [-1] * 100


@pytest.mark.parametrize(
    "move",
    [
        lambda s: moves.use_rule(s, "hebb"),
        lambda s: moves.use_bias(s, 0.0),
        lambda s: moves.spoil_with(s, Spoil()),
        lambda s: moves.resize(s, 10, 10),
        lambda s: moves.rename(s, 0, "Pattern 1"),
        lambda s: moves.rename(s, 9, "x"),
        lambda s: moves.look_at(s, MemoryLook((7,), 100)),
        lambda s: moves.play(s, False),
        lambda s: moves.play_at(s, 12.0),
        lambda s: moves.notice(s, "Stored Pattern 1."),
        lambda s: moves.working(s, ""),
    ],
)
def test_a_move_that_changes_nothing_returns_the_same_snapshot(move):
    s = holding(1)
    assert move(s) is s


@pytest.mark.parametrize(
    ("move", "words"),
    [
        (lambda s: moves.store(s), "stored already, as Pattern 2"),
        (lambda s: moves.store(moves.put(s, [*s.here.spins[:99], 0])), "1 cells are erased"),
        (lambda s: moves.remove(s, 2), "There is no pattern 3"),
        (lambda s: moves.show(s, -1), "There is no pattern 0"),
        (lambda s: moves.put(s, [1, -1]), "must hold 100 neurons"),
        (lambda s: moves.put(s, np.full(100, np.nan)), "only"),
        (lambda s: moves.use_bias(s, math.nan), "finite"),
        (lambda s: moves.use_rule(s, "oja"), "storage rule"),
        (lambda s: moves.resize(s, 4, 10), "5 x 5 to 32 x 32"),
        (lambda s: moves.resize(s, 10, 33), "5 x 5 to 32 x 32"),
        (lambda s: moves.corrupt(moves.spoil_with(s, Spoil(share=math.nan))), "between 0 and 1"),
    ],
)
def test_bad_input_is_said_and_nothing_is_lost(move, words):
    s = holding(1, 2)
    after = move(s)
    assert words in after.error
    assert after.pictures is s.pictures
    assert after.network is s.network


def test_the_projection_refuses_an_inverse_and_goes_on():
    s = holding(1, 2, rule="projection")
    after = moves.store(moves.put(s, -picture(1)))
    assert "inverse of Pattern 1" in after.error
    assert after.network is s.network


def test_a_rule_that_cannot_hold_the_patterns_is_refused():
    s = moves.store(moves.put(holding(1), -picture(1)))
    after = moves.use_rule(s, "projection")
    assert "independent" in after.error
    assert after.rule == "hebb"


def test_more_patterns_than_capacity_are_stored_with_a_warning():
    s = holding(*range(3), shape=(5, 5))
    assert "more than" not in s.notice
    s = moves.store(moves.put(s, picture(9, 25)))
    assert "4 patterns are more than the 3.5 that 25 neurons hold by Hebb's rule" in s.notice
    assert len(s.pictures) == 4


@given(st.integers(5, 32), st.integers(5, 32))
def test_another_grid_and_back_loses_nothing(rows, columns):
    s = holding(1, 2)
    there = moves.resize(s, rows, columns)
    assert not there.error
    assert there.patterns.shape == (2, rows * columns)
    assert (rows, columns) == (10, 10) or "originals are kept" in there.notice
    back = moves.resize(there, 10, 10)
    assert np.array_equal(back.patterns, s.patterns)
    assert np.array_equal(back.network.weights, s.network.weights)


def test_twice_the_grid_doubles_every_cell():
    s = moves.resize(holding(1, shape=(5, 5)), 10, 10)
    expected = np.kron(picture(1, 25).reshape(5, 5), np.ones((2, 2)))
    assert np.array_equal(s.patterns[0].reshape(10, 10), expected)


def test_a_grid_on_which_the_rule_fails_is_refused():
    s = moves.use_rule(empty(), "projection")
    for cell in (0, 1):  # on 5 x 5 one of two neighbours is left out
        s = moves.store(moves.draw(moves.clear(s), [cell], 1))
    after = moves.resize(s, 5, 5)
    assert after.shape == (10, 10)
    assert "On 5 x 5 cells this cannot be stored" in after.error


@pytest.mark.parametrize("kind", ["flip", "erase", "half"])
def test_every_time_other_neurons_are_spoilt(kind):
    s = moves.spoil_with(holding(1), Spoil(kind, 0.3))
    once = moves.corrupt(s)
    again = moves.corrupt(moves.show(once, 0))
    assert not np.array_equal(once.here.spins, s.here.spins)
    assert not np.array_equal(once.here.spins, again.here.spins)
    assert np.array_equal(moves.corrupt(s).here.spins, once.here.spins)


def test_the_chosen_patterns_follow_a_removal():
    s = moves.look_at(holding(1, 2, 3), MemoryLook((2, 0)))
    assert moves.remove(s, 1).look.chosen == (1, 0)
    assert moves.remove(s, 0).look.chosen == (1,)


def test_travelling_in_time_does_not_start_play():
    s = dataclasses.replace(moves.play(holding(1), True), busy="x")
    then = moves.carry(moves.working(s, "y"), s)
    assert (then.play.running, then.busy) == (False, "y")
