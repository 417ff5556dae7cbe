"""`explorer --connect URL` asks the window to connect; the key is only named."""

from __future__ import annotations

import pytest

from explorer import app
from explorer.cli import display
from explorer.cli.main import main
from explorer.engine.remote.place import Place


@pytest.fixture
def asked(monkeypatch) -> list[app.Options]:
    """The options that the window was started with."""
    found: list[app.Options] = []
    monkeypatch.setattr(display, "missing_library", lambda environ: "")
    monkeypatch.setattr(display, "is_there", lambda environ: True)
    monkeypatch.setattr("gc.disable", lambda: None)
    monkeypatch.setattr(app, "run", lambda options: found.append(options) or 0)
    return found


def test_the_window_is_asked_to_connect(asked, tmp_path) -> None:
    folder = str(tmp_path)
    line = ["--connect", "127.0.0.1:8080", "--key-variable", "MY_KEY", "--tokenizer", folder]
    assert main(line) == 0
    assert asked[0].server == Place("127.0.0.1:8080", "", "MY_KEY", folder)


def test_without_the_option_nothing_is_connected_to(asked) -> None:
    assert main([]) == 0
    assert asked[0].server is None
