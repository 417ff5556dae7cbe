"""Writing a file whole or not at all. Knows nothing of what is written."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` to be filled; at the end it takes its place in one move.

    A full disk, an error or a stop in the middle leaves the old file as it was. A link is followed:
    the file that it points to is replaced. Raises OSError with a sentence.
    """
    temporary = None
    try:
        target = path.resolve()
        prefix = f".{target.name[:80]}."
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=prefix, suffix=".part")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        kept = "; the file there is as it was before" if path.exists() else ""
        raise OSError(f"cannot write {path}: {error.strerror or error}{kept}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file, then put it in the place of `path`; see `replacing`."""
    with replacing(path) as temporary:
        write(temporary)


def sync_folder(folder: Path) -> None:
    """Make a move inside a folder last; without it a power cut can lose the move.

    Windows opens no folders, some disks sync none: there nothing is done.
    """
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
