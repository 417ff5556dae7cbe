"""A saved run continues exact to the step, and a folder is never left half written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from explorer.engine.checkpoint import open_checkpoint
from explorer.engine.config import ModelConfig
from explorer.learning.corpus import Corpus, prepare_corpus
from explorer.learning.data import Source
from explorer.learning.group import Group
from explorer.learning.runs import (
    STATE,
    claim_folder,
    continue_run,
    new_training,
    read_run,
    save_run,
)
from explorer.learning.settings import TrainSettings
from explorer.learning.train import Training, train

SMALL = ModelConfig(n_layer=2, n_head=2, n_embd=32, n_positions=16, vocab_size=300)
SETTINGS = TrainSettings(steps=12, batch=4, evaluate_every=3, warmup=4, precision="fp32")


def prepared(path: Path) -> Corpus:
    return prepare_corpus([Source(path)], [Source(path, 2.0)], [], SMALL, SETTINGS.seed)


def advance(training: Training, corpus: Corpus, until: int) -> None:
    for progress in train(training, corpus.mix, corpus.finish, corpus.held_out):
        if progress.step == until:
            break


def save(folder: Path, training: Training, corpus: Corpus) -> None:
    save_run(folder, training, corpus.texts, corpus.tokenizer.to_str(), "F16")


@pytest.fixture
def run(tmp_path: Path, corpus_file: Path, alone: Group) -> tuple[Path, Corpus]:
    """The folder of a run saved at step 5, and its corpus."""
    corpus = prepared(corpus_file)
    training = new_training(SMALL, SETTINGS, alone)
    advance(training, corpus, 5)
    claim_folder(tmp_path / "run", resume=False)
    save(tmp_path / "run", training, corpus)
    return tmp_path / "run", corpus


def test_a_resumed_run_ends_bitwise_as_one_that_was_never_stopped(
    run: tuple[Path, Corpus], tmp_path: Path, alone: Group
) -> None:
    folder, corpus = run
    resumed = continue_run(read_run(folder), alone)
    advance(resumed, corpus, 12)
    whole = new_training(SMALL, SETTINGS, alone)
    advance(whole, corpus, 12)
    assert resumed.curve == whole.curve
    assert len(whole.curve) == 4
    save(folder, resumed, corpus)
    save(tmp_path / "whole", whole, corpus)
    one, other = read_run(folder), read_run(tmp_path / "whole")
    assert (one.state, one.tokenizer_json) == (other.state, other.tokenizer_json)
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(tensor, other.tensors[name]) for name, tensor in one.tensors.items())


def test_a_saved_run_opens_as_a_model(run: tuple[Path, Corpus], alone: Group) -> None:
    model = open_checkpoint(run[0]).model
    training = continue_run(read_run(run[0]), alone)
    for stored, live in zip(model.parameters(), training.model.parameters(), strict=True):
        assert torch.equal(stored, live.detach().half().float())


def test_states_of_the_first_version_still_continue(run: tuple[Path, Corpus], alone: Group) -> None:
    folder = run[0]
    now = continue_run(read_run(folder), alone)
    with safe_open(folder / STATE, framework="pt") as file:
        state = json.loads(file.metadata()["run"])
    del state["texts"]
    save_file(load_file(folder / STATE), folder / STATE, {"run": json.dumps(state)})
    saved = read_run(folder)
    assert saved.state.texts is None
    assert saved.tokenizer_json == (folder / "tokenizer.json").read_text(encoding="utf-8")
    then = continue_run(saved, alone)
    assert (then.step, then.curve) == (now.step, now.curve)


def test_new_settings_take_the_weights_only(run: tuple[Path, Corpus], alone: Group) -> None:
    settings = TrainSettings(steps=3, batch=2, precision="fp32")
    training = continue_run(read_run(run[0]), alone, settings)
    old = continue_run(read_run(run[0]), alone)
    assert (training.step, training.curve, training.settings) == (0, [], settings)
    assert not training.optimizer.state
    for one, other in zip(training.model.parameters(), old.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_no_file_of_the_folder_knows_the_machine(
    run: tuple[Path, Corpus], corpus_file: Path
) -> None:
    for path in run[0].iterdir():
        data = path.read_bytes()
        assert str(corpus_file.parent).encode() not in data
        assert str(Path.home()).encode() + b"/" not in data
    assert sorted(path.name for path in run[0].iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        STATE,
    ]


Tensors = dict[str, torch.Tensor]
DAMAGE: dict[str, tuple[Callable[[Tensors], object], str]] = {
    "weight": (lambda t: t.pop("weight.wte.weight"), "weight.wte.weight is missing"),
    "moment": (lambda t: t.pop("exp_avg.wpe.weight"), "exp_avg.wpe.weight is missing"),
    "shape": (lambda t: t.update({"weight.ln_f.bias": torch.ones(1)}), "another shape"),
    "dtype": (lambda t: t.update({"weight.ln_f.bias": torch.ones(32).half()}), "another shape"),
    "NaN": (lambda t: t["exp_avg_sq.ln_f.bias"].fill_(torch.nan), "NaN or infinite"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_tensor_of_the_state_is_named(
    run: tuple[Path, Corpus], alone: Group, name: str
) -> None:
    path, (edit, reason) = run[0] / STATE, DAMAGE[name]
    with safe_open(path, framework="pt") as file:
        note = file.metadata()
    tensors = load_file(path)
    edit(tensors)
    save_file(tensors, path, note)
    with pytest.raises(ValueError, match=reason):
        continue_run(read_run(run[0]), alone)


@pytest.mark.parametrize("damage", ["empty", "cut", "foreign", "settings", "tokenizer"])
def test_a_damaged_state_file_is_refused_in_a_sentence(
    run: tuple[Path, Corpus], damage: str
) -> None:
    path, reason = run[0] / STATE, "is damaged"
    with safe_open(path, framework="pt") as file:
        note = file.metadata()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "foreign":
        save_file(load_file(path), path)
    elif damage == "settings":
        note["run"] = note["run"].replace('"steps":12', '"steps":-12')
        save_file(load_file(path), path, note)
    else:
        save_file(load_file(path), path, note | {"tokenizer": "{}"})
        reason = "holds no usable tokenizer"
    with pytest.raises(ValueError, match=reason):
        read_run(run[0])


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no run to continue"):
        read_run(tmp_path)


@pytest.mark.parametrize("name", [STATE, "model.safetensors"])
def test_a_new_run_never_overwrites_a_model(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(ValueError, match="holds a model already; continue its run with --resume"):
        claim_folder(tmp_path, resume=False)
    claim_folder(tmp_path, resume=True)
    assert (tmp_path / name).read_bytes() == b"precious"


def test_the_rest_of_a_killed_save_is_swept(tmp_path: Path) -> None:
    (tmp_path / f".{STATE}.x1y2.part").write_bytes(b"half")
    (tmp_path / "notes.part").write_bytes(b"mine")
    claim_folder(tmp_path, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.part"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(OSError, match=r"cannot be written: (Not a directory|File exists)"):
        claim_folder(tmp_path / "file" / "run", resume=False)
