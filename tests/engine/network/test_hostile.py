"""Folders from strangers: opened with true numbers, or refused in one sentence. Nothing is run."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.engine.network.estimate import estimate
from explorer.engine.reader import open_model
from explorer.engine.trace import Trace

WEIGHTS, INDEX, CONFIG = "model.safetensors", "model.safetensors.index.json", "config.json"
EMBED = "model.embed_tokens.weight"


@pytest.fixture
def folder(family_folder: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of a whole Llama folder, to be broken."""
    return Path(shutil.copytree(family_folder("llama"), tmp_path / "model"))


@pytest.fixture
def shards(folder: Path) -> Path:
    """The same in two shards with an index."""
    tensors = load_file(folder / WEIGHTS)
    names = sorted(tensors)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, part in parts.items():
        save_file({name: tensors[name] for name in part}, folder / file)
    (folder / WEIGHTS).unlink()
    write_index(folder, {name: file for file, part in parts.items() for name in part})
    return folder


def write_index(folder: Path, listed: object) -> None:
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": listed}))


def listed(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / INDEX).read_text())["weight_map"]
    return found


def config(folder: Path, **changes: object) -> None:
    fields = json.loads((folder / CONFIG).read_text()) | changes
    (folder / CONFIG).write_text(json.dumps(fields))


def refused(folder: Path, reason: str) -> None:
    """One short sentence that names the folder, said within a second of work."""
    began = time.process_time()
    with pytest.raises(ValueError, match=reason) as caught:
        open_model(folder)
    assert time.process_time() - began < 2
    said = str(caught.value)
    assert str(folder) in said and "\n" not in said and len(said) < 600
    assert caught.value.__cause__ is None


