"""Open, check and write a model folder in Hugging Face's GPT-2 format.

A folder holds `config.json`, `model.safetensors` and `tokenizer.json`. Everything is checked
before it is believed, and before memory is taken: sizes from the configuration, names, shapes and
places from the weights' header, then every number finite. Nothing is ever unpickled, no code of
the folder is run, and only these three files are opened.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from explorer.disk import replace_file
from explorer.engine.config import ModelConfig
from explorer.engine.model import Transformer
from explorer.engine.opening import Progress
from explorer.engine.weights import FLOATS, Entry, read_header, read_tensor, size_of_file
from explorer.engine.weights import ModelError as ModelError

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
PREFIX = "transformer."
_LARGEST_CONFIG = 1 << 20
_BUFFERS = ("lm_head.weight", ".attn.bias", ".attn.masked_bias")


@dataclass(frozen=True)
class Checkpoint:
    """A network ready to run, where it came from, and the hash of its weights file."""

    model: Transformer
    folder: Path
    fingerprint: str


def can_train(folder: Path, fields: Mapping[str, Any]) -> bool:
    """Whether a folder fits the network that trains: the GPT-2 of `engine.config`, one file."""
    try:
        msgspec.convert(fields, ModelConfig)
    except msgspec.ValidationError:
        return False
    return fields.get("model_type") == "gpt2" and (folder / WEIGHTS).exists()


def open_checkpoint(folder: Path) -> Checkpoint:
    """The network of a model folder, in fp32 whatever the storage.

    Raises ModelError when a file is missing, broken or of another shape than the configuration.
    """
    slices = opening_checkpoint(folder)
    while True:
        try:
            next(slices)
        except StopIteration as end:
            checkpoint: Checkpoint = end.value
            return checkpoint


def opening_checkpoint(folder: Path) -> Generator[Progress, None, Checkpoint]:
    """The same in slices, one for each tensor; the checkpoint is what the generator returns."""
    config = read_config(folder)
    path = folder / WEIGHTS
    if not path.exists():
        raise ModelError(f"{path} is missing; {_why_no_weights(folder)}")
    entries, first = read_header(path)
    if config.parameters * 4 > machine_memory():
        raise ModelError(
            f"{folder / CONFIG} asks for {config.parameters:,} numbers, which need "
            f"{config.parameters * 4:,} bytes of memory; this machine has {machine_memory():,}"
        )
    # Not on torch's meta device, which loads sympy and seconds with it: memory that is reserved
    # here and not yet written costs nothing.
    model = Transformer(config)
    places = _match(path, entries, model)
    done, total = 0, sum(weight.numel() for weight in model.parameters())
    try:
        with path.open("rb") as file:
            for name, weight in model.named_parameters():
                stored = read_tensor(path, file, first, *places[name]).float()
                weight.data = _layout(name, stored)
                done += weight.numel()
                yield Progress(done, total)
        digest = fingerprint(path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    return Checkpoint(model.eval().requires_grad_(False), folder, digest)


def read_config(folder: Path) -> ModelConfig:
    """The checked configuration of a model folder; raises ModelError."""
    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder}; name a folder that holds a model")
    path = folder / CONFIG
    if not path.exists():
        raise ModelError(f"{path} is missing; a model folder needs {CONFIG}")
    try:
        if size_of_file(path) > _LARGEST_CONFIG:
            raise ModelError(f"{path} is larger than 1 MB, which no configuration is")
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        if "auto_map" in msgspec.json.decode(data, type=dict[str, object]):
            raise ModelError(f"{path} contains code (auto_map), which is never run; refused")
        return msgspec.json.decode(data, type=ModelConfig)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    except ModelError:
        raise
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not a usable configuration: {error}") from None


def machine_memory() -> int:
    """Bytes of memory of this machine; a very large number where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError):
        return 1 << 62


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
        PREFIX + name: _layout(name, weight.detach().float().cpu()).to(FLOATS[dtype]).contiguous()
        for name, weight in model.named_parameters()
    }
    texts = {
        TOKENIZER: tokenizer_json,
        TOKENIZER_CONFIG: _tokenizer_config(tokenizer_json, model.config),
        CONFIG: json.dumps(msgspec.to_builtins(model.config), indent=2) + "\n",
    }
    replace_file(folder / WEIGHTS, lambda path: write_tensors(tensors, path, {"format": "pt"}))
    for name, text in texts.items():
        replace_file(folder / name, partial(_write_text, text=text))


def write_tensors(tensors: dict[str, Tensor], path: Path, note: dict[str, str]) -> None:
    """Write a safetensors file; raises OSError."""
    try:
        save_file(tensors, path, note)
    except SafetensorError as error:
        raise OSError(str(error)) from error


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _tokenizer_config(tokenizer_json: str, config: ModelConfig) -> str:
    """What transformers' AutoTokenizer needs beside tokenizer.json."""
    added = json.loads(tokenizer_json).get("added_tokens", [])
    names = {token["id"]: token["content"] for token in added}
    special = {"bos_token": config.bos_token_id, "eos_token": config.eos_token_id}
    fields = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": config.n_positions,
        "clean_up_tokenization_spaces": False,
        **{key: names[token] for key, token in special.items() if token in names},
    }
    return json.dumps(fields, indent=2) + "\n"


def _layout(name: str, tensor: Tensor) -> Tensor:
    # GPT-2's files keep the block matrices as (in, out), torch's Linear as (out, in).
    return tensor.T if name.startswith("h.") and tensor.dim() == 2 else tensor


def _why_no_weights(folder: Path) -> str:
    if (folder / f"{WEIGHTS}.index.json").exists():
        return "weights split into several files cannot be opened"
    if any((folder / name).exists() for name in ("pytorch_model.bin", "model.pt")):
        return "pickled weights can run code and are refused"
    return f"a model folder needs {CONFIG}, {WEIGHTS} and {TOKENIZER}"


def _match(
    path: Path, entries: dict[str, Entry], model: Transformer
) -> dict[str, tuple[str, Entry]]:
    """Where each parameter is stored, its shape and type checked; raises ModelError.

    Older files leave the prefix out.
    """
    wanted = dict(model.named_parameters())
    keys = {name: PREFIX + name if PREFIX + name in entries else name for name in wanted}
    missing = [PREFIX + name for name, key in keys.items() if key not in entries]
    if missing:
        raise ModelError(f"{path} lacks {len(missing)} tensors, the first is {missing[0]!r}")
    extra = sorted(key for key in entries.keys() - set(keys.values()) if not key.endswith(_BUFFERS))
    if extra:
        raise ModelError(
            f"{path} holds {len(extra)} tensors that {CONFIG} does not explain, "
            f"the first is {extra[0][:80]!r}"
        )
    for name, key in keys.items():
        shape, (begin, end) = list(_layout(name, wanted[name]).shape), entries[key].data_offsets
        stored = entries[key].dtype
        if stored not in FLOATS:
            raise ModelError(f"{path}: {key!r} is {stored[:9]!r}, only F16, BF16 and F32 can run")
        if entries[key].shape != shape:
            raise ModelError(
                f"{path}: {key!r} has the shape {entries[key].shape}, {CONFIG} asks for {shape}"
            )
        if end - begin != math.prod(shape) * FLOATS[stored].itemsize:
            raise ModelError(f"{path}: {key!r}, {shape}, does not fit its {end - begin} bytes")
    return {name: (key, entries[key]) for name, key in keys.items()}
