"""The proofs hold for the shipped model, and each of them fails when its number is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explorer.engine import proof, text_proof
from explorer.engine.trace import Trace
from explorer.resources import model_folder

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def trace(reader):
    return proof.write_text(reader, 24)


def spoiled(trace, field, index, value):
    """The same trace with one number of its last step changed."""
    *before, last = trace.steps
    array = getattr(last, field).copy()
    array[index] += value
    return Trace((*before, replace(last, **{field: array})))


def test_every_check_of_the_shipped_model_holds_but_for_transformers(reader, monkeypatch):
    monkeypatch.setattr(proof, "against_transformers", lambda *_: iter(()))
    checks = list(proof.prove(reader, model_folder(), length=24))
    assert len(checks) == 10
    assert [check.name for check in checks if not check.ok] == []


def test_a_text_is_as_long_as_asked_but_never_longer_than_the_context(reader, trace):
    assert len(trace) == 24
    assert trace.ids[0] == reader.facts.begin_token
    assert proof.write_text(reader, 24).ids == trace.ids


def test_a_row_that_does_not_sum_to_1_is_found(trace):
    assert text_proof.row_sums(trace) < proof.ATTENTION
    assert text_proof.row_sums(spoiled(trace, "attention", (1, 2, 0), 1e-3)) > proof.ATTENTION


@pytest.mark.parametrize(
    ("field", "place", "index"), [("attention", 0, (0, 0, 0)), ("logits", 1, 5)]
)
def test_a_difference_between_two_readings_is_found(trace, field, place, index):
    assert text_proof.differences(trace, trace) == (0, 0)
    found = text_proof.differences(trace, spoiled(trace, field, index, 0.01))
    assert found[place] == pytest.approx(0.01, rel=1e-3) and found[1 - place] == 0


def test_a_logit_that_training_would_not_have_is_found(trace):
    folder = model_folder()
    assert proof.training_pass(trace, folder) < proof.LOGITS
    assert proof.training_pass(spoiled(trace, "logits", 7, 0.01), folder) > proof.LOGITS


def test_a_query_that_is_not_the_one_of_the_row_is_found(reader, trace):
    assert proof.hopfield(trace, reader) < proof.HOPFIELD
    wrong = spoiled(trace, "queries", (0, 0, slice(None)), 0.5)
    assert proof.hopfield(wrong, reader) > proof.HOPFIELD


def test_draws_that_are_not_those_of_the_bars_are_found(trace, monkeypatch):
    assert proof.drawn_against_bars(trace, 2000).ok
    honest = proof.uniform
    monkeypatch.setattr(proof, "uniform", lambda seed, position: honest(seed, position) ** 1.5)
    assert not proof.drawn_against_bars(trace, 2000).ok


def test_nan_is_never_ok():
    assert not proof.at_most("anything", float("nan"), 1.0).ok
    assert not proof.at_most("anything", 2.0, 1.0).ok
    assert proof.at_most("anything", 1.0, 1.0).ok


def test_without_transformers_the_row_says_so(trace, monkeypatch):
    monkeypatch.setattr(proof.importlib.util, "find_spec", lambda name: None)
    (check,) = proof.against_transformers(trace, model_folder())
    assert check.ok and check.measured == "not installed"


def test_probabilities_that_do_not_sum_to_1_are_found(trace, monkeypatch):
    assert proof.softmax_sums(trace) < proof.SUMS
    honest = proof.distribution

    def dishonest(*arguments):
        one = honest(*arguments)
        return replace(one, final=np.asarray(one.final) * 1.001)

    monkeypatch.setattr(proof, "distribution", dishonest)
    assert proof.softmax_sums(trace) > proof.SUMS
