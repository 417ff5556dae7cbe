"""What a run reads: texts, split by document, tokenised and mixed. Knows no network and no folder.

The mix is also described in a few numbers, so that a resumed run can tell whether it was given the
same texts again.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from tokenizers import Tokenizer

from explorer.engine.config import ModelConfig
from explorer.learning.corpus_tokenizer import train_tokenizer
from explorer.learning.data import (
    HeldOut,
    Mix,
    Source,
    Stream,
    encode_documents,
    read_documents,
    split_documents,
)

_HELD_OUT_BYTES, _DOCUMENT_CHARACTERS = 1 << 17, 2000
_SHARE = 0.01
# Whatever the seed of a run, it holds out the same documents: a run that starts from the weights of
# another one has not seen them either.
_SPLIT_SEED = 1


class MixText(msgspec.Struct, frozen=True):
    """One text of a run as its state remembers it: the name of the file, without its folder."""

    part: str
    name: str
    weight: float
    tokens: int
    checksum: int

    def describe(self) -> str:
        """The text in a few words."""
        return (
            f"{self.name} ({self.part}, weight {self.weight:g}, {self.tokens:,} tokens, "
            f"checksum {self.checksum:08x})"
        )


@dataclass(frozen=True)
class Corpus:
    """What a run reads: the mix, the mix of its last part, and the texts that it never sees."""

    tokenizer: Tokenizer
    mix: Mix
    finish: Mix | None
    held_out: dict[str, HeldOut]

    @property
    def texts(self) -> list[MixText]:
        """Every text, in the order of the draws."""
        parts = {"mix": self.mix.streams, "finish": self.finish.streams if self.finish else ()}
        texts = [
            MixText(part, one.name, one.weight, len(one.ids), _checksum(one.ids))
            for part, streams in parts.items()
            for one in streams
        ]
        return texts + [
            MixText("held out", name, 1.0, len(text.ids), _checksum(text.ids))
            for name, text in self.held_out.items()
        ]


def prepare_corpus(
    sources: Sequence[Source],
    finish: Sequence[Source],
    held_out: Sequence[Source],
    config: ModelConfig,
    seed: int,
    tokenizer: Tokenizer | None = None,
) -> Corpus:
    """Read, split by document and tokenise all texts; trains the tokenizer when none is given.

    One document in a hundred is held out of every source. Raises ValueError with a sentence.
    """
    texts: dict[Path, tuple[list[str], list[str]]] = {}
    for source in (*sources, *finish):
        if source.path not in texts:
            texts[source.path] = split_documents(read_documents(source.path), _SHARE, _SPLIT_SEED)
    extra = {source.path.stem: read_documents(source.path) for source in held_out}
    if tokenizer is None:
        kept = (text for documents, _ in texts.values() for text in documents)
        tokenizer = train_tokenizer(kept, config.vocab_size)

    def encode(batch: list[str]) -> list[list[int]]:
        return [item.ids for item in tokenizer.encode_batch(batch)]

    def stream(source: Source) -> Stream:
        kept, name = texts[source.path][0], source.path.name
        return encode_documents(name, kept, encode, config.eos_token_id, source.weight)

    held = {"held out": [text for _, out in texts.values() for text in out], **extra}
    scored = {}
    for name, documents in held.items():
        if documents:
            some = _sample(documents)
            ids = encode_documents(name, some, encode, config.eos_token_id).ids
            scored[name] = HeldOut(ids, sum(len(text.encode()) for text in some))
    main = Mix(tuple(map(stream, sources)), config.n_positions, seed)
    last = Mix(tuple(map(stream, finish)), config.n_positions, seed) if finish else None
    return Corpus(tokenizer, main, last, scored)


def check_same_texts(began: Sequence[MixText], now: Sequence[MixText]) -> None:
    """Raises ValueError that names what differs between the texts of a run and those given."""
    if list(began) == list(now):
        return
    missing = [text.describe() for text in began if text not in now]
    new = [text.describe() for text in now if text not in began]
    differences = [f"missing: {', '.join(missing)}"] if missing else []
    differences += [f"new: {', '.join(new)}"] if new else []
    raise ValueError(
        f"these are not the texts that the run began with ({'; '.join(differences) or 'the order'}"
        "); give the same ones in the same order, or start a new run from its weights "
        "(--start-from)"
    )


def _checksum(ids: np.ndarray) -> int:
    return zlib.crc32(ids.astype("<i4").tobytes())


def _sample(documents: Sequence[str]) -> list[str]:
    """Openings of documents, evenly spread, about 128 KB in all: an evaluation takes seconds."""
    openings = [text[:_DOCUMENT_CHARACTERS] for text in documents]
    stride = max(1, round(sum(len(text) for text in openings) / _HELD_OUT_BYTES))
    return openings[::stride]
