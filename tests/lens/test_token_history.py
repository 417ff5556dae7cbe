"""The history of a token: the numbers of every step, chosen or not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.sampling import Sampling, distribution
from explorer.engine.trace import Trace
from explorer.lens.token_history import describe, labelled, summary, token_history, typed_token
from explorer.session import asked, moves
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Node, Timeline


@settings(max_examples=25, deadline=None)
@given(token=st.integers(0, 4095), back=st.integers(0, 10))
def test_probability_and_rank_are_those_of_the_distribution_before_each_position(
    story, token, back
) -> None:
    whole = story(10)
    s = asked.name(moves.seek(whole, whole.timeline.line()[back]), token)
    history = token_history(s)
    steps = whole.timeline.node.trace.steps
    assert len(history.nats) == len(history.rank) == len(steps) + 1
    assert history.open == len(s.timeline.node.trace)
    for position in (1, 4, len(steps) // 2, len(steps)):
        d = distribution(steps[position - 1].logits, Sampling())
        assert math.exp(-history.nats[position]) == pytest.approx(d.raw[token], rel=1e-5)
        assert history.rank[position] == 1 + int(np.flatnonzero(d.order == token)[0])


def test_it_is_chosen_where_it_stands(story) -> None:
    s = story(10)
    token = s.timeline.node.trace.ids[-1]
    history = token_history(asked.name(s, token))
    ids = s.timeline.node.trace.ids
    assert [i for i, chosen in enumerate(history.chosen) if chosen] == [
        i for i, one in enumerate(ids) if one == token
    ]
    assert history.floor >= np.nanmax(history.nats)


def test_going_back_keeps_what_was_written_and_opens_another_position(story) -> None:
    s = asked.name(story(10), 300)
    back = token_history(moves.back(s))
    assert np.array_equal(back.nats[1:], token_history(s).nats[1:])
    assert back.open == token_history(s).open - 1


def test_one_position_is_told_in_words(story) -> None:
    s = asked.name(story(10), 300)
    history = token_history(s)
    last = len(history.nats) - 1
    assert "is open" in describe(history, last) and "took" in describe(history, last - 1)
    assert f"rank {history.rank[3]:,} of 4,096" in describe(history, 3)
    assert describe(history, 0) == describe(history, last + 1) == ""
    assert history.label in summary(history) and "Name a token" in summary(None)


def test_a_token_is_named_by_its_label_its_text_and_its_word(story) -> None:
    s = story(3)
    cat = labelled(s.model, "·cat")
    for text in ("·cat", " cat"):
        assert typed_token(s, text) == cat
    found = typed_token(s, "cat")
    logits = s.timeline.node.trace.steps[-1].logits
    alike = [t for t, label in enumerate(s.model.labels) if label in ("cat", "·cat")]
    assert found in alike and logits[found] == max(logits[t] for t in alike)
    assert typed_token(s, " cat ") in alike
    with pytest.raises(ValueError, match="no token “qqqq”"):
        typed_token(s, "qqqq")
    with pytest.raises(ValueError, match="no token"):
        typed_token(s, "")
    with pytest.raises(ValueError, match="loading"):
        typed_token(Snapshot(), "cat")


def test_without_a_token_or_a_text_there_is_no_history(story) -> None:
    assert token_history(story(3)) is None
    assert token_history(Snapshot()) is None
    assert token_history(asked.name(moves.load(Snapshot(), story(0).model), 3)) is None


def test_where_the_engine_did_not_name_it_the_bound_is_told(story) -> None:
    s = story(6)
    steps = []
    for step in s.timeline.node.trace.steps:
        exact = step.logits - np.logaddexp.reduce(step.logits.astype(np.float64))
        named = np.argsort(-exact, kind="stable")[:20]
        logits = np.full(len(exact), -np.inf, np.float32)
        logits[named] = exact[named]
        steps.append(replace(step, logits=logits, rest=1 - float(np.exp(exact[named]).sum())))
    told = replace(s, timeline=Timeline().grown(Node(Trace(tuple(steps)), prompt="x")))
    for token in range(0, 4096, 37):
        whole, history = token_history(asked.name(s, token)), token_history(asked.name(told, token))
        for position in range(1, len(history.nats)):
            p = math.exp(-whole.nats[position])
            if history.rank[position]:
                assert history.rank[position] == whole.rank[position]
                assert math.exp(-history.nats[position]) == pytest.approx(p, rel=1e-4)
            else:
                assert p <= history.most[position] * (1 + 1e-4)
                assert "was not named by the engine: p ≤" in describe(history, position)
        assert "nan" not in summary(history)
    rare = token_history(asked.name(told, 4095))
    assert summary(rare).endswith("the engine named it nowhere.")


def test_a_history_that_is_grown_equals_one_from_the_start(story) -> None:
    s, old = story(8), None
    way = (moves.to_start(s), moves.back(s), s)
    for one, token in (*((one, 60) for one in way), (s, 61), (way[0], 61)):
        told = asked.name(one, token)
        old, fresh = token_history(told, old), token_history(told)
        for name in ("nats", "rank", "most", "chosen"):
            np.testing.assert_array_equal(getattr(old, name), getattr(fresh, name))