FIELDS: dict[str, tuple[dict[str, object], str]] = {
    "no family": ({"model_type": None}, "no such family"),
    "an unknown family": ({"model_type": "mamba"}, "no such family here, only gpt2, gpt_neo"),
    "a family that is a list": ({"model_type": ["llama"]}, "no such family"),
    "code": ({"auto_map": {"AutoModel": "evil.Model"}}, "contains code .* never run"),
    "quantised": ({"quantization_config": {"bits": 4}}, "quantised"),
    "layers as text": ({"num_hidden_layers": "3"}, "num_hidden_layers is '3'"),
    "layers as a fraction": ({"num_hidden_layers": 3.0}, "num_hidden_layers is 3.0"),
    "layers as a flag": ({"num_hidden_layers": True}, "num_hidden_layers is True"),
    "no layers": ({"num_hidden_layers": 0}, "num_hidden_layers is 0"),
    "negative layers": ({"num_hidden_layers": -1}, "num_hidden_layers is -1"),
    "a million layers": ({"num_hidden_layers": 10**6}, "num_hidden_layers is 1000000"),
    "an endless number": ({"num_hidden_layers": 10**400}, "config.json"),
    "layers missing": ({"num_hidden_layers": None}, "lacks num_hidden_layers"),
    "one layer too many": ({"num_hidden_layers": 4}, "lacks 9 of the tensors"),
    "one layer too few": ({"num_hidden_layers": 2}, "holds 9 tensors that config.json does not"),
    "width 0": ({"hidden_size": 0}, "hidden_size is 0"),
    "width 10^7": ({"hidden_size": 10**7}, "hidden_size is 10000000"),
    "another width": ({"hidden_size": 36}, r"has the shape \[320, 32\]"),
    "vocabulary 10^12": ({"vocab_size": 10**12}, "vocab_size is"),
    "a smaller vocabulary": ({"vocab_size": 310}, "has the shape"),
    "heads that do not divide": ({"head_dim": None, "num_attention_heads": 5}, "divisor"),
    "no heads": ({"num_attention_heads": 0}, "num_attention_heads is 0"),
    "groups that do not divide": ({"num_key_value_heads": 3}, "a divisor of the 4 heads"),
    "a wider head": ({"head_dim": 16}, "has the shape"),
    "an unknown activation": ({"hidden_act": "evil"}, "hidden_act is 'evil'"),
    "epsilon as text": ({"rms_norm_eps": "small"}, "rms_norm_eps"),
    "epsilon 0": ({"rms_norm_eps": 0}, "rms_norm_eps is 0"),
    "epsilon 3": ({"rms_norm_eps": 3}, "rms_norm_eps is 3"),
    "tied as text": ({"tie_word_embeddings": "yes"}, "must be true or false"),
    "a head of its own that is missing": ({"attention_bias": True}, "lacks 12 of the tensors"),
    "context 0": ({"max_position_embeddings": 0}, "max_position_embeddings is 0"),
    "rotary as a list": ({"rope_parameters": [1]}, "a table of fields"),
    "rotary of an unknown kind": ({"rope_parameters": {"rope_type": "x"}}, "rope_type is 'x'"),
    "rotary without its factor": ({"rope_parameters": {"rope_type": "linear"}}, "lacks factor"),
    "rotary with a factor of 0": (
        {"rope_parameters": {"rope_type": "linear", "factor": 0}}, "factor is 0"
    ),
    "a negative base": ({"rope_parameters": {"rope_theta": -1.0}}, "rope_theta is -1"),
    "nothing turned": ({"rope_parameters": {"partial_rotary_factor": 0.0}}, "partial_rotary"),
    "longrope with too few factors": (
        {"rope_parameters": {"rope_type": "longrope", "short_factor": [1.0]}}, "short_factor"
    ),
    "llama3 without a ramp": (
        {"rope_parameters": {
            "rope_type": "llama3", "factor": 2, "low_freq_factor": 1, "high_freq_factor": 1,
        }}, "high_freq_factor"
    ),
    "an end token that is text": ({"eos_token_id": "</s>"}, "eos_token_id"),
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_a_configuration_that_cannot_be_is_refused(folder: Path, name: str) -> None:
    changes, reason = FIELDS[name]
    config(folder, **changes)
    refused(folder, reason)


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a usable configuration"),
    "cut": (b'{"model_type": "llama", ', "not a usable configuration"),
    "a list": (b"[]", "not a usable configuration"),
    "null": (b"null", "not a usable configuration"),
    "latin-1": (b'{"model_type": "ll\xe4ma"}', "not a usable configuration"),
    "NaN": (b'{"model_type": "llama", "rms_norm_eps": NaN}', "not a usable configuration"),
    "nested deeply": (b'{"a":' * 200_000, "not a usable configuration"),
    "larger than 1 MB": (b" " * (1 << 20) + b"{}", "larger than 1 MB"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_configuration_that_is_none_is_refused(folder: Path, name: str) -> None:
    data, reason = FILES[name]
    (folder / CONFIG).write_bytes(data)
    refused(folder, reason)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(folder: Path) -> None:
    for name in (CONFIG, "tokenizer.json"):
        data = (folder / name).read_bytes().replace(b"\n", b"\r\n")
        (folder / name).write_bytes(b"\xef\xbb\xbf" + data)
    assert open_model(folder).facts.layers == 3


def test_a_byte_order_mark_before_the_index_is_accepted(shards: Path) -> None:
    (shards / INDEX).write_bytes(b"\xef\xbb\xbf" + (shards / INDEX).read_bytes())
    assert open_model(shards).facts.layers == 3


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, "tokenizer.json"])
@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "link out", "loop", "dangling"])
def test_something_else_in_the_place_of_a_file_is_refused(
    folder: Path, tmp_path: Path, name: str, kind: str
) -> None:
    path = folder / name
    if kind == "link out":
        path.rename(tmp_path / "outside")
        path.symlink_to(tmp_path / "outside")
    else:
        path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "dangling":
        path.symlink_to(tmp_path / "nothing")
    refused(folder, "is missing|is not a file|a link")


def test_the_links_of_a_hugging_face_cache_are_followed(folder: Path, tmp_path: Path) -> None:
    home, blobs = tmp_path / "models--a--b" / "snapshots" / "c0ffee", "models--a--b/blobs"
    home.mkdir(parents=True)
    (tmp_path / blobs).mkdir()
    for one in folder.iterdir():
        one.rename(tmp_path / blobs / one.name)
        (home / one.name).symlink_to(f"../../blobs/{one.name}")
    assert open_model(home).facts.layers == 3


