"""Random changes to configurations, indexes and weights: a network or one sentence, never more."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.engine.network.families import FAMILIES
from explorer.engine.network.reading import CONFIG, describe, read_fields, special_tokens
from explorer.engine.network.shards import INDEX, WEIGHTS, find_tensors
from explorer.engine.network.turning import frequencies
from explorer.engine.reader import open_model
from explorer.engine.trace import Trace
from explorer.engine.weights import ModelError

FUZZ = settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from([0, -1, 1, 2, 3, 2**31, 2**63, 10**30, math.inf, math.nan, "linear", "yarn"])
)  # fmt: skip
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
KEYS = sorted(
    {key for family in FAMILIES.values() for key in family.keys.values()}
    | {
        "model_type", "rope_parameters", "rope_scaling", "rope_theta", "layer_types",
        "attention_types", "attention_layers", "eos_token_id", "bos_token_id", "text_config",
        "partial_rotary_factor", "rotary_pct", "max_window_layers", "use_sliding_window",
        "sliding_window_pattern", "original_max_position_embeddings", "rope_local_base_freq",
    }
)  # fmt: skip
ROPE = st.dictionaries(
    st.sampled_from([
        "rope_type", "type", "factor", "rope_theta", "low_freq_factor", "high_freq_factor",
        "original_max_position_embeddings", "short_factor", "long_factor", "attention_factor",
        "mscale", "mscale_all_dim", "beta_fast", "beta_slow", "partial_rotary_factor",
        "full_attention", "sliding_attention", "truncate",
    ]),
    ANY | st.sampled_from(["linear", "dynamic", "llama3", "yarn", "longrope"]),
)  # fmt: skip


def sane(fields: dict[str, Any]) -> None:
    """A description whose every number is one that a network can be built of, or a ModelError."""
    try:
        d = describe(fields, Path(CONFIG))
        begin, ends = special_tokens(fields, Path(CONFIG), d.vocabulary)
    except ModelError as error:
        assert "\n" not in str(error) and len(str(error)) < 600
        return
    assert len(d.windows) == len(d.rotaries) == d.layers
    assert d.heads % d.groups == 0 and d.parameters > 0
    assert 0 < d.scale < 1e4 and 0 < d.epsilon < 1
    assert all(window is None or 0 < window < d.context for window in d.windows)
    for rotary in set(d.rotaries) - {None}:
        assert 0 < rotary.width <= d.head_width and rotary.width % 2 == 0
        assert 0 < rotary.theta < math.inf and 0 < rotary.scaling < math.inf
        if rotary.width <= 4096:
            assert frequencies(rotary).isfinite().all()
    assert 0 <= begin < d.vocabulary and all(0 <= end < d.vocabulary for end in ends)


@pytest.mark.parametrize("family", ["gpt_neo", "gpt_neox", "llama", "qwen2", "gemma3", "phi3"])
@FUZZ
@given(changes=st.dictionaries(st.sampled_from(KEYS), ANY, max_size=3), rope=ROPE | st.none())
def test_a_changed_configuration_is_a_network_or_a_sentence(
    family_folder: Callable[[str], Path],
    family: str,
    changes: dict[str, Any],
    rope: dict[str, Any] | None,
) -> None:
    fields = read_fields(family_folder(family)) | changes
    sane(fields if rope is None else fields | {"rope_parameters": rope})
    sane({key: value for key, value in fields.items() if key not in changes})


@FUZZ
@given(weight_map=ANY | st.dictionaries(st.text(max_size=9), st.text(max_size=9)))
def test_any_index_is_a_sentence(tmp_path: Path, weight_map: Any) -> None:
    (tmp_path / INDEX).write_text(json.dumps({"weight_map": weight_map}), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        find_tensors(tmp_path)
    assert "\n" not in str(caught.value)


@FUZZ
@given(data=st.data())
def test_a_changed_weights_file_opens_or_is_a_sentence(
    family_folder: Callable[[str], Path], tmp_path: Path, data: st.DataObject
) -> None:
    folder = tmp_path / "model"
    if not folder.exists():
        shutil.copytree(family_folder("llama"), folder)
    whole = bytearray((family_folder("llama") / WEIGHTS).read_bytes())
    header = 8 + int.from_bytes(whole[:8], "little")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, header) | st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(whole)) | st.integers(0, len(whole)))
    (folder / WEIGHTS).write_bytes(whole[:cut])
    try:
        reader = open_model(folder)
    except ValueError as error:
        assert "\n" not in str(error) and len(str(error)) < 600
        return
    reader.read(Trace(), [5, 6])
