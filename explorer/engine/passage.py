"""The stages of a forward pass: their order, their names, and what the field calls them.

Names are those of TransformerLens without "hook_". Knows no numbers and no network.

Axes: c width C, h head, d width of a head D, s key position S, f width inside the MLP F,
t token of the vocabulary V.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Stage:
    """One stage: `name` inside its block, title in words, symbol, formula of an entry, axes."""

    name: str
    title: str
    symbol: str
    formula: str
    axes: tuple[str, ...]


HEAD = (
    Stage("embed", "Token embedding", "W_E[token]", "embed[c] = W_E[token, c]", ("c",)),
    Stage("pos_embed", "Position embedding", "W_P[position]", "pos_embed[c] = W_P[position, c]",
          ("c",)),
)  # fmt: skip
BLOCK = (
    Stage("resid_pre", "Residual stream, in", "x", "x[c] = sum of everything before", ("c",)),
    Stage("ln1", "Layer norm 1", "LN₁(x)",
          "LN₁(x)[c] = (x[c] − mean x) / √(var x + ε) · g[c] + b[c]", ("c",)),
    Stage("q", "Query", "LN₁(x) W_Q + b_Q", "q[h,d] = Σ_c LN₁(x)[c] · W_Q[c,h,d] + b_Q[h,d]",
          ("h", "d")),
    Stage("k", "Key", "LN₁(x) W_K + b_K", "k[h,d] = Σ_c LN₁(x)[c] · W_K[c,h,d] + b_K[h,d]",
          ("h", "d")),
    Stage("v", "Value", "LN₁(x) W_V + b_V", "v[h,d] = Σ_c LN₁(x)[c] · W_V[c,h,d] + b_V[h,d]",
          ("h", "d")),
    Stage("attn_scores", "Attention scores", "q k_s / √D",
          "score[h,s] = Σ_d q[h,d] · k_s[h,d] / √D", ("h", "s")),
    Stage("pattern", "Attention pattern", "softmax(score)",
          "A[h,s] = exp(score[h,s] − max) / Σ_s exp(score[h,s] − max)", ("h", "s")),
    Stage("z", "Mixed values", "A v", "z[h,d] = Σ_s A[h,s] · v_s[h,d]", ("h", "d")),
    Stage("attn_out", "Attention output", "z W_O + b_O",
          "attn_out[c] = Σ_hd z[h,d] · W_O[h,d,c] + b_O[c]", ("c",)),
    Stage("resid_mid", "Residual stream, middle", "x′ = x + attn",
          "x′[c] = x[c] + attn_out[c]", ("c",)),
    Stage("ln2", "Layer norm 2", "LN₂(x′)",
          "LN₂(x′)[c] = (x′[c] − mean x′) / √(var x′ + ε) · g[c] + b[c]", ("c",)),
    Stage("mlp_pre", "MLP, up", "LN₂(x′) W_in + b_in",
          "mlp_pre[f] = Σ_c LN₂(x′)[c] · W_in[c,f] + b_in[f]", ("f",)),
    Stage("mlp_post", "MLP, activation", "GELU(mlp_pre)", "mlp_post[f] = GELU(mlp_pre[f])",
          ("f",)),
    Stage("mlp_out", "MLP, down", "mlp_post W_out + b_out",
          "mlp_out[c] = Σ_f mlp_post[f] · W_out[f,c] + b_out[c]", ("c",)),
    Stage("resid_post", "Residual stream, out", "x″ = x′ + mlp",
          "x″[c] = x′[c] + mlp_out[c]", ("c",)),
)  # fmt: skip
TAIL = (
    Stage("ln_final", "Final layer norm", "LN_f(x)",
          "LN_f(x)[c] = (x[c] − mean x) / √(var x + ε) · g[c] + b[c]", ("c",)),
    Stage("unembed", "Unembedding", "W_U[:, top]",
          "W_U[c, top] = W_E[top, c], the column of the most probable token", ("c",)),
    Stage("logits", "Logits", "LN_f(x) W_U", "logit[t] = Σ_c LN_f(x)[c] · W_U[c,t]", ("t",)),
)  # fmt: skip
_STAGES = {one.name: one for one in (*HEAD, *BLOCK, *TAIL)}


@lru_cache(maxsize=16)
def names(layers: int) -> tuple[str, ...]:
    """All activations of a network in the order of computation: "embed", "blocks.0.q", ..."""
    inner = (f"blocks.{layer}.{one.name}" for layer in range(layers) for one in BLOCK)
    return (*(one.name for one in HEAD), *inner, *(one.name for one in TAIL))


def layer_of(name: str) -> int | None:
    """The block that an activation belongs to; None before and after the blocks."""
    return int(name.split(".")[1]) if name.startswith("blocks.") else None


def stage(name: str) -> Stage:
    """What an activation is, by its full name; raises KeyError."""
    return _STAGES[name.rsplit(".", 1)[-1]]
