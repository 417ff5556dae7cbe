"""Records as bytes: msgpack with the arrays beside it, so that none is copied to be read.

    8 bytes    length of the msgpack part, little endian
    msgpack    the record; an array is an extension of its shape and its place behind this part
    arrays     little-endian float32, each from a multiple of 16 bytes on

Reading is typed and never runs anything: what does not fit the record that is expected is refused.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import Any, get_origin

import msgspec
import numpy as np
from numpy.typing import NDArray

Buffer = bytes | memoryview
_ARRAY = 1
_ALIGN = 16
_HEAD = struct.Struct("<Q")
_PLACE = struct.Struct("<QB")
_MOST_AXES = 4


class PackingError(ValueError):
    """Bytes are not the record that they should be; the text says why."""


def pack(value: object) -> list[Buffer]:
    """A record as pieces of bytes that belong one behind the other."""
    arrays: list[Buffer] = []
    size = 0

    def place(one: object) -> object:
        nonlocal size
        if not isinstance(one, np.ndarray):
            raise NotImplementedError(f"{type(one).__name__} cannot be sent")
        data = np.ascontiguousarray(one, dtype="<f4")
        shape = b"".join(_HEAD.pack(length) for length in one.shape)
        found = msgspec.msgpack.Ext(_ARRAY, _PLACE.pack(size, one.ndim) + shape)
        size += data.nbytes
        arrays.append(data.reshape(-1).view(np.uint8).data)
        gap = -size % _ALIGN
        if gap:
            arrays.append(bytes(gap))
            size += gap
        return found

    record = msgspec.msgpack.encode(value, enc_hook=place)
    gap = bytes(-(_HEAD.size + len(record)) % _ALIGN)
    return [_HEAD.pack(len(record)) + record + gap, *arrays]


def unpack(data: Buffer, kind: Any) -> Any:
    """The record of a kind in these bytes; its arrays are read-only views. Raises PackingError."""
    if len(data) < _HEAD.size:
        raise PackingError("what was sent is cut")
    (length,) = _HEAD.unpack_from(data)
    start = _HEAD.size + length
    if start > len(data):
        raise PackingError("what was sent is cut")
    numbers = memoryview(data)[start + -start % _ALIGN :]

    def find(code: int, place: memoryview) -> NDArray[np.float32]:
        if code != _ARRAY:
            raise PackingError(f"what was sent holds an unknown extension {code}")
        return _array(bytes(place), numbers)

    try:
        return msgspec.msgpack.decode(
            memoryview(data)[_HEAD.size : start], type=kind, ext_hook=find, dec_hook=_only_arrays
        )
    except PackingError:
        raise
    except (msgspec.DecodeError, ValueError, RecursionError, struct.error) as error:
        raise PackingError(f"what was sent is not what was asked for: {error}") from None


def _array(place: bytes, numbers: memoryview) -> NDArray[np.float32]:
    offset, axes = _PLACE.unpack_from(place)
    if axes > _MOST_AXES or len(place) != _PLACE.size + axes * _HEAD.size:
        raise PackingError("what was sent holds a damaged array")
    shape = tuple(_lengths(place, axes))
    count = math.prod(shape)
    if offset % _ALIGN or offset + 4 * count > len(numbers):
        raise PackingError("what was sent holds an array that is cut")
    found = np.frombuffer(numbers, "<f4", count, offset) if count else np.zeros(0, "<f4")
    found = found.reshape(shape)
    found.setflags(write=False)
    return found


def _lengths(place: bytes, axes: int) -> Iterator[int]:
    for axis in range(axes):
        yield _HEAD.unpack_from(place, _PLACE.size + axis * _HEAD.size)[0]


def _only_arrays(kind: Any, value: Any) -> Any:
    if (get_origin(kind) or kind) is np.ndarray and isinstance(value, np.ndarray):
        return value
    raise ValueError("an array was expected")
