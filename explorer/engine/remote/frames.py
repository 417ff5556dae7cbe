"""Frames over a pipe: a letter, a length, a body; large bodies lie in memory that both share.

    8 bytes    the letter, then the length in seven bytes, little endian
    body       for a VALUE the record; for LARGE the path of a file that holds it

Shared memory is a file in a folder of its own, on Linux in the memory file system. The reader maps
and unlinks it at once, so that the memory lives exactly as long as the arrays in it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from explorer.engine.remote.packing import Buffer, PackingError

VALUE, LARGE, FAILURE, DONE, QUESTION = b"v", b"l", b"e", b"d", b"q"
_KINDS = (VALUE, LARGE, FAILURE, DONE, QUESTION)
SHARED_FROM = 1 << 20
_LONGEST = 1 << 34
_MEMORY = Path("/dev/shm")


def shared_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for shared memory, gone with the object."""
    where = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    return tempfile.TemporaryDirectory(prefix="explorer-", dir=where, ignore_cleanup_errors=True)


def send(pipe: IO[bytes], kind: bytes, parts: Iterable[Buffer] = ()) -> None:
    """Write one frame; raises OSError when nobody reads any more."""
    pieces = list(parts)
    pipe.write(kind + sum(len(piece) for piece in pieces).to_bytes(7, "little"))
    for piece in pieces:
        pipe.write(piece)
    pipe.flush()


def send_value(pipe: IO[bytes], parts: list[Buffer], folder: Path) -> None:
    """Write a record, through shared memory where it is large."""
    if sum(len(part) for part in parts) < SHARED_FROM:
        send(pipe, VALUE, parts)
        return
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        for part in parts:
            file.write(part)
    send(pipe, LARGE, [os.fsencode(file.name)])


def receive(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    """The next frame; raises EOFError at the end, PackingError for what is none."""
    head = pipe.read(8)
    if not head:
        raise EOFError
    kind, length = head[:1], int.from_bytes(head[1:], "little")
    if len(head) < 8 or kind not in _KINDS or length > _LONGEST:
        raise PackingError("the process of the model sent something else than an answer")
    body = pipe.read(length)
    if len(body) < length:
        raise EOFError
    return kind, body


def opened(body: bytes, folder: Path) -> memoryview:
    """The shared memory that a LARGE frame names; raises PackingError outside the folder."""
    path = Path(os.fsdecode(body))
    if path.parent != folder or path.is_symlink():
        raise PackingError("the process of the model named a file that is not its own")
    with path.open("rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with contextlib.suppress(OSError):  # Windows keeps what is mapped; it goes with the folder
        path.unlink()
    return memoryview(memory)
