"""In which stages a pass goes: what the words about it depend on. Knows no tensors and no sizes.

The plain part of `network.description.Description` that the other rooms may know of a network; the
default is GPT-2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Anatomy:
    """What the stages of a pass are; the fields are those of a `Description`.

    offset is what is added to the weight of a norm; grouped says that heads share keys and values;
    scale multiplies q.k, None for 1 / sqrt(D); embedding_scale the embedding.
    """

    norm: Literal["layer", "rms"] = "layer"
    offset: float = 0.0
    pre_norm: bool = True
    post_norm: bool = False
    positions: Literal["learned", "sinusoidal", "rotary"] = "learned"
    embedding_scale: float = 1.0
    grouped: bool = False
    qkv_bias: bool = True
    out_bias: bool = True
    mlp_bias: bool = True
    qk_norm: Literal["none", "head", "all"] = "none"
    scale: float | None = None
    score_cap: float | None = None
    activation: Literal["gelu", "gelu_tanh", "silu", "relu"] = "gelu_tanh"
    gated: bool = False
    parallel: bool = False
    tied: bool = True
    logit_cap: float | None = None


GPT2 = Anatomy()
