"""A model folder is opened whole or refused in one sentence, and written whole or not at all."""

from __future__ import annotations

import json
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from explorer.engine.checkpoint import (
    CONFIG,
    TOKENIZER,
    WEIGHTS,
    ModelError,
    machine_memory,
    open_checkpoint,
    read_config,
    write_checkpoint,
)
from explorer.engine.config import ModelConfig
from explorer.engine.model import Transformer
from explorer.resources import model_folder

SMALL = ModelConfig(n_layer=2, n_head=2, n_embd=32, n_positions=24, vocab_size=300)
WTE = "transformer.wte.weight"


def network(config: ModelConfig = SMALL, seed: int = 1) -> Transformer:
    model = Transformer(config)
    model.initialise(seed)
    return model.requires_grad_(False)


def tokenizer_json() -> str:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    words = [f"{a}{b} {b}{a}" for a in ("th", "wh", "sl") for b in ("ere", "at", "en", "ough")]
    tokenizer.train_from_iterator(words * 3, trainer)
    return str(tokenizer.to_str())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    write_checkpoint(path, network(), tokenizer_json(), "F32")
    return path


def pack(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data


def one_tensor(**fields: object) -> bytes:
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | fields
    return pack(json.dumps({WTE: entry}).encode(), bytes(8))


WEIGHT_FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not a whole safetensors file"),
    "three bytes": (b"abc", "not a whole safetensors file"),
    "length 2^63": ((2**63).to_bytes(8, "little") + b"{}", "not a whole"),
    "length 2^64 - 1": (b"\xff" * 8 + b"{}", "not a whole"),
    "length above the limit": ((100_000_001).to_bytes(8, "little") + b"{}", "not a whole"),
    "length beyond the file": ((40).to_bytes(8, "little") + b"{}", "not a whole"),
    "length 0": (bytes(8) + b"{}", "damaged header"),
    "no JSON": (pack(b"{what"), "damaged header"),
    "no UTF-8": (pack(b'{"\xff\xfe": 1}'), "damaged header"),
    "a list": (pack(b"[1, 2]"), "not a whole"),
    "leading spaces": (pack(b"  {}"), "not a whole"),
    "no tensors": (pack(b"{}"), "holds no tensors"),
    "only metadata": (pack(b'{"__metadata__": {"format": "pt"}}'), "holds no tensors"),
    "metadata of numbers": (pack(b'{"__metadata__": {"a": 1}}'), "damaged header"),
    "nested deeply": (pack(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), "damaged header"),
    "endless number": (pack(b'{"a":' + b"9" * 5000 + b"}"), "damaged header"),
    "a name twice": (pack(b'{"a": {}, "a": {}}'), "stands there twice"),
    "negative shape": (one_tensor(shape=[-2]), "damaged header"),
    "broken shape": (one_tensor(shape=[1.5]), "damaged header"),
    "huge shape": (one_tensor(shape=[2**40, 2**40]), "lacks 27 tensors"),
    "unknown field": (one_tensor(code="x"), "damaged header"),
    "reversed offsets": (one_tensor(data_offsets=[8, 0]), "overlap or leave a gap"),
    "hole": (one_tensor(data_offsets=[4, 8]), "overlap or leave a gap"),
    "past the end": (one_tensor(data_offsets=[0, 16]), "is cut off"),
    "rest after the data": (one_tensor() + b"zip", "goes on after its last tensor"),
    "LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
    "web page": (b"\n<!DOCTYPE html><html><body>404", "a web page"),
    "pickle": (pickle.dumps([1, 2], protocol=4), "a pickle"),
    "zipped pickle": (b"PK\x03\x04" + bytes(60), "a pickle"),
    "GGUF": (b"GGUF\x03\0\0\0" + bytes(60), "GGUF"),
}


@pytest.mark.parametrize("name", WEIGHT_FILES)
def test_a_broken_weights_file_is_refused_in_a_sentence(folder: Path, name: str) -> None:
    data, reason = WEIGHT_FILES[name]
    (folder / WEIGHTS).write_bytes(data)
    with pytest.raises(ModelError, match=reason) as error:
        open_checkpoint(folder)
    assert str(folder / WEIGHTS) in str(error.value)
    assert len(str(error.value)) < 500


def change(folder: Path, edit: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / WEIGHTS)
    edit(tensors)
    save_file(tensors, folder / WEIGHTS)


def spoil(value: float) -> Callable[[dict[str, torch.Tensor]], object]:
    return lambda tensors: tensors[WTE][3].fill_(value)


