"""Exact probabilities beside Gibbs samples: both are laws, and they agree within their errors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.lens.boltzmann_law import completion, describe_law, law_picture, particles
from explorer.physics.boltzmann_machine import boltzmann_machine, visible_probabilities
from explorer.session.memory import studies
from explorer.session.memory.snapshot import empty
from explorer.session.memory.study import BURN, Study, advanced, readied, sampled


@pytest.fixture(scope="module")
def study() -> Study:
    *_, taught = advanced(Study(), 60)
    *_, drawn = sampled(replace(taught, focus="sample"), 80)
    return drawn


def test_rows_are_the_most_probable_pictures_and_the_rest_is_kept(study: Study) -> None:
    law = law_picture(study, 5)
    exact = visible_probabilities(study.here.machine)
    top = sorted(exact, reverse=True)[:5]
    assert [row.exact for row in law.rows] == pytest.approx(top, abs=1e-12)
    assert law.others == 11
    assert sum(row.exact for row in law.rows) + law.rest == pytest.approx(1)
    for row in law.rows:
        index = int("".join(map(str, row.cells.ravel())), 2)
        assert row.exact == pytest.approx(exact[index], abs=1e-12)
        inside = any(np.array_equal(row.cells.ravel(), one) for one in study.patterns)
        assert row.share == pytest.approx(1 / 6 if inside else 0)


def test_gibbs_samples_agree_with_the_sum_over_states(study: Study) -> None:
    law = law_picture(study, 16)
    assert law.sweeps == 80 - BURN
    assert sum(row.found for row in law.rows) == pytest.approx(1)
    apart = [(row.found - row.exact) / row.error for row in law.rows if row.error > 0]
    assert np.abs(apart).max() < 4.5 and np.mean(np.square(apart)) < 3
    counted = study.sampled.counted()
    for row in law.rows:
        each = (counted == int("".join(map(str, row.cells.ravel())), 2)).mean(axis=0)
        assert row.error == pytest.approx(each.std(ddof=1) / len(each) ** 0.5, abs=1e-12)
    assert law.distance < law.noise  # many sweeps know more than one draw of each chain
    assert f"{law.distance:.4f}." in describe_law(study)
    assert "not mixed" not in describe_law(study)


def test_chains_that_stay_in_their_valleys_are_told_from_mixed_ones() -> None:
    # one pair of units, coupled so strongly that a chain never leaves its valley
    m = boltzmann_machine([[0, 40], [40, 0]], [-18, -20], 2)
    data = np.array([[0, 0], [1, 1]], np.int8)
    asked = {"pattern": np.zeros(2, np.int8), "known": np.zeros(2, bool)}
    start = Study(shape=(1, 2), hidden=0, patterns=data, focus="sample", **asked)
    *_, ready = readied(start)
    stuck = replace(ready, moments=(replace(ready.here, machine=m),))
    *_, drawn = sampled(stuck, 40)
    law = law_picture(drawn)
    assert law.rows[0].exact == pytest.approx(1 / (1 + math.exp(-2)), abs=1e-6)
    assert law.distance > 1.5 * law.noise and "not mixed" in describe_law(drawn)


def test_a_clamped_cell_makes_both_the_law_given_it(study: Study) -> None:
    s = studies.ask(studies.keep_study(empty(), study), 0, 1)
    asked = s.machines.study
    assert math.isnan(law_picture(asked).distance)  # the samples were of another question
    *_, drawn = sampled(asked, 80)
    found = completion(drawn)
    assert found.known.tolist() == [True, False, False, False]
    assert found.exact[0] == found.found[0] == 1
    assert np.allclose(found.exact, found.found, atol=0.03)
    law = law_picture(drawn, 16)
    assert all(row.cells[0, 0] == 1 for row in law.rows)
    assert sum(row.exact for row in law.rows) == pytest.approx(1)
    assert sum(row.share for row in law.rows) == pytest.approx(1)
    assert "given 1 known cell" in describe_law(drawn)


def test_particles_are_states_of_the_chains(study: Study) -> None:
    seen = particles(study, 7)
    assert seen.shape == (7, 2, 2)
    assert np.array_equal(seen[3].ravel(), study.sampled.states()[3, :4])
    assert particles(Study(), 7).shape == (0, 2, 2)


def test_before_there_is_a_machine_nothing_is_drawn() -> None:
    assert law_picture(Study()) is None and completion(Study()) is None
    assert "learn" in describe_law(Study())
