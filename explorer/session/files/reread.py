"""A session opened for a network: stored arrays are taken over, missing ones computed again.

Tokens and draws are always those of the file. With another network the text can be looked at as it
was stored, and not be read on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from explorer.engine.facts import ModelFacts
from explorer.engine.trace import Trace
from explorer.session.files.archive import Stored, read_session
from explorer.session.files.journal import reading_kept
from explorer.session.files.manifest import Manifest, SessionError
from explorer.session.files.records import empty, planting
from explorer.session.files.replay import read_again
from explorer.session.reader import Reader
from explorer.session.snapshot import Draft, Snapshot
from explorer.session.story import describe_draft, open_story


@dataclass(frozen=True)
class Opened:
    """A session ready to be shown, and a sentence where it is not all that was saved.

    renewed: only the text was taken over, so that it is another session than the file's. others
    are the snapshots of other workspaces, by their ids.
    """

    snapshot: Snapshot
    notice: str = ""
    renewed: bool = False
    others: Mapping[str, Any] = field(default_factory=dict)


def open_session(path: Path, reader: Reader | None) -> Iterator[str | Opened]:
    """Read a file and prepare it for a network, in slices; raises SessionError with a sentence.

    `reader` is None where no model could be opened.
    """
    for part in read_session(path):
        if isinstance(part, Stored):
            yield from prepare(part, reader)
        else:
            yield part


def recover(path: Path, reader: Reader | None) -> Iterator[str | Opened]:
    """The session of a kept journal, prepared likewise; raises SessionError with a sentence."""
    stored = yield from reading_kept(path)
    yield "Opening the session …"
    yield from prepare(stored, reader)


def prepare(stored: Stored, reader: Reader | None) -> Iterator[str | Opened]:
    """Sentences on the way, the opened session last; raises SessionError with a sentence."""
    for part in _prepared(stored, reader):
        yield replace(part, others=stored.others) if isinstance(part, Opened) else part


def _prepared(stored: Stored, reader: Reader | None) -> Iterator[str | Opened]:
    manifest = stored.manifest
    if reader is not None and reader.facts.fingerprint == manifest.model.fingerprint:
        _need_sizes(manifest.model, reader.facts)
        if stored.steps is None:
            yield from reread(manifest, reader)
        else:
            draft = describe_draft(reader, manifest.state.prompt)
            s = yield from stored.telling()
            yield Opened(replace(s, model=reader.facts, draft=draft))
    elif stored.steps is not None:
        why = why_locked(manifest.model)
        s = yield from stored.telling()
        yield Opened(replace(s, locked=why), why)
    elif reader is not None:
        yield _as_text(manifest, reader)
    else:
        s = replace(Snapshot(notes=manifest.state.notes), draft=Draft(text_at_cursor(manifest)))
        yield Opened(s, f"{why_locked(manifest.model)} Its text stands in the prompt.", True)


def reread(manifest: Manifest, reader: Reader) -> Iterator[str | Opened]:
    """Compute every trace of a session again, one node a slice."""
    tree, traces = manifest.tree, list[Trace]()
    for index, node in enumerate(tree.nodes):
        kept = 0 if node.fresh or node.parent is None else len(traces[node.parent])
        if kept + len(node.steps) > reader.facts.context:
            raise SessionError(
                f"The text of the session cannot be read again: it is longer than the "
                f"{reader.facts.context:,} tokens that “{reader.facts.name}” can read."
            )
        traces.append(read_again(manifest, node, traces, reader))
        yield f"Reading the session again: {index + 1} of {len(tree.nodes)} …"
    s = empty(reader.facts, manifest.state)
    draft = describe_draft(reader, manifest.state.prompt)
    timeline = yield from planting(tree, tuple(traces))
    yield Opened(replace(s, draft=draft, timeline=timeline))


def _need_sizes(said: ModelFacts, found: ModelFacts) -> None:
    """Raise SessionError where a file tells other sizes of a network than the network has.

    Views would look for layers, heads or tokens that are not there.
    """
    names = ["layers", "heads", "groups", "width", "head_width"]
    if not (said.can.vocabulary or found.can.vocabulary):
        names.append("vocabulary")
    for name in names:
        was, now = getattr(said, name), getattr(found, name)
        if was != now:
            raise SessionError(
                f"The session says that the {name.replace('_', ' ')} of “{found.name}” is {was}; "
                f"it is {now}: the file is damaged or was changed."
            )


def why_locked(model: ModelFacts) -> str:
    """Why a session of another network cannot be read on, in a sentence."""
    return (
        f"This session was made with the model “{model.name}” ({model.fingerprint[:8]}), which is "
        "not the open one: it can be looked at, and read on once that model is open."
    )


def text_at_cursor(manifest: Manifest) -> str:
    """The text that the cursor had reached, without the begin and stop tokens."""
    tree, at = manifest.tree, manifest.tree.cursor
    tokens: list[int] = []
    while at >= 0:
        node = tree.nodes[at]
        tokens[:0] = [tree.tokens[step] for step in node.steps]
        at = -1 if node.fresh or node.parent is None else node.parent
    model = manifest.model
    tokens = [token for token in tokens if token not in (model.begin_token, model.end_token)]
    return b"".join(model.pieces[token] for token in tokens).decode("utf-8", "replace")


def _as_text(manifest: Manifest, reader: Reader) -> Opened:
    """The text of a session that has no arrays, read by another network."""
    model, text = manifest.model, text_at_cursor(manifest)
    notice = (
        f"This session was made with the model “{model.name}” ({model.fingerprint[:8]}), which is "
        f"not the open one; its text was read by “{reader.facts.name}” as a new prompt."
    )
    s = replace(Snapshot(), sampling=manifest.state.sampling, notes=manifest.state.notes)
    try:
        return Opened(open_story(reader, s, text), notice, True)
    except ValueError as error:
        raise SessionError(
            f"{notice.split(';')[0]}, and its text cannot be read: {error}"
        ) from None
