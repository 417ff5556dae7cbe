"""The stages of a forward pass: their order, their names, and what the field calls them.

Names are those of TransformerLens without "hook_"; a network has those that its anatomy asks for.
Knows no numbers and no network.

Axes: c width C, h head, g group of heads that share keys and values, d width of a head D, s key
position S, f width inside the MLP F, t token of the vocabulary V.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from explorer.engine.anatomy import Anatomy

ACTIVATIONS = {"gelu": "GELU", "gelu_tanh": "GELU", "silu": "SiLU", "relu": "ReLU"}


@dataclass(frozen=True)
class Stage:
    """One stage: `name` inside its block, title in words, symbol, formula of an entry, axes."""

    name: str
    title: str
    symbol: str
    formula: str
    axes: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """The stages before the blocks, those of each block, and those behind the last one."""

    head: tuple[Stage, ...]
    block: tuple[Stage, ...]
    tail: tuple[Stage, ...]

    def stage(self, name: str) -> Stage:
        """What an activation is, by its full name; raises KeyError."""
        kind = kind_of(name)
        some = self.block if layer_of(name) is not None else (*self.head, *self.tail)
        found = next((one for one in some if one.name == kind), None)
        if found is None:
            raise KeyError(name)
        return found

    def names(self, layers: int) -> tuple[str, ...]:
        """All activations in the order of computation: "embed", "blocks.0.q", ..."""
        inner = (f"blocks.{layer}.{one.name}" for layer in range(layers) for one in self.block)
        return (*(one.name for one in self.head), *inner, *(one.name for one in self.tail))


@lru_cache(maxsize=8)
def passage(a: Anatomy) -> Passage:
    """The stages of every pass of a network."""
    return Passage(tuple(_head(a)), (*_queries(a), *_attention(a), *_mlp(a)), tuple(_tail(a)))


def layer_of(name: str) -> int | None:
    """The block that an activation belongs to; None before and after the blocks."""
    return int(name.split(".")[1]) if name.startswith("blocks.") else None


def kind_of(name: str) -> str:
    """The name of an activation inside its block."""
    return name.rsplit(".", 1)[-1]


def _head(a: Anatomy) -> Iterator[Stage]:
    times = "" if a.embedding_scale == 1 else f"{a.embedding_scale:.4g} · "
    yield Stage("embed", "Token embedding", f"{times}W_E[token]",
                f"embed[c] = {times}W_E[token, c]", ("c",))  # fmt: skip
    if a.positions == "learned":
        yield Stage("pos_embed", "Position embedding", "W_P[position]",
                    "pos_embed[c] = W_P[position, c]", ("c",))  # fmt: skip
    if a.positions == "sinusoidal":
        yield Stage("pos_embed", "Position embedding", "sin, cos",
                    "pos_embed[c] = sin(position · f[c]), in the second half cos",
                    ("c",))  # fmt: skip


def _queries(a: Anatomy) -> Iterator[Stage]:
    """What comes in, and from it queries, keys and values."""
    yield Stage("resid_pre", "Residual stream, in", "x", "x[c] = sum of everything before", ("c",))
    x = "x"
    if a.pre_norm:
        x = f"{_short(a)}₁(x)"
        yield _normed(a, "ln1", "{} norm 1", x, "x")
    bias = a.qkv_bias
    normed = a.qk_norm != "none"
    mark = "′" if normed else ""
    keyed = "g" if a.grouped else "h"
    q, k, v = (
        Stage(f"{one}{'_pre' if normed and one != 'v' else ''}",
              f"{title}{', before its norm' if normed and one != 'v' else ''}",
              f"{x} W_{one.upper()}{f' + b_{one.upper()}' if bias else ''}",
              f"{one}{mark if one != 'v' else ''}[{axis},d] = "
              + _product(x, f"W_{one.upper()}[c,{axis},d]", f"b_{one.upper()}[{axis},d]", bias),
              (axis, "d"))
        for one, title, axis in (("q", "Query", "h"), ("k", "Key", keyed), ("v", "Value", keyed))
    )  # fmt: skip
    for one, title, axis, plain in (("q", "Query", "h", q), ("k", "Key", keyed, k)):
        yield plain
        if normed:
            over, gain = ("d", "d") if a.qk_norm == "head" else (f"{axis}d", f"{axis},d")
            yield Stage(one, f"{title}, normed", f"RMS({one}′)",
                        f"{one}[{axis},d] = {one}′[{axis},d] / √(mean_{over} {one}′² + ε)"
                        f" · {_gain(a, gain)}", (axis, "d"))  # fmt: skip
    yield v
    if a.positions == "rotary":
        for one, title, axis in (("q", "Query", "h"), ("k", "Key", keyed)):
            yield Stage(f"rot_{one}", f"{title}, turned", f"R_p {one}",
                        f"rot_{one}[{axis},d] = {one}[{axis},d] · cos(position · f) ± "
                        f"{one}[{axis},pair of d] · sin(position · f)", (axis, "d"))  # fmt: skip


def _attention(a: Anatomy) -> Iterator[Stage]:
    """From queries and keys to the stream after the attention."""
    turned = "rot_" if a.positions == "rotary" else ""
    times = "/ √D" if a.scale is None else "" if a.scale == 1 else f"· {a.scale:.4g}"
    shared = "g(h)" if a.grouped else "h"
    symbol = f"{turned}q {turned}k_s {times}".strip()
    score = f"Σ_d {turned}q[h,d] · {turned}k_s[{shared},d] {times}".strip()
    if a.score_cap is not None:
        symbol = f"{a.score_cap:g} tanh({symbol} / {a.score_cap:g})"
        score = f"{a.score_cap:g} · tanh({score} / {a.score_cap:g})"
    yield Stage("attn_scores", "Attention scores", symbol, f"score[h,s] = {score}", ("h", "s"))
    yield Stage("pattern", "Attention pattern", "softmax(score)",
                "A[h,s] = exp(score[h,s] − max) / Σ_s exp(score[h,s] − max)",
                ("h", "s"))  # fmt: skip
    yield Stage("z", "Mixed values", "A v", f"z[h,d] = Σ_s A[h,s] · v_s[{shared},d]", ("h", "d"))
    yield from _added(a, "attn", "Attention", "z W_O + b_O" if a.out_bias else "z W_O",
                      "Σ_hd z[h,d] · W_O[h,d,c]", " + b_O[c]" if a.out_bias else "")  # fmt: skip
    yield Stage("resid_mid", "Residual stream, middle", "x′ = x + attn",
                "x′[c] = x[c] + attn_out[c]", ("c",))  # fmt: skip


def _mlp(a: Anatomy) -> Iterator[Stage]:
    """From the stream after the attention, or beside it, to the stream after the MLP."""
    before = x = "x" if a.parallel else "x′"
    if a.pre_norm:
        x = f"{_short(a)}₂({before})"
        yield _normed(a, "ln2", "{} norm 2", x, before)
    act = ACTIVATIONS[a.activation]
    first = "gate" if a.gated else "in"
    more = f" + b_{first}" if a.mlp_bias else ""
    yield Stage("mlp_pre", "MLP, gate" if a.gated else "MLP, up", f"{x} W_{first}{more}",
                "mlp_pre[f] = "
                + _product(x, f"W_{first}[c,f]", f"b_{first}[f]", a.mlp_bias), ("f",))  # fmt: skip
    if a.gated:
        yield Stage("mlp_pre_linear", "MLP, up", f"{x} W_in{' + b_in' if a.mlp_bias else ''}",
                    "mlp_pre_linear[f] = " + _product(x, "W_in[c,f]", "b_in[f]", a.mlp_bias),
                    ("f",))  # fmt: skip
        yield Stage("mlp_post", "MLP, gated activation", f"{act}(gate) · up",
                    f"mlp_post[f] = {act}(mlp_pre[f]) · mlp_pre_linear[f]", ("f",))  # fmt: skip
    else:
        yield Stage("mlp_post", "MLP, activation", f"{act}(mlp_pre)",
                    f"mlp_post[f] = {act}(mlp_pre[f])", ("f",))  # fmt: skip
    yield from _added(a, "mlp", "MLP", f"mlp_post W_out{' + b_out' if a.mlp_bias else ''}",
                      "Σ_f mlp_post[f] · W_out[f,c]", " + b_out[c]" if a.mlp_bias else "",
                      )  # fmt: skip
    yield Stage("resid_post", "Residual stream, out", "x″ = x′ + mlp",
                "x″[c] = x′[c] + mlp_out[c]", ("c",))  # fmt: skip


def _added(
    a: Anatomy, name: str, title: str, symbol: str, product: str, bias: str
) -> Iterator[Stage]:
    """What attention or the MLP adds, with the norm behind it where there is one."""
    last = "down" if name == "mlp" else "output"
    if not a.post_norm:
        yield Stage(f"{name}_out", f"{title}, {last}" if name == "mlp" else f"{title} {last}",
                    symbol, f"{name}_out[c] = {product}{bias}", ("c",))  # fmt: skip
        return
    yield Stage(f"{name}_proj", f"{title}, down" if name == "mlp" else f"{title}, projected",
                symbol, f"{name}_proj[c] = {product}{bias}", ("c",))  # fmt: skip
    yield _normed(a, f"{name}_out", f"{title} output, normed", f"{_short(a)}({name}_proj)", "a")


def _tail(a: Anatomy) -> Iterator[Stage]:
    final = f"{_short(a)}_f(x)"
    yield _normed(a, "ln_final", "Final {} norm", final, "x")
    yield Stage("unembed", "Unembedding", "W_U[:, top]",
                f"W_U[c, top]{' = W_E[top, c]' if a.tied else ''}, the column of the most probable "
                "token", ("c",))  # fmt: skip
    symbol, logit = f"{final} W_U", f"Σ_c {final}[c] · W_U[c,t]"
    if a.logit_cap is not None:
        symbol = f"{a.logit_cap:g} tanh({symbol} / {a.logit_cap:g})"
        logit = f"{a.logit_cap:g} · tanh({logit} / {a.logit_cap:g})"
    yield Stage("logits", "Logits", symbol, f"logit[t] = {logit}", ("t",))


def _normed(a: Anatomy, name: str, title: str, symbol: str, x: str) -> Stage:
    """A norm over the width; {} in its title is the kind."""
    layer = a.norm == "layer"
    words = title.format("Layer" if layer else "RMS")
    words = words.replace("Final Layer", "Final layer")
    what = f", a = {name.removesuffix('_out')}_proj" if x == "a" else ""
    left = f"{name}[c]" if name.endswith("_out") else f"{symbol}[c]"
    if layer:
        formula = f"({x}[c] − mean {x}) / √(var {x} + ε) · {_gain(a, 'c')} + b[c]"
    else:
        formula = f"{x}[c] / √(mean {x}² + ε) · {_gain(a, 'c')}"
    return Stage(name, words, symbol, f"{left} = {formula}{what}", ("c",))


def _gain(a: Anatomy, at: str) -> str:
    return f"({a.offset:g} + w[{at}])" if a.offset else f"g[{at}]"


def _short(a: Anatomy) -> str:
    return "LN" if a.norm == "layer" else "RMS"


def _product(x: str, weight: str, bias: str, has: bool) -> str:
    return f"Σ_c {x}[c] · {weight}{f' + {bias}' if has else ''}"
