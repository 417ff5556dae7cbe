"""Records with arrays as plain JSON and back, every type checked. No disk.

An array is {"dtype": "<f8", "shape": [3, 4], "base64": ...}; its annotation says which type of
number it must hold. Numbers that are not finite are the texts "nan", "inf" and "-inf".
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any, TypeVar, get_args, get_origin

import msgspec
import numpy as np

T = TypeVar("T")
_KINDS = {"<f8", "<i8", "<i4", "|i1", "|b1"}
LARGEST = 64 << 20  # bytes of one array


def to_json(record: object) -> bytes:
    """A record of dataclasses, numbers, texts and arrays as JSON."""
    return json.dumps(
        _finite(msgspec.to_builtins(record, enc_hook=_pack)), sort_keys=True, allow_nan=False
    ).encode()


def from_json(raw: Any, kind: type[T]) -> T:
    """A record of this kind; raises ValueError with the place for what is not one."""
    try:
        return msgspec.convert(raw, kind, strict=False, dec_hook=_unpack)
    except (msgspec.ValidationError, RecursionError, OverflowError, TypeError) as error:
        raise ValueError(str(error)) from None


def _finite(value: Any) -> Any:
    """The same with "nan", "inf" and "-inf" for numbers that JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value


def _pack(value: object) -> object:
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value)
        data = data.astype(data.dtype.newbyteorder("<"), copy=False)
        text = base64.b64encode(data.tobytes()).decode()
        return {"dtype": data.dtype.str, "shape": list(value.shape), "base64": text}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not stored in sessions")


def _unpack(kind: type, value: Any) -> object:
    if (get_origin(kind) or kind) is not np.ndarray:
        raise ValueError(f"{kind} is not stored in sessions")
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "base64"}:
        raise ValueError("an array needs dtype, shape and base64")
    if value["dtype"] not in _KINDS or value["dtype"] != _wanted(kind):
        raise ValueError(f"an array holds {str(value['dtype'])[:10]!r}, not {_wanted(kind)}")
    shape = msgspec.convert(value["shape"], tuple[int, ...])
    text = msgspec.convert(value["base64"], str)
    dtype = np.dtype(value["dtype"])
    if min(shape, default=0) < 0 or not math.prod(shape) * dtype.itemsize <= LARGEST:
        raise ValueError("an array is too large")
    data = base64.b64decode(text, validate=True)
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise ValueError("an array does not have its shape")
    if dtype.kind == "b" and set(data) - {0, 1}:
        raise ValueError("an array of truth values holds others")
    return np.frombuffer(data, dtype).reshape(shape)


def _wanted(kind: type) -> str:
    """The type of number that an annotation such as NDArray[np.float64] asks for."""
    (scalar,) = get_args(get_args(kind)[1])
    return str(np.dtype(scalar).newbyteorder("<").str)
