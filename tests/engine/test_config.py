"""The configuration refuses what the engine cannot run."""

from __future__ import annotations

import json
import math

import msgspec
import pytest

from explorer.engine.config import ModelConfig
from explorer.engine.model import Transformer


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_type", "llama"),
        ("n_layer", 0),
        ("n_layer", -1),
        ("n_layer", 10**6),
        ("n_head", 0),
        ("n_head", 3),
        ("n_embd", 0),
        ("n_embd", 10**7),
        ("n_inner", 0),
        ("n_inner", -4),
        ("n_positions", 0),
        ("vocab_size", 10**12),
        ("vocab_size", -1),
        ("activation_function", "relu"),
        ("layer_norm_epsilon", 0.0),
        ("layer_norm_epsilon", math.nan),
        ("layer_norm_epsilon", math.inf),
        ("initializer_range", math.nan),
        ("tie_word_embeddings", False),
        ("scale_attn_weights", False),
        ("scale_attn_by_inverse_layer_idx", True),
        ("bos_token_id", -1),
        ("eos_token_id", 4096),
    ],
)
def test_a_value_out_of_range_is_named(field: str, value: object) -> None:
    values = msgspec.to_builtins(ModelConfig()) | {field: value}
    with pytest.raises(
        ValueError, match="head" if field.startswith(("tie", "scale")) else field
    ) as error:
        msgspec.convert(values, ModelConfig)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("value", ['"2"', "2.0", "null", "[2]", "NaN"])
def test_a_size_of_another_type_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"n_layer|malformed"):
        msgspec.json.decode('{"n_layer": ' + value + "}", type=ModelConfig)


def test_unknown_fields_of_other_programs_are_ignored() -> None:
    text = json.dumps({"n_ctx": 1024, "summary_type": "cls_index", "n_layer": 3})
    assert msgspec.json.decode(text, type=ModelConfig).n_layer == 3


@pytest.mark.parametrize("inner", [None, 48])
def test_parameters_are_counted_as_the_network_has_them(inner: int | None) -> None:
    config = ModelConfig(
        n_layer=3, n_head=2, n_embd=32, n_inner=inner, vocab_size=300, n_positions=20
    )
    counted = sum(weight.numel() for weight in Transformer(config).parameters())
    assert config.parameters == counted
