"""The journal of a session: what changed, appended step by step, so that a killed process loses
at most the step in flight.

A journal is a text file of one entry a line: the CRC-32 of the rest of the line in eight
hexadecimal digits, a space, the entry as JSON. An entry is on the disk (fsync) before `append`
returns. A line that was torn by the kill does not have its sum: it and what follows is dropped.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from explorer.disk import sync_folder
from explorer.engine.edits import Edits
from explorer.engine.facts import ModelFacts
from explorer.engine.sampling import Sampling
from explorer.session.files.archive import Stored, placing
from explorer.session.files.checks import checking
from explorer.session.files.manifest import (
    FORMAT,
    VERSION,
    Manifest,
    SessionError,
    convert,
    migrated,
    pack,
    read_json,
)
from explorer.session.files.parts import PARTS, same, unpacking_part
from explorer.session.files.records import Ledger, NodeRecord, State, Tree, frame, state_of
from explorer.session.files.slices import run, telling
from explorer.session.snapshot import Snapshot
from explorer.session.timeline import Node

JOURNAL_SUFFIX = ".journal"
_LARGEST_LINE = 256 << 20
_ENTRIES = 20
_OPENING = "Opening the session … {}"


@dataclass(frozen=True)
class Entry:
    """What changed: the first `keep` nodes stay, those of `tree` follow, its tables grow likewise.

    parts are other workspaces that changed, packed as JSON (see parts.py). model is given in the
    first entry and whenever another one begins, which drops all before it.
    """

    version: int
    keep: int
    tree: Tree
    state: State
    model: ModelFacts | None = None
    parts: dict[str, str] = field(default_factory=dict)


class Journal:
    """Appends the changes of one session to a file; the file is made at the first entry."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begun = False
        self._ledger = Ledger()
        self._nodes: tuple[Node, ...] = ()
        self._model = ""
        self._parts: dict[str, tuple[object, ...]] = {}

    def append(self, s: Snapshot, others: Mapping[str, Any] | None = None) -> bool:
        """Put on the disk what changed since the last entry; False while there is no text.

        others are the snapshots of other workspaces, by their ids. Raises OSError when the disk
        refuses; the entries before it are whole.
        """
        if s.model is None or not s.timeline:
            return False
        first = not self._begun or s.model.fingerprint != self._model
        if first:
            self._ledger, self._nodes = Ledger(), ()
        held = {name: PARTS[name].content(one) for name, one in (others or {}).items()}
        fresh = {name: one for name, one in (others or {}).items()
                 if not same(held[name], self._parts.get(name))}  # fmt: skip
        parts = {
            name: PARTS[name].pack(one).decode()
            for name, one in fresh.items()
            if name in self._parts or PARTS[name].touched(one)
        }
        entry = replace(self._entry(s, s.model if first else None), parts=parts)
        data = pack(entry)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(b"%08x %s\n" % (zlib.crc32(data), data))
            file.flush()
            os.fsync(file.fileno())
        if not self._begun:
            sync_folder(self.path.parent)
            self._begun = True
        self._nodes, self._model = s.timeline.nodes, s.model.fingerprint
        self._parts |= {name: held[name] for name in parts}
        return True

    def remove(self) -> None:
        """The session is in a file: its journal is not needed any more."""
        self.path.unlink(missing_ok=True)

    def _entry(self, s: Snapshot, model: ModelFacts | None) -> Entry:
        ledger, nodes = self._ledger, s.timeline.nodes
        keep = _shared(self._nodes, nodes)
        steps, samplings, edits = len(ledger.steps), len(ledger.samplings), len(ledger.edits)
        records = tuple(ledger.record(nodes, node) for node in nodes[keep:])
        tree = replace(
            frame(s.timeline),
            nodes=records,
            tokens=tuple(step.token for step in ledger.steps[steps:]),
            samplings=tuple(ledger.samplings[samplings:]),
            edits=tuple(ledger.edits[edits:]),
        )
        return Entry(VERSION, keep, tree, state_of(s), model)


def read_journal(path: Path) -> Manifest:
    """The text of the session at the last whole entry; raises SessionError with a sentence."""
    return read_kept(path).manifest


def read_kept(path: Path) -> Stored:
    """The session at the last whole entry, without arrays; raises SessionError with a sentence."""
    return run(reading_kept(path))


def reading_kept(path: Path) -> Generator[str, None, Stored]:
    """The same in slices that say how far they are."""
    try:
        parts: dict[str, str] = {}
        with path.open("rb") as file:
            model, tree, state = yield from _replay(_entries(file), parts)
        if model is None:
            raise SessionError("no entry in it is whole")
        yield from telling(checking(model, tree, state), _OPENING)
        tree = _compact(tree)
        yield from placing(tree)
        others = {}
        for name, data in parts.items():
            part = unpacking_part(name, data.encode())
            others[name] = yield from telling(part, _OPENING)
        manifest = Manifest(FORMAT, VERSION, model, tree, state, parts=tuple(others))
        return Stored(manifest, None, others)
    except SessionError as error:
        raise SessionError(f"{path} cannot be opened as a journal: {error}.") from None
    except OSError as error:
        raise SessionError(f"{path} cannot be read: {error.strerror or error}.") from None


def _entries(file: IO[bytes]) -> Iterator[Entry]:
    while line := file.readline(_LARGEST_LINE):
        data = line[9:-1]
        if not line.endswith(b"\n") or line[:9] != b"%08x " % zlib.crc32(data):
            return
        entry: Entry = convert(migrated(read_json(data)), Entry)
        yield entry


def _replay(
    entries: Iterable[Entry], parts: dict[str, str]
) -> Generator[str, None, tuple[ModelFacts | None, Tree, State]]:
    """Model, tree and state after all entries; the last of each part goes into `parts`."""
    model: ModelFacts | None = None
    tree, state = Tree(), State()
    nodes: list[NodeRecord] = []
    tokens: list[int] = []
    samplings: list[Sampling] = []
    edits: list[Edits] = []
    for entry in entries:
        if entry.model is not None:
            model, nodes, tokens, samplings, edits = entry.model, [], [], [], []
        del nodes[max(entry.keep, 0) :]
        nodes += entry.tree.nodes
        tokens += entry.tree.tokens
        samplings += entry.tree.samplings
        edits += entry.tree.edits
        tree, state = entry.tree, entry.state
        parts |= entry.parts
        if len(nodes) % _ENTRIES == 0:
            yield _OPENING.format(f"{len(nodes):,} nodes")
    tree = replace(
        tree,
        nodes=tuple(nodes),
        tokens=tuple(tokens),
        samplings=tuple(samplings),
        edits=tuple(edits),
    )
    return model, tree, state


def _compact(tree: Tree) -> Tree:
    """The tree without the steps of nodes that were taken back."""
    used = sorted({step for node in tree.nodes for step in node.steps})
    number = {step: index for index, step in enumerate(used)}
    nodes = tuple(
        replace(node, steps=tuple(number[step] for step in node.steps)) for node in tree.nodes
    )
    return replace(tree, nodes=nodes, tokens=tuple(tree.tokens[step] for step in used))


def _shared(a: tuple[Node, ...], b: tuple[Node, ...]) -> int:
    """How many leading nodes two trees share."""
    count = 0
    for mine, theirs in zip(a, b, strict=False):
        if mine is not theirs:
            break
        count += 1
    return count
