"""A matrix that is kept as stored gives the numbers of its copy."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.network.matrix import Stored


@settings(max_examples=30, deadline=None, database=None)
@given(out=st.integers(1, 70), width=st.integers(1, 20))
def test_a_matrix_kept_in_half_precision_gives_the_numbers_of_its_copy(
    out: int, width: int
) -> None:
    weight, x = torch.randn(out, width).bfloat16(), torch.randn(3, width)
    copied = Stored(weight.float()).product(x)
    torch.testing.assert_close(Stored(weight).product(x), copied, atol=1e-5, rtol=1e-5)
    assert torch.equal(Stored(weight).rows(torch.tensor([0])), weight[:1].float())
