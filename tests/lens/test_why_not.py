"""Why not this token: every number is the sampler's or the network's, every remedy works."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.sampling import Sampling
from explorer.lens.candidates import chances
from explorer.lens.logit_lens import read_layers
from explorer.lens.why_not import change_lines, headline, question, sampling_lines
from explorer.lens.why_not_inside import STRONGEST, component_lines, layer_lines
from explorer.session import asked, moves
from explorer.session.snapshot import Snapshot

TIGHT = Sampling(temperature=0.8, top_k=40, top_p=0.9, min_p=0.02, seed=1)


def at_rank(s: Snapshot, rank: int) -> Snapshot:
    return asked.name(s, moves.token_at_rank(s, rank))


@pytest.mark.parametrize("rank", [2, 5, 30, 60, 300])
@pytest.mark.parametrize(
    "sampling",
    [TIGHT, Sampling(), Sampling(top_k=3), Sampling(top_p=0.5), Sampling(min_p=0.1),
     Sampling(temperature=0.0), replace(TIGHT, repetition_penalty=1.3)],
)  # fmt: skip
def test_every_remedy_of_the_table_works_when_it_is_applied(story, sampling, rank) -> None:
    s = at_rank(moves.sample_with(story(6), sampling), rank)
    q = question(s)
    answer = q.answer()
    lines = change_lines(q, answer)
    goal = "candidate"
    for line in lines:
        if line.title:
            goal = "choose" if "dice" in line.name else "candidate"
        if line.sampling is None:
            continue
        after = chances(moves.sample_with(s, line.sampling))
        assert after.distribution.final[q.token] > 0, line
        if goal == "choose":
            assert after.chosen == q.token, line
        assert sampling != line.sampling
    if q.token != q.chosen:
        assert any(line.sampling is not None for line in lines) or "no " in lines[-1].gap


def test_top_k_is_named_exactly(story) -> None:
    s = at_rank(moves.sample_with(story(6), Sampling(top_k=40)), 41)
    q = question(s)
    assert "top-k removed it (rank 41)" in headline(q, None).lower()
    assert "let in by top-k 41" in headline(q, q.answer())


def test_the_stages_hold_the_numbers_of_the_distribution(story) -> None:
    s = at_rank(moves.sample_with(story(6), TIGHT), 60)
    q, c = question(s), chances(s)
    rows = {line.name: line for line in sampling_lines(q)}
    assert float(rows["logit z"].named.replace("−", "-")) == pytest.approx(
        float(q.step.logits[q.token]), abs=1e-3
    )
    assert rows["rank"].named == "60" and rows["rank"].chosen == f"{int(c.ranks[q.chosen]) + 1}"
    assert rows["removed by"].chosen == "kept" and rows["removed by"].named in ("top-k", "top-p")
    assert rows["final p"].named == "0" and rows["its part of the dice"].named == "none"
    start, end = c.interval(int(c.ranks[q.chosen]))
    assert rows["its part of the dice"].chosen == f"{start:.4f}–{end:.4f}"
    assert start <= c.number < end


def test_the_chosen_token_needs_nothing(story) -> None:
    s = moves.sample_with(story(6), TIGHT)
    q = question(asked.name(s, chances(s).chosen))
    assert "the dice do choose" in headline(q, q.answer())
    assert change_lines(q, q.answer()) == ()


def test_down_the_layers_ends_in_the_models_own_probabilities(reader, story) -> None:
    s = at_rank(story(6), 7)
    q = question(s)
    trace = s.timeline.node.trace
    normed = read_layers(reader.inspect(trace, len(trace) - 1), final_norm=True)
    rows = layer_lines(q, normed)
    assert len(rows) == s.model.layers + 2
    raw = chances(s).distribution.raw
    lead = np.log(raw[q.chosen]) - np.log(raw[q.token])
    assert float(rows[-1].gap.replace("−", "-")) == pytest.approx(lead, abs=0.01)
    assert rows[-1].named.endswith("#7")


def test_the_components_sum_to_both_logits(reader, story) -> None:
    s = at_rank(story(6), 7)
    q = question(s)
    trace = s.timeline.node.trace
    inspection = reader.inspect(trace, len(trace) - 1)
    rows = component_lines(q, inspection)
    assert len(rows) == STRONGEST + 3

    def number(text: str) -> float:
        return float(text.replace("−", "-"))

    for column, token in (("chosen", q.chosen), ("named", q.token)):
        parts = sum(number(getattr(line, column)) for line in rows[1:-1])
        assert parts == pytest.approx(float(q.step.logits[token]), abs=0.01)
        assert number(getattr(rows[-1], column)) == pytest.approx(parts, abs=0.01)
    heads = [line for line in rows if line.head is not None]
    assert all(re.fullmatch(r"head \d+\.\d+", line.name) for line in heads)
    leads = [abs(number(line.gap)) for line in rows[1 : STRONGEST + 1]]
    assert leads == sorted(leads, reverse=True)


def test_without_a_token_or_a_text_nothing_is_asked(story) -> None:
    assert question(story(2)) is None
    assert question(Snapshot()) is None
