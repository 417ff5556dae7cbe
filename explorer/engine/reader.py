"""A model folder opened whole: the network, its tokenizer and the facts about both."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.engine.capabilities import EVERYTHING, Capabilities
from explorer.engine.checkpoint import can_train, fingerprint, opening_checkpoint
from explorer.engine.checks import Check
from explorer.engine.device import choose
from explorer.engine.edits import NO_EDITS, Edits, How
from explorer.engine.effects import Effect
from explorer.engine.engine import Engine
from explorer.engine.facts import ModelFacts
from explorer.engine.inspect import Inspection, inspect
from explorer.engine.model import Transformer
from explorer.engine.network.decoder import Decoder
from explorer.engine.network.description import Description
from explorer.engine.network.opening import open_decoder
from explorer.engine.network.reading import CONFIG, describe, read_fields, special_tokens
from explorer.engine.network.shards import WEIGHTS, inside
from explorer.engine.opening import Progress, Storage, Wanted
from explorer.engine.text_proof import prove_text
from explorer.engine.tokenizer import Encoding, Tokenizer, TokenizerError
from explorer.engine.trace import Trace
from explorer.engine.weights import ModelError

TOKENIZER = "tokenizer.json"


class LocalReader:
    """Reads text with a network in this process."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer, facts: ModelFacts) -> None:
        self.engine = engine
        self.tokenizer = tokenizer
        self.facts = facts

    def encode(self, text: str) -> Encoding:
        """The tokens of a text, without the begin token; raises TokenizerError."""
        found = self.tokenizer.encode(text)
        strange = next((one for one in found.ids if one >= self.facts.vocabulary), None)
        if strange is not None:
            token = self.tokenizer.labels[strange]
            raise TokenizerError(f"this network does not know the token {token!r} in the text")
        return found

    def read(self, trace: Trace, ids: Sequence[int], edits: Edits = NO_EDITS) -> Trace:
        """The trace after reading `ids` behind it; raises ContextFullError."""
        return self.engine.read(trace, ids, edits)

    def inspect(self, trace: Trace, position: int) -> Inspection:
        """The pass at one position of a trace, to be taken apart; ValueError outside the text."""
        return inspect(self.engine.parameters, trace, position)

    def prove(self, trace: Trace, position: int, token: int) -> Iterator[Check]:
        """The checks of a text that has been read, one by one."""
        return prove_text(self.engine, trace, position, token)

    def activations(
        self, ids: Sequence[int], names: Collection[str], edits: Edits = NO_EDITS
    ) -> dict[str, NDArray[np.float32]]:
        """Named activations over a whole text; raises ValueError with a sentence."""
        return self.engine.activations(ids, names, edits)

    def sweep(
        self,
        ids: Sequence[int],
        token: int,
        edits: Edits = NO_EDITS,
        how: How = "zero",
        mlps: bool = True,
    ) -> Iterator[tuple[Effect, ...]]:
        """What each head and MLP does for a token after a text, in slices; raises ValueError."""
        return self.engine.sweep(ids, token, edits, how, mlps)

    def close(self) -> None:
        """Nothing to leave behind: the memory goes with the last one who holds this reader."""

    def interrupt(self) -> None:
        """A pass in this process cannot be ended from outside; `engine.remote.isolated` can."""


def open_model(folder: Path, storage: Storage = "fp32", device: Wanted = "cpu") -> LocalReader:
    """Open, check and load a model folder.

    Raises ModelError or TokenizerError with a sentence, ValueError for a device that is not there.
    """
    *_, reader = opening(folder, storage, device)
    assert isinstance(reader, LocalReader)
    return reader


def opening(
    folder: Path, storage: Storage = "fp32", device: Wanted = "cpu"
) -> Iterator[Progress | LocalReader]:
    """The same in slices, so that it can be watched and cancelled; the last value is the reader."""
    chosen = choose(device)
    fields = read_fields(folder)
    path = folder / CONFIG
    description = describe(fields, path)
    tokenizer = open_tokenizer(folder, description.vocabulary)
    network: Transformer | Decoder
    trainable = storage == "fp32" and can_train(folder, fields)
    if trainable and chosen.type == "cpu":
        checkpoint = yield from opening_checkpoint(folder)
        network, digest = checkpoint.model, checkpoint.fingerprint
    else:
        opened = yield from open_decoder(folder, description, storage, chosen)
        network = opened.model
        # The same on every device, so that a session is that of either.
        digest = fingerprint(inside(folder, WEIGHTS)) if trainable else opened.fingerprint
    facts = facts_of(folder, fields, description, tokenizer, digest, EVERYTHING, str(chosen))
    reader = LocalReader(Engine(network), tokenizer, facts)
    try:
        reader.read(Trace(), [facts.begin_token])
    except ValueError as error:
        raise ModelError(f"{folder} cannot be used: {error}") from None
    yield reader


def facts_of(
    folder: Path,
    fields: Mapping[str, Any],
    d: Description,
    tokenizer: Tokenizer,
    digest: str,
    can: Capabilities,
    device: str,
) -> ModelFacts:
    """What the other rooms may know of a folder whose configuration was checked."""
    begin, ends = special_tokens(fields, folder / CONFIG, d.vocabulary)
    pieces, labels = _padded(tokenizer, d.vocabulary)
    return ModelFacts(
        name=folder.resolve().name,
        fingerprint=digest,
        layers=d.layers,
        heads=d.heads,
        width=d.width,
        head_width=d.head_width,
        context=d.context,
        begin_token=begin,
        end_token=ends[0] if ends else -1,
        further_ends=frozenset(ends[1:]),
        pieces=pieces,
        labels=labels,
        key_groups=d.groups if d.groups < d.heads else None,
        scale=d.scale if d.scale != d.head_width**-0.5 else None,
        windows=d.windows if any(d.windows) else (),
        score_cap=d.score_cap,
        anatomy=d.anatomy,
        inner=d.inner,
        can=can,
        device=device,
    )


def open_tokenizer(folder: Path, vocabulary: int) -> Tokenizer:
    """The tokenizer; raises ModelError where it knows words that the network does not.

    Control tokens may lie beyond: Gemma 3's tokenizer has one for pictures that its text network
    lacks. A text that holds one is refused when it is read.
    """
    path = inside(folder, TOKENIZER)
    tokenizer = Tokenizer(path)
    known = len(tokenizer.pieces)
    if any(token not in tokenizer.added for token in range(vocabulary, known)):
        raise ModelError(f"{path} has {known} tokens, the network only {vocabulary}")
    return tokenizer


def _padded(tokenizer: Tokenizer, vocabulary: int) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """Pieces and labels as long as the vocabulary of the network, which is often rounded up."""
    spare = range(len(tokenizer.pieces), vocabulary)
    return (
        (*tokenizer.pieces[:vocabulary], *(b"" for _ in spare)),
        (*tokenizer.labels[:vocabulary], *(f"unused {index}" for index in spare)),
    )
