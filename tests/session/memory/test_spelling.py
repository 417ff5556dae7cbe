"""A pattern in words: what is written is what is read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from explorer.session.memory.spelling import spelled, spins_of

SIDES = st.integers(5, 32)


@given(st.tuples(SIDES, SIDES).flatmap(
    lambda shape: st.tuples(
        st.just(shape),
        arrays.arrays(np.int8, shape, elements=st.sampled_from([-1, 1]))
        | arrays.arrays(np.int8, shape, elements=st.sampled_from([-1, 0, 1])),
    )
))  # fmt: skip
def test_every_state_is_read_as_it_was_written(drawn) -> None:
    shape, grid = drawn
    words = spelled(grid.ravel(), shape)
    assert len(words.split()) == shape[0]
    assert np.array_equal(spins_of(words, shape), grid.ravel())


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        assert len(spins_of(text, (5, 6))) == 30
    except ValueError as error:
        assert len(str(error)) > 20


@pytest.mark.parametrize("word", ["0", "000", "7f", "-1", "0x1f"[:2], "#####.", "####", "1_"])
def test_a_row_of_another_width_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="is no row of 5 cells"):
        spins_of(f"00 00 {word} 00 00", (5, 5))
