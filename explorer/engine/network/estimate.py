"""What a model folder will take before any of it is read into memory."""

from __future__ import annotations

from pathlib import Path

import torch

from explorer.engine.checkpoint import can_train
from explorer.engine.device import CPU, free_bytes, wide
from explorer.engine.network.description import Description
from explorer.engine.network.families import FAMILIES
from explorer.engine.network.loading import match
from explorer.engine.network.reading import CONFIG, describe, read_fields
from explorer.engine.network.shards import find_tensors
from explorer.engine.opening import Estimate
from explorer.engine.rows import in_a_file

# How long a text is counted with, where the context is longer.
_TOKENS = 1024
# The network that trains reads through a second copy of its matrices, see engine.matrix.
_COPIES = 2


def estimate(folder: Path, device: torch.device = CPU) -> Estimate:
    """Weigh a folder from its configuration and headers; raises ModelError with a sentence."""
    here = device.type == "cpu"
    fields = read_fields(folder)
    description = describe(fields, folder / CONFIG)
    trainable = can_train(folder, fields)
    matched = match(description, find_tensors(folder), folder)
    offsets = [place.entry.data_offsets for place in matched.values()]
    stored = sum(end - begin for begin, end in offsets)
    embed = matched["embed.weight"].entry.data_offsets
    looked_up = 0 if description.tied else embed[1] - embed[0]
    rows = 0 if description.tied else description.vocabulary * description.width
    whole = 4 * description.parameters
    copied = whole * (_COPIES if here and trainable else 1)
    tokens = min(_TOKENS, description.context)
    memory, record = memory_bytes(description, tokens, device), record_bytes(description, tokens)
    return Estimate(
        name=folder.resolve().name,
        family=FAMILIES[description.family].title,
        parameters=description.parameters,
        types=tuple(sorted({place.entry.dtype for place in matched.values()})),
        files=len({place.path for place in matched.values()}),
        stored=stored,
        copied=copied,
        text=memory + record if here else memory,
        tokens=tokens,
        step_bytes=stored - looked_up,
        step_numbers=description.parameters - rows,
        free=free_bytes(device),
        notes=notes(description),
        device=str(device),
        record=0 if here else record,
        beside_free=0 if here else free_bytes(CPU),
    )


def memory_bytes(d: Description, tokens: int, device: torch.device) -> int:
    """Keys as wide as their scores are summed and values in fp32, for every token of a text."""
    return tokens * (wide(device).itemsize + 4) * d.layers * d.groups * d.head_width


def record_bytes(d: Description, tokens: int) -> int:
    """Everything that the Step of every token records.

    The attention rows of a large network are kept in a file, see `engine.rows`.
    """
    rows = 4 * d.layers * d.heads * (tokens + 1) // 2  # the mean length of an attention row
    rows = 0 if in_a_file(d) else rows
    step = 4 * (
        d.vocabulary + (d.layers + 1) * d.width + d.layers * (d.heads + d.groups) * d.head_width
    )
    return tokens * (rows + step)


def notes(d: Description) -> tuple[str, ...]:
    """What will be shown of a network in another way than of the shipped one, and why."""
    found = []
    if d.score_cap is not None:
        found.append(
            f"scores are soft-capped at {d.score_cap:g}: an attention row is not exactly one "
            "update of the memory that is drawn; the panel says how far they differ"
        )
    if d.logit_cap is not None:
        found.append(
            f"logits are soft-capped at {d.logit_cap:g}: logit attribution shows what the cap "
            "does to the sum of the parts as a part of its own"
        )
    if any(d.windows):
        inside = sum(window is not None for window in d.windows)
        window = next(window for window in d.windows if window is not None)
        found.append(
            f"{inside} of {d.layers} layers see only the last {window:,} tokens: earlier weights "
            "do not exist and are drawn as absent"
        )
    if any(rotary is not None and rotary.kind == "longrope" for rotary in d.rotaries):
        found.append(
            f"texts end at {d.context:,} tokens, where the short factors of its rotary positions do"
        )
    note = FAMILIES[d.family].note
    return (*found, note) if note else tuple(found)
