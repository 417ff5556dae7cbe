"""A matrix with its bias multiplies as the plain one does, whatever its shape."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.matrix import Matrix
from explorer.engine.pages import Pages


def numbers(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@settings(deadline=None, max_examples=60, database=None)
@given(
    rows=st.integers(1, 3),
    width=st.integers(1, 40),
    out=st.integers(1, 5).map(lambda tiles: 16 * tiles) | st.integers(1, 70),
    seed=st.integers(0, 99),
    biased=st.booleans(),
)
def test_the_product_is_that_of_the_plain_matrix(
    rows: int, width: int, out: int, seed: int, biased: bool
) -> None:
    weight, x = numbers(out, width, seed=seed), numbers(rows, width, seed=seed + 1)
    bias = numbers(out, seed=seed + 2) if biased else None
    exact = x.double() @ weight.double().t() + (0 if bias is None else bias.double())
    product = Matrix(weight, bias, Pages())(x)
    assert product.shape == (rows, out)
    torch.testing.assert_close(product.double(), exact, atol=2e-5, rtol=0)


def test_the_answer_can_be_written_on_without_changing_the_next_one() -> None:
    matrix, x = Matrix(numbers(32, 8, seed=1), numbers(32, seed=2), Pages()), numbers(1, 8, seed=3)
    before = matrix(x).clone()
    matrix(x).add_(5.0)
    assert torch.equal(matrix(x), before)