def test_a_file_where_a_folder_is_expected_is_said(folder: Path) -> None:
    refused(folder / CONFIG, "is a file, not a folder")
    refused(folder / "nowhere", "does not exist")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pytorch_model.bin", "pickled, which can run code .* save_pretrained writes"),
        ("consolidated.00.pth", "pickled"),
        ("model.gguf", "a GGUF file"),
        ("other.safetensors", "needs config.json, model.safetensors"),
    ],
)
def test_other_ways_to_store_weights_are_named(folder: Path, name: str, reason: str) -> None:
    (folder / WEIGHTS).unlink()
    marker = folder.parent / "ran"
    (folder / name).write_bytes(pickle.dumps(Touch(marker)))
    refused(folder, reason)
    assert not marker.exists()


class Touch:
    """What a pickle of a stranger may do: run something when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def change(folder: Path, edit: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / WEIGHTS)
    edit(tensors)
    save_file(tensors, folder / WEIGHTS)


TENSORS: dict[str, tuple[Callable[[dict[str, torch.Tensor]], object], str]] = {
    "NaN": (lambda t: t[EMBED][3].fill_(float("nan")), "holds NaN or infinite"),
    "infinite": (lambda t: t[EMBED][3].fill_(float("inf")), "holds NaN or infinite"),
    "more than floats hold": (
        lambda t: [t[name].fill_(3e38) for name in t if "mlp" in name], "numbers that are none"
    ),
    "missing": (lambda t: t.pop("model.norm.weight"), "lacks 1 of .*model.norm.weight"),
    "the head missing": (lambda t: t.pop("lm_head.weight"), "lacks 1 of .*lm_head"),
    "unexpected": (lambda t: t.update({"../../x\0y": torch.ones(2)}), r"'../../x\\x00y'"),
    "a long name": (lambda t: t.update({"x" * 10**5: torch.ones(2)}), "x{80}' …"),
    "many": (lambda t: t.update({f"t{i}": torch.ones(1) for i in range(9000)}), "9000 tensors"),
    "int8": (lambda t: t.update({EMBED: torch.ones(320, 32, dtype=torch.int8)}), "only F16"),
    "fp8": (lambda t: t.update({EMBED: torch.ones(320, 32).to(torch.float8_e4m3fn)}), "only F16"),
    "transposed": (lambda t: t.update({EMBED: t[EMBED].T.contiguous()}), "has the shape"),
    "flat": (lambda t: t.update({EMBED: t[EMBED].flatten()}), "has the shape"),
}  # fmt: skip


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_that_do_not_fit_the_configuration_are_named(folder: Path, name: str) -> None:
    edit, reason = TENSORS[name]
    change(folder, edit)
    refused(folder, reason)


def test_nan_weights_are_found_as_well_when_they_are_kept_as_stored(folder: Path) -> None:
    change(folder, lambda t: t[EMBED][3].fill_(float("nan")))
    with pytest.raises(ValueError, match="NaN"):
        open_model(folder, "as-stored")


NAMES: dict[str, str] = {
    "above": "../outside.safetensors",
    "absolute": "/etc/model.safetensors",
    "on another drive": "C:model.safetensors",
    "with backslashes": "..\\outside.safetensors",
    "in a folder below": "sub/a.safetensors",
    "with a zero": "a\0.safetensors",
    "no file": "",
    "a pickle": "a.bin",
    "missing": "c.safetensors",
}


@pytest.mark.parametrize("name", NAMES)
def test_an_index_cannot_lead_anywhere_else(shards: Path, tmp_path: Path, name: str) -> None:
    (shards / "sub").mkdir()
    for place in (tmp_path / "outside.safetensors", shards / "sub" / "a.safetensors"):
        shutil.copy(shards / "a.safetensors", place)
    entries = listed(shards)
    first = next(key for key, file in entries.items() if file == "a.safetensors")
    write_index(shards, entries | {first: NAMES[name]})
    refused(shards, "not a plain name|only .safetensors|is missing; model.safetensors.index")


def test_a_shard_that_is_a_link_out_of_the_folder_is_refused(shards: Path, tmp_path: Path) -> None:
    (shards / "a.safetensors").rename(tmp_path / "outside.safetensors")
    (shards / "a.safetensors").symlink_to(tmp_path / "outside.safetensors")
    refused(shards, "leads out of the folder")


INDEXES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a usable index"),
    "no map": (b"{}", "not a usable index"),
    "an empty map": (b'{"weight_map": {}}', "places 0 tensors"),
    "a number": (b'{"weight_map": {"a": 5}}', "not a usable index"),
    "a list": (b'{"weight_map": ["a.safetensors"]}', "not a usable index"),
    "nested deeply": (b'{"weight_map":' * 100_000, "not a usable index"),
    "larger than 16 MB": (b" " * ((16 << 20) + 1), "larger than 16 MB"),
    "a thousand files": (
        json.dumps({"weight_map": {f"t{i}": f"{i}.safetensors" for i in range(1001)}}).encode(),
        "1001 files",
    ),
}


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_that_is_none_is_refused(shards: Path, name: str) -> None:
    data, reason = INDEXES[name]
    (shards / INDEX).write_bytes(data)
    refused(shards, reason)


def test_an_index_and_its_files_must_agree(shards: Path) -> None:
    entries = listed(shards)
    write_index(shards, {key: file for key, file in entries.items() if key != EMBED})
    refused(shards, "does not place there")
    write_index(shards, entries | {"more": "a.safetensors"})
    refused(shards, "names 1 tensors that no file holds")
    write_index(shards, entries)
    tensors = load_file(shards / "a.safetensors") | load_file(shards / "b.safetensors")
    save_file(tensors, shards / "b.safetensors")
    refused(shards, "lies in two files|does not place there")


def pack(entries: dict[str, object], data: bytes = b"") -> bytes:
    header = json.dumps(entries).encode()
    return len(header).to_bytes(8, "little") + header + data


def entry(dtype: str = "F32", shape: object = (2,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


HEADERS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not a whole safetensors"),
    "length 2^64 - 1": (b"\xff" * 8 + b"{}", "not a whole"),
    "negative shape": (pack({EMBED: entry(shape=[-2])}, bytes(8)), "damaged header"),
    "a shape beyond 64 bits": (pack({EMBED: entry(shape=[2**63, 4])}, bytes(8)), "lacks"),
    "a shape of text": (pack({EMBED: entry(shape="big")}, bytes(8)), "damaged header"),
    "offsets beyond 64 bits": (pack({EMBED: entry(offsets=[0, 2**70])}, bytes(8)), "config|cut"),
    "overlap": (
        pack({EMBED: entry(), "b": entry(offsets=[4, 12])}, bytes(12)), "overlap or leave a gap"
    ),
    "a hole": (pack({EMBED: entry(), "b": entry(offsets=[9, 17])}, bytes(17)), "leave a gap"),
    "cut": (pack({EMBED: entry(offsets=[0, 1 << 40])}, bytes(8)), "is cut off"),
    "a polyglot": (pack({EMBED: entry()}, bytes(8) + b"PK\x03\x04"), "goes on after"),
    "a name twice": (
        b"\x0f\0\0\0\0\0\0\0" + b'{"a":{},"a":{}}', "stands there twice"
    ),
    "LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
    "web page": (b"<!DOCTYPE html><html>", "a web page"),
    "GGUF": (b"GGUF\x03\0\0\0" + bytes(60), "GGUF"),
    "pickle": (pickle.dumps([1, 2], protocol=4), "a pickle"),
}  # fmt: skip


KINDS = ("F99", "I128", "F64", "I64", "I8", "U8", "BOOL", "C64", "F8_E4M3", "F4", "", "F32\n" * 99)


@pytest.mark.parametrize("kind", KINDS)
def test_a_tensor_of_another_type_is_refused(folder: Path, kind: str) -> None:
    rewrite(folder, dtype=kind)
    refused(folder, "only F16, BF16 and F32 can run|damaged header")


@pytest.mark.parametrize("size", [0, 4, 320 * 32 * 4 + 4])
def test_a_tensor_with_fewer_or_more_bytes_than_its_shape_is_refused(
    folder: Path, size: int
) -> None:
    rewrite(folder, data_offsets=[0, size])
    refused(folder, "does not fit its .* bytes|overlap or leave a gap|goes on after|is cut off")


def rewrite(folder: Path, **fields: object) -> None:
    """Change the header entry of the embedding, which is laid first in the file."""
    tensors = load_file(folder / WEIGHTS)
    entries: dict[str, Any] = {}
    data = b""
    for name in sorted(tensors, key=lambda name: (name != EMBED, name)):
        raw = tensors[name].contiguous().view(torch.uint8).numpy().tobytes()
        shape = list(tensors[name].shape)
        entries[name] = entry(shape=shape, offsets=[len(data), len(data) + len(raw)])
        data += raw
    entries[EMBED] |= fields
    (folder / WEIGHTS).write_bytes(pack(entries, data))


def test_the_same_file_written_by_another_hand_opens(folder: Path) -> None:
    before = open_model(folder).read(Trace(), [5, 6, 7]).steps[-1].logits
    rewrite(folder)
    assert (open_model(folder).read(Trace(), [5, 6, 7]).steps[-1].logits == before).all()


@pytest.mark.parametrize("note", [{"format": "flax"}, {"format": "zzz"}, {"a": "\0" * 10_000}])
def test_what_a_weights_file_says_of_itself_changes_nothing(
    folder: Path, note: dict[str, str]
) -> None:
    save_file(load_file(folder / WEIGHTS), folder / WEIGHTS, note)
    assert open_model(folder).facts.layers == 3


@pytest.mark.parametrize("name", ["dtype", "torch_dtype"])
def test_the_type_of_the_weights_is_that_of_their_file_whatever_is_said(
    folder: Path, name: str
) -> None:
    config(folder, **{name: "float999"})
    assert estimate(folder).types == ("F32",)
    assert open_model(folder).facts.layers == 3


@pytest.mark.parametrize("name", ["pytorch_model.bin", "vocab.json", "evil.py"])
def test_files_that_are_not_needed_are_not_looked_into(folder: Path, name: str) -> None:
    os.mkfifo(folder / name)  # whoever opened it would wait for ever
    assert open_model(folder).facts.layers == 3


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, INDEX, "tokenizer.json"])
def test_a_file_that_the_system_keeps_closed_is_said(
    folder: Path, shards: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = (shards if name == INDEX else folder) / name
    if name == WEIGHTS:
        save_file(load_file(shards / "a.safetensors"), target)
    reads: dict[str, Any] = {"open": Path.open, "read_bytes": Path.read_bytes}

    def closed(kind: str) -> Callable[..., object]:
        def reading(path: Path, *arguments: Any, **named: Any) -> object:
            if path == target:
                raise PermissionError(13, "Permission denied")
            return reads[kind](path, *arguments, **named)

        return reading

    for kind in reads:
        monkeypatch.setattr(Path, kind, closed(kind))
    refused(folder, "Permission denied")


@pytest.mark.parametrize("name", HEADERS)
def test_a_broken_weights_file_is_refused(folder: Path, name: str) -> None:
    data, reason = HEADERS[name]
    (folder / WEIGHTS).write_bytes(data)
    refused(folder, reason)


def test_a_folder_is_weighed_with_the_same_care(folder: Path) -> None:
    config(folder, num_hidden_layers=4)
    with pytest.raises(ValueError, match="lacks 9"):
        estimate(folder)


@pytest.mark.parametrize("kept", ["as-stored", "fp32"])
def test_a_file_that_is_replaced_while_it_is_open_changes_nothing(folder: Path, kept: Any) -> None:
    reader = open_model(folder, kept)
    before = reader.read(Trace(), [5, 6, 7]).steps[-1].logits
    (folder / "new").write_bytes(b"another file")
    (folder / "new").replace(folder / WEIGHTS)
    reader.engine.forget()
    assert (reader.read(Trace(), [5, 6, 7]).steps[-1].logits == before).all()


def test_a_tokenizer_that_knows_more_than_the_network(folder: Path) -> None:
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    content["model"]["vocab"]["far"] = 320
    path.write_text(json.dumps(content))
    refused(folder, "has 321 tokens, the network only 320")


def test_a_control_token_beyond_the_network_is_refused_in_the_prompt_that_holds_it(
    folder: Path,
) -> None:
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    last = len(content["model"]["vocab"])
    word = {key: value for key, value in content["added_tokens"][0].items() if key != "id"}
    fill = [word | {"id": last + i, "content": f"<f{i}>"} for i in range(321 - last)]
    content["added_tokens"] += fill
    path.write_text(json.dumps(content))
    reader = open_model(folder)
    assert reader.facts.vocabulary == 320 and reader.encode("there").ids
    with pytest.raises(ValueError, match="does not know the token"):
        reader.encode(f"there{fill[-1]['content']}")
