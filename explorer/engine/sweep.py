"""Which part matters: every head, and every MLP, switched off in turn, and what changes then.

A part is switched off at every position, as `Edits` do it, and the change is measured at the last
one. What lies before the part is not computed again: the residual stream that enters its block and
the mixed values of the block's heads come from one pass over the text. What lies behind it is
computed for several parts of one layer at once, and in the last block for the last position only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.engine.activations import block_name, read_named
from explorer.engine.edits import Edits, How, Off
from explorer.engine.effects import Effect, parts
from explorer.engine.interventions import Means, intervene, means_of
from explorer.engine.memory import Memory
from explorer.engine.model import Block, Record, Transformer
from explorer.engine.network.decoder import Decoder
from explorer.engine.network.network import Network

# Rows of numbers that go through a block at once: a slice of the work stays below 50 ms.
_ROWS = 320


@torch.inference_mode()
def sweep(
    model: Transformer, ids: Sequence[int], token: int, how: How = "zero", mlps: bool = True
) -> Iterator[tuple[Effect, ...]]:
    """The effect of every part on the text `ids` without edits; each `next()` is a slice of it.

    A slice may bring no effects. Means are taken over the text itself.
    """
    c = model.config
    all_off = parts(c.layers, c.heads, how, mlps)
    streams, mixed, means, before = _prefix(model, ids, all_off, how)
    yield ()
    for layer in reversed(range(c.n_layer)):
        here = [off for off in all_off if off.layer == layer]
        taken_apart = Opened(model.h[layer], streams[layer], mixed[layer], means)
        for group in _groups(here, len(ids)):
            x = taken_apart.without(group)  # (n, T, C)
            for later in range(layer + 1, c.n_layer - 1):
                yield ()
                x = model.h[later](x)
            if layer < c.n_layer - 1:
                x = _last_row(model.h[c.n_layer - 1], x)  # (n, 1, C)
            logits = F.linear(model.ln_f(x[:, -1]), model.wte.weight)  # (n, V)
            yield _effects(group, before, logits, token)


@torch.inference_mode()
def sweep_under(
    model: Network, ids: Sequence[int], edits: Edits, token: int, how: How, mlps: bool
) -> Iterator[tuple[Effect, ...]]:
    """The same with `edits` active, for any family: one pass for each part, exact and slower.

    Parts that the edits switch off already change nothing. A decoder begins at the part's block.
    """
    c = model.config
    all_off = parts(c.layers, c.heads, how, mlps)
    reference = edits.reference or tuple(ids)
    means = means_of(Edits((*edits.off, *all_off), reference=reference), model)
    yield ()
    streams: list[Tensor] = []
    touch = intervene(edits, c.layers, means, 0)

    def keep(name: str, value: Tensor) -> Tensor:
        # Kept before it is edited: the edits come again when the pass is taken up here.
        if name == block_name(len(streams), "resid_pre"):
            streams.append(value)
        return touch(name, value)

    before = _last_logits(read_named(model, torch.tensor(ids), model.memory(), keep))[0]  # (V,)
    yield ()
    for off in all_off:
        taken = {replace(one, how="zero") for one in edits.off}
        if replace(off, how="zero") in taken:
            yield (Effect(off, 0.0, 0.0, 0.0),)
            continue
        more = replace(edits, off=(*edits.off, off), reference=reference)
        changed = intervene(more, c.layers, means, 0)
        if isinstance(model, Decoder):
            logits = model.read_on(off.layer, streams[off.layer], changed).cpu()  # (1, V)
        else:
            logits = _last_logits(read_named(model, torch.tensor(ids), model.memory(), changed))
        yield _effects([off], before, logits, token)


def _last_logits(record: Record) -> Tensor:
    """The logits (1, V) at the end of a text, where the processor has them."""
    return record.logits[-1:].cpu()


def _prefix(
    model: Transformer, ids: Sequence[int], offs: Sequence[Off], how: How
) -> tuple[dict[int, Tensor], dict[int, Tensor], Means, Tensor]:
    """The streams (T, C) into the blocks, mixed values (H, T, D), means, and the last logits."""
    streams: dict[int, Tensor] = {}
    mixed: dict[int, Tensor] = {}

    def keep(name: str, value: Tensor) -> Tensor:
        for kept, wanted in ((streams, "resid_pre"), (mixed, "z")):
            if name == block_name(len(kept), wanted):
                kept[len(kept)] = value
        return value

    record = read_named(model, torch.tensor(ids), Memory(model.config), keep)
    means = means_of(Edits(tuple(offs), reference=tuple(ids)), model) if how == "mean" else {}
    return streams, mixed, means, record.logits[-1]


def _groups(here: Sequence[Off], length: int) -> Iterator[Sequence[Off]]:
    """The parts of a layer in groups of about one size that make a slice each."""
    count = math.ceil(len(here) * length / _ROWS)
    size = math.ceil(len(here) / count)
    for first in range(0, len(here), size):
        yield here[first : first + size]


class Opened:
    """One block over one text, ready to have its parts switched off one by one."""

    def __init__(self, block: nn.Module, stream: Tensor, z: Tensor, means: Means) -> None:
        assert isinstance(block, Block)
        self._block, self._z, self._means = block, z, means
        self._middle = stream + block.attn.c_proj(z.transpose(0, 1).reshape(len(stream), -1))
        # The norm before the MLP scales each row by its own spread and is linear but for that, so
        # that the way up is computed once and corrected by the D numbers that a head adds.
        up = block.mlp.c_fc.weight * block.ln_2.weight  # (F, C)
        self._up = up - up.mean(-1, keepdim=True)  # (F, C), subtracts the row's mean as well
        self._bias = block.mlp.c_fc.bias + block.mlp.c_fc.weight @ block.ln_2.bias  # (F,)
        self._raised = self._middle @ self._up.t()  # (T, F)

    def without(self, group: Sequence[Off]) -> Tensor:
        """The stream after the block (n, T, C), each of n parts switched off on its own."""
        return torch.stack(
            [self._head_off(off) if off.part == "head" else self._mlp_off(off) for off in group]
        )

    def _head_off(self, off: Off) -> Tensor:
        block, width = self._block, self._z.shape[-1]
        mean = self._means.get(block_name(off.layer, "z"))
        change = (0.0 if mean is None else mean[off.index]) - self._z[off.index]  # (T, D)
        columns = block.attn.c_proj.weight[:, off.index * width : (off.index + 1) * width]  # (C, D)
        middle = self._middle + change @ columns.t()  # (T, C)
        raised = self._raised + change @ (self._up @ columns).t()  # (T, F)
        spread = (middle.var(-1, unbiased=False) + block.ln_2.eps).sqrt()  # (T,)
        inner = F.gelu(raised / spread[:, None] + self._bias, approximate=block.mlp.approximate)
        out: Tensor = middle + block.mlp.c_proj(inner)
        return out

    def _mlp_off(self, off: Off) -> Tensor:
        mean = self._means.get(block_name(off.layer, "mlp_out"))
        out: Tensor = self._middle if mean is None else self._middle + mean
        return out


def _last_row(block: nn.Module, x: Tensor) -> Tensor:
    """What a block makes of the last position alone: (n, T, C) -> (n, 1, C).

    With one query, keys and values need not be computed: q . (W_K x) = (W_K^T q) . x, the bias of
    the keys moves all scores alike, and sum_s a_s (W_V x_s) = W_V (sum_s a_s x_s).
    """
    assert isinstance(block, Block)
    attn, C = block.attn, x.shape[-1]
    weight, bias = attn.c_attn.weight, attn.c_attn.bias
    key, value = weight[C:].view(2, attn.heads, -1, C)  # (H, D, C) each
    normed = block.ln_1(x)  # (n, T, C)
    q = F.linear(normed[:, -1], weight[:C], bias[:C]).view(len(x), attn.heads, -1)  # (n, H, D)
    asked = torch.einsum("nhd,hdc->nhc", q, key) / math.sqrt(q.shape[-1])  # (n, H, C)
    pattern = torch.softmax(asked @ normed.mT, -1)  # (n, H, T)
    z = torch.einsum("nhc,hdc->nhd", pattern @ normed, value).reshape(len(x), C) + bias[2 * C :]
    last = x[:, -1] + attn.c_proj(z)  # (n, C)
    out: Tensor = last + block.mlp(block.ln_2(last))
    return out[:, None]


def _effects(group: Sequence[Off], before: Tensor, after: Tensor, token: int) -> tuple[Effect, ...]:
    """Compare logits before (V,) with those after (n, V), in float64."""
    old = torch.log_softmax(before.double(), -1)  # (V,)
    new = torch.log_softmax(after.double(), -1)  # (n, V)
    divergence = (old.exp() * (old - new)).sum(-1).clamp_min(0)  # (n,)
    return tuple(
        Effect(
            off,
            float(after[row, token] - before[token]),
            float(new[row, token] - old[token]),
            float(divergence[row]),
        )
        for row, off in enumerate(group)
    )
