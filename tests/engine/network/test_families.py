"""A checkpoint of every family gives the numbers and the text that `transformers` gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from explorer.engine.edits import Edits, Off, heads_off
from explorer.engine.network.decoder import Decoder
from explorer.engine.network.families import FAMILIES
from explorer.engine.network.opening import open_decoder
from explorer.engine.network.reading import CONFIG, describe, read_fields
from explorer.engine.opening import Storage
from explorer.engine.reader import open_model
from explorer.engine.trace import Trace
from explorer.engine.weights import ModelError

pytestmark = pytest.mark.usefixtures("one_thread")

transformers = pytest.importorskip("transformers")
CLOSE = {"atol": 1e-4, "rtol": 0.0}
PHI3_CODE = {
    "AutoConfig": "configuration_phi3.Phi3Config",
    "AutoModelForCausalLM": "modeling_phi3.Phi3ForCausalLM",
}
NAMES = [
    "gpt2", "gpt_neo", "gpt_neox", "gpt_neox in series", "llama", "llama 2", "llama with biases",
    "llama3 rotary", "smollm", "yarn rotary", "linear rotary", "dynamic rotary", "mistral",
    "mistral without a window", "qwen2", "qwen2.5", "qwen3", "gemma2", "gemma3", "phi3",
    "phi3 longrope", "phi4 mini", "olmo2", "xglm",
]  # fmt: skip


@pytest.fixture(params=NAMES)
def folder(request: pytest.FixtureRequest, family_folder: Callable[[str], Path]) -> Path:
    return family_folder(request.param)


def decoder(folder: Path, storage: Storage = "fp32") -> Decoder:
    description = describe(read_fields(folder), folder / CONFIG)
    slices = open_decoder(folder, description, storage)
    while True:
        try:
            next(slices)
        except StopIteration as end:
            opened: Decoder = end.value.model
            return opened


def theirs(folder: Path) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True
    ).eval()


def ids_of(length: int, seed: int = 3) -> Tensor:
    return torch.randint(3, 320, (length,), generator=torch.Generator().manual_seed(seed))


def test_every_family_is_tested(family_folder: Callable[[str], Path]) -> None:
    tested = {describe(read_fields(family_folder(name)), Path(CONFIG)).family for name in NAMES}
    assert tested == set(FAMILIES)


@pytest.mark.parametrize("first", [60, 1, 7])
def test_logits_attention_and_hidden_states_are_those_of_transformers(
    folder: Path, first: int
) -> None:
    ids = ids_of(60)
    with torch.inference_mode():
        expected = theirs(folder)(ids[None], output_attentions=True, output_hidden_states=True)
    model = decoder(folder)
    memory = model.memory()
    cuts = [slice(0, first), *(slice(at, at + 1) for at in range(first, 60))]
    records = [model.read(ids[cut], memory) for cut in cuts]
    logits = torch.cat([record.logits for record in records])
    torch.testing.assert_close(logits, expected.logits[0], **CLOSE)
    hidden = torch.cat([record.hidden for record in records], 1)
    # The last of theirs is behind the final norm.
    torch.testing.assert_close(hidden[:-1], torch.cat(expected.hidden_states[:-1]), **CLOSE)
    torch.testing.assert_close(model._norm(hidden[-1]), expected.hidden_states[-1][0], **CLOSE)
    for layer, matrix in enumerate(expected.attentions):
        for cut, record in zip(cuts, records, strict=True):
            rows = record.attention[layer]
            torch.testing.assert_close(rows, matrix[0, :, cut, : rows.shape[-1]], **CLOSE)


def test_the_record_holds_what_the_heads_compare(folder: Path) -> None:
    model = decoder(folder)
    record = model.read(ids_of(40), model.memory())
    d = model.config
    each = d.heads // d.groups
    for layer in range(d.layers):
        scores = (
            d.scale
            * record.queries[layer].double()
            @ record.keys[layer].repeat_interleave(each, 0).double().transpose(1, 2)
        )  # (H, T, S)
        if d.score_cap is not None:
            scores = d.score_cap * torch.tanh(scores / d.score_cap)
        query, key = torch.arange(40)[:, None], torch.arange(40)
        window = d.windows[layer] or 40
        seen = (key <= query) & (key > query - window)
        pattern = scores.masked_fill(~seen, -torch.inf).softmax(-1).float()
        torch.testing.assert_close(record.attention[layer], pattern, atol=1e-6, rtol=0)
        assert (record.attention[layer][:, ~seen] == 0).all()


def test_greedy_text_is_the_same_for_fifty_tokens(folder: Path) -> None:
    """An end token is a token like another one here, so that there are always fifty."""
    reader = open_model(folder)
    prompt = (reader.facts.begin_token, *reader.encode("there when the cat slept").ids)
    trace = reader.read(Trace(), prompt)
    while len(trace) < len(prompt) + 50:
        trace = reader.read(trace, [int(trace.steps[-1].logits.argmax())])
    model = theirs(folder)
    model.generation_config.eos_token_id = None
    with torch.inference_mode():
        found = model.generate(
            torch.tensor([prompt]), max_new_tokens=50, do_sample=False, pad_token_id=2
        )
    assert found.shape == (1, len(prompt) + 50)
    assert list(trace.ids) == found[0].tolist()


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16, torch.float32])
def test_weights_kept_as_stored_give_the_numbers_of_their_copy_in_fp32(
    folder: Path, half: torch.dtype, tmp_path: Path
) -> None:
    theirs(folder).to(half).save_pretrained(tmp_path)
    ids = ids_of(30)
    copied, kept = decoder(tmp_path), decoder(tmp_path, "as-stored")
    assert kept._blocks[0].down.matrix.weight.dtype == half
    expected = copied.read(ids, copied.memory())
    found = kept.read(ids, kept.memory())
    torch.testing.assert_close(found.logits, expected.logits, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.hidden, expected.hidden, atol=1e-5, rtol=0)


def test_shards_with_an_index_give_the_same_numbers(folder: Path, tmp_path: Path) -> None:
    theirs(folder).save_pretrained(tmp_path, max_shard_size="20KB")
    assert (tmp_path / "model.safetensors.index.json").exists()
    ids = ids_of(20)
    whole, split = decoder(folder), decoder(tmp_path)
    expected = whole.read(ids, whole.memory()).logits
    assert torch.equal(split.read(ids, split.memory()).logits, expected)


def published(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The configuration as the files of this family spell it that were published."""
    rope = fields.pop("rope_parameters", None) or {}
    for field in ("layer_types", "dtype", "transformers_version", "head_dim"):
        if field != "head_dim" or name not in ("qwen3", "gemma2", "gemma3"):
            fields.pop(field, None)
    if name == "gemma3":
        full, local = rope["full_attention"], rope["sliding_attention"]
        scaled = {key: full[key] for key in ("rope_type", "factor")}
        return fields | {
            "rope_theta": full["rope_theta"], "rope_local_base_freq": local["rope_theta"],
            "rope_scaling": scaled, "sliding_window_pattern": 6,
        }  # fmt: skip
    theta = {"rope_theta": rope.pop("rope_theta")} if "rope_theta" in rope else {}
    if name == "gpt_neox":
        turned = {"rotary_pct": rope.pop("partial_rotary_factor")}
        return fields | turned | {"rotary_emb_base": theta["rope_theta"]}
    if name in ("phi3 longrope", "phi4 mini"):
        rope = {"type": rope.pop("rope_type"), **rope}
    more = {
        "llama 2": {"pretraining_tp": 1},
        "smollm": {"is_llama_config": True, "rope_interleaved": False},
        "phi3": {"auto_map": PHI3_CODE},
        "gpt2": {"n_ctx": 96, "task_specific_params": {"text-generation": {"max_length": 50}}},
        "gemma2": {"cache_implementation": "hybrid", "hidden_act": "gelu_pytorch_tanh"},
    }.get(name, {})
    stretched = rope.get("rope_type", rope.get("type", "default")) != "default"
    return fields | theta | more | ({"rope_scaling": rope if stretched else None} if theta else {})


