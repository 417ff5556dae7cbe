"""A model folder opened whole: the network, its tokenizer and the facts about both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer.engine.checkpoint import ModelError, open_checkpoint
from explorer.engine.edits import NO_EDITS, Edits
from explorer.engine.engine import Engine
from explorer.engine.facts import ModelFacts
from explorer.engine.inspect import Inspection, inspect
from explorer.engine.tokenizer import Encoding, Tokenizer
from explorer.engine.trace import Trace


class LocalReader:
    """Reads text with a network in this process."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer, facts: ModelFacts) -> None:
        self.engine = engine
        self.tokenizer = tokenizer
        self.facts = facts

    def encode(self, text: str) -> Encoding:
        """The tokens of a text, without the begin token; raises TokenizerError."""
        return self.tokenizer.encode(text)

    def read(self, trace: Trace, ids: Sequence[int], edits: Edits = NO_EDITS) -> Trace:
        """The trace after reading `ids` behind it; raises ContextFullError."""
        return self.engine.read(trace, ids, edits)

    def inspect(self, trace: Trace, position: int) -> Inspection:
        """The pass at one position of a trace taken apart; raises ValueError outside it."""
        return inspect(self.engine.parameters, trace, position)


def open_model(folder: Path) -> LocalReader:
    """Open, check and load a model folder; raises ModelError or TokenizerError with a sentence."""
    checkpoint = open_checkpoint(folder)
    config = checkpoint.model.config
    tokenizer = Tokenizer(folder / "tokenizer.json")
    known = len(tokenizer.pieces)
    if known > config.vocab_size:
        raise ModelError(
            f"{folder / 'tokenizer.json'} has {known} tokens, the network only {config.vocab_size}"
        )
    spare = range(known, config.vocab_size)
    facts = ModelFacts(
        name=folder.resolve().name,
        fingerprint=checkpoint.fingerprint,
        layers=config.n_layer,
        heads=config.n_head,
        width=config.n_embd,
        head_width=config.head_width,
        context=config.n_positions,
        begin_token=config.bos_token_id,
        end_token=config.eos_token_id,
        pieces=(*tokenizer.pieces, *(b"" for _ in spare)),
        labels=(*tokenizer.labels, *(f"unused {index}" for index in spare)),
    )
    return LocalReader(Engine(checkpoint.model), tokenizer, facts)
