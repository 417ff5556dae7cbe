"""Training text as token streams, and the batches drawn from them. Knows no network.

A corpus file holds documents of UTF-8 text separated by lines `<|endoftext|>`. Each file becomes
one stream `end doc end doc ... end`, so that every document is preceded and followed by the token
that starts and stops a story. Batches are counted, not consumed: the rows of step n depend on the
seed and on n only, whichever process asks and whether or not the run was interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SEPARATOR = "<|endoftext|>"


@dataclass(frozen=True)
class Source:
    """A corpus file and how often a pass over the mix reads it."""

    path: Path
    weight: float = 1.0


@dataclass(frozen=True)
class Stream:
    """One tokenised file: its name, ids (N,), the offsets of its documents' starts, its weight."""

    name: str
    ids: np.ndarray
    starts: np.ndarray
    weight: float


@dataclass(frozen=True)
class HeldOut:
    """Documents that training never sees: ids (N,) and the bytes of text that they encode."""

    ids: np.ndarray
    text_bytes: int


def parse_source(text: str) -> Source:
    """`stories.txt` or `stories.txt:2.5`, the number being the weight in the mix.

    Raises ValueError when the weight is not a positive number.
    """
    head, colon, tail = text.rpartition(":")
    if not colon or not head or Path(text).exists():
        return Source(Path(text))
    try:
        weight = float(tail)
    except ValueError:
        return Source(Path(text))
    if not 0 < weight < 1e6:
        raise ValueError(f"weight {tail!r} of {head} must be a positive number")
    return Source(Path(head), weight)


def read_documents(path: Path) -> list[str]:
    """The documents of one corpus file.

    Raises ValueError with a sentence when the file cannot be read, is not UTF-8 text or is empty.
    """
    try:
        if not path.is_file():
            kind = "is not a file" if path.exists() else "does not exist"
            raise ValueError(f"{path} {kind}; name a text file to train on")
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except MemoryError:
        raise ValueError(f"{path} is larger than the memory; split it into parts") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text (byte {error.start}); convert it to UTF-8 first"
        ) from error
    if "\0" in text:
        raise ValueError(f"{path} holds NUL bytes: this is a binary file, not text")
    documents = [part.strip() for part in text.split(SEPARATOR)]
    documents = [part for part in documents if part]
    if not documents:
        raise ValueError(f"{path} is empty; a corpus needs at least one line of text")
    return documents


def split_documents(
    documents: Sequence[str], share: float, seed: int
) -> tuple[list[str], list[str]]:
    """(kept, held out): whole documents, chosen by the seed; at least one document is kept."""
    random = np.random.Generator(np.random.Philox(key=seed))
    out = random.random(len(documents)) < share
    if out.all():
        out[0] = False
    held = [text for text, hold in zip(documents, out, strict=True) if hold]
    return [text for text, hold in zip(documents, out, strict=True) if not hold], held


def encode_documents(
    name: str,
    documents: Iterable[str],
    encode: Callable[[list[str]], list[list[int]]],
    end: int,
    weight: float = 1.0,
    slice_size: int = 64,
) -> Stream:
    """Tokenise documents into one stream that begins, separates and closes with the end token."""
    texts = list(documents)
    parts: list[np.ndarray] = []
    starts: list[int] = []
    length = 0
    for first in range(0, len(texts), slice_size):
        for ids in encode(texts[first : first + slice_size]):
            starts.append(length)
            parts.append(np.asarray([end, *ids], dtype=np.int32))
            length += len(ids) + 1
    parts.append(np.asarray([end], dtype=np.int32))
    return Stream(name, np.concatenate(parts), np.asarray(starts, dtype=np.int64), weight)


@dataclass(frozen=True)
class Mix:
    """Streams from which windows of context + 1 tokens are drawn.

    A stream is chosen in proportion to weight x length; half of the windows begin at a document's
    start token, so that openings are learnt where generation begins: at position 0.
    """

    streams: tuple[Stream, ...]
    context: int
    seed: int

    def __post_init__(self) -> None:
        if not self.streams:
            raise ValueError("a mix needs at least one text")
        for stream in self.streams:
            if len(stream.ids) < self.context + 1:
                raise ValueError(
                    f"{stream.name} has {len(stream.ids)} tokens to train on, too few for one "
                    f"window of {self.context + 1}; add text or choose a smaller context"
                )

    @property
    def tokens(self) -> int:
        """Tokens in one pass over the mix, weights counted."""
        return round(sum(stream.weight * len(stream.ids) for stream in self.streams))

    def batch(self, step: int, rows: range, size: int) -> np.ndarray:
        """Rows `rows` of the `size` windows that belong to `step`: (rows, context + 1)."""
        random = np.random.Generator(np.random.Philox(key=self.seed, counter=[0, 0, 0, step]))
        share = np.array([stream.weight * len(stream.ids) for stream in self.streams])
        which = random.choice(len(self.streams), size=size, p=share / share.sum())
        aligned = random.random(size) < 0.5
        place = random.random(size)
        out = np.empty((len(rows), self.context + 1), dtype=np.int64)
        for row, index in enumerate(rows):
            stream = self.streams[which[index]]
            last = len(stream.ids) - self.context - 1
            if aligned[index]:
                start = min(int(stream.starts[int(place[index] * len(stream.starts))]), last)
            else:
                start = int(place[index] * (last + 1))
            out[row] = stream.ids[start : start + self.context + 1]
        return out
