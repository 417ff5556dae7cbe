"""The forward pass of every family: new tokens in, everything that was computed out.

    x = scale embed[ids] (+ positions)
    x = x + post(Attention(norm(x)));  x = x + post(MLP(norm(x)))      for each block, or
    x = x + Attention(norm(x)) + MLP(norm(x))                          in parallel blocks
    logits = head norm(x)

Why `engine.model` stays beside it: that module is the network that `learning` trains, in batches
and with gradients, and its reading is cut to one shape, the shipped one. This one only reads, and
holds its weights as they lie in the file: fp32 in memory, or bf16 and fp16 mapped from the disk.
Both answer `read` with the same `Record`, and a GPT-2 folder can be opened by either; the tests
hold the two to the same numbers.

Whatever the storage, the arithmetic is that of fp32, so a bf16 checkpoint gives the same numbers
kept as stored as it does copied to fp32; scores are summed in float64 as in `engine.model`, on
Apple's GPU in float32 (`engine.device.wide`).

Shapes: T new tokens, S keys, H heads, G key groups, D head width, C width, L layers, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.engine.device import CPU
from explorer.engine.memory import Memory
from explorer.engine.model import Record, all_mixed, all_scores
from explorer.engine.network.blocks import (
    Block,
    Linear,
    Norm,
    Weights,
    build_block,
    build_norm,
    matrix,
    vector,
)
from explorer.engine.network.description import Description
from explorer.engine.network.rotary import Rotary
from explorer.engine.network.turning import angles, frequencies, sinusoids, turn
from explorer.engine.touch import Touch, block_name, untouched

Positions = Callable[[int, int], Tensor]
Turns = Mapping[Rotary, tuple[Tensor, Tensor]]
_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "relu": F.relu,
}


class Decoder:
    """A network that reads; built from a description and its weights by name."""

    def __init__(
        self,
        description: Description,
        weights: Weights,
        check: Callable[[], None] | None = None,
        device: torch.device = CPU,
    ) -> None:
        """`weights` has every name of `description.shapes()`; norms and biases are fp32.

        `check` is asked before each pass whether a mapped file is still there; `device` is where
        the weights are, and everything that a pass makes.
        """
        self.config = description
        self.weights, self.check = weights, check
        self.device = device
        self._embed = matrix(weights, "embed.weight")  # (V, C)
        self._positions = _positions(description, weights, device)
        head = "embed.weight" if description.tied else "head.weight"
        self._head = Linear(matrix(weights, head))
        self._norm = build_norm(description, weights, "norm")
        self._act = _ACTIVATIONS[description.activation]
        self._blocks = [
            build_block(description, weights, layer) for layer in range(description.layers)
        ]
        kinds = {rotary for rotary in description.rotaries if rotary is not None}
        self._frequencies = {rotary: frequencies(rotary).to(device) for rotary in kinds}

    def memory(self) -> Memory:
        """An empty memory for one text."""
        return Memory(self.config, self.device)

    @torch.inference_mode()
    def read(self, ids: Tensor, memory: Memory, touch: Touch = untouched) -> Record:
        """Read T new tokens ids (T,) after those in `memory`, extend it, and record everything.

        Every activation goes through `touch`, see `engine.activations`. Raises ValueError when
        the new tokens do not fit into the context, ModelError when the weights are gone.
        """
        d = self.config
        start, end = memory.length, memory.length + len(ids)
        if end > d.context:
            raise ValueError(f"{end} tokens do not fit into a context of {d.context}")
        if self.check is not None:
            self.check()
        memory.make_room(end)
        turns = self._turns(start, end)
        x = self._enter(ids.to(self.device), start, touch)  # (T, C)
        hidden, attention, queries = [], [], []
        for layer in range(d.layers):
            entered, x, pattern, q = self._block(layer, x, memory, turns, touch)
            hidden.append(entered)
            attention.append(pattern)
            queries.append(q)
        memory.length = end
        hidden.append(x)
        return Record(
            logits=touch("logits", self._logits(touch("ln_final", self._norm(x)))),  # (T, V)
            attention=attention,
            hidden=torch.stack(hidden),  # (L + 1, T, C)
            queries=torch.stack(queries),  # (L, H, T, D)
            keys=memory.keys[:, :, start:end].float(),  # (L, G, T, D)
        )

    @torch.inference_mode()
    def read_on(self, layer: int, x: Tensor, touch: Touch) -> Tensor:
        """The logits (1, V) at the end of a text whose streams x (T, C) enter a block.

        What lies before the block is not computed again. Raises ModelError when the weights are
        gone.
        """
        if self.check is not None:
            self.check()
        memory = self.memory()
        memory.make_room(len(x))
        turns = self._turns(0, len(x))
        for later in range(layer, self.config.layers):
            _, x, _, _ = self._block(later, x, memory, turns, touch)
        return self._logits(self._norm(x[-1:]))

    def _turns(self, start: int, end: int) -> Turns:
        """The angles by which q and k of some positions are turned."""
        return {
            rotary: angles(rotary, start, end, found) for rotary, found in self._frequencies.items()
        }

    def _block(
        self, layer: int, x: Tensor, memory: Memory, turns: Turns, touch: Touch
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """One block: the stream (T, C) that it reads and leaves, its rows and queries."""
        block = self._blocks[layer]

        def here(name: str, value: Tensor) -> Tensor:
            return touch(block_name(layer, name), value)

        x = here("resid_pre", x)  # (T, C)
        mixed, pattern, q = self._attend(layer, block, x, memory, turns, here)
        middle = here("resid_mid", x + mixed)  # (T, C)
        # In parallel blocks the MLP does not see what attention added.
        added = self._think(block, x if self.config.parallel else middle, here)
        return x, here("resid_post", middle + added), pattern, q

    def _enter(self, ids: Tensor, start: int, touch: Touch) -> Tensor:
        """The embedding with what positions add to it (T, C)."""
        d = self.config
        x = touch("embed", self._embed.rows(ids) * d.embedding_scale)
        if self._positions is None:
            return x
        return x + touch("pos_embed", self._positions(start + d.position_offset, len(ids)))

    def _logits(self, x: Tensor) -> Tensor:
        cap, logits = self.config.logit_cap, self._head(x)  # (T, V)
        return logits if cap is None else cap * torch.tanh(logits / cap)

    def _attend(
        self,
        layer: int,
        block: Block,
        x: Tensor,
        memory: Memory,
        turns: Turns,
        here: Touch,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One layer's attention: what it adds (T, C), its rows (H, T, S), its queries (H, T, D)."""
        d, (start, end) = self.config, (memory.length, memory.length + len(x))
        normed = x if block.norm_1 is None else here("ln1", block.norm_1(x))
        q, k, v = self._project(block, normed, here)
        rotary = d.rotaries[layer]
        if rotary is not None:
            q = here("rot_q", turn(rotary, q, *turns[rotary]))
            k = here("rot_k", turn(rotary, k, *turns[rotary]))
        keys, values = memory.keys[layer], memory.values[layer]  # (G, N, D)
        keys[:, start:end] = k
        values[:, start:end] = v
        q = q.contiguous()  # (H, T, D)
        wide = q.to(keys.dtype, copy=True).mul_(d.scale)  # (H, T, D)
        shared = wide.view(d.groups, -1, d.head_width)  # (G, H/G T, D)
        scores = all_scores(shared, keys[:, :end]).reshape(d.heads, -1, end)  # (H,T,S)
        if d.score_cap is not None:
            scores = d.score_cap * torch.tanh(scores / d.score_cap)
        hidden = _hidden_keys(start, end, d.windows[layer], self.device)
        if hidden is not None:
            scores.masked_fill_(hidden, -math.inf)
        pattern = here("pattern", torch.softmax(here("attn_scores", scores), -1).float())  # (H,T,S)
        z = here("z", all_mixed(pattern, values[:, :end]))  # (H, T, D)
        mixed = block.out(z.transpose(0, 1).reshape(len(x), -1))  # (T, C)
        mixed = mixed if block.post_1 is None else block.post_1(here("attn_proj", mixed))
        return here("attn_out", mixed), pattern, q

    def _project(self, block: Block, x: Tensor, here: Touch) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (H, T, D), keys and values (G, T, D) before they are turned."""
        d, T = self.config, len(x)
        widths = [d.heads * d.head_width, d.groups * d.head_width, d.groups * d.head_width]
        if d.qkv == "separate":
            q, k, v = (linear(x) for linear in block.qkv)
        elif d.qkv == "stacked":
            q, k, v = block.qkv[0](x).split(widths, -1)
        else:
            q, k, v = block.qkv[0](x).view(T, d.heads, 3, d.head_width).unbind(2)
        q, k, v = (each.reshape(T, -1, d.head_width).transpose(0, 1) for each in (q, k, v))
        if block.q_norm is not None and block.k_norm is not None:
            q = self._norm_heads(block.q_norm, here("q_pre", q))
            k = self._norm_heads(block.k_norm, here("k_pre", k))
        return here("q", q), here("k", k), here("v", v)

    def _norm_heads(self, norm: Norm, x: Tensor) -> Tensor:
        """x (H, T, D) normed, each head by itself or all together."""
        if self.config.qk_norm == "head":
            return norm(x)
        every = norm(x.transpose(0, 1).flatten(1))  # (T, H D)
        return every.view(x.shape[1], *x.shape[::2]).transpose(0, 1)

    def _think(self, block: Block, x: Tensor, here: Touch) -> Tensor:
        """What the MLP adds at each position (T, C)."""
        d = self.config
        x = x if block.norm_2 is None else here("ln2", block.norm_2(x))
        if d.gated:
            fused = d.gate_up_fused
            gate, up = block.up[0](x).chunk(2, -1) if fused else (block.gate[0](x), block.up[0](x))
            inner = self._act(here("mlp_pre", gate)) * here("mlp_pre_linear", up)  # (T, F)
        else:
            inner = self._act(here("mlp_pre", block.up[0](x)))  # (T, F)
        out = block.down(here("mlp_post", inner))
        out = out if block.post_2 is None else block.post_2(here("mlp_proj", out))
        return here("mlp_out", out)


def _hidden_keys(start: int, end: int, window: int | None, device: torch.device) -> Tensor | None:
    """Which keys (T, S) the queries start ... end - 1 do not see; None when they see all."""
    cut = window is not None and end > window
    if end - start == 1 and not cut:
        return None
    query = torch.arange(start, end, device=device)[:, None]
    key = torch.arange(end, device=device)
    hidden = key > query
    return hidden | (key <= query - window) if cut and window is not None else hidden


def _positions(d: Description, weights: Weights, device: torch.device) -> Positions | None:
    """What is added to the embeddings of T tokens from a position on (T, C)."""
    if d.positions == "sinusoidal":
        return lambda first, count: sinusoids(d.width, first, count).to(device)
    table = vector(weights, "positions.weight")  # (N, C)
    return None if table is None else lambda first, count: table[first : first + count]
