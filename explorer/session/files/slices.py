"""Long work in slices: generators that yield how far they are, and what they return."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar, cast

T = TypeVar("T")


def run(slices: Generator[Any, None, T]) -> T:
    """What a generator returns, its slices one after another."""
    while True:
        try:
            next(slices)
        except StopIteration as end:
            return cast(T, end.value)


def telling(slices: Generator[object, None, T], sentence: str) -> Generator[str, None, T]:
    """The same generator whose slices say a sentence, how far it is in the place of {}."""
    while True:
        try:
            yield sentence.format(next(slices))
        except StopIteration as end:
            return cast(T, end.value)
