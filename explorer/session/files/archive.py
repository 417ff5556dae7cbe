"""Reading and writing a session file, in slices: each `next()` is a small part of the work.

A file is never believed: members, sizes, shapes and types are compared with the size of the file
and with the manifest before memory is taken, and every array is checked to be finite.
"""

from __future__ import annotations

import math
import stat
import zipfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from explorer.disk import replacing
from explorer.engine.facts import ModelFacts
from explorer.engine.trace import Array, Step, Trace
from explorer.session.files.manifest import (
    FORMAT,
    VERSION,
    Manifest,
    SessionError,
    pack,
    unpacking,
)
from explorer.session.files.parts import pack_parts, unpacking_part
from explorer.session.files.records import Ledger, Tree, empty, planting, state_of
from explorer.session.files.slices import run, telling
from explorer.session.snapshot import Snapshot

SUFFIX = ".explorer"
MANIFEST = "session.json"
_LARGEST_MANIFEST = 256 << 20
_LARGEST_ARRAYS = 1 << 30
ARRAYS = ("logits", "attention", "hidden", "queries", "keys")
_SLICE = 4 << 20
_NODES = 2000
_EPOCH = (1980, 1, 1, 0, 0, 0)

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Stored:
    """What a session file holds; `steps` is None where the arrays were left out.

    others are the snapshots of other workspaces, by their ids (see parts.py).
    """

    manifest: Manifest
    steps: tuple[Step, ...] | None = None
    others: Mapping[str, Any] = field(default_factory=dict)

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot with its stored arrays; raises SessionError where there are none."""
        return run(self.telling())

    def telling(self) -> Generator[str, None, Snapshot]:
        """The same in slices that say how far they are."""
        if self.steps is None:
            raise SessionError("the file holds no arrays; the text has to be read again")
        tree = self.manifest.tree
        traces = yield from _traces(tree, self.steps)
        timeline = yield from planting(tree, traces)
        return replace(empty(self.manifest.model, self.manifest.state), timeline=timeline)


def step_shapes(model: ModelFacts, position: int) -> dict[str, Shape]:
    """The shape of each array of a step: (V,), (L, H, S), (L + 1, C), (L, H, D), (L, G, D)."""
    layers, heads = model.layers, model.heads
    return {
        "logits": (model.vocabulary,),
        "attention": (layers, heads, position + 1),
        "hidden": (layers + 1 if layers else 0, model.width),
        "queries": (layers, heads, model.head_width),
        "keys": (layers, model.groups, model.head_width),
    }


def write_session(
    path: Path, s: Snapshot, arrays: bool = True, others: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Write a session in slices, each of which says how far it is; whole or not at all.

    others are the snapshots of other workspaces, by their ids.

    Raises SessionError when there is no text yet, OSError when the disk refuses.
    """
    if s.model is None or not s.timeline:
        raise SessionError("There is nothing to save yet: no text has been read.")
    ledger = Ledger()
    tree = yield from ledger.growing(s.timeline)
    size = sum(step.nbytes for step in ledger.steps)
    arrays = arrays and size <= _LARGEST_ARRAYS and (yield from _finite(ledger.steps))
    parts = pack_parts(others or {})
    manifest = Manifest(FORMAT, VERSION, s.model, tree, state_of(s), arrays, tuple(parts))
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, data in ((MANIFEST, pack(manifest)), *_named(parts)):
            with archive.open(zipfile.ZipInfo(name, _EPOCH), "w") as member:
                member.write(data)
            yield "Saving …"
        for name in ARRAYS if arrays else ():
            rows = [getattr(step, name) for step in ledger.steps]
            with archive.open(zipfile.ZipInfo(f"{name}.npy", _EPOCH), "w", force_zip64=True) as out:
                for written in _write_rows(out, rows, ragged=name == "attention"):
                    yield f"Saving … {name}, {written} of {len(rows)}"


