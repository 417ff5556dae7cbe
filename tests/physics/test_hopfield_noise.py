"""What spoiling does to a state, and what recall makes of it (SCIENCE 2.3, partial erasure)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.physics.hopfield_noise import erased, flipped, halved


@given(st.integers(1, 200), st.floats(0, 1), st.integers(0, 2**40), st.integers(0, 50))
def test_exactly_the_share_is_flipped_and_the_same_seed_spoils_the_same(size, share, seed, count):
    s = np.ones(size, int)
    once = flipped(s, share, seed, count)
    assert (once == -1).sum() == round(share * size)
    assert np.array_equal(once, flipped(s, share, seed, count))


@given(st.integers(1, 200), st.floats(0, 1), st.integers(0, 2**40))
def test_erased_neurons_become_zero_or_a_coin(size, share, seed):
    s = np.ones(size, int)
    gone = erased(s, share, "zero", seed)
    coin = erased(s, share, "random", seed)
    assert (gone == 0).sum() == round(share * size)
    assert set(coin[gone == 1].tolist()) <= {1}
    assert (coin != 0).all()


def test_a_coin_keeps_half_of_the_erased_neurons():
    coin = erased(np.ones(10_000, int), 1.0, "random", 4)
    assert coin.mean() == pytest.approx(0, abs=0.04)


@pytest.mark.parametrize(
    ("side", "gone"),
    [
        ("top", [[0, 0, 0], [1, 1, 1], [1, 1, 1]]),
        ("bottom", [[1, 1, 1], [1, 1, 1], [0, 0, 0]]),
        ("left", [[0, 1, 1], [0, 1, 1], [0, 1, 1]]),
        ("right", [[1, 1, 0], [1, 1, 0], [1, 1, 0]]),
    ],
)
def test_half_a_picture_goes_and_the_middle_line_stays(side, gone):
    assert halved(np.ones(9, int), (3, 3), side, "zero").reshape(3, 3).tolist() == gone


def test_another_count_spoils_other_neurons():
    s = np.ones(100, int)
    assert not np.array_equal(flipped(s, 0.3, 1, 0), flipped(s, 0.3, 1, 1))


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_ends_in_a_sentence(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        flipped([1, -1], share)
