"""`explorer replay`: equal runs end with 0, the first deviation with 1, bad input with 2."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer.cli.main import main
from explorer.engine.edits import heads_off
from explorer.session import moves
from explorer.session.files.archive import write_session
from explorer.session.files.journal import Journal
from explorer.session.snapshot import Snapshot
from explorer.session.story import grow


@pytest.fixture(scope="module")
def told(reader, story) -> Snapshot:
    """Four tokens, one forced after going back, one with a head switched off."""
    s = moves.back(story(4))
    draw = moves.forced_draw(s, 300)
    trace = reader.read(s.timeline.node.trace, [300])
    s = moves.advance(s, s.timeline.cursor, trace, draw)
    return grow(reader, moves.edit(s, heads_off((2, 1))))


@pytest.fixture
def saved(told, tmp_path) -> Path:
    for _ in write_session(tmp_path / "a.explorer", told):
        pass
    return tmp_path / "a.explorer"


def spoil(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the parts of a session file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def spoil_manifest(path: Path, change: Callable[[dict], object]) -> None:
    def inner(parts: dict[str, bytes]) -> None:
        manifest = json.loads(parts["session.json"])
        change(manifest)
        parts["session.json"] = json.dumps(manifest).encode()

    spoil(path, inner)


def test_a_session_run_again_is_as_it_was(saved, capsys) -> None:
    assert main(["replay", str(saved)]) == 0
    said = capsys.readouterr().out
    assert "7 nodes" in said
    assert "as they were" in said


def test_a_session_without_arrays_and_a_journal_are_compared_by_their_draws(
    told, tmp_path, capsys
) -> None:
    for _ in write_session(tmp_path / "small.explorer", told, arrays=False):
        pass
    journal = Journal(tmp_path / "a.journal")
    journal.append(told)
    for name in ("small.explorer", "a.journal"):
        assert main(["replay", str(tmp_path / name)]) == 0
        assert "18 numbers" in capsys.readouterr().out


def test_a_changed_logit_is_the_first_deviation(saved, capsys) -> None:
    def change(parts: dict[str, bytes]) -> None:
        logits = np.load(io.BytesIO(parts["logits.npy"]), allow_pickle=False)
        logits[7, 123] += 0.01
        out = io.BytesIO()
        np.lib.format.write_array(out, logits, version=(1, 0), allow_pickle=False)
        parts["logits.npy"] = out.getvalue()

    spoil(saved, change)
    assert main(["replay", str(saved)]) == 1
    assert "logits[123] is" in capsys.readouterr().out
    assert main(["replay", str(saved), "--tolerance", "0.02"]) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m["tree"]["nodes"][2]["draw"].update(raw=0.5), "node 2"),
        (lambda m: m["tree"]["samplings"][0].update(seed=99), "node 1"),
        (lambda m: m["tree"]["nodes"][1]["draw"].update(uniform=0.123), "the dice of"),
    ],
)
def test_a_changed_draw_is_a_deviation_that_names_its_node(change, words, saved, capsys) -> None:
    spoil_manifest(saved, change)
    assert main(["replay", str(saved)]) == 1
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.explorer"], "No such file"),
        (["a.explorer", "--tolerance", "-1"], "--tolerance"),
        (["a.explorer", "--tolerance", "nan"], "--tolerance"),
        (["a.explorer", "--model", "nowhere"], "no folder"),
    ],
)
def test_bad_input_is_a_sentence_and_code_2(
    arguments, words, saved, capsys, monkeypatch, tmp_path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["replay", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_another_model_is_named(saved, capsys) -> None:
    spoil_manifest(saved, lambda m: m["model"].update(fingerprint="f" * 64, name="other"))
    assert main(["replay", str(saved)]) == 2
    assert "'other' (ffffffff)" in capsys.readouterr().err
