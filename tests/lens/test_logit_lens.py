"""The table of the logit lens: order, ranks, and the last row that is the output."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.engine import sampling as stages
from explorer.engine.sampling import Sampling
from explorer.lens.logit_lens import (
    asked_token,
    describe_guess,
    describe_layer,
    lens_table,
    read_layers,
    summary,
)
from explorer.session import inside, moves
from explorer.session.snapshot import Snapshot


@pytest.fixture(scope="module")
def table(reader):
    """`table(s)` is the lens table of a snapshot."""

    def make(s: Snapshot):
        trace = s.timeline.node.trace
        position = len(trace) - 1 if s.look.position is None else s.look.position
        inspection = reader.inspect(trace, position)
        return lens_table(s, inspection, read_layers(inspection, s.inside.final_norm))

    return make


def test_the_last_row_is_the_models_own_distribution(table, story) -> None:
    s = story(6)
    found = table(s)
    p = stages.distribution(s.timeline.node.trace.steps[-1].logits, Sampling()).raw
    last = found.layers[-1]
    assert [guess.token for guess in last.guesses] == np.argsort(-p, kind="stable")[:8].tolist()
    for guess in last.guesses:
        assert guess.p == pytest.approx(float(p[guess.token]), abs=1e-5)


def test_the_rows_go_from_the_embedding_to_the_last_block(table, story) -> None:
    titles = [layer.title for layer in table(story(3)).layers]
    assert titles == ["embedding", *(f"after block {layer}" for layer in range(6))]


def test_guesses_fall_and_ranks_agree_with_them(table, story) -> None:
    for layer in table(story(6)).layers:
        ps = [guess.p for guess in layer.guesses]
        assert ps == sorted(ps, reverse=True)
        asked = [at for at, guess in enumerate(layer.guesses, 1) if guess.asked]
        assert asked == ([layer.rank] if layer.rank <= 8 else [])


def test_the_token_asked_about_is_the_one_that_follows(table, story) -> None:
    s = story(6)
    assert asked_token(s) == moves.next_draw(s).token
    steps = s.timeline.node.trace.steps
    assert asked_token(moves.select(s, 3)) == steps[4].token
    assert asked_token(inside.ask_token(s, 77)) == 77
    assert table(inside.ask_token(s, 77)).chosen is False
    assert asked_token(Snapshot()) is None


def test_without_the_final_norm_the_numbers_are_others_and_the_table_says_so(table, story) -> None:
    s = story(6)
    plain = table(inside.norm_lens(s, False))
    assert plain.normed is False
    assert plain.layers[-1].p != pytest.approx(table(s).layers[-1].p, abs=1e-3)


def test_what_is_said_names_token_rank_and_probability(table, story) -> None:
    s = story(6)
    found = table(s)
    layer = found.layers[3]
    assert f"rank {layer.rank:,}" in describe_layer(found, layer)
    assert layer.guesses[0].label in describe_guess(layer, layer.guesses[0])
    assert found.label in summary(found)