@pytest.mark.parametrize("name", [name for name in NAMES if name != "xglm"])
def test_the_files_that_were_published_spell_the_same_network(
    name: str, family_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """Older files have no rope_parameters, no layer_types, and fields that nobody reads here."""
    folder = family_folder(name)
    old = published(name, json.loads((folder / CONFIG).read_text()))
    assert "rope_parameters" not in old and "layer_types" not in old
    (tmp_path / CONFIG).write_text(json.dumps(old))
    path = tmp_path / CONFIG
    assert describe(read_fields(tmp_path), path) == describe(read_fields(folder), path)


def test_the_code_that_phi3_was_published_with_is_neither_needed_nor_run(
    family_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    for file in family_folder("phi3").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    for module in ("configuration_phi3", "modeling_phi3"):
        (tmp_path / f"{module}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    fields = json.loads((tmp_path / CONFIG).read_text())
    elsewhere = {key: f"microsoft/Phi-3--{value}" for key, value in PHI3_CODE.items()}
    for code in (PHI3_CODE, elsewhere, {**PHI3_CODE, "AutoTokenizer": "Xenova/gpt-4o"}):
        (tmp_path / CONFIG).write_text(json.dumps({**fields, "auto_map": code}))
        assert open_model(tmp_path).facts.layers == 3
    assert not (tmp_path / "ran").exists()
    other: list[dict[str, Any]] = [
        {"auto_map": {**PHI3_CODE, "AutoModel": "evil.Model"}},
        {"auto_map": ["modeling_phi3.Phi3ForCausalLM"]},
        {"auto_map": {"AutoTokenizer": ["tokenization.Slow", None]}},
        {"auto_map": PHI3_CODE, "model_type": "llama"},
    ]
    for one in other:
        (tmp_path / CONFIG).write_text(json.dumps(fields | one))
        with pytest.raises(ModelError, match="contains code"):
            read_fields(tmp_path)


@pytest.mark.parametrize(
    ("name", "prefix", "buffers"),
    [
        ("gpt2", "transformer.", ("h.0.attn.bias", "h.2.attn.masked_bias")),
        ("gpt_neo", "", ("transformer.h.1.attn.attention.bias",
                         "transformer.h.1.attn.attention.masked_bias")),
        ("gpt_neox", "", ("gpt_neox.layers.0.attention.bias",
                          "gpt_neox.layers.0.attention.masked_bias",
                          "gpt_neox.layers.2.attention.rotary_emb.inv_freq")),
        ("llama 2", "", ("model.layers.1.self_attn.rotary_emb.inv_freq",)),
    ],
)  # fmt: skip
def test_masks_and_angles_that_older_files_hold_are_left_alone(
    name: str, prefix: str, buffers: tuple[str, ...], family_folder: Callable[[str], Path],
    tmp_path: Path,
) -> None:  # fmt: skip
    """GPT-2's file leaves the prefix out as well; DistilGPT-2's, GPT-Neo's and Pythia's have it."""
    folder = family_folder(name)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tensors = load_file(folder / "model.safetensors")
    tensors = {key.removeprefix(prefix): tensor for key, tensor in tensors.items()}
    more = {one: torch.ones(1, 1, 8, 8) for one in buffers}
    save_file({**tensors, **more}, tmp_path / "model.safetensors")
    ids, plain, other = ids_of(20), decoder(folder), decoder(tmp_path)
    assert torch.equal(
        plain.read(ids, plain.memory()).logits, other.read(ids, other.memory()).logits
    )


def test_the_text_part_of_a_gemma_with_pictures_gives_the_same_numbers(
    family_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """Gemma 3 4B and larger nest the text network: its fields, and the names of its tensors."""
    folder = family_folder("gemma3")
    fields = json.loads((folder / CONFIG).read_text())
    whole = {"model_type": "gemma3", "text_config": fields, "vision_config": {"hidden_size": 8}}
    (tmp_path / CONFIG).write_text(json.dumps(whole))
    tensors = load_file(folder / "model.safetensors")
    nested = {f"language_model.{name}": tensor for name, tensor in tensors.items()}
    nested["vision_tower.patch.weight"] = torch.zeros(2, 2)
    save_file(nested, tmp_path / "model.safetensors")
    ids, plain, inner = ids_of(20), decoder(folder), decoder(tmp_path)
    expected = plain.read(ids, plain.memory()).logits
    assert torch.equal(inner.read(ids, inner.memory()).logits, expected)


def test_the_memory_grows_and_branches_without_changing_a_number(folder: Path) -> None:
    model, ids = decoder(folder), ids_of(60)
    straight = model.read(ids, model.memory()).logits
    memory = model.memory()
    model.read(ids[:30], memory)
    twin = memory.copy(20)
    model.read(ids_of(25, seed=9), memory)
    branch = model.read(ids[20:], twin).logits
    torch.testing.assert_close(branch, straight[20:], atol=1e-5, rtol=0)


def test_the_gpt2_that_trains_and_the_decoder_agree(
    family_folder: Callable[[str], Path],
) -> None:
    folder = family_folder("gpt2")
    a, b = open_model(folder), open_model(folder, "as-stored")
    ids = ids_of(30).tolist()
    ours, other = a.read(Trace(), ids).steps[-1], b.read(Trace(), ids).steps[-1]
    assert type(a.engine._model) is not type(b.engine._model)
    assert abs(ours.logits - other.logits).max() < 1e-4
    assert abs(ours.attention - other.attention).max() < 1e-5


@pytest.mark.parametrize("name", ["gpt_neox", "llama", "gemma2", "olmo2"])
def test_edits_act_in_every_family_as_they_say(
    name: str, family_folder: Callable[[str], Path]
) -> None:
    reader = open_model(family_folder(name))
    ids, d = ids_of(12).tolist(), reader.engine._model.config
    plain = reader.read(Trace(), ids)
    kept: dict[str, list[Tensor]] = {
        "blocks.1.z": [],
        "blocks.1.attn_out": [],
        "blocks.1.mlp_out": [],
    }

    def touch(name: str, value: Tensor) -> Tensor:
        if name in kept:
            kept[name].append(value)
        return value

    memory = reader.engine._model.memory()
    reader.engine._model.read(torch.tensor(ids), memory, touch)
    assert kept["blocks.1.z"][0].shape == (d.heads, 12, d.head_width)
    added = kept["blocks.1.attn_out"][0] + kept["blocks.1.mlp_out"][0]
    hidden = torch.from_numpy(np.stack([step.hidden for step in plain.steps], 1))
    torch.testing.assert_close(hidden[2] - hidden[1], added, **CLOSE)
    off = reader.read(Trace(), ids, heads_off((1, 3)))
    assert np.array_equal(off.steps[-1].hidden[1], plain.steps[-1].hidden[1])
    assert not np.array_equal(off.steps[-1].hidden[2], plain.steps[-1].hidden[2])
    block = reader.read(Trace(), ids, Edits((Off("block", 1),)))
    assert np.array_equal(block.steps[-1].hidden[2], block.steps[-1].hidden[1])
    with pytest.raises(ValueError, match="no head"):
        reader.read(Trace(), ids, heads_off((1, 4)))
