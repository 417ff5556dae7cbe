"""Tensors in large pages are memory like any other, and never each other's."""

from __future__ import annotations

import gc
import mmap

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.engine.pages import Pages

SHAPES = st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=3), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None, database=None)
@given(shapes=SHAPES)
def test_every_tensor_keeps_its_own_numbers(shapes: list[list[int]]) -> None:
    pages = Pages()
    found = [pages.empty(*shape) for shape in shapes]
    for number, tensor in enumerate(found):
        tensor.fill_(number)
    del pages
    gc.collect()
    for number, (tensor, shape) in enumerate(zip(found, shapes, strict=True)):
        assert list(tensor.shape) == shape and tensor.is_contiguous()
        assert (tensor == number).all()


def test_a_tensor_larger_than_a_piece_gets_one_of_its_own() -> None:
    pages = Pages()
    small, large, after = pages.empty(3), pages.empty(17 << 20), pages.empty(3)
    large[-1] = after[0] = small[0] = 1.0
    assert large.data_ptr() % 64 == 0 and after.data_ptr() % 64 == 0


def test_without_large_pages_there_is_plain_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(mmap, "mmap", refuse)
    tensor = Pages().empty(4, 5)
    assert tensor.shape == (4, 5) and tensor.dtype == torch.float32