TENSORS: dict[str, tuple[Callable[[dict[str, torch.Tensor]], object], str]] = {
    "NaN": (spoil(float("nan")), f"{WTE!r} holds NaN or infinite"),
    "infinite": (spoil(float("inf")), f"{WTE!r} holds NaN or infinite"),
    "missing": (lambda t: t.pop("transformer.wpe.weight"), "lacks 1 tensors.*wpe"),
    "unexpected": (lambda t: t.update({"../../x\0y": torch.ones(2)}), r"1 tensors.*'../../x\\x00y"),
    "long name": (lambda t: t.update({"x" * 10**6: torch.ones(2)}), "x{80}'$"),
    "third layer": (
        lambda t: t.update({"transformer.h.2.ln_1.weight": torch.ones(32)}),
        "does not explain.*h.2.ln_1",
    ),
    "other shape": (lambda t: t.update({WTE: torch.ones(299, 32)}), r"\[299, 32\].*\[300, 32\]"),
    "int8": (lambda t: t.update({WTE: torch.ones(300, 32, dtype=torch.int8)}), "only F16"),
    "fp8": (lambda t: t.update({WTE: torch.ones(300, 32).to(torch.float8_e4m3fn)}), "only F16"),
    "many": (lambda t: t.update({f"t{i}": torch.ones(1) for i in range(20_000)}), "20000 tensors"),
}


@pytest.mark.parametrize("name", TENSORS)
def test_tensors_that_do_not_fit_the_configuration_are_named(folder: Path, name: str) -> None:
    edit, reason = TENSORS[name]
    change(folder, edit)
    with pytest.raises(ModelError, match=reason) as error:
        open_checkpoint(folder)
    assert len(str(error.value)) < 500


def test_a_file_cut_in_the_middle_of_its_data_is_refused(folder: Path) -> None:
    data = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match="is cut off"):
        open_checkpoint(folder)


@pytest.mark.parametrize("file", [CONFIG, WEIGHTS])
@pytest.mark.parametrize("kind", ["folder", "pipe", "nothing", "loop"])
def test_something_else_in_the_place_of_a_file_is_refused(
    folder: Path, file: str, kind: str
) -> None:
    path = folder / file
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    with pytest.raises(ModelError, match=r"is missing|is not a file"):
        open_checkpoint(folder)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("pytorch_model.bin", "pickled"), (f"{WEIGHTS}.index.json", "several files")],
)
def test_other_ways_to_store_weights_are_named(folder: Path, name: str, reason: str) -> None:
    (folder / WEIGHTS).rename(folder / name)
    with pytest.raises(ModelError, match=reason):
        open_checkpoint(folder)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no folder"):
        open_checkpoint(tmp_path / "elsewhere")


