"""Bags of rows are the products that they stand for."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine import bags

few = st.integers(1, 6)


@settings(max_examples=40, deadline=None, database=None)
@given(count=few, rows=st.integers(1, 40), width=st.integers(1, 70))
def test_bags_in_turn_are_one_product_each(count: int, rows: int, width: int) -> None:
    table, weights = torch.randn(count, rows, width), torch.randn(count, rows)
    found = bags.sums(table.view(-1, width), *bags.in_turn(count, rows), weights.view(-1))
    torch.testing.assert_close(found, torch.einsum("br,brw->bw", weights, table))


@settings(max_examples=40, deadline=None, database=None)
@given(groups=few, shared=few, spare=st.integers(0, 5), rows=st.integers(1, 9))
def test_the_first_rows_of_a_group_are_mixed_for_all_who_share_it(
    groups: int, shared: int, spare: int, rows: int
) -> None:
    table, weights = torch.randn(groups, rows + spare, 3), torch.randn(groups, shared, rows)
    chosen = bags.first_rows(groups, shared, rows + spare, rows)
    found = bags.sums(table.view(-1, 3), *chosen, weights.view(-1))
    expected = torch.einsum("gsr,grw->gsw", weights, table[:, :rows])
    torch.testing.assert_close(found, expected.reshape(-1, 3))
