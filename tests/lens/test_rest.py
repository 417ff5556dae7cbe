"""What is said about missing tokens is true of the whole vocabulary that they were taken from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explorer.engine import sampling as stages
from explorer.engine.sampling import Sampling
from explorer.engine.trace import Step, Trace
from explorer.lens.bars import bars
from explorer.lens.candidates import chances, pipeline
from explorer.lens.rest import rest
from explorer.session import moves
from explorer.session.timeline import Node, Timeline

NONE = np.zeros((0, 0, 0), np.float32)


def cut(s, count, temperature=1.0, **more):
    """A snapshot whose last step names only its `count` most probable tokens."""
    step = s.timeline.node.trace.steps[-1]
    exact = step.logits - np.logaddexp.reduce(step.logits.astype(np.float64))
    named = np.argsort(-exact, kind="stable")[:count]
    logits = np.full(len(exact), -np.inf, np.float32)
    logits[named] = exact[named]
    missing = 1 - float(np.exp(exact[named]).sum())
    known = Step(step.token, logits, NONE, np.zeros((0, 0), np.float32), NONE, NONE, rest=missing)
    steps = (*s.timeline.node.trace.steps[:-1], known)
    timeline = Timeline().grown(Node(Trace(steps), prompt="x"))
    return moves.sample_with(replace(s, timeline=timeline), Sampling(temperature, **more))


@pytest.mark.parametrize("temperature", [0.3, 0.8, 1.0, 1.5, 4.0])
@pytest.mark.parametrize("count", [3, 20, 400])
def test_the_exact_numbers_lie_within_the_bounds(story, count, temperature):
    s = story(5)
    whole = stages.distribution(s.timeline.node.trace.steps[-1].logits, Sampling(temperature))
    c = chances(cut(s, count, temperature))
    found = rest(c)
    shown = c.distribution.final
    for token in c.distribution.order[:3]:
        part = whole.final[token] / shown[token]
        assert found.low * (1 - 1e-5) <= part <= found.high * (1 + 1e-5)


@settings(max_examples=60)
@example(count=6, temperature=1.0, top_k=40, top_p=0.5, min_p=0.0)
@given(
    count=st.integers(5, 300),
    temperature=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    top_k=st.sampled_from([0, 3, 40]),
    top_p=st.sampled_from([1.0, 0.9, 0.5]),
    min_p=st.sampled_from([0.0, 0.05, 0.3]),
)
def test_what_is_called_exact_is_exact(story, count, temperature, top_k, top_p, min_p):
    s = story(5)
    settings = {"top_k": top_k, "top_p": top_p, "min_p": min_p}
    whole = stages.distribution(
        s.timeline.node.trace.steps[-1].logits, Sampling(temperature, **settings)
    )
    c = chances(cut(s, count, temperature, **settings))
    if rest(c).exact:
        assert c.distribution.final == pytest.approx(whole.final, abs=1e-5)


def test_raw_numbers_are_those_of_the_whole_vocabulary(story):
    s = story(5)
    whole = stages.distribution(s.timeline.node.trace.steps[-1].logits, Sampling())
    d = chances(cut(s, 20)).distribution
    named = d.removed == stages.KEPT
    assert d.raw[named] == pytest.approx(whole.raw[named], abs=1e-6)
    assert d.raw.sum() + d.rest == pytest.approx(1)
    assert d.final.sum() == pytest.approx(1)


@given(seed=st.integers(0, 10_000), temperature=st.sampled_from([0.5, 1.0, 3.0]))
def test_the_dice_never_fall_on_what_is_not_named(story, seed, temperature):
    s = cut(story(5), 7, temperature, seed=seed)
    d = moves.next_draw(s)
    assert chances(s).distribution.removed[d.token] == stages.KEPT


def test_the_bars_end_with_one_row_of_the_missing_mass(story):
    s = cut(story(5), 30, 0.7)
    found = bars(s)
    assert [row.missing for row in found.rows] == [False] * 21 + [True]
    others, last = found.rows[-2:]
    assert others.label == "10 others"
    assert (last.label, last.final, last.remover) == ("rest", 0.0, "not named")
    assert sum(row.raw for row in found.rows) == pytest.approx(1)
    assert sum(row.final for row in found.rows) == pytest.approx(1)
    assert "30 of 4,096 tokens are named" in found.note
    assert "the exact final numbers lie between" in found.note
    few = bars(cut(story(5), 5, 0.7))
    assert [row.label for row in few.rows[5:]] == ["rest"]


def test_with_the_whole_vocabulary_nothing_is_noted(story):
    found = bars(story(5))
    assert found.note == ""
    assert not any(row.missing for row in found.rows)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"temperature": 1.0}, "With it the final numbers would be"),
        ({"temperature": 0.7}, "lie between"),
        ({"temperature": 0.0}, "the final numbers are exact"),
        ({"temperature": 0.7, "top_k": 5}, "the final numbers are exact"),
        ({"temperature": 1.0, "top_p": 0.5}, "the final numbers are exact"),
        ({"temperature": 0.7, "top_p": 0.5}, "how top-p at T = 0.7 would act"),
        ({"temperature": 1.0, "repetition_penalty": 1.2}, "how the penalty would act"),
    ],
)
def test_the_sentence_says_what_can_be_known(story, settings, words):
    assert words in rest(chances(cut(story(5), 40, **settings))).sentence


def test_the_stages_count_the_named_tokens(story):
    first = pipeline(chances(cut(story(5), 40)))[0]
    assert first.left == 40
