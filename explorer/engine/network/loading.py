"""From the tensors of a folder to the weights of a decoder, in slices, with nothing unchecked.

Names, shapes, types and bytes are compared with what the configuration asks for before memory is
taken; then every number is read once and must be finite. fp32 copies the weights into memory, so
that nothing that happens to the file later matters. As stored maps the file: memory then holds
only what is in use, and a file that is cut while it is open is noticed before the next step.
"""

from __future__ import annotations

import math
import mmap
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from explorer.engine.network.description import Description
from explorer.engine.network.families import FAMILIES
from explorer.engine.network.matrix import Matrix, Stored
from explorer.engine.network.shards import Place, shown
from explorer.engine.opening import Progress
from explorer.engine.pages import Pages
from explorer.engine.tiles import Tiles
from explorer.engine.weights import FLOATS, ModelError

# Bytes that are read, made fp32 and checked at a time: a few milliseconds.
_SLICE = 8 << 20
_BUFFERS = (
    ".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias",
    ".rotary_emb.inv_freq",
)  # fmt: skip
_OTHER_SENSES = ("vision_tower.", "multi_modal_projector.")

Weights = dict[str, Matrix | Tensor]
Reading = Generator[Progress, None, Weights]


def match(d: Description, places: Mapping[str, Place], folder: Path) -> dict[str, Place]:
    """Where each parameter of the network lies; raises ModelError where anything does not fit."""
    names = _stored_names(d, places)
    missing = [stored for stored in names.values() if stored not in places]
    if missing:
        raise ModelError(
            f"{folder} lacks {len(missing)} of the tensors that config.json asks for, the first "
            f"is {missing[0]!r}"
        )
    wanted = set(names.values())
    extra = sorted(key for key in places.keys() - wanted if not _ignored(key, d))
    if extra:
        raise ModelError(
            f"{folder} holds {len(extra)} tensors that config.json does not explain, the first "
            f"is {shown(extra[0])}"
        )
    for name, shape in d.shapes().items():
        _check(places[names[name]], names[name], _as_stored(d, name, shape))
    return {name: places[stored] for name, stored in names.items()}


def load(d: Description, matched: Mapping[str, Place]) -> Reading:
    """Copy the weights into memory as fp32; yields after each slice, returns them by name."""
    total = sum(size_of(place) for place in matched.values())
    weights: Weights = {}
    done, pages = 0, Pages()
    for name, place in matched.items():
        room, put = _room(d, name, place.entry.shape, pages)
        try:
            with place.path.open("rb") as file:
                for first, part in parts_of(place, name, file):
                    put(first, part)
                    done += part.numel() * FLOATS[place.entry.dtype].itemsize
                    yield Progress(done, total)
        except OSError as error:
            raise ModelError(f"{place.path} cannot be read: {error.strerror}") from None
        weights[name] = room
    return weights


def _room(
    d: Description, name: str, shape: Sequence[int], pages: Pages
) -> tuple[Matrix | Tensor, Callable[[int, Tensor], None]]:
    """Memory for one parameter, and how the rows of the file are written into it."""
    if len(shape) == 2 and name != "positions.weight":
        if _is_transposed(d, name):
            tiles = Tiles.empty(shape[1], shape[0], pages)
            return tiles, tiles.put_columns
        tiles = Tiles.empty(shape[0], shape[1], pages)
        return tiles, tiles.put
    plain = torch.empty(tuple(shape))

    def put(first: int, rows: Tensor) -> None:
        plain[first : first + len(rows)] = rows

    return turned(d, name, plain), put


def map_files(
    d: Description, matched: Mapping[str, Place]
) -> Generator[Progress, None, tuple[Weights, Callable[[], None]]]:
    """Map the weights as they are stored; yields while every number is checked once.

    Returns the weights by name, and a check that the files are still whole. Norms and biases are
    copied to fp32, they are small.
    """
    files: dict[Path, mmap.mmap] = {}
    total = sum(size_of(place) for place in matched.values())
    weights: Weights = {}
    done = 0
    for name, place in matched.items():
        try:
            with place.path.open("rb") as file:
                if place.path not in files:
                    files[place.path] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                for _, part in parts_of(place, name, file):
                    done += part.numel() * FLOATS[place.entry.dtype].itemsize
                    yield Progress(done, total)
        except OSError as error:
            raise ModelError(f"{place.path} cannot be read: {error.strerror}") from None
        stored = _view(place, files[place.path])
        small = stored.dim() < 2 or name == "positions.weight"
        weights[name] = stored.float() if small else Stored(turned(d, name, stored))
    return weights, lambda: _check_whole(files)


