"""The transformer: a decoder of the GPT-2 kind that can write down what it computes.

Learned positions, pre-norm blocks, GELU, the output head tied to the token embedding (Vaswani et
al. 2017; Radford et al. 2019). Knows nothing about text, sampling or screens.

    x = wte[ids] + wpe[positions]
    x = x + Attention(LayerNorm(x));  x = x + MLP(LayerNorm(x))      for each block
    logits = LayerNorm(x) wte^T

There is one forward pass with two ends. `Transformer.forward` is the pass of training: whole
sequences in a batch, nothing kept. `Reading.read` is the pass of generation: keys and values of
earlier tokens are reused from a `Memory`, and everything that a person may want to see is returned
as a `Record`. A `Reading` lays the weights out for one row at a time, which is most of its speed.

Shapes: B batch, T queries, S keys, H heads, D head width, C width, L layers, V vocabulary.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.engine import bags
from explorer.engine.config import ModelConfig
from explorer.engine.matrix import Matrix
from explorer.engine.memory import Memory
from explorer.engine.pages import Pages


@dataclass(frozen=True)
class Record:
    """What one recorded pass over T new tokens computed, S = tokens remembered + T.

    attention  per layer (H, T, S), rows sum to 1, entries after the query are exactly 0
    hidden     (L + 1, T, C) residual stream after the embedding and after each block
    queries    (L, H, T, D) and keys (L, G, T, D) of the new tokens as the heads compare them,
               biases and rotary positions included; G = H unless heads share their keys
    logits     (T, V) before any temperature
    """

    logits: Tensor
    attention: list[Tensor]
    hidden: Tensor
    queries: Tensor
    keys: Tensor


class Linear(nn.Linear):
    """x W^T + b; its weights are drawn by `Transformer.initialise` or read, never twice."""

    def reset_parameters(self) -> None:
        """Leave the memory as it is."""


class Embedding(nn.Embedding):
    """A table of rows; its weights are drawn by `Transformer.initialise` or read, never twice."""

    def reset_parameters(self) -> None:
        """Leave the memory as it is."""


class Attention(nn.Module):
    """Multi-head causal self-attention: softmax(q k^T / sqrt(D)) v for each head."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = config.n_head
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd)
        self.c_proj = Linear(config.n_embd, config.n_embd)

    def forward(self, x: Tensor) -> Tensor:
        """The pass of training: x and the result are (B, T, C)."""
        B, T, C = x.shape
        q, k, v = self.c_attn(x).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # (B,H,T,D)
        if x.is_cuda:
            z = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, H, T, D)
        else:  # measured on a CPU in bf16: a training step is 20 % shorter than with the fused one
            later = torch.full((T, T), -math.inf, dtype=q.dtype).triu_(1)  # (T, T)
            scores = q @ k.transpose(-1, -2) * (1 / math.sqrt(q.shape[-1])) + later
            z = torch.softmax(scores, -1, dtype=q.dtype) @ v  # (B, H, T, D)
        out: Tensor = self.c_proj(z.transpose(1, 2).reshape(B, T, C))  # (B, T, C)
        return out


class MLP(nn.Module):
    """Two linear layers with a GELU between them."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.c_fc = Linear(config.n_embd, config.inner)
        self.c_proj = Linear(config.inner, config.n_embd)
        self.approximate = "none" if config.activation_function == "gelu" else "tanh"

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.c_proj(F.gelu(self.c_fc(x), approximate=self.approximate))
        return out


class Block(nn.Module):
    """One layer: attention moves information between positions, the MLP works at each."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.attn = Attention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)
        self.mlp = MLP(config)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class Transformer(nn.Module):
    """The whole network as it is trained; `Reading` generates with it and records."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.wte = Embedding(config.vocab_size, config.n_embd)
        self.wpe = Embedding(config.n_positions, config.n_embd)
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd, eps=config.layer_norm_epsilon)

    def initialise(self, seed: int) -> None:
        """Draw fresh weights: N(0, 0.02), residual outputs smaller by 1 / sqrt(2 L) (GPT-2)."""
        random = torch.Generator().manual_seed(seed)
        std = self.config.initializer_range
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                depth = math.sqrt(2 * self.config.n_layer) if "c_proj" in name else 1.0
                nn.init.normal_(weight, std=std / depth, generator=random)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)
            else:
                nn.init.ones_(weight)

    def memory(self) -> Memory:
        """An empty memory for one text."""
        return Memory(self.config)

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) for each next token of ids (B, T): the pass of training."""
        x = self.wte(ids) + self.wpe.weight[: ids.shape[1]]  # (B, T, C)
        for block in self.h:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)  # (B, T, V)


def all_scores(queries: Tensor, keys: Tensor) -> Tensor:
    """q.k of queries (H, T, D) and keys (H, S, D): (H, T, S)."""
    if queries.shape[1] == 1:  # the keys as rows: measured at 1,000 keys, half the time
        return torch.bmm(keys, queries.transpose(1, 2)).transpose(1, 2)
    return torch.bmm(queries, keys.transpose(1, 2))


