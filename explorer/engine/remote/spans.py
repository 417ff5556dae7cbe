"""Which characters of a text its tokens touch, found from the bytes of the tokens alone."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.engine.tokenizer import Encoding


def encoding(text: str, ids: Sequence[int], pieces: Sequence[bytes]) -> Encoding:
    """The encoding of a text whose tokens have these pieces of bytes.

    A tokenizer that puts a space before the text (SentencePiece) or changes its letters encodes
    another text than the one given; the spans are then those of the text that the tokens spell.
    """
    spelled = b"".join(pieces)
    clean = text.encode("utf-8", "replace")
    before = len(spelled) - len(clean) if spelled.lstrip(b" ") == clean.lstrip(b" ") else 0
    if before:
        spelled = clean
        told = text
    else:
        told = spelled.decode("utf-8", "replace")
    letter = _letters(told)
    spans, at = [], -before
    for piece in pieces:
        start, end = max(at, 0), max(at + len(piece), 0)
        at += len(piece)
        last = min(end, len(letter)) - 1
        first = letter[start] if start < len(letter) else len(told)
        spans.append((first, letter[last] + 1 if last >= start else first))
    return Encoding(told, tuple(ids), tuple(spans))


def _letters(text: str) -> list[int]:
    """The character to which each byte of a text belongs."""
    return [index for index, letter in enumerate(text) for _ in letter.encode("utf-8", "replace")]
