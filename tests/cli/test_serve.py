"""`explorer serve` on the command line: what it refuses, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from explorer.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "0.0.0.0"], "Everybody who reaches 0.0.0.0 could ask this model"),
        (["--host", "192.168.0.7"], "ssh -L"),
        (["--token-env", "NOT_SET"], "The variable NOT_SET holds no token"),
        (["--port", "70000"], "ports go from 0 to 65535"),
        (["--memory", "6GB"], "belong to --engine transformers"),
        (["--engine", "transformers", "--memory", "6GB"], "needs --offload"),
        (["--engine", "transformers", "--memory", "much"], "looks like 6GB"),
        (["--engine", "transformers", "--device", "cpu"], "--device belongs to --engine explorer"),
        (["/nowhere", "--port", "0"], "/nowhere"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(arguments, sentence, capsys) -> None:
    assert main(["serve", *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


def test_a_short_token_is_refused(monkeypatch, capsys) -> None:
    monkeypatch.setenv("SHORT", "secret")
    assert main(["serve", "--token-env", "SHORT"]) == 2
    assert "at least 16" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(monkeypatch, capsys) -> None:
    monkeypatch.setattr("explorer.cli.serve.NEEDED", ("starlette", "no_such_library"))
    assert main(["serve"]) == 2
    assert "pip install 'explorer[serve]'" in capsys.readouterr().err


def test_ctrl_c_ends_it_at_once(environment) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer", "serve", "--port", "0"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert "answers at http://127.0.0.1:" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and said == "explorer: stopped\n"
