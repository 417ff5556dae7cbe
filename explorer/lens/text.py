"""The story as words to draw: what each token looks like in a text and how surprising it was."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from explorer.engine.facts import ModelFacts
from explorer.engine.trace import shared_steps
from explorer.lens.surprise import Course, FloatArray, course, draws, prompt_length, walk
from explorer.session.snapshot import Snapshot

CHIPS = 400


@dataclass(frozen=True)
class Word:
    """How one token stands in flowing text.

    lead      the spaces before the text, made visible; text is the rest
    glued     it goes on the word before: no line may begin with it
    before, after   line ends that the token itself holds before and behind its text
    """

    lead: str
    text: str
    glued: bool = False
    before: int = 0
    after: int = 0


BEGIN = Word("", "begin")


@dataclass(frozen=True, eq=False)
class TextPicture:
    """The tokens of the line, T of them, up to the tip.

    course has their surprise, nats (T,); forced (T,) marks tokens chosen by hand; prompt counts
    the tokens before the first generated one, cursor is the position last read.
    """

    words: tuple[Word, ...]
    course: Course
    forced: tuple[bool, ...]
    prompt: int
    cursor: int

    @property
    def nats(self) -> FloatArray:
        """(T,) surprise of each token, NaN for the begin token."""
        return self.course.surprise


@lru_cache(maxsize=8192)
def word(piece: bytes, label: str) -> Word:
    """How a token with these bytes and this label stands in a text."""
    try:
        text = piece.decode("utf-8")
    except UnicodeDecodeError:
        return Word("", label, glued=True)
    bare = text.strip("\r\n")
    if not bare:
        return Word("", label, glued=bool(text), after=text.count("\n"))
    before = text[: len(text) - len(text.lstrip("\r\n"))].count("\n")
    after = text[len(text.rstrip("\r\n")) :].count("\n")
    spaces = len(text) - len(text.lstrip(" "))
    shown = label[spaces:] or label
    lead = label[:spaces] if spaces < len(label) else ""
    if unicodedata.category(shown[0]).startswith("M"):
        shown = "◌" + shown  # a mark that combines needs something to stand on
    glued = not text[0].isspace() and not before
    return Word(lead, shown, glued, before, after)


def text(s: Snapshot, old: TextPicture | None = None) -> TextPicture | None:
    """The line through the cursor, or None while nothing has been read.

    What `old` has of the same steps is not found again.
    """
    if s.model is None or not s.timeline:
        return None
    steps = walk(s.timeline)
    chosen = draws(s.timeline)
    known: tuple[Word, ...] = (BEGIN,)
    if old is not None:
        known = old.words[: shared_steps(old.course.steps, steps)] or known
    further = words_of(s.model, [step.token for step in steps[len(known) :]])
    return TextPicture(
        words=(*known, *further),
        course=course(steps, None if old is None else old.course),
        forced=tuple(draw is not None and draw.forced for draw in chosen),
        prompt=prompt_length(chosen),
        cursor=len(s.timeline.node.trace) - 1,
    )


def words_of(model: ModelFacts, ids: Sequence[int]) -> tuple[Word, ...]:
    """Token ids as words."""
    return tuple(word(model.pieces[token], model.labels[token]) for token in ids)


def draft_words(s: Snapshot) -> tuple[Word, ...]:
    """The tokens of the prompt being typed, while it differs from the text that was read."""
    encoding = s.draft.encoding
    if s.model is None or encoding is None or not differs(s):
        return ()
    if encoding.ids and max(encoding.ids) >= s.model.vocabulary:
        return ()
    return words_of(s.model, encoding.ids[:CHIPS])


def differs(s: Snapshot) -> bool:
    """Whether the prompt being typed is another one than the prompt that was read."""
    return bool(s.timeline) and s.draft.text != s.timeline.nodes[s.timeline.root()].prompt


def count(s: Snapshot) -> str:
    """How many tokens the draft has and what to do with it, or what is wrong with it."""
    encoding = s.draft.encoding
    if s.draft.note or encoding is None:
        return s.draft.note
    number = len(encoding.ids)
    said = "1 token" if number == 1 else f"{number:,} tokens"
    if number == 0:
        said = "empty, the text starts from the begin token"
    return f"{said}; not read yet, Enter reads it" if differs(s) else said


def describe_draft(s: Snapshot, index: int) -> str:
    """One token of the draft: its text, its id, its place."""
    encoding = s.draft.encoding
    if s.model is None or encoding is None or not 0 <= index < len(encoding.ids):
        return ""
    token = encoding.ids[index]
    size = len(s.model.pieces[token])
    unit = "byte" if size == 1 else "bytes"
    start, end = encoding.spans[index]
    whole = encoding.text[start:end]
    part = "" if whole.encode() == s.model.pieces[token] else f", a part of “{whole}”"
    return (
        f"“{s.model.labels[token]}” · token {token} · {size} {unit}{part}\n"
        f"It will stand at position {index + 1}; position 0 is the begin token."
    )


def summary(picture: TextPicture | None) -> str:
    """One line that says what the text panel shows."""
    if picture is None:
        return "Nothing has been read yet."
    total, written = len(picture.words), picture.cursor + 1 - picture.prompt
    known = picture.nats[1 : picture.cursor + 1]
    known = known[~np.isnan(known)]
    mean = f"; mean surprise {np.mean(known):.2f} nats" if len(known) else ""
    ahead = total - 1 - picture.cursor
    later = f"; {ahead} more ahead on this line" if ahead else ""
    return f"{picture.prompt} prompt tokens, {max(written, 0)} generated{mean}{later}."
