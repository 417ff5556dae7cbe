"""The families of checkpoints, a table: which field and which tensor is what.

`keys` says which field of config.json is which field of `Description`, `always` what holds for
every checkpoint of the family, `silent` what a missing field means (the defaults of the
`transformers` library, whose files these are), `only` the one value of a flag that is supported,
`tensors` where each parameter lies; {} is the layer. Where a rule is more than a name, it is a
function of `network.layers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.engine.network.fields import Fields
from explorer.engine.network.layers import (
    every_layer,
    from_a_layer_on,
    global_and_local,
    listed_layers,
    no_windows,
)

Windows = Callable[[Fields, int, int | None], tuple[int | None, ...]]


@dataclass(frozen=True)
class Family:
    """One row of the table; see the module."""

    title: str
    models: str
    keys: Mapping[str, str]
    tensors: Mapping[str, str]
    always: Mapping[str, Any] = field(default_factory=dict)
    silent: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, bool] = field(default_factory=dict)
    windows: Windows = no_windows
    note: str = ""


def _inside(layer: str, names: Mapping[str, str]) -> dict[str, str]:
    return {f"{{}}.{ours}": f"{layer}.{theirs}" for ours, theirs in names.items()}


LLAMA_KEYS = {
    "vocabulary": "vocab_size",
    "context": "max_position_embeddings",
    "width": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "groups": "num_key_value_heads",
    "head_width": "head_dim",
    "inner": "intermediate_size",
    "activation": "hidden_act",
    "epsilon": "rms_norm_eps",
    "tied": "tie_word_embeddings",
    "window": "sliding_window",
}
LLAMA_TENSORS = {
    "embed": "model.embed_tokens",
    "norm": "model.norm",
    "head": "lm_head",
    **_inside("model.layers.{}", {
        "norm_1": "input_layernorm",
        "q": "self_attn.q_proj",
        "k": "self_attn.k_proj",
        "v": "self_attn.v_proj",
        "out": "self_attn.o_proj",
        "q_norm": "self_attn.q_norm",
        "k_norm": "self_attn.k_norm",
        "norm_2": "post_attention_layernorm",
        "gate": "mlp.gate_proj",
        "up": "mlp.up_proj",
        "down": "mlp.down_proj",
    }),
}  # fmt: skip
LLAMA_SILENT = {
    "activation": "silu", "epsilon": 1e-6, "tied": False, "context": 2048, "theta": 10_000.0,
}  # fmt: skip
GEMMA_TENSORS = {
    **LLAMA_TENSORS,
    **_inside("model.layers.{}", {
        "post_1": "post_attention_layernorm",
        "norm_2": "pre_feedforward_layernorm",
        "post_2": "post_feedforward_layernorm",
    }),
}  # fmt: skip
GEMMA_KEYS = {
    **LLAMA_KEYS,
    "activation": "hidden_activation",
    "query_scale": "query_pre_attn_scalar",
    "score_cap": "attn_logit_softcapping",
    "logit_cap": "final_logit_softcapping",
}
GEMMA_ALWAYS = {"norm_offset": 1.0, "post_norm": True, "embedding_scale": "sqrt(width)"}
GEMMA_SILENT = {
    "activation": "gelu_pytorch_tanh", "epsilon": 1e-6, "tied": True, "context": 8192,
    "head_width": 256, "query_scale": 256.0, "window": 4096, "theta": 10_000.0,
}  # fmt: skip

FAMILIES: Mapping[str, Family] = {
    "gpt2": Family(
        title="GPT-2",
        models="GPT-2, DistilGPT-2, the shipped model",
        keys={
            "vocabulary": "vocab_size", "context": "n_positions", "width": "n_embd",
            "layers": "n_layer", "heads": "n_head", "inner": "n_inner",
            "activation": "activation_function", "epsilon": "layer_norm_epsilon",
            "tied": "tie_word_embeddings",
        },
        always={
            "norm": "layer", "positions": "learned", "gated": False, "qkv": "stacked",
            "transposed": True, "qkv_bias": True, "out_bias": True, "mlp_bias": True,
        },
        silent={"activation": "gelu_new", "epsilon": 1e-5, "tied": True, "context": 1024},
        only={
            "scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False,
            "add_cross_attention": False,
        },
        tensors={
            "embed": "transformer.wte", "positions": "transformer.wpe",
            "norm": "transformer.ln_f", "head": "lm_head",
            **_inside("transformer.h.{}", {
                "norm_1": "ln_1", "qkv": "attn.c_attn", "out": "attn.c_proj",
                "norm_2": "ln_2", "up": "mlp.c_fc", "down": "mlp.c_proj",
            }),
        },
    ),
    "gpt_neo": Family(
        title="GPT-Neo",
        models="GPT-Neo, TinyStories",
        keys={
            "vocabulary": "vocab_size", "context": "max_position_embeddings",
            "width": "hidden_size", "layers": "num_layers", "heads": "num_heads",
            "inner": "intermediate_size", "activation": "activation_function",
            "epsilon": "layer_norm_epsilon", "tied": "tie_word_embeddings",
            "window": "window_size",
        },
        always={
            "norm": "layer", "positions": "learned", "gated": False, "scale": 1.0,
            "out_bias": True, "mlp_bias": True,
        },
        silent={
            "activation": "gelu_new", "epsilon": 1e-5, "tied": True, "context": 2048, "window": 256,
        },
        windows=global_and_local,
        tensors={
            "embed": "transformer.wte", "positions": "transformer.wpe",
            "norm": "transformer.ln_f", "head": "lm_head",
            **_inside("transformer.h.{}", {
                "norm_1": "ln_1", "q": "attn.attention.q_proj", "k": "attn.attention.k_proj",
                "v": "attn.attention.v_proj", "out": "attn.attention.out_proj",
                "norm_2": "ln_2", "up": "mlp.c_fc", "down": "mlp.c_proj",
            }),
        },
    ),
    "gpt_neox": Family(
        title="GPT-NeoX",
        models="Pythia, GPT-NeoX",
        keys={
            "vocabulary": "vocab_size", "context": "max_position_embeddings",
            "width": "hidden_size", "layers": "num_hidden_layers",
            "heads": "num_attention_heads", "inner": "intermediate_size",
            "activation": "hidden_act", "epsilon": "layer_norm_eps",
            "tied": "tie_word_embeddings", "parallel": "use_parallel_residual",
            "qkv_bias": "attention_bias", "out_bias": "attention_bias",
        },
        always={"norm": "layer", "gated": False, "qkv": "by_head", "mlp_bias": True},
        silent={
            "activation": "gelu", "epsilon": 1e-5, "tied": False, "context": 2048,
            "parallel": True, "qkv_bias": True, "out_bias": True, "theta": 10_000.0,
            "turned": 0.25,
        },
        tensors={
            "embed": "gpt_neox.embed_in", "norm": "gpt_neox.final_layer_norm",
            "head": "embed_out",
            **_inside("gpt_neox.layers.{}", {
                "norm_1": "input_layernorm", "qkv": "attention.query_key_value",
                "out": "attention.dense", "norm_2": "post_attention_layernorm",
                "up": "mlp.dense_h_to_4h", "down": "mlp.dense_4h_to_h",
            }),
        },
    ),
    "llama": Family(
        title="Llama",
        models="Llama 2, Llama 3, SmolLM, SmolLM2",
        keys={
            **LLAMA_KEYS, "qkv_bias": "attention_bias", "out_bias": "attention_bias",
            "mlp_bias": "mlp_bias",
        },
        silent=LLAMA_SILENT,
        tensors=LLAMA_TENSORS,
    ),
    "mistral": Family(
        title="Mistral",
        models="Mistral 7B",
        keys=LLAMA_KEYS,
        silent={**LLAMA_SILENT, "context": 131_072, "groups": 8, "window": 4096},
        windows=every_layer,
        tensors=LLAMA_TENSORS,
    ),
    "qwen2": Family(
        title="Qwen2",
        models="Qwen2, Qwen2.5",
        keys=LLAMA_KEYS,
        always={"qkv_bias": True},
        silent={**LLAMA_SILENT, "context": 32_768, "groups": 32, "window": 4096},
        windows=from_a_layer_on,
        tensors=LLAMA_TENSORS,
    ),
    "qwen3": Family(
        title="Qwen3",
        models="Qwen3 (dense)",
        keys={**LLAMA_KEYS, "qkv_bias": "attention_bias", "out_bias": "attention_bias"},
        always={"qk_norm": "head"},
        silent={
            **LLAMA_SILENT, "context": 32_768, "groups": 32, "head_width": 128, "window": 4096,
        },
        windows=from_a_layer_on,
        tensors=LLAMA_TENSORS,
    ),
    "gemma2": Family(
        title="Gemma 2",
        models="Gemma 2",
        keys={**GEMMA_KEYS, "qkv_bias": "attention_bias", "out_bias": "attention_bias"},
        always=GEMMA_ALWAYS,
        silent={**GEMMA_SILENT, "score_cap": 50.0, "logit_cap": 30.0},
        only={"use_bidirectional_attention": False},
        windows=listed_layers(2),
        tensors=GEMMA_TENSORS,
    ),
    "gemma3_text": Family(
        title="Gemma 3",
        models="Gemma 3 (text)",
        keys={**GEMMA_KEYS, "qkv_bias": "attention_bias", "out_bias": "attention_bias"},
        always={**GEMMA_ALWAYS, "qk_norm": "head"},
        silent={**GEMMA_SILENT, "context": 131_072, "theta": 1_000_000.0},
        only={"use_bidirectional_attention": False},
        windows=listed_layers(6),
        tensors=GEMMA_TENSORS,
        note="pictures are not read: of Gemma 3 4B and larger only the text part is opened",
    ),
    "phi3": Family(
        title="Phi-3",
        models="Phi-3, Phi-3.5, Phi-4 mini",
        keys=LLAMA_KEYS,
        always={"qkv": "stacked", "gate_up_fused": True},
        silent={**LLAMA_SILENT, "epsilon": 1e-5, "context": 4096},
        windows=every_layer,
        tensors={
            **LLAMA_TENSORS,
            **_inside("model.layers.{}", {
                "qkv": "self_attn.qkv_proj", "gate_up": "mlp.gate_up_proj",
            }),
        },
    ),
    "olmo2": Family(
        title="OLMo-2",
        models="OLMo-2",
        keys={**LLAMA_KEYS, "qkv_bias": "attention_bias", "out_bias": "attention_bias"},
        always={"pre_norm": False, "post_norm": True, "qk_norm": "all"},
        silent={**LLAMA_SILENT, "epsilon": 1e-5},
        tensors={
            **LLAMA_TENSORS,
            **_inside("model.layers.{}", {
                "post_1": "post_attention_layernorm", "post_2": "post_feedforward_layernorm",
            }),
        },
    ),
    "xglm": Family(
        title="XGLM",
        models="XGLM",
        keys={
            "vocabulary": "vocab_size", "context": "max_position_embeddings", "width": "d_model",
            "layers": "num_layers", "heads": "attention_heads", "inner": "ffn_dim",
            "activation": "activation_function", "tied": "tie_word_embeddings",
        },
        always={
            "norm": "layer", "positions": "sinusoidal", "position_offset": 2, "gated": False,
            "embedding_scale": "sqrt(width)", "qkv_bias": True, "out_bias": True,
            "mlp_bias": True,
        },
        silent={"activation": "gelu", "epsilon": 1e-5, "tied": True, "context": 2048},
        only={"scale_embedding": True, "add_cross_attention": False},
        tensors={
            "embed": "model.embed_tokens", "norm": "model.layer_norm", "head": "lm_head",
            **_inside("model.layers.{}", {
                "norm_1": "self_attn_layer_norm", "q": "self_attn.q_proj",
                "k": "self_attn.k_proj", "v": "self_attn.v_proj", "out": "self_attn.out_proj",
                "norm_2": "final_layer_norm", "up": "fc1", "down": "fc2",
            }),
        },
    ),
}  # fmt: skip

# Other names under which the same networks are stored.
ALIASES = {"gemma3": "gemma3_text"}
