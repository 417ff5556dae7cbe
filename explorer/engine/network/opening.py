"""A folder of any family opened as a decoder, slice by slice."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from explorer.engine.device import CPU
from explorer.engine.network.decoder import Decoder
from explorer.engine.network.description import Description
from explorer.engine.network.loading import load, map_files, match
from explorer.engine.network.placing import placed
from explorer.engine.network.shards import Place, find_tensors
from explorer.engine.opening import Progress, Storage
from explorer.engine.weights import ModelError

# The first bytes of each tensor that make the fingerprint of a checkpoint of many gigabytes.
_SAMPLE = 1 << 16


@dataclass(frozen=True)
class Opened:
    """A decoder ready to run and the fingerprint of its weights."""

    model: Decoder
    fingerprint: str


def open_decoder(
    folder: Path, description: Description, storage: Storage, device: torch.device = CPU
) -> Generator[Progress, None, Opened]:
    """Check and load the weights; yields after each slice. Raises ModelError with a sentence."""
    matched = match(description, find_tensors(folder), folder)
    digest = fingerprint(matched)
    if device.type != "cpu":
        weights = yield from placed(description, matched, storage, device)
        return Opened(Decoder(description, weights, device=device), digest)
    if storage == "fp32":
        weights = yield from load(description, matched)
        return Opened(Decoder(description, weights), digest)
    weights, whole = yield from map_files(description, matched)
    return Opened(Decoder(description, weights, whole), digest)


def fingerprint(matched: Mapping[str, Place]) -> str:
    """A SHA-256 over names, types, shapes and the first 64 KB of every tensor.

    The whole of a large checkpoint would take longer to hash than to open; two checkpoints that
    were trained apart differ in the first bytes of every matrix.
    """
    digest = hashlib.sha256()
    for name, place in sorted(matched.items()):
        begin, end = place.entry.data_offsets
        digest.update(f"{name} {place.entry.dtype} {place.entry.shape}\n".encode())
        try:
            with place.path.open("rb") as file:
                file.seek(place.first + begin)
                digest.update(file.read(min(end - begin, _SAMPLE)))
        except OSError as error:
            raise ModelError(f"{place.path} cannot be read: {error.strerror}") from None
    return digest.hexdigest()
