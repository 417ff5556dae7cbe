"""One safetensors file, read by hand: a header that is believed only after checks, and its tensors.

The file is 8 bytes n (little endian), n bytes of JSON, and the tensors without gaps
(https://github.com/huggingface/safetensors#format). Nothing is mapped, so that a file that shrinks
while it is read is an error and not the end of the process. Knows no network.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn

import msgspec
import torch
from torch import Tensor

FLOATS = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32}
_LARGEST_HEADER = 10_000_000
_OTHER_KINDS = (
    ((b"version https://git-lfs",), "a Git LFS pointer, not the weights; run `git lfs pull`"),
    ((b"<!doctype", b"<html"), "a web page, not the weights; download the file itself"),
    ((b"gguf",), "a GGUF file; only safetensors can be opened"),
    ((b"\x80\x02", b"\x80\x04", b"pk\x03\x04"), "a pickle, which can run code and is refused"),
)


class ModelError(ValueError):
    """A model folder cannot be used; the text says which file, why, and what to do."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the header of a weights file says about one tensor; offsets in bytes."""

    dtype: str
    shape: list[Annotated[int, msgspec.Meta(ge=0)]]
    data_offsets: tuple[Annotated[int, msgspec.Meta(ge=0)], Annotated[int, msgspec.Meta(ge=0)]]


def read_header(path: Path) -> tuple[dict[str, Entry], int]:
    """The tensors that a safetensors file names, and the byte at which their data begins.

    Raises ModelError unless the tensors fill the file without gap, overlap or rest.
    """
    size = size_of_file(path)
    try:
        with path.open("rb") as file:
            head = file.read(64)
            length = int.from_bytes(head[:8], "little")
            if length > min(_LARGEST_HEADER, size - 8) or head[8:9] != b"{":
                _refuse_other_kind(path, head, size)
            file.seek(8)
            header = file.read(length)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    try:
        entries = _parse_header(header)
    except (ValueError, RecursionError) as error:
        reason = str(error)[:200]
        raise ModelError(f"{path} has a damaged header ({reason}); download it again") from None
    _check_places(path, entries, size - 8 - length)
    return entries, 8 + length


def _parse_header(header: bytes) -> dict[str, Entry]:
    listed = json.loads(header.decode(), object_pairs_hook=_without_repeats)
    msgspec.convert(listed.pop("__metadata__", {}), dict[str, str])
    return msgspec.convert(listed, dict[str, Entry])


def _check_places(path: Path, entries: dict[str, Entry], size: int) -> None:
    if not entries:
        raise ModelError(f"{path} holds no tensors")
    end = 0
    for begin, after in sorted(entry.data_offsets for entry in entries.values()):
        if begin != end or after < begin:
            raise ModelError(f"{path}: tensors overlap or leave a gap at byte {end} of the data")
        end = after
    if end != size:
        state = "is cut off" if end > size else "goes on after its last tensor"
        raise ModelError(f"{path} {state}: {size:,} bytes of data, not {end:,}; download it again")


def size_of_file(path: Path) -> int:
    """Bytes of a regular file; raises ModelError for anything else, which might never end."""
    if not path.is_file():
        raise ModelError(f"{path} is not a file but a folder, a pipe or a device")
    return path.stat().st_size


def _refuse_other_kind(path: Path, head: bytes, size: int) -> NoReturn:
    for starts, kind in _OTHER_KINDS:
        if head.lstrip().lower().startswith(starts):
            raise ModelError(f"{path} is {kind}")
    raise ModelError(f"{path} is not a whole safetensors file ({size:,} bytes); download it again")


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def read_tensor(path: Path, file: BinaryIO, first: int, key: str, entry: Entry) -> Tensor:
    """The tensor `key` of an open file whose data begin at byte `first`; raises ModelError."""
    begin, end = entry.data_offsets
    file.seek(first + begin)
    data = bytearray(file.read(end - begin))
    if len(data) != end - begin:
        raise ModelError(f"{path} was cut while it was read; copy it again")
    tensor = torch.frombuffer(data, dtype=FLOATS[entry.dtype]).reshape(entry.shape)
    if not tensor.isfinite().all():
        raise ModelError(f"{path}: {key!r} holds NaN or infinite weights; the file is damaged")
    return tensor
