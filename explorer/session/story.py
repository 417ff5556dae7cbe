"""Telling a story with a Reader: read a prompt, add tokens. The same moves for every front end."""

from __future__ import annotations

from explorer.engine.trace import Trace
from explorer.session import moves
from explorer.session.reader import Reader
from explorer.session.snapshot import Draft, Snapshot


def describe_draft(reader: Reader, text: str) -> Draft:
    """The draft with its tokens, or with the sentence that says why it cannot be read."""
    try:
        encoding = reader.encode(text)
    except ValueError as error:
        return Draft(text, None, str(error))
    room = reader.facts.context - 1
    over = len(encoding.ids) - room
    note = (
        f"The prompt is {over} tokens too long: it has {len(encoding.ids)}, "
        f"the model can read {room} after its begin token."
        if over > 0
        else ""
    )
    return Draft(text, encoding, note)


def read_prompt(reader: Reader, s: Snapshot, text: str) -> tuple[Draft, Trace | None]:
    """The draft and, if it can be read, the trace of the begin token and the prompt."""
    draft = describe_draft(reader, text)
    if draft.encoding is None or draft.note:
        return draft, None
    ids = (reader.facts.begin_token, *draft.encoding.ids)
    return draft, reader.read(Trace((), s.edits), ids, s.edits)


def open_story(reader: Reader, s: Snapshot, prompt: str) -> Snapshot:
    """The snapshot in which the prompt has been read; raises ValueError with a sentence."""
    draft, trace = read_prompt(reader, s, prompt)
    if trace is None:
        raise ValueError(draft.note)
    return moves.begin(moves.write(moves.load(s, reader.facts), draft), prompt, trace)


def grow(reader: Reader, s: Snapshot) -> Snapshot:
    """One more token, drawn as the window draws it; the same snapshot where the story stops."""
    if moves.why_stopped(s):
        return s
    draw = moves.next_draw(s)
    here = moves.known(s, draw)
    if here is not None:
        return here
    trace = reader.read(s.timeline.node.trace, [draw.token], s.edits)
    return moves.advance(s, s.timeline.cursor, trace, draw)