def all_mixed(pattern: Tensor, values: Tensor) -> Tensor:
    """What H heads mix (H, T, D): pattern (H, T, S) of values (G, S, D), H / G heads each."""
    (heads, T, S), (groups, _, width) = pattern.shape, values.shape
    if T > 1 or not (bags.FAST and values.is_cpu):
        return torch.bmm(pattern.reshape(groups, -1, S), values).view(heads, T, width)
    # Each head's bag of values: measured at 128 and 1,000 keys, 2/3 and half the time.
    stride = values.stride(0) // width
    table = values.as_strided((groups * stride, width), (width, 1))
    chosen = bags.first_rows(groups, heads // groups, stride, S)
    return bags.sums(table, *chosen, pattern.view(-1))[:, None]


class _Layer:
    """The weights of one block, laid out for reading."""

    def __init__(self, block: Block, pages: Pages) -> None:
        self.norm_1 = (block.ln_1.weight, block.ln_1.bias)
        self.qkv = Matrix(block.attn.c_attn.weight, block.attn.c_attn.bias, pages)  # C -> 3 C
        self.out = Matrix(block.attn.c_proj.weight, block.attn.c_proj.bias, pages)  # C -> C
        self.norm_2 = (block.ln_2.weight, block.ln_2.bias)
        self.up = Matrix(block.mlp.c_fc.weight, block.mlp.c_fc.bias, pages)  # C -> inner
        self.down = Matrix(block.mlp.c_proj.weight, block.mlp.c_proj.bias, pages)  # inner -> C
        self.approximate = block.mlp.approximate


class Reading:
    """The pass of generation of a network whose weights do not change any more."""

    def __init__(self, model: Transformer) -> None:
        self.config = model.config
        self.width, self.epsilon = (model.config.n_embd,), model.config.layer_norm_epsilon
        self.wte, self.wpe = model.wte.weight, model.wpe.weight
        pages = Pages()
        self.layers = [_Layer(block, pages) for block in model.h if isinstance(block, Block)]
        self.ln_f = (model.ln_f.weight, model.ln_f.bias)
        self.head = Matrix(model.wte.weight, None, pages)  # C -> V

    @torch.inference_mode()
    def read(self, ids: Tensor, memory: Memory) -> Record:
        """Read T new tokens ids (T,) after those in `memory`, extend it, and record everything.

        Raises ValueError when the new tokens do not fit into the context.
        """
        start, end = memory.length, memory.length + len(ids)
        if end > self.config.n_positions:
            raise ValueError(f"{end} tokens do not fit into a context of {self.config.n_positions}")
        memory.make_room(end)
        x = self.wte[ids] + self.wpe[start:end]  # (T, C)
        hidden, attention, queries = [x], [], []
        for index, layer in enumerate(self.layers):
            qkv = layer.qkv(self._norm(x, layer.norm_1))  # (T, 3 C)
            q, pattern, z = self._attend(qkv, memory.keys[index], memory.values[index], start)
            x = layer.out(z).add_(x)  # (T, C)
            inner = layer.up(self._norm(x, layer.norm_2))  # (T, inner)
            x = layer.down(F.gelu(inner, approximate=layer.approximate)).add_(x)  # (T, C)
            hidden.append(x)
            attention.append(pattern)
            queries.append(q)
        memory.length = end
        return Record(
            logits=self.head(self._norm(x, self.ln_f)),  # (T, V)
            attention=attention,
            hidden=torch.stack(hidden),  # (L + 1, T, C)
            queries=torch.stack(queries),  # (L, H, T, D)
            keys=memory.keys[:, :, start:end].float(),  # (L, H, T, D)
        )

    def _attend(
        self, qkv: Tensor, keys: Tensor, values: Tensor, start: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Attention of new tokens, whose keys and values are written into their layer's memory.

        qkv (T, 3 C). Returns the queries (H, T, D), the attention (H, T, S), what it mixes (T, C).
        """
        T, end = len(qkv), start + len(qkv)
        heads, width = self.config.n_head, self.config.head_width
        q, k, v = qkv.view(T, 3, heads, width).permute(1, 2, 0, 3)  # (H, T, D) each
        keys[:, start:end] = k
        values[:, start:end] = v
        scaled = q.double() * (1 / math.sqrt(width))  # (H, T, D)
        scores = all_scores(scaled, keys[:, :end])  # (H, T, S)
        if T > 1:
            later = torch.ones(T, end, dtype=torch.bool).triu_(start + 1)  # (T, S)
            scores.masked_fill_(later, -math.inf)
        pattern = torch.softmax(scores, -1).float()  # (H, T, S)
        z = all_mixed(pattern, values[:, :end])  # (H, T, D)
        return q, pattern, z.transpose(0, 1).reshape(T, heads * width)

    def _norm(self, x: Tensor, weights: tuple[Tensor, Tensor]) -> Tensor:
        return torch.layer_norm(x, self.width, *weights, self.epsilon)
