"""How many tokens each head reads from."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from explorer.engine.trace import Step
from explorer.lens.regimes import bands, count_regimes, describe_regime, regimes, used
from explorer.physics.regimes import class_of
from explorer.session import moves
from explorer.session.snapshot import Snapshot


def step(rows: np.ndarray) -> Step:
    """A step whose heads attend as given: rows (L, H, S)."""
    layers, heads, _ = rows.shape
    nothing = np.zeros((layers, heads, 2), np.float32)
    hidden = np.zeros((layers + 1, 4), np.float32)
    return Step(0, np.zeros(5, np.float32), rows.astype(np.float32), hidden, nothing, nothing)


def test_k90_counts_the_fewest_keys_that_hold_nine_tenths() -> None:
    rows = np.zeros((1, 3, 10))
    rows[0, 0, 4] = 1
    rows[0, 1] = 0.1
    rows[0, 2, :3] = (0.6, 0.3, 0.1)
    assert used(step(rows))[0].tolist() == [1, 9, 2]


def test_a_broken_row_is_no_number_and_the_others_stay() -> None:
    rows = np.full((1, 2, 4), 0.25)
    rows[0, 0, 1] = np.nan
    found = used(step(rows))[0]
    assert np.isnan(found[0]) and found[1] == 4


def test_the_map_of_a_token_is_that_of_its_own_row(story) -> None:
    s = story(12)
    for position in (0, 5, 9):
        found = regimes(moves.select(s, position))
        rows = s.timeline.node.trace.steps[position].attention
        assert found.keys == position + 1
        np.testing.assert_allclose(found.share, found.k90 / (position + 1))
        top = -np.sort(-rows.astype(float), axis=-1)
        for layer, head in ((0, 0), (3, 5)):
            k = int(found.k90[layer, head])
            assert top[layer, head, :k].sum() >= 0.9 - 1e-6
            assert k == 1 or top[layer, head, : k - 1].sum() < 0.9


def test_the_whole_text_is_the_median_over_its_tokens(story) -> None:
    s = story(12)
    found = regimes(moves.average(s, True))
    shares = [used(one) / (at + 1) for at, one in enumerate(s.timeline.node.trace.steps)]
    np.testing.assert_allclose(found.share, np.median(shares, axis=0))


def test_classes_are_named_from_64_tokens_on(story) -> None:
    short = regimes(story(12))
    assert {name for row in short.classes for name in row} == {None}
    assert "named from 64" in count_regimes(short)
    long = regimes(story(300, temperature=1.2))
    for layer, row in enumerate(long.classes):
        for head, name in enumerate(row):
            share = long.share[layer, head]
            bounds = {"I": (0.5, 1), "II": (1 / 8, 0.5), "III": (1 / 32, 1 / 8), "IV": (0, 1 / 32)}
            assert bounds[name][0] < share <= bounds[name][1]
    assert "by class" in count_regimes(long)


def test_a_head_is_told_in_words(story) -> None:
    found = regimes(story(5))
    said = describe_regime(found, 2, 1)
    assert said.startswith("Layer 2, head 1.") and "carry 90 %" in said
    broken = replace(found, k90=np.full_like(found.k90, np.nan))
    assert "not finite" in describe_regime(broken, 0, 0)


def test_nothing_is_drawn_before_a_text_is_read() -> None:
    assert regimes(Snapshot()) is None


@pytest.mark.parametrize("whole", [False, True])
def test_one_token_is_told_plainly(story, whole: bool) -> None:
    assert "One token" in count_regimes(regimes(moves.average(story(0, prompt=""), whole)))


def test_averaged_classes_follow_from_the_long_rows_alone(story) -> None:
    s = moves.average(story(300, temperature=1.2), True)
    found = regimes(s)
    rows = s.timeline.node.trace.steps
    shares = np.stack([used(one) / (at + 1) for at, one in enumerate(rows)])
    long = np.median(shares[63:], axis=0)
    for at in np.ndindex(long.shape):
        assert found.classes[at[0]][at[1]] == class_of(long[at] * len(rows), len(rows))


@pytest.mark.parametrize("keys", [2, 3, 7, 22, 63, 64, 65, 256, 1024])
def test_the_scale_has_the_boundaries_of_the_regimes(keys: int) -> None:
    found = bands(keys)
    assert found[0].start == 0.0 and found[-1].end == pytest.approx(1.0)
    for one, other in pairwise(found):
        assert one.end == other.start and one.start <= one.end
    if keys < 64:
        assert [band.name for band in found] == ["one", "a subset", "average"]
    else:
        names = [band.name.split()[0] for band in found]
        assert names == ["IV", "III", "II", "I"]
        for band, name in zip(found, names, strict=True):
            middle = keys ** ((band.start + band.end) / 2)
            assert class_of(middle, keys) == name


def test_tones_run_from_one_key_to_all(story) -> None:
    found = regimes(story(12))
    assert (found.tone[found.k90 == 1] == 0).all()
    assert ((found.tone >= 0) & (found.tone <= 1)).all()
    order = np.argsort(found.k90, axis=None)
    assert (np.diff(found.tone.ravel()[order]) >= 0).all()


def test_a_move_that_changes_nothing_is_the_same_snapshot(story) -> None:
    s = story(2)
    assert moves.average(s, False) is s
    assert moves.average(moves.average(s, True), False).look == s.look
