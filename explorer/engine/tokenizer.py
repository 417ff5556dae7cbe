"""Text to token ids and back, with the span of characters that each token covers.

The file is Hugging Face's `tokenizer.json`. Its tokens are spelled in one of two ways: byte-level
(GPT-2, Llama 3, Qwen), where every letter stands for a byte, or as SentencePiece does (Llama 2,
Gemma, Mistral), where ▁ is a space and <0x0A> a lone byte. Its library is written in Rust and
answers some files and texts with a panic, which Python sees as a BaseException: both doors, opening
and encoding, are guarded here. Knows no torch.
"""

from __future__ import annotations

import codecs
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from tokenizers import Tokenizer as RustTokenizer

from explorer.engine.silence import SILENCE

_LARGEST_FILE = 64 << 20
_MOST_IDS = 1_000_000
_LONGEST_TOKEN = 4096
# How many characters one character may become before it is cut into tokens; U+FDFA becomes 18.
_MOST_GROWTH = 64
_LARGEST_MAP = 4 << 20
_PROBE = "A b."
_HIGHEST_PILE = 4
# Runs of characters that are no letters, digits or ASCII: marks that combine are among them.
_PILE = re.compile(rf"[^\w\x00-\x7f]{{{_HIGHEST_PILE + 1},}}")
_LONE_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_T = TypeVar("_T")
_Spell = Callable[[str], bytes]


class TokenizerError(ValueError):
    """A tokenizer file or a text cannot be used; the text says why."""


@dataclass(frozen=True)
class Encoding:
    """The token ids of a text; spans[i] = (start, end) in characters that token i touches.

    A character of several tokens lies in the span of each of them. `text` is what was encoded:
    lone surrogates of the input are replaced by U+FFFD.
    """

    text: str
    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


class _Added(msgspec.Struct):
    content: str
    id: int


class _Content(msgspec.Struct):
    """The few fields of the file that are read here; the library reads the rest."""

    added_tokens: list[_Added] | None = None
    normalizer: Any = None
    pre_tokenizer: Any = None
    decoder: Any = None


class Tokenizer:
    """A tokenizer opened from a model folder; `added` are the ids of its control tokens."""

    def __init__(self, path: Path) -> None:
        data = _read(path)
        content = _checked(path, data)
        self._rust = _open(path, data)
        self.added = frozenset(self._rust.get_added_tokens_decoder())
        spell = _spelling(content)
        self.pieces: tuple[bytes, ...] = tuple(
            word.encode() if index in self.added else spell(word)
            for index, word in enumerate(_words(path, self._rust, content.added_tokens or []))
        )
        self.labels: tuple[str, ...] = tuple(visible(piece) for piece in self.pieces)
        again = self.decode(self.encode(_PROBE).ids)
        if again.strip().casefold() != _PROBE.casefold():
            raise TokenizerError(
                f"{path} turns {_PROBE!r} into {again[:40]!r}; it changes the text"
            )

    def encode(self, text: str) -> Encoding:
        """The tokens of a text; raises TokenizerError when the library gives up on it."""
        clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        found = _guarded(
            lambda: self._rust.encode(clean, add_special_tokens=False), "this text cannot be read"
        )
        return Encoding(clean, tuple(found.ids), tuple(found.offsets))

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids; bytes that are no whole character become U+FFFD."""
        return b"".join(self.pieces[index] for index in ids).decode("utf-8", "replace")


def visible(piece: bytes) -> str:
    """A token's bytes as text in which spaces, line ends and lone bytes can be seen."""
    try:
        text = piece.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(b) if 33 <= b < 127 else f"\\x{b:02X}" for b in piece)
    text = text if text.isascii() else _PILE.sub(_spread_out, text)
    marks = {" ": "·", "\n": "↵", "\t": "→", "\r": "⏎"}
    return "".join(
        marks.get(char, char if char.isprintable() else f"\\u{ord(char):04X}") for char in text
    )


def _spread_out(pile: re.Match[str]) -> str:
    """Marks that would stand on each other out of their line, from the fifth on as their codes."""
    return "".join(
        one if number < _HIGHEST_PILE or not unicodedata.category(one).startswith("M")
        else f"\\u{ord(one):04X}"
        for number, one in enumerate(pile[0])
    )  # fmt: skip