def read_session(path: Path) -> Iterator[str | Stored]:
    """Read a session in slices: sentences on the way, the session last; raises SessionError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SessionError("it is not a file")
        with zipfile.ZipFile(path) as archive:
            sizes = _members(archive, path.stat().st_size)
            yield "Opening the session …"
            reading = unpacking(archive.read(MANIFEST))
            manifest = yield from telling(reading, "Opening the session … {}")
            names = ARRAYS if manifest.arrays else ()
            parts = {f"{name}.json": name for name in manifest.parts}
            if set(sizes) != {MANIFEST, *parts, *(f"{name}.npy" for name in names)}:
                raise SessionError("its parts are not those that its manifest names")
            others = {}
            for member, name in parts.items():
                part = unpacking_part(name, archive.read(member))
                others[name] = yield from telling(part, "Opening the session … {}")
            positions = yield from placing(manifest.tree)
            columns: dict[str, list[Array]] = {}
            for name in names:
                shapes = [step_shapes(manifest.model, at)[name] for at in positions]
                columns[name] = []
                with archive.open(f"{name}.npy") as read:
                    size = sizes[f"{name}.npy"]
                    for rows in _read_rows(read, shapes, name == "attention", size):
                        columns[name] += rows
                        yield f"Opening the session … {name}, {len(columns[name])} rows"
        if not manifest.arrays:
            yield Stored(manifest, None, others)
            return
        tokens = enumerate(manifest.tree.tokens)
        steps = (Step(token, *(columns[name][row] for name in names)) for row, token in tokens)
        yield Stored(manifest, tuple(steps), others)
    except SessionError as error:
        raise SessionError(f"{path} cannot be opened as a session: {error}.") from None
    except OSError as error:
        raise SessionError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, RuntimeError) as error:
        raise SessionError(f"{path} is not a session of Explorer, or damaged: {error}.") from None


def _named(parts: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, data in parts.items():
        yield f"{name}.json", data


def positions_of(tree: Tree) -> list[int]:
    """The position in its text of every step of a checked tree; raises SessionError."""
    return run(placing(tree))


def placing(tree: Tree) -> Generator[str, None, list[int]]:
    """The same in slices that say how far they are."""
    found = [-1] * len(tree.tokens)
    lengths: list[int] = []
    for node in tree.nodes:
        start = 0 if node.fresh or node.parent is None else lengths[node.parent]
        for offset, step in enumerate(node.steps):
            if found[step] not in (-1, start + offset):
                raise SessionError(f"step {step} stands at two positions")
            found[step] = start + offset
        lengths.append(start + len(node.steps))
        if len(lengths) % _NODES == 0:
            yield f"Opening the session … {len(lengths):,} of {len(tree.nodes):,} nodes placed"
    if -1 in found:
        raise SessionError(f"step {found.index(-1)} belongs to no node")
    return found


def _traces(tree: Tree, steps: Sequence[Step]) -> Generator[str, None, tuple[Trace, ...]]:
    traces: list[Trace] = []
    for node in tree.nodes:
        before = () if node.fresh or node.parent is None else traces[node.parent].steps
        own = tuple(steps[index] for index in node.steps)
        traces.append(Trace((*before, *own), tree.edits[node.edits]))
        if len(traces) % _NODES == 0:
            yield f"Opening the session … {len(traces):,} of {len(tree.nodes):,} texts"
    return tuple(traces)


def _members(archive: zipfile.ZipFile, whole: int) -> dict[str, int]:
    """The members and their sizes: stored as they are, each once, no more than the file."""
    found: dict[str, int] = {}
    for info in archive.infolist():
        if info.filename in found:
            raise SessionError(f"it holds {info.filename[:40]!r} twice")
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise SessionError(f"its part {info.filename[:40]!r} is compressed or damaged")
        found[info.filename] = info.file_size
    if MANIFEST not in found:
        raise SessionError(f"it holds no {MANIFEST}")
    if found[MANIFEST] > _LARGEST_MANIFEST or sum(found.values()) > whole:
        raise SessionError("its parts are larger than the file")
    return found


def _write_rows(out: IO[bytes], rows: Sequence[Array], ragged: bool) -> Iterator[int]:
    """A .npy array of rows (N, ...), ragged ones end to end (sum of sizes,); yields how many."""
    shape = (sum(row.size for row in rows),) if ragged else (len(rows), *rows[0].shape)
    form = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(out, form)
    waiting = 0
    for index, row in enumerate(rows):
        out.write(np.ascontiguousarray(row, dtype="<f4").tobytes())
        waiting += row.nbytes
        if waiting > _SLICE:
            waiting = 0
            yield index + 1


def _read_rows(
    member: IO[bytes], shapes: Sequence[Shape], ragged: bool, size: int
) -> Iterator[list[Array]]:
    """The rows of a .npy array, some at a time, each finite; raises SessionError, ValueError."""
    counts = [math.prod(shape) for shape in shapes]
    wanted = (sum(counts),) if ragged else (len(shapes), *shapes[0])
    if np.lib.format.read_magic(member) != (1, 0):
        raise SessionError("an array is of another NumPy format")
    shape, fortran, kind = np.lib.format.read_array_header_1_0(member)
    if fortran or kind != np.dtype("<f4") or shape != wanted:
        raise SessionError(f"an array is {kind} {shape}, it must be float32 {wanted}")
    if member.tell() + 4 * sum(counts) != size:
        raise SessionError("an array is cut or too long")
    rows: list[Array] = []
    waiting = 0
    for count, one in zip(counts, shapes, strict=True):
        row = np.frombuffer(member.read(4 * count), "<f4").reshape(one)
        if not np.isfinite(row).all():
            raise SessionError("an array holds NaN or an infinite number")
        rows.append(row)
        waiting += row.nbytes
        if waiting > _SLICE:
            yield rows
            rows, waiting = [], 0
    if member.read(1):
        raise SessionError("an array is too long")
    yield rows


def _finite(steps: Sequence[Step]) -> Generator[str, None, bool]:
    """Whether a session may hold these arrays: all numbers must be finite."""
    waiting = 0
    for index, step in enumerate(steps):
        if not all(np.isfinite(getattr(step, name)).all() for name in ARRAYS):
            return False
        waiting += step.nbytes
        if waiting > _SLICE:
            waiting = 0
            yield f"Saving … {index + 1:,} of {len(steps):,} steps looked at"
    return True
