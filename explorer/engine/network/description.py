"""What a decoder looks like, as data: everything in which the families of checkpoints differ.

One `Description` is enough to build the network of `network.decoder`, to say which tensors with
which shapes its checkpoint must hold, and how much memory it takes. Knows no tensors, no files.

Shapes: C width, L layers, H heads, G key groups, D head width, F inner width, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from explorer.engine.anatomy import Anatomy
from explorer.engine.network.rotary import Rotary

Activation = Literal["gelu", "gelu_tanh", "silu", "relu"]


@dataclass(frozen=True, kw_only=True)
class Description:
    """A decoder; the fields are those in which the families differ.

    groups        keys and values are shared by heads / groups query heads each (Ainslie et al.
                  2023); equal to heads where every head has its own
    norm          "layer": mean and variance (Ba et al. 2016), "rms": the root mean square alone
                  (Zhang and Sennrich 2019); norm_offset is added to its weight (Gemma stores w - 1)
    pre_norm      norms before attention and MLP; post_norm: norms behind them, before the residual
    positions     "learned" and "sinusoidal" are added to the embedding, "rotary" turns q and k
    rotaries      how each layer turns q and k; None where it does not
    windows       how many last tokens a query of each layer sees, itself included; None: all
    qkv           how the projections are stored: "separate", or in one matrix whose output is
                  "stacked" (all q, all k, all v) or "by_head" (q, k, v of head 0, of head 1, ...)
    scale         the sharpness beta: scores are beta q.k, then cap tanh(score / cap) if score_cap
    qk_norm       RMS norm of q and k: over each "head", or over "all" heads at once
    gated         the MLP is act(gate x) * up x (Shazeer 2020), gate and up in one matrix if
                  gate_up_fused; otherwise act(up x)
    parallel      attention and MLP read the same x (Wang and Komatsuzaki 2021)
    transposed    matrices of the blocks are stored as (in, out), GPT-2's Conv1D
    """

    family: str
    vocabulary: int
    context: int
    width: int
    layers: int
    heads: int
    groups: int
    head_width: int
    inner: int
    scale: float
    windows: tuple[int | None, ...]
    rotaries: tuple[Rotary | None, ...]
    norm: Literal["layer", "rms"] = "rms"
    norm_offset: float = 0.0
    epsilon: float = 1e-5
    pre_norm: bool = True
    post_norm: bool = False
    positions: Literal["learned", "sinusoidal", "rotary"] = "rotary"
    position_offset: int = 0
    embedding_scale: float = 1.0
    qkv: Literal["separate", "stacked", "by_head"] = "separate"
    qkv_bias: bool = False
    out_bias: bool = False
    qk_norm: Literal["none", "head", "all"] = "none"
    score_cap: float | None = None
    activation: Activation = "silu"
    gated: bool = True
    gate_up_fused: bool = False
    mlp_bias: bool = False
    parallel: bool = False
    logit_cap: float | None = None
    tied: bool = True
    transposed: bool = False

    @property
    def parameters(self) -> int:
        """How many trained numbers a checkpoint of this network holds."""
        return sum(math.prod(shape) for shape in self.shapes().values())

    @property
    def anatomy(self) -> Anatomy:
        """In which stages a pass goes."""
        return Anatomy(
            norm=self.norm,
            offset=self.norm_offset,
            pre_norm=self.pre_norm,
            post_norm=self.post_norm,
            positions=self.positions,
            embedding_scale=self.embedding_scale,
            grouped=self.groups < self.heads,
            qkv_bias=self.qkv_bias,
            out_bias=self.out_bias,
            mlp_bias=self.mlp_bias,
            qk_norm=self.qk_norm,
            scale=None if self.scale == self.head_width**-0.5 else self.scale,
            score_cap=self.score_cap,
            activation=self.activation,
            gated=self.gated,
            parallel=self.parallel,
            tied=self.tied,
            logit_cap=self.logit_cap,
        )

    @property
    def largest_window(self) -> int:
        """The longest text that any layer sees at once."""
        return max(self.context if window is None else window for window in self.windows)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every parameter of the network with its shape; those of layer i begin with "i."."""
        shapes: dict[str, tuple[int, ...]] = {"embed.weight": (self.vocabulary, self.width)}
        if self.positions == "learned":
            shapes["positions.weight"] = (self.context + self.position_offset, self.width)
        shapes |= self._norm("norm", self.width)
        if not self.tied:
            shapes["head.weight"] = (self.vocabulary, self.width)
        block = dict(self._block())
        for layer in range(self.layers):
            shapes |= {f"{layer}.{name}": shape for name, shape in block.items()}
        return shapes

    def _block(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Parameters of one layer; matrices as (out, in)."""
        queries, keys = self.heads * self.head_width, self.groups * self.head_width
        width, inner = self.width, self.inner
        if self.pre_norm:
            yield from self._norm("norm_1", width).items()
            yield from self._norm("norm_2", width).items()
        if self.post_norm:
            yield from self._norm("post_1", width).items()
            yield from self._norm("post_2", width).items()
        if self.qkv == "separate":
            yield from _linear("q", queries, width, self.qkv_bias)
            yield from _linear("k", keys, width, self.qkv_bias)
            yield from _linear("v", keys, width, self.qkv_bias)
        else:
            yield from _linear("qkv", queries + 2 * keys, width, self.qkv_bias)
        if self.qk_norm != "none":
            each = self.qk_norm == "head"
            yield "q_norm.weight", (self.head_width if each else queries,)
            yield "k_norm.weight", (self.head_width if each else keys,)
        yield from _linear("out", width, queries, self.out_bias)
        if self.gated and self.gate_up_fused:
            yield from _linear("gate_up", 2 * inner, width, self.mlp_bias)
        else:
            if self.gated:
                yield from _linear("gate", inner, width, self.mlp_bias)
            yield from _linear("up", inner, width, self.mlp_bias)
        yield from _linear("down", width, inner, self.mlp_bias)

    def _norm(self, name: str, width: int) -> dict[str, tuple[int, ...]]:
        names = ("weight", "bias") if self.norm == "layer" else ("weight",)
        return {f"{name}.{one}": (width,) for one in names}


def _linear(name: str, out: int, inner: int, bias: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (out, inner)
    if bias:
        yield f"{name}.bias", (out,)
