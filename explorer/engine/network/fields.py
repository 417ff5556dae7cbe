"""The fields of a foreign config.json, each taken only in its type and its range.

A configuration is a stranger's file: a number may be text, a flag a list, a size negative or
larger than any machine. Every field is therefore asked for by its type, and an answer that cannot
be used ends in one sentence that names the field, what it is, and what it must be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.engine.weights import ModelError

_SHOWN = 60


class Fields:
    """The fields of one configuration; `where` begins every sentence."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values = values
        self.where = where

    def inner(self, key: str) -> Fields:
        """The fields of a table inside this one; empty when it is absent or null."""
        value = self.values.get(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.error(key, "a table of fields")
        return Fields(value, f"{self.where}: {key}")

    def integer(self, key: str, silent: int | None, low: int, high: int) -> int:
        """An integer from low to high; `silent` where the field is absent or null."""
        value = self.values.get(key)
        value = silent if value is None else value
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(key, f"an integer from {low} to {high:,}")
        return value

    def number(self, key: str, silent: float | None, low: float, high: float) -> float:
        """A number from low to high; NaN lies nowhere between them."""
        value = self.values.get(key)
        value = silent if value is None else value
        if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        raise self.error(key, f"a number from {low:g} to {high:g}")

    def flag(self, key: str, silent: bool) -> bool:
        """true or false."""
        value = self.values.get(key)
        value = silent if value is None else value
        if not isinstance(value, bool):
            raise self.error(key, "true or false")
        return value

    def word(self, key: str, silent: str, known: Sequence[str]) -> str:
        """One of the known words."""
        value = self.values.get(key)
        value = silent if value is None else value
        if value not in known:
            raise self.error(key, f"one of {', '.join(known)}")
        return str(value)

    def words(self, key: str, count: int, known: Sequence[str]) -> tuple[str, ...] | None:
        """`count` words, each a known one; None where the field is absent or null."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != count or any(v not in known for v in value):
            raise self.error(key, f"a list of {count} of the words {', '.join(known)}")
        return tuple(value)

    def numbers(self, key: str, count: int) -> tuple[float, ...]:
        """`count` positive finite numbers."""
        value = self.values.get(key)
        good = (
            isinstance(value, list)
            and len(value) == count
            and all(isinstance(one, (int, float)) and 0 < one < 1e9 for one in value)
        )
        if not good or not isinstance(value, list):
            raise self.error(key, f"a list of {count} positive numbers")
        return tuple(float(one) for one in value)

    def error(self, key: str, wanted: str) -> ModelError:
        """The sentence about a field that is not what it must be."""
        if self.values.get(key) is None:
            return ModelError(f"{self.where} lacks {key}, which must be {wanted}")
        shown = repr(self.values[key])
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]} …"
        return ModelError(f"{self.where}: {key} is {shown}, it must be {wanted}")
