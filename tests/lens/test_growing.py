"""Growing matrices: whatever the way through the tree, the numbers of a fresh start."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.trace import Step
from explorer.lens.growing import Growing

NOTHING = np.zeros(1, np.float32)


def steps(count: int, kind: int) -> tuple[Step, ...]:
    """Steps whose one attention row says which text they belong to and where they stand."""
    return tuple(
        Step(at, NOTHING, np.full((1, 1, at + 1), 100 * kind + at, np.float32),
             NOTHING, NOTHING, NOTHING)
        for at in range(count)
    )  # fmt: skip


A = steps(150, 1)
PLACES = st.integers(0, 150)
# A text that leaves A somewhere and goes on otherwise, with steps of its own.
TEXTS = st.builds(lambda fork, end, kind: A[:fork] + steps(end, kind)[fork:],
                  PLACES, st.integers(1, 150), st.integers(2, 9)).filter(len)  # fmt: skip


def fresh(text: tuple[Step, ...]) -> np.ndarray:
    found = np.full((1, len(text), len(text)), np.nan, np.float32)
    for at, step in enumerate(text):
        found[:, at, : at + 1] = step.attention[:, 0]
    return found


def view(grown: Growing, text: tuple[Step, ...], written: list[int]) -> np.ndarray:
    def write(row: np.ndarray, position: int) -> None:
        written.append(position)
        row[:] = text[position].attention[:, 0]

    return grown.view(text, write)


@settings(deadline=None, max_examples=50)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_every_view_has_the_numbers_of_its_text_and_keeps_them(texts) -> None:
    grown = Growing((1,), np.nan)
    views = [view(grown, text, []) for text in texts]
    for text, found in zip(texts, views, strict=True):
        np.testing.assert_array_equal(found, fresh(text))


def test_a_step_writes_its_own_row_and_going_back_and_again_none() -> None:
    grown, written = Growing((1,), np.nan), []
    view(grown, A[:20], written)
    assert written == list(range(20))
    for count in (21, 20, 5, 21):
        view(grown, A[:count], written)
    assert written == list(range(21))


def test_a_view_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        view(Growing((1,), 0.0), A[:3], [])[0, 0, 0] = 1
