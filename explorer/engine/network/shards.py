"""The weights of a folder: one safetensors file, or several with an index. Nothing is believed.

A weights file names its tensors in a header that `engine.weights` checks; an index says in which
file each tensor lies. Shards are plain names inside the folder, an index that points elsewhere is
refused, and so is a link that leads out of it. Knows no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from explorer.engine.weights import Entry, ModelError, read_header, size_of_file

WEIGHTS = "model.safetensors"
INDEX = f"{WEIGHTS}.index.json"
_LARGEST_INDEX = 16 << 20
_MOST_SHARDS = 1000
_PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt", "consolidated.00.pth")


@dataclass(frozen=True)
class Place:
    """Where one tensor lies: the file, the byte at which its data begin, its header entry."""

    path: Path
    first: int
    entry: Entry


def find_tensors(folder: Path) -> dict[str, Place]:
    """Every tensor of a folder and where it lies; raises ModelError with a sentence."""
    single, index = folder / WEIGHTS, folder / INDEX
    if single.exists() or single.is_symlink():
        return _in_file(inside(folder, WEIGHTS))
    if not index.exists():
        raise ModelError(f"{single} is missing; {_why_none(folder)}")
    listed = _read_index(inside(folder, INDEX))
    paths = {name: inside(folder, name) for name in sorted(set(listed.values()))}
    gone = next((path for path in paths.values() if not path.exists()), None)
    if gone is not None:
        raise ModelError(f"{gone} is missing; {INDEX} names it: copy the whole folder")
    places: dict[str, Place] = {}
    for name, path in paths.items():
        for key, place in _in_file(path).items():
            if key in places:
                raise ModelError(f"{folder}: the tensor {shown(key)} lies in two files")
            if listed.get(key) != name:
                raise ModelError(f"{path} holds {shown(key)}, which {INDEX} does not place there")
            places[key] = place
    missing = sorted(listed.keys() - places.keys())
    if missing:
        raise ModelError(
            f"{folder / INDEX} names {len(missing)} tensors that no file holds, "
            f"the first is {shown(missing[0])}"
        )
    return places


def inside(folder: Path, name: str) -> Path:
    """A file of the folder by its plain name; raises ModelError where it would lead elsewhere.

    The links of a Hugging Face cache lead from snapshots/ to the blobs/ beside it, which were
    written by the same download; those may be followed.
    """
    if not name or name in (".", "..") or any(sign in name for sign in "/\\\0:"):
        raise ModelError(f"{folder} names the file {shown(name)}, which is not a plain name inside")
    path = folder / name
    if path.is_symlink():
        home, target = folder.resolve(), _target(path)
        cache = home.parent.parent / "blobs" if home.parent.name == "snapshots" else None
        if target.parent not in (home, cache):
            raise ModelError(
                f"{path} is a link that leads out of the folder; copy the file itself there"
            )
    return path


def shown(name: str) -> str:
    """A stranger's name on the screen: escaped, and no longer than a line."""
    return repr(name[:80]) + (" …" if len(name) > 80 else "")


def _target(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise ModelError(f"{path} is a link to nothing; copy the file itself there") from None


def _in_file(path: Path) -> dict[str, Place]:
    entries, first = read_header(path)
    return {key: Place(path, first, entry) for key, entry in entries.items()}


def _read_index(path: Path) -> Mapping[str, str]:
    """The file of each tensor; raises ModelError."""
    try:
        if size_of_file(path) > _LARGEST_INDEX:
            raise ModelError(f"{path} is larger than 16 MB, which no index is")
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        fields: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
        listed = msgspec.convert(fields.get("weight_map"), dict[str, str])
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    except ModelError:
        raise
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not a usable index: {str(error)[:200]}") from None
    names = set(listed.values())
    if not listed or len(names) > _MOST_SHARDS:
        raise ModelError(f"{path} places {len(listed)} tensors in {len(names)} files")
    wrong = next((name for name in sorted(names) if not name.endswith(".safetensors")), None)
    if wrong is not None:
        raise ModelError(
            f"{path} names the file {shown(wrong)}; only .safetensors can be opened, "
            "other kinds can run code"
        )
    return listed


def _why_none(folder: Path) -> str:
    if any((folder / name).exists() for name in _PICKLES):
        return (
            "its weights are pickled, which can run code and is refused; convert them once where "
            "you trust them: transformers' save_pretrained writes model.safetensors"
        )
    if any(one.suffix.lower() == ".gguf" for one in folder.iterdir()):
        return "a GGUF file cannot be opened here, only safetensors"
    return "a model folder needs config.json, model.safetensors and tokenizer.json"
