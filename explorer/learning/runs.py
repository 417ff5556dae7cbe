"""A training run on disk: the folder that `explorer train` fills, and how it is picked up again.

    FOLDER/config.json, model.safetensors, tokenizer.json   the model, ready to be opened
    FOLDER/training.safetensors   weights and moments in fp32, the step, the settings and the curve

Knows no screen. The training file is written in one move, so that a stop at any moment leaves the
state of the last save.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer

from explorer.engine.checkpoint import TOKENIZER, replace_file, write_checkpoint
from explorer.engine.config import ModelConfig
from explorer.engine.model import Transformer
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
from explorer.learning.train import Group, Training, TrainSettings

STATE = "training.safetensors"
_HELD_OUT_BYTES, _DOCUMENT_CHARACTERS = 1 << 17, 2000


class RunState(msgspec.Struct, frozen=True):
    """The part of a saved run that is not tensors."""

    step: int
    config: ModelConfig
    settings: TrainSettings
    curve: list[tuple[int, float, dict[str, float]]]


@dataclass(frozen=True)
class Corpus:
    """What a run reads: the mix, the mix of its last part, and the texts that it never sees."""

    tokenizer: Tokenizer
    mix: Mix
    finish: Mix | None
    held_out: dict[str, HeldOut]


def prepare_corpus(
    sources: Sequence[Source],
    finish: Sequence[Source],
    held_out: Sequence[Source],
    config: ModelConfig,
    settings: TrainSettings,
    tokenizer: Tokenizer | None = None,
    share: float = 0.01,
) -> Corpus:
    """Read, split by document and tokenise all texts; trains the tokenizer when none is given.

    One document in a hundred is held out of every source. Raises ValueError with a sentence.
    """
    texts: dict[Path, tuple[list[str], list[str]]] = {}
    for source in (*sources, *finish):
        if source.path not in texts:
            documents = read_documents(source.path)
            texts[source.path] = split_documents(documents, share, settings.seed)
    extra = {source.path.stem: read_documents(source.path) for source in held_out}
    if tokenizer is None:
        kept = (text for documents, _ in texts.values() for text in documents)
        tokenizer = train_tokenizer(kept, config.vocab_size)

    def encode(batch: list[str]) -> list[list[int]]:
        return [item.ids for item in tokenizer.encode_batch(batch)]

    def streams(chosen: Sequence[Source]) -> tuple[Stream, ...]:
        return tuple(
            encode_documents(texts[one.path][0], encode, config.eos_token_id, one.weight)
            for one in chosen
        )

    held = {"held out": [text for _, out in texts.values() for text in out], **extra}
    scored = {}
    for name, documents in held.items():
        if documents:
            some = _sample(documents)
            ids = encode_documents(some, encode, config.eos_token_id).ids
            scored[name] = HeldOut(ids, sum(len(text.encode()) for text in some))
    main = Mix(streams(sources), config.n_positions, settings.seed)
    last = Mix(streams(finish), config.n_positions, settings.seed) if finish else None
    return Corpus(tokenizer, main, last, scored)


def _sample(documents: Sequence[str]) -> list[str]:
    """Openings of documents, evenly spread, about 128 KB in all: an evaluation takes seconds."""
    openings = [text[:_DOCUMENT_CHARACTERS] for text in documents]
    stride = max(1, round(sum(len(text) for text in openings) / _HELD_OUT_BYTES))
    return openings[::stride]


def new_training(config: ModelConfig, settings: TrainSettings, group: Group) -> Training:
    """A run at step 0 with fresh weights."""
    model = Transformer(config)
    model.initialise(settings.seed)
    return Training(model, settings, group)


def save_training(folder: Path, training: Training, tokenizer_json: str, dtype: str) -> None:
    """Write the model folder and, last, the state to continue from. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, torch.Tensor] = {}
    for name, weight in training.model.named_parameters():
        tensors[f"weight.{name}"] = weight.detach()
        for key, moment in training.optimizer.state.get(weight, {}).items():
            tensors[f"{key}.{name}"] = moment
    state = RunState(training.step, training.model.config, training.settings, training.curve)
    note = {"run": msgspec.json.encode(state).decode()}
    cpu = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    write_checkpoint(folder, training.model, tokenizer_json, dtype)
    replace_file(folder / STATE, lambda path: save_file(cpu, path, note))


def load_training(
    folder: Path, group: Group, settings: TrainSettings | None = None
) -> tuple[Training, Tokenizer]:
    """The run saved in `folder`, exact to the step, and its tokenizer.

    With `settings` only the weights are taken over: a new run starts from them at step 0.
    Raises ValueError with a sentence when the folder holds no whole run.
    """
    path = folder / STATE
    if not path.is_file():
        raise ValueError(f"{path} is missing: there is no run to continue in {folder}")
    try:
        with safe_open(path, framework="pt") as file:
            state = msgspec.json.decode(file.metadata()["run"], type=RunState)
            stored = {name: file.get_tensor(name) for name in file.keys()}
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        model = Transformer(state.config)
        training = Training(model, settings or state.settings, group)
        with torch.no_grad():
            for name, weight in model.named_parameters():
                weight.copy_(stored[f"weight.{name}"])
                keys = ("step", "exp_avg", "exp_avg_sq")
                if settings is None and f"step.{name}" in stored:
                    moments = {key: stored[f"{key}.{name}"].to(weight.device) for key in keys}
                    training.optimizer.state[weight] = moments
    except (SafetensorError, msgspec.DecodeError, KeyError, RuntimeError) as error:
        raise ValueError(f"{path} is damaged ({error}); start the run again") from None
    if settings is None:
        training.step, training.curve = state.step, list(state.curve)
    return training, tokenizer
