"""Two runs subtracted: the numbers are those of the two runs."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.engine import sampling as stages
from explorer.lens.logit_lens import read_layers
from explorer.lens.twin import (
    choices,
    describe,
    first_difference,
    in_words,
    layer_gaps,
    summary,
    twin,
)
from explorer.session import moves
from explorer.session import twin as runs
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow


@pytest.fixture(scope="module")
def pair(story, reader) -> Snapshot:
    """Six tokens of A at T = 2 beside six of B at T = 0.8, same dice."""
    s = moves.heat(runs.toggle(story(0)), 2.0)
    for _ in range(6):
        s = grow(reader, s)
        while (draw := runs.wanted(s)) is not None:
            here = runs.known(s, draw)
            if here is None:
                parent = runs.aligned(s)
                trace = s.timeline.nodes[parent].trace
                here = runs.advance(s, parent, reader.read(trace, [draw.token], s.edits), draw)
            s = here
    return s


def test_without_a_twin_there_is_no_picture(story) -> None:
    assert twin(story(3)) is None
    assert "press W" in summary(None)


def test_b_is_the_story_told_alone_and_the_first_difference_is_marked(pair, story) -> None:
    picture = twin(pair)
    a, b = pair.timeline.node.trace.ids, story(6).timeline.node.trace.ids
    assert pair.timeline.nodes[runs.aligned(pair)].trace.ids == b
    assert picture.level
    assert a[: picture.first] == b[: picture.first]
    assert a[picture.first] != b[picture.first]
    assert f"position {picture.first}" in summary(picture)


def test_the_bars_are_the_two_distributions_subtracted_widest_first(pair) -> None:
    picture = twin(pair)
    mine, other = pair.timeline.node.trace, pair.timeline.nodes[runs.aligned(pair)].trace
    a = stages.distribution(mine.steps[-1].logits, pair.sampling, mine.ids).final
    b = stages.distribution(other.steps[-1].logits, pair.twin.sampling, other.ids).final
    gaps = [abs(row.gap) for row in picture.rows]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] == pytest.approx(np.abs(a - b).max())
    for row in picture.rows:
        token = pair.model.labels.index(row.label)
        assert (row.a, row.b) == (a[token], b[token])
        assert f"A − B = {100 * row.gap:+.4g} %" in describe(row)
    chosen = {row.label for row in picture.rows if row.a_next}
    assert chosen <= {pair.model.labels[moves.next_draw(pair).token]}


def test_the_attention_row_is_subtracted_for_the_chosen_head(pair) -> None:
    looked = moves.look_at(pair, 3, 2)
    mine, other = pair.timeline.node.trace, pair.timeline.nodes[runs.aligned(pair)].trace
    rows = [trace.steps[-1].attention[3, 2].astype(float) for trace in (mine, other)]
    assert twin(looked).attention == pytest.approx(rows[0] - rows[1])


def test_the_same_settings_differ_nowhere(story) -> None:
    picture = twin(runs.toggle(story(4)))
    assert picture.first is None
    assert all(row.gap == 0 for row in picture.rows)
    assert not picture.attention.any()
    assert picture.numbers[0] == picture.numbers[1]
    assert "same" in summary(picture)


def test_the_layers_are_subtracted_for_the_tokens_that_differ_most(pair, reader) -> None:
    mine, other = pair.timeline.node.trace, pair.timeline.nodes[runs.aligned(pair)].trace
    a, b = (read_layers(reader.inspect(one, len(one) - 1), True) for one in (mine, other))
    gaps = layer_gaps(pair.model.labels, a, b)
    assert gaps.gaps.shape == (pair.model.layers + 1, len(gaps.labels))
    assert np.abs(gaps.gaps).max() == pytest.approx(np.abs(a - b).max())
    for column, label in enumerate(gaps.labels):
        token = pair.model.labels.index(label)
        assert gaps.gaps[:, column] == pytest.approx((a - b)[:, token])


def test_a_shorter_text_differs_at_its_end() -> None:
    assert first_difference((1, 2), (1, 2, 3)) == 2
    assert first_difference((1, 2), (1, 2)) is None


def test_the_ends_of_other_branches_are_offered(pair) -> None:
    offered = choices(pair)
    assert [one.node for one in offered] == [pair.twin.other]
    named = moves.replace(pair, timeline=pair.timeline.named(pair.timeline.line()[1], "hot"))
    assert choices(moves.seek(named, pair.twin.other))
    assert choices(Snapshot()) == ()


def test_settings_are_said_in_few_words() -> None:
    assert in_words(stages.Sampling(0.8, 5, 0.9, 0.0, 1.2, 3)) == (
        "T 0.8, top-k 5, top-p 0.9, penalty 1.2, seed 3"
    )
