"""Trains the byte-level BPE tokenizer on a corpus (Sennrich et al. 2016; Radford et al. 2019).

Every byte has a token of its own, so that any text can be encoded; the stop token has id 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from explorer.learning.data import SEPARATOR


def train_tokenizer(documents: Iterable[str], vocabulary: int, progress: bool = False) -> Tokenizer:
    """A byte-level BPE tokenizer with exactly `vocabulary` entries.

    Raises ValueError when the text is too small to learn that many.
    """
    if vocabulary < 257:
        raise ValueError(f"a byte-level vocabulary needs 257 entries or more, not {vocabulary}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[SEPARATOR],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=progress,
    )
    tokenizer.train_from_iterator(documents, trainer)
    if tokenizer.get_vocab_size() != vocabulary:
        raise ValueError(
            f"the text yields only {tokenizer.get_vocab_size()} tokens, not {vocabulary}; "
            "add text or choose a smaller vocabulary"
        )
    return tokenizer


def read_tokenizer(text: str, origin: Path, vocabulary: int) -> Tokenizer:
    """The tokenizer that `text` describes; raises ValueError naming the file `origin`."""
    try:
        tokenizer = Tokenizer.from_str(text)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library panics at some texts, which is no Exception
        raise ValueError(f"{origin} holds no usable tokenizer: {str(error)[:200]}") from None
    if tokenizer.get_vocab_size() != vocabulary:
        raise ValueError(
            f"{origin} has {tokenizer.get_vocab_size()} tokens, the network {vocabulary}"
        )
    return tokenizer
