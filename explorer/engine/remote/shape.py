"""What the shapes of completion servers have in common: what is asked at connect, what is kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from explorer.engine.capabilities import only_probabilities
from explorer.engine.facts import ModelFacts
from explorer.engine.remote.failure import ServerError
from explorer.engine.remote.outlook import Spread
from explorer.engine.tokenizer import Encoding, Tokenizer, visible

# More than any vocabulary: the answer tells how many a server is willing to give.
ALL = 10_000_000
CONFIG, TOKENIZER = "config.json", "tokenizer.json"
_LARGEST_CONFIG = 1 << 20
T = TypeVar("T")


@dataclass(frozen=True)
class Wishes:
    """What the person wants of a server (`place.Place`).

    tokenizer is a folder with tokenizer.json, or that file. candidates is how many tokens a step
    asks for, 0: as many as the server gives. model is one of several models behind an address.
    """

    tokenizer: Path | None = None
    candidates: int = 0
    model: str = ""


class Shape(Protocol):
    """One way of asking for the next token; every call is one request."""

    @property
    def facts(self) -> ModelFacts:
        """What is known about the network."""

    @property
    def title(self) -> str:
        """What kind of server it is, in words."""

    def encode(self, text: str) -> Encoding:
        """The tokens of a text, without the begin token; raises ValueError with a sentence."""

    def ahead(self, ids: Sequence[int]) -> Spread:
        """What may come after these tokens; raises ServerError with a sentence."""

    def identity(self) -> str:
        """Which model the server runs now, in words that change when the model does."""


@dataclass(frozen=True)
class Words:
    """The names of tokens: their bytes, what is shown of them, and where texts begin and end."""

    pieces: tuple[bytes, ...]
    labels: tuple[str, ...]
    begin: int
    ends: tuple[int, ...] = ()


def facts_of(
    name: str, context: int, words: Words, why: str, missing: str, identity: str
) -> ModelFacts:
    """The facts about a network of which only probabilities are known, and why."""
    digest = hashlib.sha256(identity.encode())
    for piece in words.pieces:
        digest.update(len(piece).to_bytes(4, "little") + piece)
    return ModelFacts(
        name=name,
        fingerprint=digest.hexdigest(),
        layers=0,
        heads=0,
        width=0,
        head_width=0,
        context=context,
        begin_token=words.begin,
        end_token=words.ends[0] if words.ends else -1,
        pieces=words.pieces,
        labels=words.labels,
        further_ends=frozenset(words.ends[1:]),
        can=only_probabilities(why, missing),
    )


def decoded(value: Any, kind: type[T], what: str) -> T:
    """A decoded answer as a record; raises ServerError where it has another shape."""
    try:
        return msgspec.convert(value, kind, strict=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ServerError(
            f"The server's {what} has another shape than expected: {error}."
        ) from None


def decoded_body(body: bytes, kind: type[T], what: str) -> T:
    """A body decoded straight into a record, which spares the parts that are not needed."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise ServerError(
            f"The server's {what} has another shape than expected: {error}."
        ) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        start = body[:60].decode("utf-8", "replace")
        raise ServerError(f"The server's {what} is not JSON: {start!r}.") from None


def short_name(text: str) -> str:
    """The last part of a model's path or name, without unprintable signs."""
    name = text.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable())[:80] or "a model"


class _Config(msgspec.Struct):
    bos_token_id: int | list[int] | None = None
    eos_token_id: int | list[int] | None = None
    vocab_size: int | None = None


@dataclass(frozen=True)
class LocalWords:
    """A tokenizer of the person's own, and what config.json beside it says of its tokens."""

    tokenizer: Tokenizer
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    path: Path
    sizes: tuple[int, ...] = field(default=())


def local_words(place: Path) -> LocalWords:
    """Open tokenizer.json in a folder, or the file itself; raises ValueError with a sentence."""
    path = place / TOKENIZER if place.is_dir() else place
    tokenizer = Tokenizer(path)
    config = _read_config(path.with_name(CONFIG))
    sizes = () if config.vocab_size is None else (config.vocab_size,)
    known = len(tokenizer.pieces)
    begins, ends = (
        tuple(one for one in _listed(value) if 0 <= one < known)
        for value in (config.bos_token_id, config.eos_token_id)
    )
    return LocalWords(tokenizer, begins, ends, path, sizes)


def words_of(tokenizer: Tokenizer, size: int, begin: int, ends: tuple[int, ...]) -> Words:
    """The words of a tokenizer for a vocabulary that may be rounded up."""
    spare = range(len(tokenizer.pieces), size)
    return Words(
        (*tokenizer.pieces[:size], *(b"" for _ in spare)),
        (*tokenizer.labels[:size], *(f"unused {index}" for index in spare)),
        begin,
        ends,
    )


def labels_of(pieces: Sequence[bytes]) -> tuple[str, ...]:
    """What is shown of tokens that a server told; those of no bytes get a name."""
    return tuple(
        visible(piece) if piece else f"control {index}" for index, piece in enumerate(pieces)
    )


def slot(total: int) -> int:
    """Which of a server's places this process uses, so that two windows keep their memories."""
    return os.getpid() % total if total > 1 else -1


def _read_config(path: Path) -> _Config:
    try:
        if path.stat().st_size > _LARGEST_CONFIG:
            return _Config()
        return msgspec.json.decode(path.read_bytes(), type=_Config)
    except (OSError, msgspec.DecodeError, RecursionError):
        return _Config()


def _listed(value: int | list[int] | None) -> list[int]:
    return value if isinstance(value, list) else [] if value is None else [value]
