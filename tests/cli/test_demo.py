"""The demonstration in the terminal, where no window can be opened."""

from __future__ import annotations

import pytest

from explorer.cli import demo
from explorer.cli.main import main
from explorer.session.snapshot import DEMO_PROMPT


def rows(text):
    return [line for line in text.splitlines() if line[:4].strip().isdigit()]


def test_without_a_display_the_same_demonstration_plays_in_the_terminal(child):
    done = child()
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == demo.SENTENCE
    assert any(line.startswith(DEMO_PROMPT) for line in lines)
    assert 1 <= len(rows(done.stdout)) <= demo.TOKENS
    assert "What may come next:" in lines and "█" in done.stdout


def test_the_first_bars_and_their_rest_are_all_of_the_probability(story):
    lines = demo.first_choice(story(steps=1, temperature=1.0), plain=True)
    shares = [float(line.split("%")[0].split()[-1]) for line in lines if "%" in line]
    assert len(shares) == demo.BARS + 1
    assert sum(shares) == pytest.approx(100, abs=0.5)


def test_the_chosen_bar_is_marked_and_named(story):
    s = story(steps=1, temperature=0.0)
    lines = demo.first_choice(s, plain=False)
    assert lines[1].endswith("<- chosen") and "█" * demo.WIDTH in lines[1]
    assert lines[-1].endswith(s.model.labels[s.timeline.node.draw.token])


def test_a_missing_model_is_a_sentence_there_too(tmp_path, monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main(["--model", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith("explorer: there is no folder")
