"""Arrays of which some rows are here."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.engine.partial import Partial, here, lacking

ROW = np.arange(4, dtype=np.float32)


def test_it_is_read_like_the_whole_array_with_nan_where_rows_are_missing() -> None:
    part = Partial((2, 3, 4), {(1, 2): ROW})
    whole = np.asarray(part)
    assert whole.shape == part.shape and part.size == 24 and part.nbytes == 16
    assert np.array_equal(part[1, 2], ROW) and np.array_equal(part[-1, -1, 1:], ROW[1:])
    assert np.isnan(part[0, 0]).all() and np.array_equal(part[1], whole[1], equal_nan=True)
    assert np.isnan(whole).sum() == 20
    with pytest.raises(IndexError):
        part[2, 0]


def test_more_rows_make_another_array() -> None:
    part = Partial((2, 4), {})
    more = part.with_rows({(0,): ROW})
    assert lacking(part, ((0,),)) and not lacking(more, ((0,),)) and lacking(more, None)  # type: ignore[arg-type]
    assert np.array_equal(here(more), ROW) and here(part).size == 0  # type: ignore[arg-type]
    assert here(ROW) is ROW and not lacking(ROW, ((9,),))
