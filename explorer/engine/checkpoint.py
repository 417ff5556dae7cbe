"""Open, check and write a model folder in Hugging Face's GPT-2 format.

A folder holds `config.json`, `model.safetensors` and `tokenizer.json`. Everything is checked
before it is believed: sizes from the configuration, names and shapes from the weights' header,
every number finite. Nothing is ever unpickled and no code of the folder is run.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from explorer.engine.config import ModelConfig
from explorer.engine.model import Transformer

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
PREFIX = "transformer."
_FLOATS = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32}


class ModelError(ValueError):
    """A model folder cannot be used; the text says which file, why, and what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """A network ready to run, where it came from, and the hash of its weights file."""

    model: Transformer
    folder: Path
    fingerprint: str


def open_checkpoint(folder: Path) -> Checkpoint:
    """The network of a model folder, in fp32 whatever the storage.

    Raises ModelError when a file is missing, broken or of another shape than the configuration.
    """
    config = read_config(folder)
    path = folder / WEIGHTS
    if not path.is_file():
        raise ModelError(
            f"{path} is missing; a model folder needs {CONFIG}, {WEIGHTS}, {TOKENIZER}"
        )
    model = Transformer(config)
    wanted = {PREFIX + name: weight for name, weight in model.named_parameters()}
    try:
        with safe_open(path, framework="pt") as file:
            stored = _check_names(path, set(file.keys()), set(wanted))
            with torch.no_grad():
                for name, target in wanted.items():
                    target.copy_(_read_tensor(path, file, stored[name], target))
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{path} is not a whole safetensors file ({error}); copy it again"
        ) from None
    return Checkpoint(model.eval().requires_grad_(False), folder, fingerprint(path))


def read_config(folder: Path) -> ModelConfig:
    """The checked configuration of a model folder; raises ModelError."""
    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder}; name a folder that holds a model")
    path = folder / CONFIG
    try:
        if path.stat().st_size > 1 << 20:
            raise ModelError(f"{path} is larger than 1 MB, which no configuration is")
        return msgspec.json.decode(path.read_bytes(), type=ModelConfig)
    except FileNotFoundError:
        raise ModelError(f"{path} is missing; a model folder needs {CONFIG}") from None
    except (OSError, msgspec.DecodeError, ValueError, RecursionError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path} is not a usable configuration: {error}") from None


def fingerprint(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checkpoint(folder: Path, model: Transformer, tokenizer_json: str, dtype: str) -> None:
    """Write a model folder; each file is whole or untouched, the configuration comes last.

    `dtype` is F16, BF16 or F32, the storage of the weights. Raises OSError on a full disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        PREFIX + name: _layout(name, weight.detach().float().cpu()).to(_FLOATS[dtype]).contiguous()
        for name, weight in model.named_parameters()
    }
    replace_file(folder / WEIGHTS, lambda path: save_file(tensors, path, {"format": "pt"}))
    replace_file(folder / TOKENIZER, lambda path: _write_text(path, tokenizer_json))
    config = json.dumps(msgspec.to_builtins(model.config), indent=2) + "\n"
    replace_file(folder / CONFIG, lambda path: _write_text(path, config))


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in its place in one move.

    A full disk or a stop in the middle leaves the old file as it was. Raises OSError.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        try:
            write(temporary)
        except SafetensorError as error:
            raise OSError(None, f"cannot write {path}: {error}") from None
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _layout(name: str, tensor: Tensor) -> Tensor:
    # GPT-2's files keep the block matrices as (in, out), torch's Linear as (out, in).
    return tensor.T if name.startswith("h.") and tensor.dim() == 2 else tensor


def _check_names(path: Path, stored: set[str], wanted: set[str]) -> dict[str, str]:
    """Where each wanted tensor is stored; older files leave the prefix out."""
    bare = {name: name if name in stored else name.removeprefix(PREFIX) for name in wanted}
    missing = sorted(name for name, key in bare.items() if key not in stored)
    if missing:
        raise ModelError(f"{path} lacks the tensor {missing[0]!r} ({len(missing)} missing in all)")
    buffers = ("lm_head.weight", ".attn.bias", ".attn.masked_bias")
    extra = sorted(key for key in stored - set(bare.values()) if not key.endswith(buffers))
    if extra:
        raise ModelError(
            f"{path} holds {len(extra)} tensors that {CONFIG} does not explain, "
            f"the first is {extra[0][:80]!r}"
        )
    return bare


def _read_tensor(path: Path, file: safe_open, key: str, target: Tensor) -> Tensor:
    view = file.get_slice(key)
    if view.get_dtype() not in _FLOATS:
        raise ModelError(f"{path}: {key!r} is stored as {view.get_dtype()}, only floats can be run")
    bare = key.removeprefix(PREFIX)
    shape = list(_layout(bare, target).shape)
    if view.get_shape() != shape:
        raise ModelError(f"{path}: {key!r} has the shape {view.get_shape()}, not {shape}")
    tensor = file.get_tensor(key).float()
    if not torch.isfinite(tensor).all():
        raise ModelError(f"{path}: {key!r} holds NaN or infinite weights; the file is damaged")
    return _layout(bare, tensor)
