"""`explorer info` and `explorer checkpoints`: what can be opened, and what it will take."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer.cli import story
from explorer.cli.main import main
from explorer.engine.network import estimate as estimates
from explorer.engine.network.families import FAMILIES
from explorer.engine.network.listing import markdown
from explorer.engine.network.reading import describe, read_fields
from explorer.engine.opening import STORAGES, Estimate, Storage, gigabytes
from explorer.engine.reader import open_model
from explorer.engine.trace import Trace
from explorer.makers import LocalOpener
from explorer.resources import model_folder


def rows(text: str) -> dict[str, str]:
    return {line[:16].strip(): line[17:] for line in text.splitlines()}


def test_the_shipped_model_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(model_folder())]) == 0
    found = rows(capsys.readouterr().out)
    assert found["parameters"].startswith("8,791,040 in 1 file, F16")
    assert found["attention"] == "8 heads of width 40, learned positions"
    assert "note" not in found
    assert found["device"] == "cpu"
    assert all("ms a token" in found[f"step {one}"] for one in STORAGES)
    assert "fits" in found["memory fp32"]


def test_groups_windows_and_a_chat_template_are_named(
    family_folder: Callable[[str], Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "gemma"
    folder.mkdir()
    for one in family_folder("gemma2").iterdir():
        (folder / one.name).write_bytes(one.read_bytes())
    (folder / "tokenizer_config.json").write_text('{"chat_template": "{{ messages }}"}')
    assert main(["info", str(folder)]) == 0
    text = capsys.readouterr().out
    found = rows(text)
    assert "2 groups that share keys, 2 layers with a window of 8 tokens" in found["attention"]
    assert found["chat template"].startswith("present")
    assert "soft-capped at 2" in text and "drawn as absent" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not a usable configuration"),
        (b"[" * 100_000, "not a usable configuration"),
        (b'{"a": "' + b"x" * (2 << 20) + b'", "chat_template": "x"}', "present"),
        (b" " * (17 << 20), "larger than 16 MB"),
        (None, "leads out of the folder"),
    ],
    ids=["cut", "deep", "2 MB", "17 MB", "a link"],
)
def test_a_template_that_cannot_be_read_stops_nothing(
    family_folder: Callable[[str], Path], capsys: pytest.CaptureFixture[str], tmp_path: Path,
    content: bytes | None, said: str,
) -> None:  # fmt: skip
    folder = Path(shutil.copytree(family_folder("llama"), tmp_path / "model"))
    table = folder / "tokenizer_config.json"
    table.unlink(missing_ok=True)
    if content is None:
        (tmp_path / "secret").write_text('{"chat_template": "outside"}')
        table.symlink_to(tmp_path / "secret")
    else:
        table.write_bytes(content)
    assert main(["info", str(folder)]) == 0
    assert said in rows(capsys.readouterr().out)["chat template"]


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("name", ["gpt2", "llama", "gemma2"])
def test_a_pass_is_taken_apart_whatever_is_noted(
    name: str, storage: Storage, family_folder: Callable[[str], Path], capsys
) -> None:
    assert main(["info", str(family_folder(name))]) == 0
    text = capsys.readouterr().out
    assert "formulas" not in text
    assert ("logits are soft-capped at 3" in text) == (name == "gemma2")
    reader = open_model(family_folder(name), storage)
    found = reader.inspect(reader.read(Trace(), [3, 4, 5]), 2)
    assert not reader.facts.can.formulas and found["blocks.0.mlp_out"].values.any()


def test_a_folder_that_cannot_be_opened_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(tmp_path)]) == 2
    assert "config.json is missing" in capsys.readouterr().err


def test_every_family_stands_in_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["checkpoints"]) == 0
    text = capsys.readouterr().out
    assert all(f"({name})" in text for name in FAMILIES)
    assert main(["checkpoints", "--markdown"]) == 0
    table = capsys.readouterr().out
    assert table == markdown()
    assert len(table.splitlines()) == len(FAMILIES) + 2
    assert len({line.count("|") for line in table.splitlines()}) == 1


def test_the_memory_of_a_text_is_what_its_record_holds(
    family_folder: Callable[[str], Path],
) -> None:
    folder = family_folder("qwen3")
    reader = open_model(folder)
    found = estimates.estimate(folder)
    trace = Trace()
    for token in range(found.tokens):
        trace = reader.read(trace, [3 + token % 300])
    network = reader.engine._memos[-1].memory
    used = trace.nbytes + network.keys[:, :, : found.tokens].nbytes
    used += network.values[:, :, : found.tokens].nbytes
    assert found.text == pytest.approx(used, rel=0.02)


def test_a_heavy_model_is_refused_where_nobody_can_be_asked(
    family_folder: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    folder = family_folder("llama")
    monkeypatch.setattr(estimates, "free_bytes", lambda device: 400_000)
    assert not estimates.estimate(folder).fits("fp32")
    assert main(["generate", "there", "--tokens", "1", "--model", str(folder)]) == 2
    assert "more than 70% of that" in capsys.readouterr().err
    drawn = ["snapshot", "there", "--out", str(tmp_path / "x.png"), "--model", str(folder)]
    for command in (drawn, ["serve", str(folder), "--port", "0"]):
        assert main(command) == 2
        assert "more than 70% of that" in capsys.readouterr().err
    how = ["--model", str(folder), "--storage", "as-stored"]
    assert main(["generate", "there", "--tokens", "1", *how]) == 0


@pytest.mark.parametrize(("answer", "opened"), [("y", True), ("", False), ("no", False)])
def test_in_a_terminal_a_yes_opens_it(
    family_folder: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    opened: bool,
) -> None:
    monkeypatch.setattr(estimates, "free_bytes", lambda device: 400_000)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    folder = family_folder("llama")
    if opened:
        story.ask_for_memory(folder)
    else:
        with pytest.raises(ValueError, match="not opened"):
            story.ask_for_memory(folder)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """A GPU of which CUDA says that so many bytes are free; torch holds 1,000 that it can reuse."""

    def offer(free: int) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free - 1000, 80 * 10**9))
        monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 5000)
        monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 4000)

    return offer


def test_on_a_gpu_its_own_memory_is_weighed(
    family_folder: Callable[[str], Path],
    gpu: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = family_folder("llama")
    here = estimates.estimate(folder)
    for free in (300_000, 40 * 10**9):
        gpu(free)
        (found,) = LocalOpener("cuda").weigh(folder)
        assert isinstance(found, Estimate)
        assert (found.device, found.free) == ("cuda:0", free)
        assert found.fits("fp32") == (free > 300_000)
        # What a text takes is shared out: keys and values there, what is recorded here.
        assert found.text + found.record == here.text
        assert found.beside_free == pytest.approx(here.free, rel=0.2)
    gpu(300_000)
    assert main(["generate", "there", "--model", str(folder), "--device", "cuda"]) == 2
    said = capsys.readouterr().err
    assert "300 KB are free" in said and "of the memory of the device cuda:0 as fp32" in said


def test_beside_a_gpu_the_record_is_weighed(
    gpu: Callable[[int], None],
) -> None:
    gpu(40 * 10**9)
    (found,) = LocalOpener("cuda").weigh(model_folder())
    assert isinstance(found, Estimate)
    assert found.copied == 4 * found.parameters
    tight = replace(found, beside_free=found.record)
    assert found.question() == "" and "of memory beside the GPU" in tight.question()
    assert not tight.fits("as-stored")


def test_apples_gpu_takes_what_torch_advises_and_the_machine_has(
    monkeypatch: pytest.MonkeyPatch, family_folder: Callable[[str], Path]
) -> None:
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 3_000_000)
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: 1_000_000)
    folder, apple = family_folder("llama"), torch.device("mps")
    found = estimates.estimate(folder, apple)
    assert (found.device, found.free) == ("mps", 2_000_000)
    # It has no float64: its keys take half.
    cuda = estimates.memory_bytes(describe(read_fields(folder), folder), 96, torch.device("cuda"))
    assert 3 * found.text == 2 * cuda
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 10**18)
    assert estimates.estimate(folder, apple).free < 10**15


def test_a_device_that_is_not_there_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    if torch.cuda.is_available():
        pytest.skip("torch finds a GPU here")
    assert main(["info", str(model_folder()), "--device", "cuda"]) == 2
    assert "torch finds no GPU" in capsys.readouterr().err


def test_kept_as_stored_a_half_precision_model_takes_half(
    family_folder: Callable[[str], Path],
) -> None:
    found = estimates.estimate(family_folder("llama"))
    heavy = replace(found, copied=8 * 10**9, stored=4 * 10**9, free=10**10, types=("BF16",))
    assert "Kept as stored (BF16, mapped from the disk) it takes 4.0 GB" in heavy.question()
    assert [gigabytes(n) for n in (12, 1234, 5_600_000, 123 * 10**8)] == [
        "12 bytes", "1.2 KB", "5.6 MB", "12 GB",
    ]  # fmt: skip