CONFIGS: dict[str, tuple[bytes, str]] = {
    "cut": (b'{"n_layer": ', "not a usable configuration"),
    "a list": (b"[]", "not a usable configuration"),
    "latin-1": (b'{"model_type": "gpt\xe4"}', "not a usable configuration"),
    "nested deeply": (b'{"a":' * 100_000, "not a usable configuration"),
    "NaN epsilon": (b'{"layer_norm_epsilon": NaN}', "not a usable configuration"),
    "zero epsilon": (b'{"layer_norm_epsilon": 0}', "layer_norm_epsilon"),
    "unknown family": (b'{"model_type": "mamba"}', "runs 'gpt2' only"),
    "negative size": (b'{"n_embd": -32}', "n_embd is -32"),
    "two million layers": (b'{"n_layer": 2000000}', "n_layer is 2000000"),
    "code": (b'{"auto_map": {"AutoModel": "evil.Model"}}', "code .* never run"),
    "large": (b'{"a": "' + b"x" * (1 << 20) + b'"}', "larger than 1 MB"),
    "too deep for its weights": (b'{"n_layer": 3}', "lacks|shape"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_bad_configuration_is_refused_within_a_second(folder: Path, name: str) -> None:
    data, reason = CONFIGS[name]
    (folder / CONFIG).write_bytes(data)
    began = time.process_time()
    with pytest.raises(ModelError, match=reason):
        open_checkpoint(folder)
    assert time.process_time() - began < 1


def test_a_byte_order_mark_before_the_configuration_is_accepted(folder: Path) -> None:
    (folder / CONFIG).write_bytes(b"\xef\xbb\xbf" + (folder / CONFIG).read_bytes())
    assert read_config(folder) == SMALL


def test_a_network_larger_than_the_machine_is_refused_before_memory_is_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine_memory() > 1 << 28
    monkeypatch.setattr("explorer.engine.checkpoint.machine_memory", lambda: 1000)
    with pytest.raises(ModelError, match="this machine has 1,000"):
        open_checkpoint(folder)


def test_a_sparse_file_of_a_terabyte_is_refused_by_its_header(folder: Path) -> None:
    entry = {"dtype": "F32", "shape": [2**38], "data_offsets": [0, 2**40]}
    header = json.dumps({WTE: entry}).encode()
    with (folder / WEIGHTS).open("wb") as file:
        file.write(pack(header))
        try:
            file.truncate(8 + len(header) + 2**40)
        except OSError:
            pytest.skip("this disk has no sparse files of 1 TiB")
    with pytest.raises(ModelError, match="lacks 27 tensors"):
        open_checkpoint(folder)


@pytest.mark.parametrize("dtype", ["F32", "F16", "BF16"])
def test_what_is_written_is_read_again(tmp_path: Path, dtype: str) -> None:
    model = network()
    write_checkpoint(tmp_path, model, tokenizer_json(), dtype)
    opened = open_checkpoint(tmp_path)
    assert opened.model.config == model.config
    stored = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[dtype]
    for old, new in zip(model.parameters(), opened.model.parameters(), strict=True):
        assert torch.equal(old.to(stored).float(), new)
        assert new.dtype == torch.float32


def test_older_files_without_prefix_and_with_buffers_open_too(folder: Path) -> None:
    before = open_checkpoint(folder).model
    tensors = {
        name.removeprefix("transformer."): tensor
        for name, tensor in load_file(folder / WEIGHTS).items()
    }
    tensors["h.0.attn.bias"] = torch.ones(1, 1, 24, 24, dtype=torch.bool)
    tensors["lm_head.weight"] = tensors["wte.weight"].clone()
    save_file(tensors, folder / WEIGHTS)
    after = open_checkpoint(folder).model
    for old, new in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.equal(old, new)


@pytest.mark.parametrize("failing", range(6))
def test_a_disk_that_fails_at_any_sync_leaves_every_file_whole(
    folder: Path, failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_checkpoint(folder.parent / "new", network(seed=2), tokenizer_json(), "F32")
    new = {path.name: path.read_bytes() for path in (folder.parent / "new").iterdir()}
    calls, sync = iter(range(100)), os.fsync

    def fsync(handle: int) -> None:
        if next(calls) == failing:
            raise OSError(28, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    try:
        write_checkpoint(folder, network(seed=2), tokenizer_json(), "F32")
    except OSError as error:
        assert "No space left" in str(error)
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert found.keys() == old.keys()
    assert all(found[name] in (old[name], new[name]) for name in old)
    open_checkpoint(folder)


def assert_transformers_agrees(folder: Path) -> None:
    transformers = pytest.importorskip("transformers")
    theirs = transformers.GPT2LMHeadModel.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True
    ).eval()
    ours = open_checkpoint(folder).model
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    plain = Tokenizer.from_file(str(folder / TOKENIZER))
    for text in ("the  cat sat\non\tthe mat.", "naïve 日本 🐈\u200d", "<|endoftext|>Once", ""):
        ids = tokenizer(text)["input_ids"]
        assert ids == plain.encode(text).ids
        assert tokenizer.decode(ids) == text
    assert tokenizer.eos_token_id == ours.config.eos_token_id
    size = (2, ours.config.n_positions)
    ids = torch.randint(ours.config.vocab_size, size, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        torch.testing.assert_close(theirs(ids).logits, ours(ids), atol=1e-4, rtol=0)


@pytest.mark.parametrize("dtype", ["F32", "F16"])
def test_transformers_opens_the_folder_and_gives_the_same_logits(
    tmp_path: Path, dtype: str
) -> None:
    config = msgspec.structs.replace(SMALL, n_inner=50, initializer_range=0.3)
    write_checkpoint(tmp_path, network(config), tokenizer_json(), dtype)
    assert_transformers_agrees(tmp_path)
    tokenizer = pytest.importorskip("transformers").AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer.model_max_length == config.n_positions


def test_transformers_opens_the_shipped_model_and_gives_the_same_logits() -> None:
    if not (model_folder() / WEIGHTS).exists():
        pytest.skip("the shipped model is not in this tree")
    assert_transformers_agrees(model_folder())
