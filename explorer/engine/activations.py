"""The forward pass with every activation named, for those who look at it or change it.

The same arithmetic as `Reading.read`, which is the fast path: nothing here runs while a story
is told without edits. The decoder of other families has only one path, which names everything.
Every activation goes through `touch(name, value)`, whose answer is used in its place: one that
keeps what it is given records, one that gives back something else intervenes.

Names as in TransformerLens (Nanda and Bloom 2022), shapes over T new tokens, S keys:

    embed, pos_embed                          (T, C)
    blocks.{l}.resid_pre, resid_mid, resid_post, ln1, ln2, attn_out, mlp_out  (T, C)
    blocks.{l}.q, k, v, z                     (H, T, D)
    blocks.{l}.attn_scores, pattern           (H, T, S), scores of later keys -inf
    blocks.{l}.mlp_pre, mlp_post              (T, inner)
    ln_final                                  (T, C)
    logits                                    (T, V)

Some families have more, or fewer: keys and values have a head for each group that shares them;
rot_q and rot_k are q and k turned by their position; q_pre and k_pre, attn_proj and mlp_proj are
what comes before the norms of q, k, attn_out and mlp_out; mlp_pre_linear is what a gate multiplies.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.engine.memory import Memory
from explorer.engine.model import Attention, Block, Record, Transformer
from explorer.engine.network.decoder import Decoder
from explorer.engine.network.network import Network
from explorer.engine.touch import Touch, untouched
from explorer.engine.touch import block_name as block_name


def read_named(model: Network, ids: Tensor, memory: Any, touch: Touch = untouched) -> Record:
    """Read T new tokens ids (T,) after those in `memory`, like the network's `read`.

    Raises ValueError when the new tokens do not fit into the context.
    """
    if isinstance(model, Decoder):
        return model.read(ids, memory, touch)
    assert isinstance(model, Transformer)
    return _read_transformer(model, ids, memory, touch)


@torch.inference_mode()
def _read_transformer(model: Transformer, ids: Tensor, memory: Memory, touch: Touch) -> Record:
    """The pass of the network that trains.

    `hidden` records the residual stream as it goes on, after what `touch` made of it. Raises
    ValueError when the new tokens do not fit into the context.
    """
    start, end = memory.length, memory.length + len(ids)
    if end > model.config.n_positions:
        raise ValueError(f"{end} tokens do not fit into a context of {model.config.n_positions}")
    memory.make_room(end)
    x = touch("embed", model.wte.weight[ids])  # (T, C)
    x = x + touch("pos_embed", model.wpe.weight[start:end])
    hidden, attention, queries = [], [], []
    for layer, block in enumerate(model.h):
        assert isinstance(block, Block)

        def here(name: str, value: Tensor, layer: int = layer) -> Tensor:
            return touch(block_name(layer, name), value)

        x = here("resid_pre", x)  # (T, C)
        hidden.append(x)
        normed = here("ln1", block.ln_1(x))
        kept = memory.keys[layer], memory.values[layer]
        mixed, pattern, q = _attend(block.attn, normed, *kept, start, here)
        x = here("resid_mid", x + mixed)
        inner = here("mlp_pre", block.mlp.c_fc(here("ln2", block.ln_2(x))))  # (T, inner)
        inner = here("mlp_post", F.gelu(inner, approximate=block.mlp.approximate))
        x = here("resid_post", x + here("mlp_out", block.mlp.c_proj(inner)))  # (T, C)
        attention.append(pattern)
        queries.append(q)
    memory.length = end
    hidden.append(x)
    normed = touch("ln_final", model.ln_f(x))
    return Record(
        logits=touch("logits", F.linear(normed, model.wte.weight)),  # (T, V)
        attention=attention,
        hidden=torch.stack(hidden),  # (L + 1, T, C)
        queries=torch.stack(queries),  # (L, H, T, D)
        keys=memory.keys[:, :, start:end].float(),  # (L, H, T, D)
    )


def _attend(
    attn: Attention, x: Tensor, keys: Tensor, values: Tensor, start: int, here: Touch
) -> tuple[Tensor, Tensor, Tensor]:
    """Output (T, C), pattern (H, T, S) and queries (H, T, D) of one layer; extends its memory."""
    T, C = x.shape
    end = start + T
    qkv = attn.c_attn(x).view(T, 3, attn.heads, -1).permute(1, 2, 0, 3)  # (3, H, T, D)
    q, k, v = here("q", qkv[0]), here("k", qkv[1]), here("v", qkv[2])
    keys[:, start:end] = k
    values[:, start:end] = v
    scaled = q.double() * (1 / math.sqrt(q.shape[-1]))
    scores = scaled @ keys[:, :end].transpose(1, 2)  # (H, T, S)
    later = torch.ones(T, end, dtype=torch.bool).triu_(start + 1)  # (T, S)
    scores = here("attn_scores", scores.masked_fill(later, -math.inf))
    pattern = here("pattern", torch.softmax(scores, -1).float())  # (H, T, S)
    z = here("z", pattern @ values[:, :end])  # (H, T, D)
    return here("attn_out", attn.c_proj(z.transpose(0, 1).reshape(T, C))), pattern, q