def _check_whole(files: Mapping[Path, mmap.mmap]) -> None:
    """Raises ModelError when a mapped file has been cut: touching its lost pages ends the process.

    A file that is replaced by another one is no danger: the old one stays until it is let go.
    """
    for path, mapped in files.items():
        if mapped.size() < len(mapped):
            raise ModelError(f"{path} was cut while it was open; open the model again")


def _view(place: Place, mapped: mmap.mmap) -> Tensor:
    """The tensor inside a mapped file, without a copy unless it lies at an odd place."""
    dtype, entry = FLOATS[place.entry.dtype], place.entry
    begin, end = (place.first + offset for offset in entry.data_offsets)
    if end > len(mapped):
        raise ModelError(f"{place.path} was cut while it was opened; copy it again")
    if begin == end:
        return torch.empty(tuple(entry.shape), dtype=dtype)
    if begin % dtype.itemsize:
        return torch.frombuffer(bytearray(mapped[begin:end]), dtype=dtype).reshape(entry.shape)
    with warnings.catch_warnings():
        # torch warns of writing into a read-only buffer, which nothing here does.
        warnings.simplefilter("ignore", UserWarning)
        flat = torch.frombuffer(mapped, dtype=dtype, count=math.prod(entry.shape), offset=begin)
    return flat.reshape(entry.shape)


def parts_of(place: Place, name: str, file: BinaryIO) -> Generator[tuple[int, Tensor], None, None]:
    """A tensor as fp32 in runs of rows, with the first row of each; all checked to be finite."""
    dtype, shape = FLOATS[place.entry.dtype], place.entry.shape
    width = math.prod(shape[1:])
    rows = max(1, _SLICE // max(1, width * dtype.itemsize))
    for first in range(0, shape[0] if shape else 1, rows):
        count = min(rows, shape[0] - first)
        file.seek(place.first + place.entry.data_offsets[0] + first * width * dtype.itemsize)
        data = bytearray(file.read(count * width * dtype.itemsize))
        if len(data) != count * width * dtype.itemsize:
            raise ModelError(f"{place.path} was cut while it was read; copy it again")
        part = torch.frombuffer(data, dtype=dtype).float().view(count, *shape[1:])
        if not part.isfinite().all():
            raise ModelError(
                f"{place.path}: {name!r} holds NaN or infinite weights; the file is damaged"
            )
        yield first, part


def stored_name(d: Description, name: str) -> str:
    """Where the files of a family keep a parameter of `Description.shapes`."""
    table = FAMILIES[d.family].tensors
    where, _, kind = name.rpartition(".")
    layer, _, part = where.partition(".")
    row = table[f"{{}}.{part}"].format(layer) if part else table[where]
    return f"{row}.{kind}"


def _stored_names(d: Description, places: Mapping[str, Place]) -> dict[str, str]:
    """The stored name of each parameter; some files leave a prefix out or have one more."""
    names = {name: stored_name(d, name) for name in d.shapes()}
    first = names["embed.weight"]
    base = first.split(".")[0]
    for old, new in (
        ("", ""),
        (f"{base}.", ""),
        ("", "language_model."),
        (f"{base}.", f"{base}.language_model."),
    ):
        renamed = {ours: new + stored.removeprefix(old) if stored.startswith(old) else stored
                   for ours, stored in names.items()}  # fmt: skip
        if renamed["embed.weight"] in places:
            return renamed
    return names


def _ignored(key: str, d: Description) -> bool:
    """Tables that other programs store beside the weights, the tied head, and other senses."""
    senses = d.family == "gemma3_text" and key.removeprefix("model.").startswith(_OTHER_SENSES)
    head = d.tied and key.removeprefix("language_model.") in ("lm_head.weight", "embed_out.weight")
    return senses or head or key.endswith(_BUFFERS)


def _check(place: Place, key: str, shape: tuple[int, ...]) -> None:
    entry, path = place.entry, place.path
    if entry.dtype not in FLOATS:
        raise ModelError(f"{path}: {key!r} is {entry.dtype[:9]!r}, only F16, BF16 and F32 can run")
    if tuple(entry.shape) != shape:
        raise ModelError(
            f"{path}: {key!r} has the shape {entry.shape}, config.json asks for {list(shape)}"
        )
    if size_of(place) != math.prod(shape) * FLOATS[entry.dtype].itemsize:
        raise ModelError(f"{path}: {key!r}, {list(shape)}, does not fit its {size_of(place)} bytes")


def size_of(place: Place) -> int:
    begin, end = place.entry.data_offsets
    return end - begin


def _as_stored(d: Description, name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[::-1] if _is_transposed(d, name) else shape


def _is_transposed(d: Description, name: str) -> bool:
    return d.transposed and name[0].isdigit()


def turned(d: Description, name: str, stored: Tensor) -> Tensor:
    """The matrix as (out, in), whatever way it lies in memory."""
    return stored.t() if _is_transposed(d, name) and stored.dim() == 2 else stored
