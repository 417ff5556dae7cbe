"""Tiles hold the very matrix: products, rows, both ways of filling, any number of rows."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.network.matrix import COLUMNS, Stored, Tiles
from explorer.engine.pages import Pages


@settings(max_examples=60, deadline=None, database=None)
@given(
    out=st.integers(1, 70), width=st.integers(1, 20), rows=st.integers(1, 5), cut=st.integers(1, 4)
)
def test_tiles_multiply_and_look_up_like_the_matrix(
    out: int, width: int, rows: int, cut: int
) -> None:
    weight, x = torch.randn(out, width), torch.randn(rows, width)
    by_rows, by_columns = (Tiles.empty(out, width, Pages()) for _ in range(2))
    for first in range(0, out, cut * COLUMNS):
        by_rows.put(first, weight[first : first + cut * COLUMNS])
    for first in range(0, width, cut):
        by_columns.put_columns(first, weight.t()[first : first + cut].contiguous())
    assert torch.equal(by_rows.tiles, by_columns.tiles)
    torch.testing.assert_close(by_rows.product(x), x @ weight.t(), atol=1e-5, rtol=1e-5)
    ids = torch.randint(out, (4,))
    assert torch.equal(by_rows.rows(ids), weight[ids])


@settings(max_examples=30, deadline=None, database=None)
@given(out=st.integers(1, 70), width=st.integers(1, 20))
def test_a_matrix_kept_in_half_precision_gives_the_numbers_of_its_copy(
    out: int, width: int
) -> None:
    weight, x = torch.randn(out, width).bfloat16(), torch.randn(3, width)
    copied = Stored(weight.float()).product(x)
    torch.testing.assert_close(Stored(weight).product(x), copied, atol=1e-5, rtol=1e-5)
    assert torch.equal(Stored(weight).rows(torch.tensor([0])), weight[:1].float())
