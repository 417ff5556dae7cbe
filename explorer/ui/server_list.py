"""The servers that were connected to last, newest first, without their keys. Knows no Qt."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from explorer.disk import replace_file
from explorer.engine.remote.place import Place

MOST = 10
_LARGEST = 1 << 20


def read_places(path: Path) -> tuple[Place, ...]:
    """The servers of the list; none when it cannot be read."""
    try:
        if path.stat().st_size > _LARGEST:
            return ()
        return msgspec.json.decode(path.read_bytes(), type=tuple[Place, ...])[:MOST]
    except (OSError, ValueError, RecursionError):
        return ()


def add_place(path: Path, place: Place) -> tuple[Place, ...]:
    """The list with a server in front, written; a folder that cannot be written is logged."""
    others = (one for one in read_places(path) if one.address != place.address)
    places = (place, *others)[:MOST]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, lambda part: part.write_bytes(msgspec.json.encode(places)))
    except OSError as error:
        logging.getLogger(__name__).warning("the servers are not kept: %s", error)
    return places
