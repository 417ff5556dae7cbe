"""The entry point as a process: what it loads, how it ends, what it says when it cannot go on."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from explorer import __version__
from explorer.cli.main import build_parser, main, opening

LONG = (sys.executable, "-m", "explorer", "generate", "Once upon a time", "--tokens", "0")


def listen_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(command, environment, folder, **streams):
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment(),
        stderr=subprocess.PIPE,
        # A shell that runs the tests in the background lets them ignore Ctrl-C.
        preexec_fn=listen_to_ctrl_c,
        encoding="utf-8",
        **streams,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["generate", "--help"], ["--version"]])
def test_help_answers_without_loading_torch_qt_or_numpy(arguments, environment, tmp_path):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "explorer", *arguments],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "argparse" in loaded
    assert not loaded & {"torch", "numpy", "PySide6", "pyqtgraph", "tokenizers"}


def test_the_version_is_the_one_of_the_package(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out.strip() == f"explorer {__version__}"


STRANGE = (
    "--bogus", "dance", "--model", "--connect", "--open", "--theme evil", "--config-dir",
    "--theme dark --config-dir", "-m x", "nowhere.explorer evil", "resources/model",
    "generate", "generate Hi --bogus", "generate Hi --temp 1", "generate Hi --temperature warm",
    "generate Hi --temperature 1,5", "generate Hi --temperature nan", "generate Hi --tokens -1",
    "generate Hi --tokens 1e3", "generate Hi --tokens 99999999999999999999",
    "generate Hi --seed -5", "generate Hi --seed 99999999999999999999999",
    "generate Hi --top-k -1", "generate Hi --top-p 2", "generate Hi --preset evil",
    "generate Hi --device quantum", "generate Hi --model NOWHERE", "generate Hi --model FILE",
    "generate Hi --model LONG", "generate Hi --model EMPTY", "generate Hi --model RED",
    "generate Hi --arrays NOWHERE/x.npz", "generate Hi --arrays FILE",
    "info", "info NOWHERE", "info FILE", "info EMPTY", "info LONG", "info RED", "info a b",
    "checkpoints extra", "checkpoints --json",
    "serve --port 99999", "serve --port -1", "serve --port abc", "serve --host 0.0.0.0",
    "serve NOWHERE", "serve EMPTY", "serve --model x", "serve --engine evil",
    "serve --memory 6GB", "serve --token-env NOT_SET_ANYWHERE",
    "train", "train FILE", "train NOWHERE --out FOLDER/run", "train FOLDER --out FOLDER/run",
    "train FILE --out FILE", "train FILE --out FOLDER/run --steps 1.5",
    "train /dev/zero --out FOLDER/run", "train FILE:x --out FOLDER/run",
    "replay", "replay NOWHERE", "replay FOLDER", "replay FILE", "replay LONG", "replay FILE b",
    "replay FILE --tolerance nan", "replay FILE --tolerance -1",
    "snapshot", "snapshot Hi", "snapshot Hi --out FILE", "snapshot Hi --out NOWHERE/a.png",
    "snapshot Hi --out FOLDER/a.png --size 0x0", "snapshot Hi --out FOLDER/a.png --size big",
    "snapshot Hi --out FOLDER/a.png --size 999999x999999",
    "snapshot Hi --out FOLDER/a.png --steps -3", "snapshot Hi --out FOLDER/a.png --panel evil",
    "snapshot Hi --out FOLDER/a.png --layout evil", "doctor Hi", "doctor --bogus",
    "--connect EMPTY", "--connect ftp://x", "--connect http://", "--connect http://a_b:x",
    "--connect http://u:p@x", "--connect file:///etc/passwd", "--tokenizer x", "--key-variable X",
    "--model NOWHERE", "--model FILE", "--model LONG", "--open NOWHERE", "nowhere.explorer",
    "--connect http://x --tokenizer NOWHERE", "--connect http://x --tokenizer ~nobody_has_this",
)  # fmt: skip


@pytest.mark.parametrize("line", STRANGE)
def test_a_strange_call_ends_with_2_and_one_line(line, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("explorer.cli.display.is_there", lambda environ: True)
    monkeypatch.setattr("explorer.cli.display.missing_library", lambda environ: "")
    (tmp_path / "file").write_text("x")
    places = {
        "NOWHERE": str(tmp_path / "nowhere"), "FILE": str(tmp_path / "file"), "EMPTY": "",
        "FOLDER": str(tmp_path), "LONG": "x" * 5000, "RED": "\x1b[31mred\nline",
    }  # fmt: skip
    words = []
    for word in line.split():
        first, *rest = word.split("/", 1)
        words.append("/".join([places.get(first, first), *rest]))
    try:
        code = main(words)
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    assert code == 2 and said.out in ("", "reading the texts\n")
    assert said.err.startswith("explorer: ") and said.err.count("\n") == 1
    assert said.err.rstrip().isprintable() and len(said.err) < 700 and "Errno" not in said.err


def test_the_model_may_be_named_before_the_command_or_after_it(tmp_path, capsys):
    missing = str(tmp_path / "nowhere")
    assert main(["--model", missing, "generate", "Hi"]) == 2
    assert missing in capsys.readouterr().err
    assert main(["generate", "Hi", "--model", missing]) == 2
    assert missing in capsys.readouterr().err


def test_the_current_folder_is_not_searched_for_modules(tmp_path, child):
    (tmp_path / "argparse.py").write_text("raise SystemExit('a stranger was run')")
    done = child("--version")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_pipe_ends_the_program_without_a_traceback(environment, tmp_path):
    with start(LONG, environment, tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().startswith("model")
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_ctrl_c_ends_with_130_and_one_line(environment, tmp_path):
    # All candidates of every step are more than the pipe holds: it cannot have ended by itself.
    command = (*LONG, "--json", "--top", "0")
    with start(command, environment, tmp_path, stdout=subprocess.PIPE) as process:
        while '"step"' not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.stderr.read() == "explorer: stopped\n"
    assert process.returncode == 130


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_behind_the_output_is_one_sentence(environment, tmp_path):
    with (
        Path("/dev/full").open("w") as full,
        start(LONG, environment, tmp_path, stdout=full) as process,
    ):
        said = process.stderr.read()
    assert process.returncode == 2
    assert said.count("\n") == 1 and os.strerror(errno.ENOSPC) in said


def test_in_a_folder_that_was_removed_it_says_so(environment, tmp_path):
    command = f"cd {tmp_path} && rmdir {tmp_path} && exec {sys.executable} -m explorer generate Hi"
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=environment(), capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 2
    assert done.stderr.endswith("not there any more; start in another one\n")


@pytest.mark.parametrize(
    "what", ["info DIR", "replay DIR/a.explorer", "generate Hi --arrays DIR/a.npz"]
)
def test_a_folder_without_rights_is_one_sentence(what, environment, powerless, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0)
    words = what.replace("DIR", str(folder)).split()
    done = subprocess.run(
        [sys.executable, "-m", "explorer", *words], cwd=tmp_path, env=environment(),
        capture_output=True, encoding="utf-8", preexec_fn=powerless, timeout=60,
    )  # fmt: skip
    folder.chmod(0o700)
    assert done.returncode == 2
    assert done.stderr.startswith("explorer: ") and done.stderr.count("\n") == 1
    assert "Permission denied" in done.stderr and str(folder) in done.stderr


def test_a_sentence_about_bad_input_stays_one_line(tmp_path, capsys):
    assert main(["generate", "Hi", "--model", str(tmp_path / "two\nlines")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.startswith("explorer: there is no folder")


@pytest.mark.parametrize(
    ("given", "session"),
    [
        (["a b.explorer"], "a b.explorer"),
        (["--open", "a.explorer"], "a.explorer"),
        (["--open", "any name"], "any name"),
        (["--theme", "dark", "a.explorer"], "a.explorer"),
        (["--theme", "dark"], None),
        ([], None),
    ],
)
def test_a_session_is_named_with_and_without_its_option(given, session):
    found = build_parser().parse_args(opening(given)).open
    assert found == (session and Path(session))


def test_a_prompt_that_looks_like_a_session_is_a_prompt():
    assert opening(["generate", "a.explorer"]) == ["generate", "a.explorer"]
