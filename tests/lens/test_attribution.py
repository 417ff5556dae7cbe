"""Attribution on screen: sorted bars that add up to the logit, and the same numbers as a map."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.engine.edits import Edits, Off, Patch, Steering
from explorer.engine.trace import Trace
from explorer.lens.attribution import attribution, compared_token, summary
from explorer.session import inside, moves
from explorer.session.snapshot import Snapshot


@pytest.fixture(scope="module")
def picture(reader):
    """`picture(s)` is the attribution at the last position of a snapshot."""

    def make(s: Snapshot):
        trace = s.timeline.node.trace
        inspection = reader.inspect(trace, len(trace) - 1)
        return attribution(s, inspection)

    return make


@pytest.mark.parametrize("versus", [None, inside.RUNNER_UP, 100])
def test_the_bars_add_up_to_what_was_computed(picture, story, versus) -> None:
    found = picture(inside.ask_versus(story(8), versus))
    assert sum(bar.amount for bar in found.bars) == pytest.approx(found.true, abs=1e-3)
    assert f"{abs(found.true):.4f}" in found.check


def test_the_strongest_bar_comes_first(picture, story) -> None:
    sizes = [abs(bar.amount) for bar in picture(story(8)).bars]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 48 + 6 + 6 + 3


def test_the_map_holds_the_bars_of_heads_and_mlps(picture, story) -> None:
    found = picture(story(8))
    assert found.grid.shape == (6, 9)
    assert found.reach == np.abs(found.grid).max() <= found.scale
    for bar in found.bars:
        if bar.head:
            assert found.grid[bar.head] == bar.amount
        elif bar.label.startswith("MLP"):
            assert found.grid[int(bar.label[4:]), 8] == bar.amount


def test_it_is_compared_with_the_most_probable_other_token(reader, picture, story) -> None:
    s = story(8)
    trace = s.timeline.node.trace
    inspection = reader.inspect(trace, len(trace) - 1)
    first, second = np.argsort(-trace.steps[-1].logits)[:2].tolist()
    assert compared_token(s, inspection, first) == second
    assert compared_token(s, inspection, second) == first
    assert compared_token(s, inspection, 4000) == first
    assert compared_token(inside.ask_versus(s, None), inspection, first) is None
    assert compared_token(inside.ask_versus(s, first), inspection, first) is None
    assert "minus" in picture(s).question
    assert "minus" not in picture(inside.ask_versus(s, None)).question


def test_the_summary_names_the_strongest_parts(picture, story) -> None:
    found = picture(story(8))
    assert found.bars[0].label in summary(found)
    assert found.check in summary(found)


@pytest.mark.parametrize(
    "edits",
    [
        Edits((Off("mlp", 2), Off("block", 4))),
        Edits((Off("head", 2, 1, "mean"), Off("neuron", 3, 5)), reference=(0, 5, 6, 7, 8)),
        Edits(steering=(Steering(2, tuple([0.3] * 320), 2.0), Steering(6, tuple([0.2] * 320)))),
        Edits(patches=(Patch("resid_pre", 0, 3, tuple([0.1] * 320)),)),
        Edits(patches=(Patch("pattern", 1, 5, (0.5, 0.5, 0.0, 0.0, 0.0, 0.0), head=2),)),
    ],
    ids=["mlp and block off", "means", "steered", "patched stream", "patched pattern"],
)
def test_a_run_under_any_edit_is_taken_apart_and_still_adds_up(reader, story, edits) -> None:
    """What an edit changed is a part of its own, so the sum is the edited run's own logit."""
    ids = (0, *reader.encode("The cat sat on the mat.").ids)
    trace = reader.read(Trace((), edits), ids, edits)
    s = story(0)
    s = moves.begin(moves.edit(s, edits), "", trace)
    for position in (5, len(trace) - 1):
        inspection = reader.inspect(trace, position)
        found = attribution(s, inspection)
        assert found.total == pytest.approx(found.true, abs=1e-3)
        for one in inspection.activations:
            for index in (tuple(0 for _ in one.shape), tuple(size - 1 for size in one.shape)):
                value = float(one.values[index])
                assert one.fill(index).value == pytest.approx(value, abs=2e-3), one.name
