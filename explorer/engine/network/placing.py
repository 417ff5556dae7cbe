"""The weights of a folder as plain matrices on a device: what a GPU multiplies with.

Every number passes the checks of `loading`. fp32 makes each weight fp32; as stored keeps bf16 and
fp16 in the memory of the device and makes a matrix fp32 for its product, so that the numbers are
those of its copy. Nothing that happens to the files later matters. Norms, biases and positions are
fp32, they are small.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from explorer.engine.device import is_full
from explorer.engine.network.description import Description
from explorer.engine.network.loading import Reading, Weights, parts_of, size_of, turned
from explorer.engine.network.matrix import Plain
from explorer.engine.network.shards import Place
from explorer.engine.opening import Progress, Storage
from explorer.engine.weights import FLOATS, ModelError


def placed(
    d: Description, matched: Mapping[str, Place], storage: Storage, device: torch.device
) -> Reading:
    """Copy the weights to a device; yields after each slice, returns them by name.

    Raises ModelError with a sentence for a damaged file, and for a device without room.
    """
    total = sum(size_of(where) for where in matched.values())
    weights: Weights = {}
    done = 0
    for name, where in matched.items():
        stored = FLOATS[where.entry.dtype]
        small = len(where.entry.shape) < 2 or name == "positions.weight"
        kept = torch.float32 if small or storage == "fp32" else stored
        try:
            room = torch.empty(tuple(where.entry.shape), dtype=kept, device=device)
            with where.path.open("rb") as file:
                for first, rows in parts_of(where, name, file):
                    room[first : first + len(rows)] = rows.to(kept)
                    done += rows.numel() * stored.itemsize
                    yield Progress(done, total)
        except OSError as error:
            raise ModelError(f"{where.path} cannot be read: {error.strerror}") from None
        except RuntimeError as error:
            if not is_full(error):
                raise
            raise ModelError(
                f"the weights do not fit into the memory of the {device.type} device; keep them "
                "as stored, or use the device cpu"
            ) from None
        weights[name] = room if small else Plain(turned(d, name, room))
    return weights
