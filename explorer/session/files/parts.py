"""What a session keeps of the workspaces beside the text: one row for each, by its id.

In a session file a part is the member `<id>.json`; in a journal it stands in the entries in which
it changed. A further workspace needs its name here and a `KEPT` in the module of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, cast

import numpy as np

from explorer.session.files.errors import SessionError
from explorer.session.files.json_text import read_json


@dataclass(frozen=True)
class Part:
    """How the snapshots of a workspace are kept.

    pack and unpack are each other's inverse, from and to raw JSON; unpack raises SessionError.
    touched says whether there is anything to keep, content what makes one snapshot another
    session than the last, compared piece by piece. fresh is the workspace before it is touched.
    unpacking is unpack in slices, where that takes long.
    """

    pack: Callable[[Any], bytes]
    unpack: Callable[[Any], Any]
    touched: Callable[[Any], bool]
    content: Callable[[Any], tuple[object, ...]]
    fresh: Callable[[], Any]
    unpacking: Callable[[Any], Generator[str, None, Any]] | None = None


class Parts(Mapping[str, Part]):
    """Parts by the id of their workspace.

    A start of the program opens no session, and most sessions hold text only, so the module of a
    workspace is imported when its part is first asked for.
    """

    _names = ("memory", "bridge")

    def __getitem__(self, name: str) -> Part:
        if name not in self._names:
            raise KeyError(name)
        return _part(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@cache
def _part(name: str) -> Part:
    return cast(Part, import_module(f"explorer.session.files.{name}").KEPT)


PARTS = Parts()


def same(one: tuple[object, ...] | None, other: tuple[object, ...] | None) -> bool:
    """Whether two contents are the same, piece by piece; arrays by identity."""
    if one is None or other is None or len(one) != len(other):
        return one is other
    return all(a is b or (not isinstance(a, np.ndarray) and a == b)
               for a, b in zip(one, other, strict=True))  # fmt: skip


def pack_parts(others: Mapping[str, Any]) -> dict[str, bytes]:
    """What is kept of the snapshots of other workspaces, of those that were touched."""
    return {
        name: PARTS[name].pack(s) for name, s in sorted(others.items()) if PARTS[name].touched(s)
    }


def unpacking_part(name: str, data: bytes) -> Generator[str, None, Any]:
    """The snapshot of another workspace, in slices; raises SessionError with a sentence."""
    if name not in PARTS:
        raise SessionError(f"it holds a workspace {name[:40]!r} that this Explorer does not know")
    part, raw = PARTS[name], read_json(data)
    if part.unpacking is None:
        return part.unpack(raw)
    return (yield from part.unpacking(raw))
