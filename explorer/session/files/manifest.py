"""The manifest of a session: JSON to records and back, every field and number checked. No disk.

Strict: an unknown field, a field given twice, a wrong type, NaN, an index that points nowhere are
refused with the place named. A newer version is refused, older ones go through MIGRATIONS.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, get_origin

import msgspec
import numpy as np

from explorer.engine.facts import ModelFacts
from explorer.session.files.checks import check as check
from explorer.session.files.checks import checking
from explorer.session.files.errors import SessionError as SessionError
from explorer.session.files.json_text import read_json as read_json
from explorer.session.files.json_text import reading_json
from explorer.session.files.migrations import MIGRATIONS
from explorer.session.files.records import NodeRecord, State, Tree
from explorer.session.files.slices import run, telling

FORMAT, VERSION = "explorer session", 4
_EVERY = 2000


@dataclass(frozen=True)
class Manifest:
    """Everything of a session but its arrays; `arrays` says whether the file has them.

    parts are the ids of the other workspaces that the file keeps (see parts.py).
    """

    format: str
    version: int
    model: ModelFacts
    tree: Tree
    state: State
    arrays: bool = False
    parts: tuple[str, ...] = ()


def pack(record: object) -> bytes:
    """A record as one line of JSON."""
    return msgspec.json.encode(record, enc_hook=_pack_array, order="sorted")


def unpack(data: bytes) -> Manifest:
    """The checked manifest of JSON text; raises SessionError with a sentence."""
    return run(unpacking(data))


def unpacking(data: bytes) -> Generator[str, None, Manifest]:
    """The same in slices that say how far they are."""
    raw = yield from telling(reading_json(data, ("tree", "nodes")), "{:,} nodes")
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise SessionError("it does not say that it is a session of Explorer")
    manifest = yield from _converting(migrated(raw))
    yield from checking(manifest.model, manifest.tree, manifest.state)
    return manifest


def _converting(raw: Any) -> Generator[str, None, Manifest]:
    tree = raw.get("tree")
    items = tree.get("nodes") if isinstance(tree, dict) else None
    nodes: list[NodeRecord] = []
    if isinstance(items, list) and len(items) > _EVERY:
        try:
            for first in range(0, len(items), _EVERY):
                nodes += convert(items[first : first + _EVERY], tuple[NodeRecord, ...])
                yield f"{len(nodes):,} of {len(items):,} nodes"
            raw = raw | {"tree": tree | {"nodes": []}}
        except SessionError:
            # Taken as a whole the same fault is said with its place in the file.
            nodes = []
    manifest: Manifest = convert(raw, Manifest)
    return replace(manifest, tree=replace(manifest.tree, nodes=tuple(nodes))) if nodes else manifest


def migrated(raw: Any) -> Any:
    """Raw JSON of any version as that of this one; raises SessionError for a newer version."""
    if not isinstance(raw, dict):
        raise SessionError("its manifest is no JSON object")
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SessionError(f"its version is {version!r}, which is no version")
    if version > VERSION:
        raise SessionError(
            f"it was written by a newer Explorer (format {version}; this one reads {VERSION})"
        )
    for old in range(version, VERSION):
        raw = MIGRATIONS[old](raw)
    return raw


def convert(raw: Any, kind: Any) -> Any:
    """Raw JSON as a record, no field unknown; raises SessionError that names the place."""
    try:
        record = msgspec.convert(raw, kind, dec_hook=_unpack_array)
        known = json.loads(pack(record))
    except (ValueError, RecursionError, OverflowError) as error:
        raise SessionError(f"its manifest is damaged: {error}") from None
    if strange := _unknown(raw, known, "$"):
        raise SessionError(f"its manifest has a field {strange} that this Explorer does not know")
    return record


def _unknown(raw: Any, known: Any, at: str) -> str:
    """The first field of `raw` that was not taken over, empty if there is none."""
    if isinstance(raw, dict) and isinstance(known, dict):
        for name, value in raw.items():
            if name not in known:
                return f"{at}.{name[:40]}"
            if found := _unknown(value, known[name], f"{at}.{name}"):
                return found
    elif isinstance(raw, list) and isinstance(known, list):
        for index, (one, other) in enumerate(zip(raw, known, strict=False)):
            if not isinstance(one, (dict, list)):
                continue
            if found := _unknown(one, other, f"{at}[{index}]"):
                return found
    return ""


def _pack_array(value: object) -> object:
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value, dtype="<f4")
        return {"shape": list(data.shape), "float32": base64.b64encode(data.tobytes()).decode()}
    raise TypeError(f"{type(value).__name__} is not stored in sessions")


def _unpack_array(kind: type, value: Any) -> object:
    if (get_origin(kind) or kind) is not np.ndarray:
        raise NotImplementedError(f"{kind} is not stored in sessions")
    if not isinstance(value, dict) or set(value) != {"shape", "float32"}:
        raise ValueError("an array needs a shape and float32")
    shape = msgspec.convert(value["shape"], tuple[int, ...])
    array = np.frombuffer(base64.b64decode(value["float32"], validate=True), "<f4")
    if min(shape, default=0) < 0 or math.prod(shape) != array.size or not np.isfinite(array).all():
        raise ValueError("an array does not have its shape, or is not finite")
    return array.reshape(shape)
