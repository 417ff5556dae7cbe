"""`explorer generate`: the table, the JSON lines, the arrays, and what is not a prompt."""

from __future__ import annotations

import io
import json
import math
import shutil

import numpy as np
import pytest
import torch

from explorer.cli import story
from explorer.cli.main import main
from explorer.engine.sampling import Sampling
from explorer.resources import model_folder
from explorer.session import moves
from explorer.session.snapshot import FIRST_SAMPLING


@pytest.fixture(autouse=True)
def opened_once(monkeypatch, reader):
    """The shipped model is not opened anew for every test; another folder is."""
    truly, threads = story.open_reader, torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(
        story, "open_reader", lambda folder, *how: truly(folder, *how) if folder else reader
    )
    yield
    torch.set_num_threads(threads)


def lines(capsys, *arguments):
    """The exit code must be 0; returns header, steps, end."""
    assert main(["generate", *arguments, "--json"]) == 0
    every = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return every[0], every[1:-1], every[-1]


def rows(text):
    return [line for line in text.splitlines() if line[:4].strip().isdigit()]


def test_without_settings_it_draws_as_a_first_start_of_the_window_does(capsys):
    header, *_ = lines(capsys, "The cat sat on the", "--tokens", "2")
    assert header["sampling"]["temperature"] == FIRST_SAMPLING.temperature == 0.8
    plain, *_ = lines(capsys, "The cat sat on the", "--tokens", "2", "--preset", "plain")
    assert plain["sampling"]["temperature"] == 1.0


def test_the_table_has_a_row_for_each_token_then_the_text_and_the_reason(capsys):
    assert main(["generate", "The cat sat on the", "--tokens", "3"]) == 0
    out = capsys.readouterr().out
    assert len(rows(out)) == 3
    assert all(row.count("%") == 2 for row in rows(out))
    assert "\nThe cat sat on the" in out
    assert out.endswith("The limit of 3 new tokens is reached.\n")


def test_the_same_seed_gives_the_same_tokens_in_terminal_json_and_window(
    capsys, controller, qtbot, reader
):
    sampling = Sampling(temperature=0.7, top_k=50, seed=12)
    flags = ("--temperature", "0.7", "--top-k", "50", "--seed", "12", "--tokens", "6")
    prompt = controller.snapshot.draft.text
    _, steps, end = lines(capsys, prompt, *flags)
    assert main(["generate", prompt, *flags]) == 0
    table = capsys.readouterr().out
    controller.apply(moves.sample_with, sampling)
    for index in range(6):
        controller.step()
        count = len(end["ids"]) - 6 + index + 1
        qtbot.waitUntil(lambda n=count: len(controller.snapshot.timeline.node.trace) == n)
    trace = controller.snapshot.timeline.node.trace
    assert list(trace.ids) == end["ids"]
    assert story.text_of(reader.facts, trace.ids) == end["text"]
    assert [row.split()[0] for row in rows(table)] == [str(step["position"]) for step in steps]
    pairs = zip(rows(table), steps, strict=True)
    assert all(row[6:].startswith(step["token"][:13]) for row, step in pairs)


def test_another_seed_gives_other_dice_and_the_same_seed_the_same_lines(capsys):
    once = lines(capsys, "Hi", "--tokens", "4", "--seed", "3")
    again = lines(capsys, "Hi", "--tokens", "4", "--seed", "3")
    other = lines(capsys, "Hi", "--tokens", "4", "--seed", "4")
    assert once == again
    assert [s["uniform"] for s in once[1]] != [s["uniform"] for s in other[1]]


def test_the_header_names_the_model_and_every_setting(capsys, reader):
    header, _, end = lines(capsys, "Hi", "--tokens", "1", "--preset", "chat", "--min-p", "0.1")
    assert header["model"]["fingerprint"] == reader.facts.fingerprint
    assert header["model"]["layers"] == reader.facts.layers
    assert header["sampling"]["temperature"] == 0.7
    assert (header["sampling"]["top_p"], header["sampling"]["min_p"]) == (0.9, 0.1)
    assert end["ids"][: len(header["ids"])] == header["ids"]


def test_a_step_records_the_whole_vocabulary_when_asked(capsys, reader):
    _, steps, _ = lines(capsys, "Once", "--tokens", "2", "--top", "0", "--top-p", "0.8")
    for step in steps:
        candidates = step["candidates"]
        assert len(candidates) == reader.facts.vocabulary
        assert math.isclose(sum(one["raw"] for one in candidates), 1, abs_tol=1e-9)
        assert math.isclose(sum(one["final"] for one in candidates), 1, abs_tol=1e-9)
        assert all((one["final"] == 0) == (one["removed_by"] == "top-p") for one in candidates)
        below = 0.0
        for one in candidates:
            if one["id"] == step["id"]:
                assert below <= step["uniform"] <= below + one["final"]
                assert math.isclose(one["raw"], math.exp(-step["surprise"]), rel_tol=1e-9)
            below += one["final"]
        entropy = -sum(one["raw"] * math.log(one["raw"]) for one in candidates if one["raw"] > 0)
        assert math.isclose(entropy, step["entropy"], abs_tol=1e-6)


def test_temperature_0_takes_the_most_probable_token_every_time(capsys):
    _, steps, _ = lines(capsys, "The", "--tokens", "3", "--temperature", "0", "--top", "3")
    for step in steps:
        best, *rest = step["candidates"]
        assert (best["id"], best["final"], best["removed_by"]) == (step["id"], 1.0, None)
        assert {one["removed_by"] for one in rest} == {"greedy"}


