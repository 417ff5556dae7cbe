"""Tiles hold the very matrix: products, rows, both ways of filling, any number of rows."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine import bags
from explorer.engine.pages import Pages
from explorer.engine.tiles import Tiles


def filled(weight: torch.Tensor) -> Tiles:
    found = Tiles.empty(*weight.shape, Pages())
    found.put(0, weight)
    return found


@settings(max_examples=80, deadline=None, database=None)
@given(
    out=st.integers(1, 900), width=st.integers(1, 20), rows=st.integers(1, 5), cut=st.integers(1, 9)
)
def test_tiles_multiply_and_look_up_like_the_matrix(
    out: int, width: int, rows: int, cut: int
) -> None:
    weight, x = torch.randn(out, width), torch.randn(rows, width)
    by_rows, by_columns = (Tiles.empty(out, width, Pages()) for _ in range(2))
    for first in range(0, out, 37 * cut):
        by_rows.put(first, weight[first : first + 37 * cut])
    for first in range(0, width, cut):
        by_columns.put_columns(first, weight.t()[first : first + cut].contiguous())
    assert torch.equal(by_rows.tiles, by_columns.tiles)
    exact = x.double() @ weight.double().t()
    for part in (x, x[:1]):
        found = by_rows.product(part)
        assert found.shape == (len(part), out)
        torch.testing.assert_close(found.double(), exact[: len(part)], atol=1e-5, rtol=1e-5)
    ids = torch.randint(out, (4,))
    assert torch.equal(by_rows.rows(ids), weight[ids])


def test_a_processor_without_fast_bags_gets_the_same_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weight, x = torch.randn(700, 90), torch.randn(1, 90)
    before = filled(weight).product(x)
    monkeypatch.setattr(bags, "FAST", not bags.FAST)
    torch.testing.assert_close(filled(weight).product(x), before, atol=1e-5, rtol=1e-5)


def test_the_answer_can_be_written_on_without_changing_the_next_one() -> None:
    matrix, x = filled(torch.randn(300, 20)), torch.randn(1, 20)
    before = matrix.product(x).clone()
    matrix.product(x).add_(5.0)
    assert torch.equal(matrix.product(x), before)


@pytest.mark.parametrize("out", [768, 2304, 3072, 4096, 50_257, 128_256, 151_936])
def test_hardly_a_column_is_unused(out: int) -> None:
    room = Tiles.empty(out, 2, Pages()).tiles
    assert room.shape[0] * room.shape[2] <= 1.005 * out
