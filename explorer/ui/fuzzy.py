"""Finding a name by a few of its letters. Pure; knows no Qt.

A name is found when the letters typed appear in it in their order, whatever their case and accents.
The best match comes first: the beginning of the name, then the beginnings of its words, then a
piece of it, then letters here and there; earlier and closer letters are better, short names too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

PREFIX, WORDS, PIECE, SCATTERED = 0, 1, 2, 3


@dataclass(frozen=True)
class Found:
    """Which name was found, and the places of the letters in it that were typed."""

    index: int
    marks: tuple[int, ...]


def search(query: str, names: Sequence[str]) -> list[Found]:
    """The names that a query finds, best first; all of them in their order for an empty one."""
    letters = plain(query).replace(" ", "")
    if not letters:
        return [Found(index, ()) for index in range(len(names))]
    ranked = []
    for index, name in enumerate(names):
        match = _match(letters, plain(name))
        if match is not None:
            kind, marks = match
            spread = marks[-1] - marks[0]
            ranked.append(((kind, spread, marks[0], len(name), index), Found(index, marks)))
    return [found for _, found in sorted(ranked, key=lambda pair: pair[0])]


def plain(text: str) -> str:
    """A text in small letters without accents, as long as it was."""
    return "".join(_plain_letter(letter) for letter in text)


def _plain_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[:1].casefold()
    return base if len(base) == 1 else letter


def _match(letters: str, name: str) -> tuple[int, tuple[int, ...]] | None:
    """The best way in which the letters appear in a name: its kind and their places."""
    starts = _word_starts(name)
    whole = name.replace(" ", "")
    if whole.startswith(letters):
        places = [at for at, letter in enumerate(name) if letter != " "]
        return PREFIX, tuple(places[: len(letters)])
    if (marks := _by_words(letters, name, starts)) is not None:
        return WORDS, marks
    at = name.find(letters)
    if at >= 0:
        return PIECE, tuple(range(at, at + len(letters)))
    if (marks := _scattered(letters, name)) is not None:
        return SCATTERED, marks
    return None


def _word_starts(name: str) -> list[int]:
    return [
        at for at, letter in enumerate(name)
        if letter.isalnum() and (at == 0 or not name[at - 1].isalnum())
    ]  # fmt: skip


def _by_words(letters: str, name: str, starts: list[int]) -> tuple[int, ...] | None:
    """The letters as beginnings of words in their order: "sas" is Save the session AS."""
    # reached[k]: the places of the first k letters, found from the words so far.
    reached: dict[int, tuple[int, ...]] = {0: ()}
    for start in starts:
        for count in sorted(reached, reverse=True):
            size = 0
            while (
                count + size < len(letters)
                and start + size < len(name)
                and name[start + size] == letters[count + size]
            ):
                size += 1
                places = (*reached[count], *range(start, start + size))
                reached.setdefault(count + size, places)
    return reached.get(len(letters))


def _scattered(letters: str, name: str) -> tuple[int, ...] | None:
    marks: list[int] = []
    for letter in letters:
        at = name.find(letter, marks[-1] + 1 if marks else 0)
        if at < 0:
            return None
        marks.append(at)
    return tuple(marks)
