"""The sessions and model folders that were opened or saved last, newest first. Knows no Qt.

Reads and writes its own small file, so that a list that cannot be kept loses nothing else. What is
not there any more stays in the list until it is removed: a disk may only be unplugged.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from explorer.disk import replace_file

MOST = 10
_LARGEST = 1 << 20
_LONGEST_PATH = 4000
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Recent:
    """An entry of the list; `reason` says why it cannot be opened, empty when it can."""

    path: Path
    reason: str = ""

    @property
    def name(self) -> str:
        """The last part of the path, made visible and short."""
        return _visible(self.path.name, _LONGEST_NAME)

    @property
    def place(self) -> str:
        """The whole path likewise."""
        return _visible(str(self.path), 4 * _LONGEST_NAME)


def read_recent(path: Path) -> tuple[Recent, ...]:
    """The entries of the list; none when the list cannot be read."""
    try:
        if path.stat().st_size > _LARGEST:
            return ()
        names = msgspec.json.decode(path.read_bytes(), type=tuple[str, ...])
    except (OSError, ValueError, RecursionError):
        return ()
    return tuple(Recent(one, _why_not(one)) for one in map(Path, names[:MOST]))


def add_recent(path: Path, file: Path) -> tuple[Recent, ...]:
    """The list with a file in front, written; a folder that cannot be written is logged."""
    others = (one for one in read_recent(path) if one.path != file)
    return _write(path, (Recent(file), *others)[:MOST])


def remove_gone(path: Path) -> tuple[Recent, ...]:
    """The list without what cannot be opened, written likewise."""
    return _write(path, [one for one in read_recent(path) if not one.reason])


def _write(path: Path, entries: Sequence[Recent]) -> tuple[Recent, ...]:
    names = msgspec.json.encode([str(one.path) for one in entries])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, lambda part: part.write_bytes(names))
    except OSError as error:
        logging.getLogger(__name__).warning("the recent files are not kept: %s", error)
    return tuple(entries)


def _why_not(path: Path) -> str:
    if len(str(path)) >= _LONGEST_PATH or "\0" in str(path) or not path.is_absolute():
        return "This is no place of a file."
    try:
        return "" if path.exists() else "This is not there any more."
    except OSError as error:
        return f"This cannot be reached: {error.strerror}."


def _visible(text: str, longest: int) -> str:
    shown = "".join(one if one.isprintable() else f"\\u{ord(one):04X}" for one in text[:longest])
    return f"{shown}…" if len(text) > longest else shown
