"""The story and the draft as words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explorer.engine.reader import LocalReader
from explorer.engine.tokenizer import Encoding, visible
from explorer.lens.text import (
    CHIPS,
    Word,
    count,
    describe_draft,
    differs,
    draft_words,
    summary,
    text,
    word,
)
from explorer.session import moves
from explorer.session.snapshot import Draft, Snapshot

Story = Callable[..., Snapshot]


def shown(piece: bytes) -> Word:
    return word(piece, visible(piece))


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        (b"the", Word("", "the", glued=True)),
        (b" the", Word("·", "the")),
        (b"   the", Word("···", "the")),
        (b",", Word("", ",", glued=True)),
        (b"\n", Word("", "↵", glued=True, after=1)),
        (b"\n\n", Word("", "↵↵", glued=True, after=2)),
        (b".\n", Word("", ".↵", glued=True, after=1)),
        (b"\nThe", Word("", "↵The", before=1)),
        (b" ", Word("", "·")),
        (b"\xf0\x9f", Word("", "\\xF0\\x9F", glued=True)),
        ("\u0301".encode(), Word("", "◌\u0301", glued=True)),
        (b"\x00", Word("", "\\u0000", glued=True)),
        (b"", Word("", "")),
    ],
)
def test_a_token_shows_its_spaces_its_line_ends_and_its_bytes(piece: bytes, expected: Word) -> None:
    assert shown(piece) == expected


def test_a_written_middle_dot_is_not_taken_for_a_space() -> None:
    assert shown("·x".encode()) == Word("", "·x", glued=True)


def test_every_token_of_the_vocabulary_can_be_shown(reader: LocalReader) -> None:
    for piece, label in zip(reader.facts.pieces, reader.facts.labels, strict=True):
        found = word(piece, label)
        assert (found.lead + found.text).removeprefix("◌") == label


def test_nothing_read_is_no_picture(reader: LocalReader) -> None:
    assert text(Snapshot()) is None
    assert text(moves.load(Snapshot(), reader.facts)) is None
    assert "Nothing" in summary(None)


def test_the_begin_token_is_a_mark_and_has_no_surprise(story: Story) -> None:
    picture = text(story(2))
    assert picture.words[0].text == "begin"
    assert np.isnan(picture.nats[0])
    assert np.isfinite(picture.nats[1:]).all()
    assert (picture.nats[1:] >= 0).all()


def test_an_empty_prompt_is_the_begin_token_alone(story: Story) -> None:
    picture = text(story(0, prompt=""))
    assert (len(picture.words), picture.prompt, picture.cursor) == (1, 1, 0)


def test_going_back_moves_the_cursor_and_keeps_the_future(story: Story) -> None:
    s = story(5)
    whole, behind = text(s), text(moves.back(moves.back(s)))
    assert behind.cursor == whole.cursor - 2
    assert behind.words == whole.words
    assert "2 more ahead" in summary(behind)


def test_only_forced_tokens_are_marked_as_forced(story: Story, reader: LocalReader) -> None:
    s = story(2)
    trace = reader.read(s.timeline.node.trace, [50])
    s = moves.advance(s, s.timeline.cursor, trace, moves.forced_draw(s, 50))
    assert text(s).forced == (*[False] * (len(trace) - 1), True)


def test_words_of_earlier_tokens_are_the_same_objects(story: Story) -> None:
    s = story(4)
    before, after = text(moves.back(s)), text(s)
    assert all(mine is other for mine, other in zip(before.words, after.words, strict=True))


def test_a_draft_that_was_read_shows_no_tokens(story: Story) -> None:
    s = story(1)
    assert not differs(s)
    assert draft_words(s) == ()
    assert "not read yet" not in count(s)


def test_a_new_draft_shows_its_tokens_and_their_number(story: Story, reader: LocalReader) -> None:
    s = moves.write(story(1), Draft("Two dogs", reader.encode("Two dogs")))
    words = draft_words(s)
    assert len(words) == len(s.draft.encoding.ids)
    assert count(s).startswith(f"{len(words)} tokens; not read yet")


@pytest.mark.parametrize(("prompt", "said"), [("", "begin token"), ("a", "1 token")])
def test_small_counts_are_said_in_words(
    story: Story, reader: LocalReader, prompt: str, said: str
) -> None:
    s = replace(story(0, prompt=prompt), draft=Draft(prompt, reader.encode(prompt)))
    assert said in count(s)


def test_a_complaint_replaces_the_count(story: Story) -> None:
    assert count(replace(story(0), draft=Draft("x", None, "It is too long."))) == "It is too long."


def test_a_very_long_draft_shows_a_part(story: Story, reader: LocalReader) -> None:
    long = "word " * 2000
    s = moves.write(story(0), Draft(long, reader.encode(long)))
    assert len(draft_words(s)) == CHIPS


def test_tokens_of_another_vocabulary_are_not_shown(story: Story) -> None:
    foreign = Encoding("?", (10**6,), ((0, 1),))
    assert draft_words(moves.write(story(0), Draft("?", foreign))) == ()


def test_a_part_of_a_character_names_the_character(story: Story, reader: LocalReader) -> None:
    s = moves.write(story(0), Draft("🧿", reader.encode("🧿")))
    said = describe_draft(s, 0)
    assert "a part of “🧿”" in said
    assert f"token {s.draft.encoding.ids[0]}" in said
    assert "position 1" in said
    assert describe_draft(s, 999) == ""
    whole = moves.write(story(0), Draft("dog", reader.encode("dog")))
    assert "part of" not in describe_draft(whole, 0)
