"""The contest is reported as measured: whoever wins, and when nobody does."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.lens.pretraining import contest_chart, contest_charts, describe_contest, verdict
from explorer.physics.pretraining_contest import Curves
from explorer.session.memory import machines, moves
from explorer.session.memory.snapshot import empty

STEPS = np.array([20, 40])


def curves(with_, without, task="classification", done=4) -> Curves:
    one, two = np.array(with_, dtype=float), np.array(without, dtype=float)
    return Curves(task, STEPS, one, two, "tuning without, seed 2", done, 8)


def test_the_verdict_is_the_paired_difference_over_seeds() -> None:
    one, two = [[0.5, 0.10], [0.5, 0.14], [0.5, 0.12]], [[0.6, 0.30], [0.6, 0.36], [0.6, 0.30]]
    said = verdict(curves(one, two))
    apart = np.array([-0.20, -0.22, -0.18])
    assert f"{apart.mean():+.3f} ± {4.303 * apart.std(ddof=1) / 3**0.5:.3f}" in said
    assert "pretraining wins" in said and "3 seeds" in said
    assert "plain network wins" in verdict(curves(two, one))


@pytest.mark.parametrize(
    ("one", "two", "words"),
    [
        ([[0.5, 0.1], [0.5, 0.3]], [[0.6, 0.3], [0.6, 0.1]], "no difference"),
        ([[0.5, 0.1], [0.5, 0.1]], [[0.6, 0.1], [0.6, 0.1]], "no difference"),
        ([[0.5, 0.10], [0.5, 0.14]], [[0.6, 0.14], [0.6, 0.16]], "no difference"),  # two seeds
        ([[0.5, 0.1], [np.nan] * 2], [[0.6, 0.3], [np.nan] * 2], "One seed"),
        ([[0.5, np.nan]], [[np.nan, np.nan]], "No seed"),
        ([[0.5, 0.1], [0.5, 0.1]], [[0.6, 0.3], [0.6, np.nan]], "One seed"),
    ],
)
def test_nothing_is_claimed_that_the_seeds_do_not_show(one, two, words: str) -> None:
    assert words in verdict(curves(one, two))


def test_bands_are_one_standard_error_around_the_mean() -> None:
    chart = contest_chart(curves([[0.5, 0.1], [0.7, 0.3]], [[0.6, np.nan], [np.nan] * 2]))
    with_, without = chart.curves
    assert np.allclose(with_.mean, [0.6, 0.2])
    assert np.allclose(with_.high - with_.mean, 0.1) and np.allclose(with_.mean - with_.low, 0.1)
    assert np.isnan(without.mean[1]) and without.mean[0] == without.high[0] == 0.6
    assert chart.top >= 0.7


def test_each_task_has_its_chart_and_words_say_what_runs() -> None:
    s = empty()
    assert contest_charts(s) == () and "Press Compare" in describe_contest(s)
    s = machines.keep_contest(s, curves([[0.5, 0.1]], [[0.5, 0.1]], "reconstruction"))
    s = machines.keep_contest(s, curves([[0.5, 0.1]], [[0.5, 0.1]]))
    s = machines.keep_contest(s, curves([[0.5, 0.2]], [[0.5, 0.2]]))
    assert [chart.title.split()[0] for chart in contest_charts(s)] == ["wrong", "square"]
    assert "seed 2" in describe_contest(moves.working(s, "Comparing"))
    assert "standard error" in describe_contest(s)
    assert machines.forget_contests(s).machines.contests == ()
    assert machines.forget_contests(empty()).machines.contests == ()
