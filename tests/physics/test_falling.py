"""The order is the stable one, and a remembered order is never that of another array."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.physics.falling import falling, largest

FEW = st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.5, -np.inf, np.inf])


@given(values=arrays(np.float32, st.integers(1, 60), elements=FEW), frozen=st.booleans())
def test_it_falls_and_keeps_equal_ones_by_index(values: np.ndarray, frozen: bool) -> None:
    values.setflags(write=not frozen)
    for _ in range(2):
        assert falling(values).tolist() == sorted(range(len(values)), key=lambda i: -values[i])


def test_an_order_is_remembered_only_for_an_array_that_cannot_change() -> None:
    values = np.array([1.0, 3.0, 2.0])
    assert falling(values).tolist() == [1, 2, 0]
    values[0] = 9.0
    assert falling(values).tolist() == [0, 1, 2]
    values.setflags(write=False)
    assert falling(values) is falling(values)
    for seed in range(20):
        other = np.random.default_rng(seed).normal(size=3)
        other.setflags(write=False)
        assert (np.diff(other[falling(other)]) <= 0).all()


def test_floats_of_every_size_and_sign_fall_in_the_order_of_a_stable_sort() -> None:
    bits = np.random.default_rng(0).integers(0, 2**32, 20_000, dtype=np.uint64).astype(np.uint32)
    for values in (bits.view(np.float32), np.repeat(bits.view(np.float32)[:50], 400)):
        known = values[~np.isnan(values)]
        assert (falling(known) == np.argsort(-known, kind="stable")).all()
        assert (falling(values) == np.argsort(-values, kind="stable")).all()  # NaN comes last


@given(
    values=arrays(np.float32, st.integers(1, 60), elements=FEW | st.just(np.nan)),
    count=st.integers(0, 70),
)
def test_the_largest_are_the_beginning_of_the_whole_order(values: np.ndarray, count: int) -> None:
    assert largest(values, count).tolist() == falling(values)[:count].tolist()
