"""The sessions and model folders that were opened or saved last, newest first. Knows no Qt.

Reads and writes its own small file, so that a list that cannot be kept loses nothing else.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from explorer.disk import replace_file

MOST = 10
_LARGEST = 1 << 20
_LONGEST_PATH = 4000


def read_recent(path: Path) -> tuple[Path, ...]:
    """The files of the list that are still there; none when the list cannot be read."""
    try:
        if path.stat().st_size > _LARGEST:
            return ()
        names = msgspec.json.decode(path.read_bytes(), type=tuple[str, ...])
    except (OSError, ValueError, RecursionError):
        return ()
    return tuple(one for one in map(Path, names) if _is_there(one))[:MOST]


def add_recent(path: Path, file: Path) -> tuple[Path, ...]:
    """The list with a file in front, written; a folder that cannot be written is logged."""
    files = (file, *(one for one in read_recent(path) if one != file))[:MOST]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(
            path, lambda part: part.write_bytes(msgspec.json.encode(list(map(str, files))))
        )
    except OSError as error:
        logging.getLogger(__name__).warning("the recent files are not kept: %s", error)
    return files


def _is_there(path: Path) -> bool:
    try:
        return len(str(path)) < _LONGEST_PATH and path.is_absolute() and path.exists()
    except (OSError, ValueError):
        return False
