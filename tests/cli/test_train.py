"""`explorer train` as a user meets it: stopped, resumed, on two processes, with bad input."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from explorer.cli.main import main
from explorer.learning.runs import STATE, SavedRun, read_run

SIZES = [
    *("--layers", "2", "--heads", "2", "--width", "32", "--context", "16"),
    *("--vocabulary", "300", "--precision", "fp32"),
]
Environment = Callable[..., dict[str, str]]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Let torch use one thread, as in the child processes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def write_words(path: Path, documents: int, words: int = 80) -> Path:
    chance = random.Random(1)
    known = ["".join(chance.choices("etaoinshrdlu", k=5)) for _ in range(words)]
    texts = (" ".join(chance.choices(known, k=60)) + "." for _ in range(documents))
    path.write_text("\n<|endoftext|>\n".join(texts), encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_words(tmp_path / "stories.txt", 200)


def train(corpus: Path | str, out: Path, *more: object, sizes: list[str] | None = None) -> int:
    """Run the command in this process and return its exit code."""
    options = [str(option) for option in more]
    return main(["train", str(corpus), "--out", str(out), *(sizes or SIZES), *options])


class Child:
    """`explorer train` in a process of its own, or in two under torchrun."""

    def __init__(
        self, environ: dict[str, str], arguments: list[object], processes: int = 1
    ) -> None:
        torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
        start = [*torchrun, str(processes)] if processes > 1 else []
        self.process = subprocess.Popen(
            [sys.executable, *start, "-m", "explorer", "train", *map(str, arguments)],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def wait_for(self, text: str) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if text in line:
                return
        raise AssertionError(f"the process ended before it said {text!r}: {self.finish()}")

    def finish(self, number: int = 0) -> tuple[int, str, str]:
        """Send a signal, wait for the end; returns exit code, output and errors."""
        if number:
            self.process.send_signal(number)
        try:
            output, errors = self.process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, output, errors


def assert_same_run(one: SavedRun, other: SavedRun) -> None:
    assert one.state == other.state
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(tensor, other.tensors[name]) for name, tensor in one.tensors.items())


def test_a_run_stopped_twice_ends_bitwise_as_one_that_was_not(
    corpus: Path, tmp_path: Path, environment: Environment
) -> None:
    lasting = ["--steps", 400, "--batch", 4, "--evaluate-every", 20, "--save-every", 150]
    steps = []
    out = tmp_path / "stopped"
    for number, more in ((signal.SIGINT, []), (signal.SIGTERM, ["--resume"])):
        child = Child(environment(), [corpus, "--out", out, *SIZES, *lasting, *more])
        child.wait_for("bits per byte")
        code, output, errors = child.finish(number)
        assert (code, errors) == (128 + number, "")
        assert "is saved, --resume continues" in output
        steps.append(read_run(out).state.step)
    assert 20 <= steps[0] < steps[1] < 400
    assert train(corpus, out, "--resume") == 0
    assert train(corpus, tmp_path / "whole", *lasting) == 0
    assert_same_run(read_run(out), read_run(tmp_path / "whole"))


def test_a_stop_while_texts_are_read_is_at_once_and_changes_nothing(
    tmp_path: Path, environment: Environment
) -> None:
    out, large = tmp_path / "run", write_words(tmp_path / "large.txt", 20_000, 20_000)
    small = write_words(tmp_path / "small.txt", 50)
    assert train(small, out, "--steps", 2, "--batch", 2) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    for more in (["--resume"], []):
        where = out if more else tmp_path / "new"
        child = Child(environment(), [large, "--out", where, "--vocabulary", 300, *more])
        child.wait_for("reading the texts")
        assert child.finish(signal.SIGTERM)[0] == -signal.SIGTERM
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert not list((tmp_path / "new").iterdir())


def test_a_stop_during_a_save_waits_for_it(
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sync, calls = os.fsync, iter(range(1000))

    def fsync(handle: int) -> None:
        if next(calls) == 0:
            os.kill(os.getpid(), signal.SIGTERM)
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    before = signal.getsignal(signal.SIGTERM)
    assert train(corpus, tmp_path / "run", "--steps", 9, "--batch", 2, "--save-every", 4) == 143
    assert "step 5 is saved" in capsys.readouterr().out
    assert read_run(tmp_path / "run").state.step == 5
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_process_killed_during_a_save_leaves_the_last_state(
    corpus: Path, tmp_path: Path, environment: Environment
) -> None:
    out = tmp_path / "run"
    code = (
        "import os, signal, sys; from explorer.cli.main import main; calls = iter(range(999))\n"
        "sync = os.fsync\n"
        "def fsync(handle):\n"
        "    if next(calls) == 10: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    sync(handle)\n"
        "os.fsync = fsync; main(sys.argv[1:])\n"
    )
    options = ["--out", str(out), *SIZES, "--steps", "9", "--batch", "2", "--save-every", "3"]
    command = [sys.executable, "-c", code, "train", str(corpus), *options]
    ended = subprocess.run(command, env=environment(), capture_output=True, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert read_run(out).state.step == 3
    assert list(out.glob(".*.part"))
    assert train(corpus, out, "--resume") == 0
    assert read_run(out).state.step == 9
    assert not list(out.glob(".*.part"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for one saved run of the tests and not for a second beside it."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", str(path)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this account cannot mount a disk")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def test_a_full_disk_keeps_the_state_of_the_last_save(
    corpus: Path, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = small_disk / "run"
    assert train(corpus, out, "--steps", 9, "--batch", 2, "--save-every", 3) == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "training.safetensors: " in errors and "No space left on device" in errors
    assert "the file there is as it was before" in errors
    assert read_run(out).state.step == 3
    assert sorted(path.name for path in out.iterdir())[-1] == STATE
    assert not list(out.glob(".*"))


BAD_CORPORA: dict[str, tuple[bytes | None, list[str], str]] = {
    "missing": (None, [], "does not exist"),
    "empty": (b"", [], "is empty"),
    "binary": (b"text\0text", [], "binary"),
    "latin-1": ("caf\xe9 au lait".encode("latin-1"), [], "not UTF-8 text (byte 3)"),
    "one word": (b"word", [], "yields only 2"),
    "short": (b"to be or", ["--vocabulary", "257"], "one window of 17"),
}


@pytest.mark.parametrize("name", BAD_CORPORA)
def test_a_bad_corpus_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    data, more, reason = BAD_CORPORA[name]
    path = tmp_path / "bad.txt"
    if data is not None:
        path.write_bytes(data)
    out = tmp_path / "run"
    assert train(path, out, *more, "--context", "16") == 2
    errors = capsys.readouterr().err
    assert errors.startswith("explorer: ") and errors.count("\n") == 1
    assert reason in errors
    assert not any(out.iterdir())


BAD_OPTIONS = [
    ("--layers", "0"),
    ("--layers", "1000000"),
    ("--heads", "3"),
    ("--heads", "0"),
    ("--width", "-32"),
    ("--width", "16384"),
    ("--context", "0"),
    ("--vocabulary", "0"),
    ("--vocabulary", "256"),
    ("--steps", "0"),
    ("--batch", "-1"),
    ("--batch", "65536"),
    ("--rate", "nan"),
    ("--rate", "inf"),
    ("--rate", "-0.1"),
    ("--warmup", "-1"),
    ("--finish-share", "nan"),
    ("--finish-share", "2"),
    ("--evaluate-every", "0"),
    ("--save-every", "0"),
    ("--seed", "-1"),
    ("--seed", "99999999999999999999999"),
]


@pytest.mark.parametrize(("option", "value"), BAD_OPTIONS)
def test_a_number_out_of_range_is_one_sentence(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    heavy = ["--layers", "256"] if value in ("16384", "65536") else []
    if value == "65536":
        heavy += ["--width", "4096", "--context", "4096"]
    assert train(corpus, tmp_path / "run", *heavy, option, value) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("explorer: ") and errors.count("\n") == 1
    assert option in errors or "memory" in errors or "vocabulary" in errors
    assert not (tmp_path / "run" / STATE).exists()


@pytest.mark.parametrize(
    "more",
    [
        ["--whatever"],
        ["--layers", "many"],
        ["--precision", "fp64"],
        ["--resume", "--start-from", "x"],
    ],
)
def test_an_unknown_option_or_word_exits_with_2(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        train(corpus, tmp_path / "run", *more)
    assert stopped.value.code == 2
    assert "see explorer train --help" in capsys.readouterr().err


def test_a_run_keeps_its_settings_its_texts_and_its_folder(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, other = tmp_path / "run", write_words(tmp_path / "other.txt", 50)
    short = ["--steps", 4, "--batch", 2]
    assert train(corpus, out, *short) == 0
    before = read_run(out)
    for arguments, reason in (
        ((corpus, out, *short), "holds a model already"),
        ((corpus, out, "--resume", "--steps", 8), "--steps is 8, but the saved run has 4"),
        ((corpus, out, "--resume", "--layers", 3), "--layers is 3, but the saved run has 2"),
        ((other, out, "--resume"), "missing: stories.txt (mix, weight 1, "),
        ((f"{corpus}:2", out, "--resume"), "new: stories.txt (mix, weight 2, "),
        ((corpus, tmp_path / "no", "--resume"), "there is no run to continue"),
        ((corpus, tmp_path / "no", "--start-from", tmp_path), "there is no run to continue"),
    ):
        capsys.readouterr()
        assert train(*arguments) == 2
        errors = capsys.readouterr().err
        assert reason in errors and errors.count("\n") == 1
    assert not (tmp_path / "no").exists()
    assert train(corpus, out, "--resume", *short) == 0
    assert_same_run(read_run(out), before)


def test_a_new_run_can_start_from_the_weights_of_another(corpus: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    other = write_words(tmp_path / "other.txt", 50)
    assert train(corpus, first, "--steps", 4, "--batch", 2) == 0
    began = ["--start-from", first, "--steps", 1, "--warmup", 100, "--rate", 1e-9]
    assert train(other, second, *began) == 0
    old, new = read_run(first), read_run(second)
    assert new.tokenizer_json == old.tokenizer_json
    assert (new.state.step, new.state.settings.steps) == (1, 1)
    for name, tensor in new.tensors.items():
        if name.startswith("weight."):
            torch.testing.assert_close(tensor, old.tensors[name], atol=1e-8, rtol=0)


def test_a_new_run_can_start_from_a_model_folder_without_its_run(
    corpus: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert train(corpus, first, "--steps", 4, "--batch", 2, "--storage", "F32") == 0
    old = read_run(first)
    (first / "training.safetensors").unlink()
    began = ["--start-from", first, "--steps", 1, "--warmup", 100, "--rate", 1e-9]
    assert train(corpus, second, *began) == 0
    new = read_run(second)
    assert new.tokenizer_json == old.tokenizer_json
    for name, tensor in new.tensors.items():
        if name.startswith("weight."):
            torch.testing.assert_close(tensor, old.tensors[name], atol=1e-8, rtol=0)


def test_two_processes_draw_the_curve_of_one(
    corpus: Path, tmp_path: Path, environment: Environment
) -> None:
    options = [*SIZES, "--steps", 40, "--batch", 8, "--evaluate-every", 2, "--warmup", 10]
    child = Child(environment(), [corpus, "--out", tmp_path / "two", *options], processes=2)
    code, output, errors = child.finish()
    assert code == 0, errors
    assert output.count("step 40/40") == 1
    assert train(corpus, tmp_path / "one", *options) == 0
    one, two = read_run(tmp_path / "one").state, read_run(tmp_path / "two").state
    assert len(one.curve) == 20
    for (step, loss, scores), (step_2, loss_2, scores_2) in zip(one.curve, two.curve, strict=True):
        assert step == step_2
        assert loss == pytest.approx(loss_2, abs=1e-3)
        assert scores == pytest.approx(scores_2, abs=1e-3)


def test_an_error_of_the_first_process_ends_the_second(
    tmp_path: Path, environment: Environment
) -> None:
    options = [tmp_path / "missing.txt", "--out", tmp_path / "run", *SIZES]
    code, _, errors = Child(environment(), options, processes=2).finish()
    assert code != 0
    assert errors.count("does not exist; name a text file to train on") == 1
    assert "Traceback" not in errors.split("does not exist")[0]


def test_two_processes_stop_at_the_same_step(
    corpus: Path, tmp_path: Path, environment: Environment
) -> None:
    options = [*SIZES, "--steps", 100_000, "--batch", 4, "--evaluate-every", 50]
    child = Child(environment(), [corpus, "--out", tmp_path / "run", *options], processes=2)
    child.wait_for("bits per byte")
    _, output, errors = child.finish(signal.SIGTERM)
    assert output.count("is saved, --resume continues") == 1
    assert "ConnectionError" not in errors
    assert read_run(tmp_path / "run").state.step >= 50