def byte_letters() -> dict[int, str]:
    """The printable letter that stands for each byte in a byte-level vocabulary (GPT-2)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    shifted = {byte: chr(256 + index) for index, byte in enumerate(rest)}
    return {byte: chr(byte) for byte in plain} | shifted


def _spelling(content: _Content) -> _Spell:
    """How the words of the vocabulary spell bytes, from the file's own decoder."""
    decoder = repr(content.decoder)
    if "ByteLevel" not in decoder + repr(content.pre_tokenizer) and "▁" in decoder:
        return _by_pieces
    alphabet = {letter: byte for byte, letter in byte_letters().items()}

    def by_bytes(word: str) -> bytes:
        if all(letter in alphabet for letter in word):
            return bytes(alphabet[letter] for letter in word)
        return word.encode()

    return by_bytes


def _by_pieces(word: str) -> bytes:
    lone = _LONE_BYTE.fullmatch(word)
    return bytes.fromhex(lone[1]) if lone else word.replace("▁", " ").encode()


def _read(path: Path) -> bytes:
    """The text of the file, read once, so that what is checked is what is opened."""
    if not path.is_file():
        raise TokenizerError(f"{path} is missing; a model folder needs tokenizer.json")
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise TokenizerError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST_FILE:
        raise TokenizerError(f"{path} is larger than 64 MB, which no tokenizer needs")
    return data.removeprefix(codecs.BOM_UTF8)


def _checked(path: Path, data: bytes) -> _Content:
    try:
        content = msgspec.json.decode(data, type=_Content)
    except (ValueError, RecursionError) as error:
        raise TokenizerError(f"{path} is not a usable tokenizer: {str(error)[:200]}") from None
    if _growth(content.normalizer) > _MOST_GROWTH:
        raise TokenizerError(
            f"{path} would turn one letter into more than {_MOST_GROWTH}; such a text fills the "
            "memory"
        )
    return content


def _growth(step: Any) -> float:
    """How many characters a normalizer may make of one, as far as its rules tell."""
    if not isinstance(step, dict):
        return 1
    if isinstance(inner := step.get("normalizers"), list):
        return math.prod(map(_growth, inner))
    if len(str(step.get("precompiled_charsmap", ""))) > _LARGEST_MAP:
        return math.inf
    added = str(step.get("content", "")), "x" + str(step.get("prepend", ""))
    return max(map(len, added))


def _open(path: Path, data: bytes) -> RustTokenizer:
    rust = _guarded(lambda: RustTokenizer.from_buffer(data), f"{path} is not a usable tokenizer")
    # Both would change a prompt behind the person's back; dropout would do so by chance.
    rust.no_padding()
    rust.no_truncation()
    if getattr(rust.model, "dropout", None):
        rust.model.dropout = None
    probe = _guarded(lambda: rust.encode(_PROBE, add_special_tokens=False), f"{path} cannot encode")
    if not probe.ids:
        raise TokenizerError(f"{path} turns every text into nothing; its vocabulary is broken")
    return rust


def _words(path: Path, rust: RustTokenizer, added: list[_Added]) -> list[str]:
    """The word of each id, empty where an id has none; raises TokenizerError for unusable ids."""
    known = rust.get_vocab(with_added_tokens=True)
    largest = max(known.values())
    if largest >= _MOST_IDS:
        raise TokenizerError(
            f"{path} has the token id {largest:,}; ids must be below {_MOST_IDS:,}"
        )
    if len(set(known.values())) < len(known):
        raise TokenizerError(f"{path} gives one id to several tokens, so text cannot be told back")
    longest = max(map(len, known))
    if longest > _LONGEST_TOKEN:
        raise TokenizerError(f"{path} has a token of {longest:,} letters; that is no token")
    for token in added:
        if known.get(token.content) != token.id:
            raise TokenizerError(
                f"{path} gives the added token {token.content[:40]!r} the id {token.id}, "
                f"which does not follow on its vocabulary"
            )
    words = [""] * (largest + 1)
    for word, index in known.items():
        words[index] = word
    return words


def _guarded(work: Callable[[], _T], what: str) -> _T:
    try:
        with SILENCE:
            return work()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        # A Rust panic is a BaseException, so a narrower net would let it end the program.
        raise TokenizerError(f"{what}: {str(error)[:200]}") from None
