"""JSON text of strangers: each field once, and nothing that is no number."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Sequence
from typing import Any

from explorer.session.files.errors import SessionError
from explorer.session.files.slices import run

_EVERY = 2000
_SPACE = re.compile(r"[ \t\n\r]*")
Value = tuple[Any, int]


def read_json(data: bytes) -> Any:
    """JSON without doubled keys, NaN and infinities; raises SessionError."""
    return run(reading_json(data, None))


def reading_json(data: bytes, way: Sequence[str] | None) -> Generator[int, None, Any]:
    """The same; the list that lies at the end of a way of keys is read in slices.

    Yields how many items of that list are read. Without a way all is read at once.
    """
    try:
        text = data.decode("utf-8")
        value, at = yield from _value(text, _space(text, 0), way)
        if _space(text, at) < len(text):
            raise ValueError(f"something follows after its end (char {at})")
        return value
    except SessionError:
        raise
    except RecursionError:
        raise SessionError("its manifest is nested too deeply") from None
    except ValueError as error:
        raise SessionError(f"its manifest is damaged: {error}") from None


def _value(text: str, at: int, way: Sequence[str] | None) -> Generator[int, None, Value]:
    """The value that begins here, and where it ends."""
    if way is not None and text[at : at + 1] == ("{" if way else "["):
        return (yield from _fields(text, at, way) if way else _items(text, at))
    return _DECODER.raw_decode(text, at)


def _fields(text: str, at: int, way: Sequence[str]) -> Generator[int, None, Value]:
    pairs: list[tuple[str, Any]] = []
    at = _space(text, at + 1)
    while text[at : at + 1] != "}":
        if pairs:
            at = _space(text, _sign(",", text, at))
        name, at = _DECODER.raw_decode(text, at)
        if not isinstance(name, str):
            raise ValueError(f"a name of a field is no text (char {at})")
        at = _space(text, _sign(":", text, _space(text, at)))
        value, at = yield from _value(text, at, way[1:] if name == way[0] else None)
        pairs.append((name, value))
        at = _space(text, at)
    return _once(pairs), at + 1


def _items(text: str, at: int) -> Generator[int, None, Value]:
    items: list[Any] = []
    at = _space(text, at + 1)
    while text[at : at + 1] != "]":
        if items:
            at = _space(text, _sign(",", text, at))
        item, at = _DECODER.raw_decode(text, at)
        items.append(item)
        at = _space(text, at)
        if len(items) % _EVERY == 0:
            yield len(items)
    return items, at + 1


def _sign(sign: str, text: str, at: int) -> int:
    if text[at : at + 1] != sign:
        raise ValueError(f"{sign!r} is missing (char {at})")
    return at + 1


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise SessionError(f"its manifest has the field {twice[:40]!r} twice")
    return found


def _no_constant(text: str) -> float:
    raise SessionError(f"its manifest holds {text}, which is no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