def test_the_arrays_hold_what_the_engine_recorded(capsys, tmp_path, reader):
    path = tmp_path / "all.npz"
    _, steps, end = lines(capsys, "The cat", "--tokens", "3", "--arrays", str(path))
    facts, size = reader.facts, len(end["ids"])
    with np.load(path, allow_pickle=False) as stored:
        assert stored["ids"].tolist() == end["ids"]
        assert stored["logits"].shape == (size, facts.vocabulary)
        assert stored["hidden"].shape == (size, facts.layers + 1, facts.width)
        attention = stored["attention"]
        assert attention.shape == (facts.layers, facts.heads, size, size)
        assert np.isnan(attention[0, 0][np.triu_indices(size, 1)]).all()
        assert np.allclose(np.nansum(attention, axis=-1), 1, atol=1e-5)
        last = stored["logits"][steps[-1]["position"] - 1].astype(float)
    raw = np.exp(last - last.max()) / np.exp(last - last.max()).sum()
    assert math.isclose(raw[steps[-1]["id"]], steps[-1]["raw"], rel_tol=1e-9)
    assert [file.name for file in tmp_path.iterdir()] == ["all.npz"]


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (("--temperature", "nan"), "temperature"),
        (("--temperature", "inf"), "temperature"),
        (("--temperature", "-1"), "temperature"),
        (("--top-p", "1.5"), "top-p"),
        (("--top-k", "-3"), "top-k"),
        (("--min-p", "nan"), "min-p"),
        (("--repetition-penalty", "0"), "repetition penalty"),
        (("--seed", "-1"), "seed"),
        (("--seed", "99999999999999999999999"), "seed"),
        (("--tokens", "-1"), "--tokens"),
        (("--top", "-1"), "--top"),
        (("--preset", "wild"), "plain, factual, chat, creative and code"),
        (("--arrays", "/nowhere/at/all.npz"), "/nowhere/at"),
        (("--arrays", "all.txt"), ".npz"),
    ],
)
def test_a_setting_out_of_range_is_a_sentence_that_names_it(flags, word, capsys):
    assert main(["generate", "Hi", *flags]) == 2
    said = capsys.readouterr()
    assert word in said.err and said.err.count("\n") == 1
    assert said.out == ""


def test_an_empty_prompt_starts_from_the_begin_token(capsys, reader):
    header, steps, _ = lines(capsys, "", "--tokens", "2")
    assert header["ids"] == [reader.facts.begin_token]
    assert [step["position"] for step in steps] == [1, 2]


def test_a_prompt_that_is_too_long_says_by_how_much(capsys, reader):
    room = reader.facts.context - 1
    prompt = "a b" * room
    over = len(reader.encode(prompt).ids) - room
    assert main(["generate", prompt]) == 2
    assert f"{over} tokens too long" in capsys.readouterr().err
    assert main(["generate", "a" * 1_000_000]) == 2
    assert "too long" in capsys.readouterr().err


@pytest.mark.parametrize(
    "prompt",
    [
        "\U0001f600\U0001f469\u200d\U0001f467",
        "\u05e9\u05dc\u05d5\u05dd",
        "\u202eabc",
        "a\0b",
        "x\ud800y\udcff",
        "e\u0301\u0323",
        "\x1b[31mred",
        "\r\n\t",
        "\u65e5\u672c",
    ],
)
def test_any_text_is_a_prompt_and_cannot_steer_the_terminal(prompt, capsys):
    for more in ((), ("--plain",), ("--json",)):
        assert main(["generate", prompt, "--tokens", "1", *more]) == 0
        out = capsys.readouterr().out
        assert "\x1b" not in out and "\0" not in out and "\u202e" not in out
        assert not more or out.isascii()
        out.encode()


def test_a_dash_reads_the_prompt_from_standard_input(capsys, monkeypatch):
    def typed(data: bytes):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="ascii"))

    typed(b"The cat\n")
    header, _, _ = lines(capsys, "-", "--tokens", "1")
    assert header["prompt"] == "The cat"
    typed("é\xff".encode("latin-1"))
    header, _, _ = lines(capsys, "-", "--tokens", "1")
    assert header["prompt"] == "\ufffd\ufffd"
    typed(b"a" * ((8 << 20) + 1))
    assert main(["generate", "-"]) == 2
    assert "larger than 8 MB" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", None),
        ("model.safetensors", b"\xff" * 100),
        ("config.json", None),
        ("config.json", b"{"),
        ("tokenizer.json", None),
        ("tokenizer.json", b"[]"),
    ],
)
def test_a_broken_model_folder_is_a_sentence_that_names_the_file(name, content, tmp_path, capsys):
    folder = tmp_path / "model"
    shutil.copytree(model_folder(), folder)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    assert main(["generate", "Hi", "--model", str(folder)]) == 2
    said = capsys.readouterr().err
    assert name in said and said.count("\n") == 1


def test_a_terminal_without_unicode_gets_bars_and_marks_in_ascii(child):
    done = child(
        "generate", "é 日本", "--tokens", "2", "--temperature", "0",
        LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0",
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.isascii()
    assert len(rows(done.stdout)) == 2 and "#" in done.stdout
    assert "\\xe9 \\u65e5\\u672c" in done.stdout
