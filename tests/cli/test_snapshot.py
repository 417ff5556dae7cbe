"""`explorer snapshot`: pictures without a screen, and sentences instead of pictures."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage

from explorer.cli import display
from explorer.cli.main import main
from explorer.cli.snapshot import parse_size
from explorer.ui.panels.table import PANELS

PROMPT = "The cat sat on the"


# A picture in presenter mode leaves large type to whatever the process draws next.
pytestmark = pytest.mark.usefixtures("looks_of_the_application")


@pytest.fixture(autouse=True)
def offscreen(monkeypatch):
    """The command sets these for its process; here they must not outlive the test."""
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("QT_LOGGING_RULES", "")


def test_the_window_is_drawn_in_the_size_asked_for(child, tmp_path, monkeypatch):
    monkeypatch.delenv("QT_LOGGING_RULES")
    done = child("snapshot", PROMPT, "--steps", "2", "--out", "window.png", "--size", "1600x900")
    assert (done.returncode, done.stderr) == (0, "")
    image = QImage(str(tmp_path / "window.png"))
    assert (image.width() / image.height()) == pytest.approx(1600 / 900, rel=0.01)
    assert len({image.pixel(x, y) for x in range(0, 1600, 9) for y in range(0, 900, 9)}) > 10


def test_without_a_home_a_language_or_a_folder_of_the_user_it_starts(child, tmp_path):
    nowhere = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), "/proc/nowhere")
    poor = {"LANG": "C", "LC_ALL": "C", "DBUS_SESSION_BUS_ADDRESS": "", "XDG_RUNTIME_DIR": ""}
    done = child("snapshot", PROMPT, "--out", "window.png", **nowhere, **poor)
    assert done.returncode == 0 and "Traceback" not in done.stderr
    assert not QImage(str(tmp_path / "window.png")).isNull()


@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")]
)
def test_every_ending_is_a_picture_of_its_kind(suffix, start, tmp_path, qapp):
    out = tmp_path / f"one panel.{suffix}"
    assert main(["snapshot", "Hi", "--out", str(out), "--panel", PANELS[0].id]) == 0
    assert out.read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize(
    ("workspace", "subject", "panels"),
    [("memory", "AX", ("memory_state", "memory_energy")), ("bridge", PROMPT, ("bridge",))],
)
def test_every_workspace_is_drawn_after_its_own_steps(workspace, subject, panels, tmp_path, qapp):
    for panel in panels:
        pictures = []
        for steps in ("0", "2", "2"):
            out = tmp_path / f"{panel}.png"
            given = [subject, "--workspace", workspace, "--panel", panel, "--steps", steps]
            assert main(["snapshot", *given, "--out", str(out)]) == 0
            pictures.append(out.read_bytes())
        assert pictures[0] != pictures[1] == pictures[2]


def test_the_seed_is_the_dice_of_every_workspace(tmp_path, qapp):
    for workspace, subject, panel in (
        ("memory", "AX", "memory_state"), ("bridge", PROMPT, "bridge"), ("text", PROMPT, "dice"),
    ):  # fmt: skip
        pictures = []
        for seed in ("1", "2"):
            out = tmp_path / f"{seed}.png"
            given = [subject, "--workspace", workspace, "--panel", panel, "--seed", seed]
            assert main(["snapshot", *given, "--out", str(out)]) == 0
            pictures.append(out.read_bytes())
        assert pictures[0] != pictures[1], workspace


def test_the_whole_window_of_a_workspace_is_drawn_in_its_layouts(tmp_path, qapp):
    out = tmp_path / "machines.png"
    given = ["AX", "--workspace", "memory", "--layout", "machines", "--size", "1280x720"]
    assert main(["snapshot", *given, "--out", str(out)]) == 0
    image = QImage(str(out))
    assert len({image.pixel(x, y) for x in range(0, 1280, 9) for y in range(0, 720, 9)}) > 10


def test_dark_and_presenter_are_other_pictures(tmp_path, qapp):
    pictures = []
    for index, more in enumerate(([], ["--theme", "dark"], ["--presenter"])):
        out = tmp_path / f"{index}.png"
        assert main(["snapshot", "Hi", "--out", str(out), "--panel", PANELS[0].id, *more]) == 0
        pictures.append(out.read_bytes())
    assert len(set(pictures)) == 3


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (("--out", "picture.bmp"), ".png or .svg or .pdf"),
        (("--out", "picture"), ".png or .svg or .pdf"),
        (("--out", "/nowhere/at/all.png"), "/nowhere/at"),
        (("--out", "/proc/picture.png"), "/proc"),
        (("--panel", "kitchen"), "there is no panel 'kitchen'"),
        (("--layout", "kitchen"), "there is no layout 'kitchen'"),
        (("--layout", "machines"), "there is no layout 'machines'"),
        (("--panel", "memory_state"), "there is no panel 'memory_state'"),
        (("--workspace", "memory", "--panel", "bars"), "there is no panel 'bars'"),
        (("--workspace", "memory", "--layout", "kitchen"), "explore, lecture, debug, machines"),
        (("--workspace", "memory", "--top-k", "5"), "--top-k is about drawing tokens"),
        (("--workspace", "bridge", "--preset", "plain"), "--preset is about drawing tokens"),
        (("--size", "big"), "--size"),
        (("--size", "10x10"), "160"),
        (("--size", "99999x99999"), "8192"),
        (("--steps", "-1"), "--steps"),
        (("--temperature", "nan"), "temperature"),
        (("--model", "/nowhere/at/all"), "/nowhere/at/all"),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(flags, word, tmp_path, capsys, qapp):
    given = ["snapshot", "Hi", "--out", str(tmp_path / "picture.png"), *flags]
    assert main(given) == 2
    said = capsys.readouterr().err
    assert word in said and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_prompt_that_is_too_long_is_a_sentence(tmp_path, capsys, qapp):
    assert main(["snapshot", "a b" * 400, "--out", str(tmp_path / "picture.png")]) == 2
    assert "too long" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("letters", "words"), [("", "no letters"), ("AA", "stored already"), ("A ", "no ink")]
)
def test_letters_that_cannot_be_stored_are_a_sentence(letters, words, tmp_path, capsys, qapp):
    given = ["snapshot", letters, "--workspace", "memory", "--out", str(tmp_path / "a.png")]
    assert main(given) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_workspace_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["snapshot", "Hi", "--workspace", "kitchen", "--out", str(tmp_path / "a.png")])
    assert "kitchen" in capsys.readouterr().err


def test_a_file_where_a_folder_should_be_is_a_sentence(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["snapshot", "Hi", "--out", str(tmp_path / "file" / "picture.png")]) == 2
    assert "cannot write into the folder" in capsys.readouterr().err
    (tmp_path / "folder.png").mkdir()
    assert main(["snapshot", "Hi", "--out", str(tmp_path / "folder.png")]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_a_missing_library_of_qt_is_a_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(display, "missing_library", lambda environ: "libEGL.so.1")
    assert main(["snapshot", "Hi", "--out", str(tmp_path / "picture.png")]) == 2
    assert display.APT_LINE in capsys.readouterr().err


@pytest.mark.parametrize(("text", "size"), [("1600x900", (1600, 900)), ("800×600", (800, 600))])
def test_a_size_is_two_numbers(text, size):
    assert parse_size(text) == size
