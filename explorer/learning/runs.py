"""A training run on disk: the folder that `explorer train` fills, and how it is picked up again.

    FOLDER/config.json, model.safetensors, tokenizer.json   the model, ready to be opened
    FOLDER/training.safetensors   weights and moments in fp32, and in its metadata the step, the
                                  settings, the curve, the texts and the tokenizer

Knows no screen. Every file is replaced in one move, the training file first, so that a stop at any
moment leaves a state to continue from. No path of the machine enters a file.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer.disk import replace_file
from explorer.engine.checkpoint import (
    TOKENIZER,
    WEIGHTS,
    open_checkpoint,
    write_checkpoint,
    write_tensors,
)
from explorer.engine.config import ModelConfig
from explorer.engine.model import Transformer
from explorer.learning.corpus import MixText
from explorer.learning.corpus_tokenizer import read_tokenizer
from explorer.learning.group import Group
from explorer.learning.machine import check_memory, enough_memory
from explorer.learning.settings import TrainSettings
from explorer.learning.train import Training

STATE = "training.safetensors"
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


class RunState(msgspec.Struct, frozen=True):
    """The part of a saved run that is not tensors; early files do not say which texts they read."""

    step: int
    config: ModelConfig
    settings: TrainSettings
    curve: list[tuple[int, float, dict[str, float]]]
    texts: list[MixText] | None = None


@dataclass(frozen=True)
class SavedRun:
    """A run as its file holds it: tensors by name, and the tokenizer as JSON."""

    state: RunState
    tensors: dict[str, Tensor]
    tokenizer_json: str


def claim_folder(folder: Path, resume: bool) -> None:
    """Make the folder of a run and see that it can be written.

    Raises ValueError when a new run would overwrite a model, OSError when nothing can be written.
    """
    if not resume and any((folder / name).exists() for name in (STATE, WEIGHTS)):
        raise ValueError(
            f"{folder} holds a model already; continue its run with --resume, "
            "or name another folder"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left_by_a_killed_run in folder.glob(".*.part"):
            left_by_a_killed_run.unlink()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(f"{folder} cannot be written: {error.strerror}") from error


def new_training(config: ModelConfig, settings: TrainSettings, group: Group) -> Training:
    """A run at step 0 with fresh weights. Raises ValueError when the memory does not suffice."""
    check_memory(config, settings, group.device, group.size)
    with enough_memory():
        model = Transformer(config)
        model.initialise(settings.seed)
        return Training(model, settings, group)


def save_run(
    folder: Path, training: Training, texts: list[MixText], tokenizer_json: str, dtype: str
) -> None:
    """Write the state to continue from and, then, the model folder. Raises OSError."""
    tensors: dict[str, Tensor] = {}
    for name, weight in training.model.named_parameters():
        tensors[f"weight.{name}"] = weight.detach()
        for key, moment in training.optimizer.state.get(weight, {}).items():
            tensors[f"{key}.{name}"] = moment
    config, settings = training.model.config, training.settings
    state = RunState(training.step, config, settings, training.curve, texts)
    note = {"run": msgspec.json.encode(state).decode(), "tokenizer": tokenizer_json}
    cpu = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / STATE, lambda path: write_tensors(cpu, path, note))
    write_checkpoint(folder, training.model, tokenizer_json, dtype)


def read_run(folder: Path) -> SavedRun:
    """The run saved in `folder`; raises ValueError with a sentence when it holds no whole one."""
    path = folder / STATE
    if not path.is_file():
        raise ValueError(f"{path} is missing: there is no run to continue in {folder}")
    try:
        with safe_open(path, framework="pt") as file:
            note: dict[str, str] = file.metadata() or {}
            state = msgspec.json.decode(note.get("run", ""), type=RunState)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        text, origin = note.get("tokenizer"), path
        if text is None:
            origin = folder / TOKENIZER
            text = origin.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    except (SafetensorError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is damaged ({error}); start the run again") from None
    read_tokenizer(text, origin, state.config.vocab_size)
    return SavedRun(state, tensors, text)


def read_weights(folder: Path) -> SavedRun:
    """The weights and tokenizer of a model folder as a run at step 0; raises ModelError."""
    model = open_checkpoint(folder).model
    tensors: dict[str, Tensor] = {
        f"weight.{name}": weight for name, weight in model.named_parameters()
    }
    text = (folder / TOKENIZER).read_text(encoding="utf-8")
    read_tokenizer(text, folder / TOKENIZER, model.config.vocab_size)
    return SavedRun(RunState(0, model.config, TrainSettings(), [], None), tensors, text)


def holds_run(folder: Path) -> bool:
    """Whether a folder holds the state of a run, not only its weights."""
    return (folder / STATE).exists() or not (folder / WEIGHTS).exists()


def continue_run(saved: SavedRun, group: Group, settings: TrainSettings | None = None) -> Training:
    """The training of a saved run, exact to the step.

    With `settings` only the weights are taken over: a new run starts from them at step 0.
    Raises ValueError when the saved tensors are not those of the network.
    """
    state = saved.state
    check_memory(state.config, settings or state.settings, group.device, group.size)
    training = Training(Transformer(state.config), settings or state.settings, group)
    moments_too = settings is None and state.step > 0
    with torch.no_grad():
        for name, weight in training.model.named_parameters():
            weight.copy_(_saved_tensor(saved, f"weight.{name}", weight.shape))
            if moments_too:
                training.optimizer.state[weight] = {
                    key: _saved_tensor(
                        saved, f"{key}.{name}", torch.Size() if key == "step" else weight.shape
                    ).to(weight.device, copy=True)
                    for key in _MOMENTS
                }
    if settings is None:
        training.step, training.curve = state.step, list(state.curve)
    return training


def _saved_tensor(saved: SavedRun, name: str, shape: torch.Size) -> Tensor:
    tensor = saved.tensors.get(name)
    if tensor is None or tensor.shape != shape or tensor.dtype != torch.float32:
        raise ValueError(f"{STATE} is damaged: {name} is missing or has another shape")
    if not tensor.isfinite().all():
        raise ValueError(f"{STATE} is damaged: {name} holds NaN or infinite numbers")
    return tensor
