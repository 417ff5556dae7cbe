"""Rows in a file are the rows that were given, and without a disk they stay in memory."""

from __future__ import annotations

import gc
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.rows import Rows


@settings(max_examples=25, deadline=None, database=None)
@given(sizes=st.lists(st.integers(0, 400_000), min_size=1, max_size=12))
def test_every_row_comes_back_number_for_number(sizes: list[int]) -> None:
    rows = Rows(piece=1 << 20)
    given_ = [np.full((2, size), number, np.float32) for number, size in enumerate(sizes)]
    kept = [rows.keep(array) for array in given_]
    del rows
    gc.collect()
    for before, after in zip(given_, kept, strict=True):
        assert np.array_equal(before, after) and after.dtype == np.float32


def test_a_kept_row_is_out_of_memory_and_can_be_frozen() -> None:
    array = np.arange(1000, dtype=np.float32)
    kept = Rows(piece=1 << 20).keep(array)
    assert not np.shares_memory(array, kept)
    kept.setflags(write=False)
    assert not kept.flags.writeable


def test_a_full_disk_leaves_the_rows_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    array = np.ones(10, np.float32)
    assert Rows().keep(array) is array
